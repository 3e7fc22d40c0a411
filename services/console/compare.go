package console

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/services/console/api"
	"broadsheet/services/console/ledger"
)

// Documents calls visit with the uri of every article that readers can find, in
// any order.
type Documents func(ctx context.Context, visit func(uri string)) error

// SearchDocuments lists the documents by the index's HTTP interface at base, an
// address such as http://127.0.0.1:8080.
func SearchDocuments(base string, client *http.Client) Documents {
	return func(ctx context.Context, visit func(uri string)) error {
		query := url.Values{}
		for {
			part, err := listPart(ctx, client, strings.TrimSuffix(base, "/")+"/v1/index/articles?"+query.Encode())
			if err != nil {
				return err
			}
			for _, a := range part.Articles {
				visit(a.URI)
			}
			if part.Next == "" {
				return nil
			}
			query.Set("after", part.Next)
		}
	}
}

// listAnswer is a part of what searches can find.
type listAnswer struct {
	Articles []struct {
		URI string `json:"uri"`
	} `json:"articles"`
	Next string `json:"next"`
}

// maxListAnswer bounds one part of the answer, in bytes.
const maxListAnswer = 64 << 20

func listPart(ctx context.Context, client *http.Client, address string) (listAnswer, error) {
	var out listAnswer
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return out, fault.Wrap(fault.Invalid, err, "%q is no address of an index", address)
	}
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return out, fault.Wrap(fault.Unavailable, err, "the index does not answer")
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection is used again
		return out, fault.New(fault.Unavailable, "the index answers %s", response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxListAnswer)).Decode(&out); err != nil {
		return out, fault.Wrap(fault.Unavailable, err, "the index's answer cannot be read")
	}
	return out, nil
}

// comparer holds what is live against what readers can find. It compares only
// when somebody asks and something has changed, and rests in between for a
// multiple of what it took: the list may be long.
type comparer struct {
	documents Documents
	ledger    *ledger.Ledger
	log       *zap.Logger
	ask       chan struct{}

	mu       sync.Mutex
	last     *comparison
	failed   error         // of the last attempt
	failedAt time.Time     //
	finished chan struct{} // closed and replaced after every attempt
}

type comparison struct {
	api.Comparison
	generation uint64    // of the ledger
	since      time.Time // as long as this generation has differed
	at         time.Time
}

func newComparer(d Documents, l *ledger.Ledger, log *zap.Logger) *comparer {
	return &comparer{documents: d, ledger: l, log: log, ask: make(chan struct{}, 1), finished: make(chan struct{})}
}

const (
	comparePatience = 3 * time.Second // of one who asks
	compareTimeout  = 5 * time.Minute // of one comparison
	compareRest     = 10              // times what the last one took
	compareAgain    = time.Second     // after a difference or a failure
	// refreshTime is how long an index may take to show what it has confirmed. A
	// difference that lasts longer is one.
	refreshTime = 5 * time.Second
	someURIs    = 10
)

func (c *comparer) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.ask:
		}
		began := time.Now()
		err := c.attempt(ctx)
		c.finish(err)
		pause := compareRest * time.Since(began)
		if err != nil && ctx.Err() == nil {
			c.log.Warn("cannot compare the index with the manifests", zap.Error(err))
			pause = max(pause, compareAgain)
		}
		rest := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-rest.C:
		}
		rest.Stop()
	}
}

// finish lets those who wait know that an attempt is over.
func (c *comparer) finish(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed, c.failedAt = err, time.Now()
	close(c.finished)
	c.finished = make(chan struct{})
}

func (c *comparer) attempt(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, compareTimeout)
	defer cancel()
	generation := c.ledger.Generation()
	if last := c.current(generation); last != nil && (last.Equal() || time.Since(last.at) < compareAgain) {
		return nil // asked for before it was there
	}
	var shown []string
	if err := c.documents(ctx, func(uri string) { shown = append(shown, uri) }); err != nil {
		return err
	}
	next := &comparison{generation: generation, at: time.Now()}
	var err error
	if next.Comparison, err = c.difference(shown); err != nil {
		return err
	}
	if c.ledger.Generation() != generation {
		return nil // something happened meanwhile: it says nothing
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	next.since = next.at
	if c.last != nil && c.last.generation == generation && !c.last.Equal() {
		next.since = c.last.since
	}
	c.last = next
	return nil
}

// difference compares by uri. One that is shown twice is one too many.
func (c *comparer) difference(shown []string) (api.Comparison, error) {
	slices.Sort(shown)
	out := api.Comparison{Documents: len(shown), Examples: []string{}}
	example := func(uri string) {
		if len(out.Examples) < someURIs {
			out.Examples = append(out.Examples, uri)
		}
	}
	live, err := c.ledger.Live(func(uri string) {
		if _, found := slices.BinarySearch(shown, uri); !found {
			out.Missing++
			example(uri)
		}
	}, func(isLive func(string) bool) {
		for i, uri := range shown {
			if !isLive(uri) || i > 0 && shown[i-1] == uri {
				out.Extra++
				example(uri)
			}
		}
	})
	out.Live = live
	return out, err
}

// current returns the comparison of that generation, if there is one.
func (c *comparer) current(generation uint64) *comparison {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || c.last.generation != generation {
		return nil
	}
	return c.last
}

// fresh returns a comparison of the ledger as it is now. It waits a moment for
// one, and returns nil when there is none by then, with the reason if there is one.
func (c *comparer) fresh(ctx context.Context) (*comparison, error) {
	ctx, cancel := context.WithTimeout(ctx, comparePatience)
	defer cancel()
	for {
		c.mu.Lock()
		finished, failed := c.finished, c.failed
		if time.Since(c.failedAt) > compareAgain {
			failed = nil
		}
		c.mu.Unlock()
		last := c.current(c.ledger.Generation())
		if last == nil && failed != nil {
			return nil, failed
		}
		if last == nil || !last.Equal() && time.Since(last.at) >= compareAgain {
			select {
			case c.ask <- struct{}{}:
			default:
			}
		}
		if last != nil {
			return last, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-finished:
		}
	}
}

// lasting reports a difference that is not just the index's refresh.
func (c *comparison) lasting() bool {
	return !c.Equal() && c.at.Sub(c.since) >= refreshTime
}
