package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/observe"
	"broadsheet/services/console/ledger"
)

// health remembers the services' checks for a moment: a status asks for them
// once for each stage, and there may be many who watch.
type health struct {
	ask Checks

	mu   sync.Mutex
	at   time.Time
	last []observe.Check
}

const healthFor = time.Second

func (h *health) checks(ctx context.Context) []observe.Check {
	if h.ask == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.at) > healthFor {
		h.last, h.at = h.ask(ctx), time.Now()
	}
	return h.last
}

// paused is why a service stands still, or "".
func (h *health) paused(ctx context.Context, service string) string {
	for _, c := range h.checks(ctx) {
		if !c.OK && strings.HasPrefix(c.Name, service+" ") {
			return c.Reason
		}
	}
	return ""
}

func (h *health) failing(ctx context.Context) []observe.Check {
	var out []observe.Check
	for _, c := range h.checks(ctx) {
		if !c.OK {
			out = append(out, c)
		}
	}
	return out
}

// ReadyChecks asks services that run elsewhere for their health. addresses names
// them: service → base address, such as http://127.0.0.1:8081.
func ReadyChecks(addresses map[string]string, client *http.Client) Checks {
	return func(ctx context.Context) []observe.Check {
		var mu sync.Mutex
		var out []observe.Check
		var asking sync.WaitGroup
		for service, address := range addresses {
			asking.Go(func() {
				checks, err := askReady(ctx, client, address)
				if err != nil {
					checks = []observe.Check{{Name: service + " service", Reason: fmt.Sprintf("%s does not answer at %s: %v", service, address, err)}}
				}
				mu.Lock()
				defer mu.Unlock()
				out = append(out, checks...)
			})
		}
		asking.Wait()
		return out
	}
}

// readyTimeout is how long a service may take to say how it is.
const readyTimeout = 2500 * time.Millisecond

func askReady(ctx context.Context, client *http.Client, address string) ([]observe.Check, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/readyz", nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Checks []observe.Check `json:"checks"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&answer); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "its answer is not that of a service of ours")
	}
	return answer.Checks, nil
}

// oldestUpload remembers since when the first message of UPLOADS has waited.
type oldestUpload struct {
	mu  sync.Mutex
	seq uint64
	at  ledger.Oldest
}

// look returns the upload that has waited longest, nil when none waits. It reads
// an upload once: it may be large.
func (o *oldestUpload) look(ctx context.Context, b Bus, state bus.StreamState) *ledger.Oldest {
	if state.Messages == 0 {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seq != state.First {
		m, err := b.MessageAt(ctx, event.Uploads, state.First)
		if err != nil {
			return nil // taken meanwhile
		}
		key, _ := event.KeyOfSubject(m.Subject) // zero when the subject names none
		o.seq, o.at = state.First, ledger.Oldest{Key: key, At: m.Published}
	}
	found := o.at
	return &found
}
