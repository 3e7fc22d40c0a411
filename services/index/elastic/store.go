package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Store is an index in Elasticsearch. It is safe for concurrent use.
type Store struct {
	o       Options
	client  *client
	log     *zap.Logger
	flights chan struct{} // taken by requests that write

	mu         sync.Mutex
	generation string // that searches answer from, as of checked
	checked    time.Time
	known      string // generation whose format was looked at

	closing sync.RWMutex // held for reading by whoever uses the store
	closed  bool
}

// Open returns a Store. It does not wait for Elasticsearch: Probe says whether it
// is there. The error is about the options.
func Open(o Options) (*Store, error) {
	o = o.withDefaults()
	if mistakes := o.Check(); len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	return &Store{o: o, client: c, log: o.Logger, flights: make(chan struct{}, o.Flights)}, nil
}

// use keeps the store open until the returned function is called.
func (s *Store) use() (done func(), err error) {
	s.closing.RLock()
	if s.closed {
		s.closing.RUnlock()
		return nil, fault.New(fault.Unavailable, "the index is closed")
	}
	return s.closing.RUnlock, nil
}

// Close ends the use of Elasticsearch.
func (s *Store) Close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if !s.closed {
		s.closed = true
		s.client.close()
	}
	return nil
}

// liveFor is how long the generation behind the alias is believed without
// looking. Moving the alias takes it into account.
const liveFor = 2 * time.Second

// live returns the generation that searches answer from, for writing to it: its
// format must be ours.
func (s *Store) live(ctx context.Context) (string, error) {
	generation, err := s.current(ctx)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if generation == known {
		return generation, nil
	}
	if err := s.checkFormat(ctx, generation); err != nil {
		return "", err
	}
	s.log.Info("writing and searching", zap.String("index", s.physical(generation)))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = generation
	return generation, nil
}

// current returns the generation that searches answer from.
func (s *Store) current(ctx context.Context) (string, error) {
	s.mu.Lock()
	generation, checked := s.generation, s.checked
	s.mu.Unlock()
	if generation != "" && time.Since(checked) < liveFor {
		return generation, nil
	}
	asked := time.Now()
	generation, err := s.lookUp(ctx)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if asked.After(s.checked) {
		s.generation, s.checked = generation, asked
	}
	return generation, nil
}

// doubt makes the next write look up the generation again, when err may come
// from its index being gone.
func (s *Store) doubt(err error) {
	if !fault.Is(err, fault.Unavailable) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation = ""
}

// lookUp asks which generation the alias stands for.
func (s *Store) lookUp(ctx context.Context) (string, error) {
	generations, err := s.generations(ctx)
	if err != nil {
		return "", err
	}
	live := ""
	for _, g := range generations {
		if g.Live && live != "" {
			return "", fault.New(fault.Unavailable, "the alias %s stands for two indices, %s and %s", s.alias(), s.physical(live), s.physical(g.ID)).
				Fix("take it off the one that is not meant: POST /_aliases")
		}
		if g.Live {
			live = g.ID
		}
	}
	if live == "" {
		return "", fault.New(fault.Unavailable, "the index %s is not there: Elasticsearch has no such alias of ours", s.alias()).
			Fix("run broadsheet provision: a new index is filled from the streams. If there was one, it was deleted, or our user lacks the role that broadsheet provision --print-role index prints")
	}
	return live, nil
}

// checkFormat refuses an index with a mapping that is not ours.
func (s *Store) checkFormat(ctx context.Context, generation string) error {
	var out map[string]struct {
		Mappings struct {
			Dynamic json.RawMessage `json:"dynamic"`
			Meta    struct {
				Broadsheet struct {
					Format int `json:"format"`
				} `json:"broadsheet"`
			} `json:"_meta"`
		} `json:"mappings"`
	}
	if _, err := s.client.call(ctx, http.MethodGet, "/"+url.PathEscape(s.physical(generation))+"/_mapping", nil, &out); err != nil {
		return err
	}
	m := out[s.physical(generation)].Mappings
	if m.Meta.Broadsheet.Format != format || string(m.Dynamic) != `"strict"` {
		return fault.New(fault.Unavailable, "the index %s has a mapping of format %d, and this version writes %d", s.physical(generation), m.Meta.Broadsheet.Format, format).
			Fix("run broadsheet provision, which restores the template, and then broadsheet reindex")
	}
	return nil
}

