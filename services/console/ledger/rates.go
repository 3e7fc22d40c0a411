package ledger

import (
	"sync"
	"time"
)

// Tick is something that is counted for a rate.
type Tick int

// The ticks.
const (
	_ Tick = iota
	PageReceived
	PageCommitted
	ArticlePublished
	ArticleIndexed
	LetterWritten
	ticks
)

// window is how far back a rate looks.
const window = 60

// rates counts what happened in each of the last sixty seconds, by the time it
// happened: reading an old stream again is no traffic.
type rates struct {
	mu      sync.Mutex
	seconds [window]struct {
		unix   int64
		counts [ticks]int
	}
}

func (r *rates) add(t Tick, at, now time.Time) {
	if t == 0 || now.Sub(at) >= window*time.Second || at.Sub(now) > time.Second {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.seconds[at.Unix()%window]
	if s.unix != at.Unix() {
		s.unix, s.counts = at.Unix(), [ticks]int{}
	}
	s.counts[t]++
}

func (r *rates) perMinute(t Tick, now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for i := range r.seconds {
		if s := &r.seconds[i]; now.Unix()-s.unix < window {
			n += s.counts[t]
		}
	}
	return n
}

// series is what happened in each of the last sixty seconds, oldest first.
func (r *rates) series(t Tick, now time.Time) []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]int, window)
	for i := range out {
		unix := now.Unix() - int64(window-1-i)
		if s := &r.seconds[unix%window]; s.unix == unix {
			out[i] = s.counts[t]
		}
	}
	return out
}
