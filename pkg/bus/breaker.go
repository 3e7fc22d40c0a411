package bus

import (
	"fmt"
	"sync"
	"time"

	"broadsheet/pkg/fault"
)

// breaker notices a run of terminal failures across different messages. One bad
// page is a dead letter; twenty in a row are a broken deployment, and burying
// the whole queue would only make more work. While it is open each message is
// held once, for a growing time, before it may be buried.
type breaker struct {
	after int
	first time.Duration

	mu   sync.Mutex
	run  map[string]bool // subjects that failed since the last success
	wait time.Duration
}

// longest a breaker stays open at a time.
const longestBreak = 5 * time.Minute

func newBreaker(after int, first time.Duration) *breaker {
	if first == 0 {
		first = 5 * time.Second
	}
	return &breaker{after: after, first: first, wait: first, run: map[string]bool{}}
}

func (b *breaker) good() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.run)
	b.wait = b.first
}

// openBreaker is the reason to hold a message; it waits like an outage.
type openBreaker struct {
	cause *fault.Error
	until time.Duration
}

func (o *openBreaker) Unwrap() error { return o.cause }
func (o *openBreaker) Error() string { return fmt.Sprintf("breaker open for %v: %v", o.until, o.cause) }

// bad counts a failure. It returns nil while the run is short.
func (b *breaker) bad(subject string, why error) error {
	if b.after == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.run[subject] = true
	if len(b.run) < b.after {
		return nil
	}
	open := &openBreaker{
		cause: fault.New(fault.Unavailable, "%d messages in a row failed, the last with: %v", len(b.run), why).
			Fix("the deployment is to blame rather than the pages: mend it; consuming goes on by itself, slowly"),
		until: b.wait,
	}
	b.wait = min(2*b.wait, longestBreak)
	return open
}
