package embedded

import (
	"context"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Generation returns the id of the generation that searches answer from.
func (s *Store) Generation(context.Context) (string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.generation, nil
}

// Begin makes a generation beside the one that searches answer from, or finds it
// again, and returns how to write to it; made: it is empty.
func (s *Store) Begin(_ context.Context, generation string) (write search.Writer, made bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !search.ValidGeneration(generation) {
		return nil, false, fault.New(fault.Internal, "%q is no id of a generation", generation)
	}
	if s.generation == generation {
		return s.live.Write, false, nil
	}
	if s.next != nil && s.nextID == generation {
		return s.next.Write, false, nil
	}
	if s.next != nil {
		if err := s.next.Close(); err != nil {
			return nil, false, err
		}
		s.next = nil
	}
	v, made, err := s.make(generation)
	if err != nil {
		return nil, false, kinded(err, "the index in %s cannot be made", s.dirOf(generation))
	}
	s.next, s.nextID = v, generation
	return v.Write, made, nil
}

// Held lists everything that a generation holds, withdrawn articles too, by uri.
func (s *Store) Held(ctx context.Context, generation, after string, limit int) ([]search.Listed, error) {
	s.mu.RLock()
	v := s.live
	if generation != s.generation {
		v = s.next
	}
	known := generation == s.generation || v != nil && generation == s.nextID
	s.mu.RUnlock()
	if !known {
		return nil, fault.New(fault.Unavailable, "there is no generation %s", generation)
	}
	return v.held(ctx, after, limit)
}

// Adopt makes searches answer from a generation, from one moment to the next.
func (s *Store) Adopt(_ context.Context, generation string) error {
	s.mu.Lock()
	if s.generation == generation {
		s.mu.Unlock()
		return nil
	}
	if s.next == nil || s.nextID != generation {
		s.mu.Unlock()
		return fault.New(fault.Internal, "generation %s is not being built", generation)
	}
	if err := s.point(generation); err != nil {
		s.mu.Unlock()
		return err
	}
	before := s.live
	s.live, s.generation, s.next, s.nextID = s.next, generation, nil, ""
	s.mu.Unlock()
	s.log.Info("searches answer from another generation", zap.String("generation", generation))
	return before.Close() // waits for those who still use it
}

// Settled is how long after Adopt somebody may still write to the generation
// before: not at all, there is only this process.
func (s *Store) Settled() time.Duration { return 0 }

// Discard deletes all generations but those to keep and the one that searches
// answer from.
func (s *Store) Discard(_ context.Context, keep ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	stays := map[string]bool{s.dirOf(s.generation): true}
	for _, id := range keep {
		stays[s.dirOf(id)] = true
	}
	if s.next != nil && !stays[s.dirOf(s.nextID)] {
		if err := s.next.Close(); err != nil {
			return err
		}
		s.next, s.nextID = nil, ""
	}
	return s.clear(func(dir string) bool {
		return !stays[dir] && !strings.Contains(dir[len(s.root)+len(string(os.PathSeparator)):], asideSuffix)
	})
}