// Probe returns nil when the index is there and takes writes.
func (s *Store) Probe(ctx context.Context) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	generation, err := s.live(ctx)
	if err != nil {
		return err
	}
	var health struct {
		Status string `json:"status"`
	}
	index := url.PathEscape(s.physical(generation))
	if _, err := s.client.call(ctx, http.MethodGet, "/_cluster/health/"+index+"?timeout=0s", nil, &health); err != nil {
		if status, ok := refusalOf(err); !ok || status.status != http.StatusRequestTimeout {
			s.doubt(err)
			return err
		}
	}
	if health.Status != "green" && health.Status != "yellow" {
		return fault.New(fault.Unavailable, "a part of the index %s is away", s.physical(generation)).Fix("work goes on by itself; if this lasts, look at the cluster's health")
	}
	return s.blocked(ctx, generation)
}

// blocked returns why the index takes no writes although it is there.
func (s *Store) blocked(ctx context.Context, generation string) error {
	var out map[string]struct {
		Settings struct {
			Index struct {
				Blocks map[string]string `json:"blocks"`
			} `json:"index"`
		} `json:"settings"`
	}
	if _, err := s.client.call(ctx, http.MethodGet, "/"+url.PathEscape(s.physical(generation))+"/_settings/index.blocks.*", nil, &out); err != nil {
		s.doubt(err)
		return err
	}
	for name, value := range out[s.physical(generation)].Settings.Index.Blocks {
		if value != "true" {
			continue
		}
		if name == "read_only_allow_delete" || name == "read_only" {
			return classify(http.StatusTooManyRequests, "cluster_block_exception", "index ["+s.physical(generation)+"] is read-only (index.blocks."+name+")")
		}
		return classify(http.StatusForbidden, "cluster_block_exception", "index ["+s.physical(generation)+"] has index.blocks."+name)
	}
	return nil
}

// Get returns an article by its uri, also a withdrawn one; fault.NotFound when
// the index never had it.
func (s *Store) Get(ctx context.Context, uri string) (search.Stored, error) {
	done, err := s.use()
	if err != nil {
		return search.Stored{}, err
	}
	defer done()
	var out struct {
		Found   bool   `json:"found"`
		Version int64  `json:"_version"`
		Source  stored `json:"_source"`
	}
	_, err = s.client.call(ctx, http.MethodGet, "/"+url.PathEscape(s.alias())+"/_doc/"+url.PathEscape(uri), nil, &out)
	if why, ok := refusalOf(err); ok && why.status == http.StatusNotFound && why.kind == "" {
		return search.Stored{}, fault.New(fault.NotFound, "the index has no article %s", uri).On("uri").Fix("look up the uri by searching")
	}
	if err != nil {
		return search.Stored{}, asked(err)
	}
	if !out.Found || len(out.Source.Article) == 0 {
		return search.Stored{}, fault.New(fault.Unavailable, "Elasticsearch answers without the article %s", uri)
	}
	return search.Stored{URI: uri, Sequence: out.Version, Withdrawn: out.Source.Withdrawn, Source: out.Source.Article}, nil
}

// stored is a document as it comes back.
type stored struct {
	Article   json.RawMessage `json:"article"`
	Withdrawn bool            `json:"withdrawn"`
}

// asked is the error of a question: that Elasticsearch does not understand it is
// our mistake and not the reader's.
func asked(err error) error {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Internal:
		return err
	case fault.Full: // searching needs no room
		return fault.Wrap(fault.Unavailable, err, "Elasticsearch does not answer")
	}
	return fault.Wrap(fault.Internal, err, "Elasticsearch does not understand a question of ours")
}
