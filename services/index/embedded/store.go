package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Options make a Store.
type Options struct {
	Dir    string      // made when it is missing; one process owns it
	Logger *zap.Logger // nil: silent
}

// Store is an index in files. Each generation has a directory of its own, and the
// file "current" names the one that searches answer from. It is safe for
// concurrent use.
type Store struct {
	dir  string
	log  *zap.Logger
	lock *flock.Flock

	mu         sync.RWMutex
	live       *volume
	generation string
	next       *volume // is being built
	nextID     string
}

const currentFile = "current"

// Open opens the index in a directory. One that is not there or damaged begins
// anew, empty, as a generation that nobody knows: whoever fills it does so from
// the start. What is damaged is put aside.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, fault.New(fault.Invalid, "no directory is given for the index").On("dir")
	}
	s := &Store{dir: o.Dir, log: o.Logger}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, storage(err, "cannot make the directory of the index")
	}
	s.lock = flock.New(filepath.Join(s.dir, "lock"))
	if ok, err := s.lock.TryLock(); err != nil || !ok {
		return nil, fault.Wrap(fault.Conflict, err, "the index in %s is in use by another process", s.dir).Fix("stop that process, or choose another directory")
	}
	if err := s.open(); err != nil {
		_ = s.lock.Unlock()
		return nil, err
	}
	return s, nil
}

func (s *Store) open() error {
	current, err := os.ReadFile(filepath.Join(s.dir, currentFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return storage(err, "the index in %s cannot be read", s.dir)
	}
	id := strings.TrimSpace(string(current))
	if search.ValidGeneration(id) {
		s.live, err = openVolume(s.volumeDir(id), s.log)
		if err == nil {
			s.generation = id
			return nil
		}
		if !fault.Is(err, fault.Corrupt) {
			return err
		}
		s.log.Error("the index is built anew from the streams", zap.Error(err))
		s.putAside(id)
	}
	id = search.NewGeneration()
	if s.live, err = s.make(id); err != nil {
		return err
	}
	if err := s.point(id); err != nil {
		return errors.Join(err, s.live.Close())
	}
	s.generation = id
	return nil
}

func (s *Store) volumeDir(id string) string {
	return filepath.Join(s.dir, fmt.Sprintf("articles-%d-%s", format, id))
}

// putAside keeps what is left of a damaged index, one at a time, for whoever
// wants to know what happened to it.
func (s *Store) putAside(id string) {
	aside := filepath.Join(s.dir, "damaged")
	_ = os.RemoveAll(aside)
	if err := os.Rename(s.volumeDir(id), aside); err == nil {
		s.log.Warn("the damaged index is kept; delete it when nobody needs it", zap.String("dir", aside))
	}
}

// make makes a generation, or opens it when it is there.
func (s *Store) make(id string) (*volume, error) {
	dir := s.volumeDir(id)
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if err := createVolume(dir); err != nil {
			return nil, err
		}
	}
	return openVolume(dir, s.log)
}

// point makes a generation the one that is opened next time.
func (s *Store) point(id string) error {
	path := filepath.Join(s.dir, currentFile)
	f, err := os.Create(path + ".new")
	if err == nil {
		_, err = f.WriteString(id + "\n")
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return storage(err, "cannot write %s", path)
	}
	return syncDir(s.dir)
}

// current is the volume that searches answer from.
func (s *Store) current() *volume {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live
}

// on does something with the live volume, and again with its successor when it
// was replaced in between.
func on[T any](s *Store, f func(*volume) (T, error)) (T, error) {
	for {
		v := s.current()
		out, err := f(v)
		if err == nil || s.current() == v {
			return out, err
		}
	}
}

// Write writes articles in their order and returns one verdict for each. The
// batch is one step on disk; when Write returns it is durable.
func (s *Store) Write(ctx context.Context, writes []search.Write) []search.Verdict {
	verdicts, _ := on(s, func(v *volume) ([]search.Verdict, error) {
		verdicts := v.Write(ctx, writes)
		var err error
		for _, one := range verdicts {
			err = errors.Join(err, one.Err)
		}
		return verdicts, err
	})
	return verdicts
}

// Search answers a query.
func (s *Store) Search(ctx context.Context, q search.Query) (search.Result, error) {
	return on(s, func(v *volume) (search.Result, error) { return v.Search(ctx, q) })
}

// Get returns an article by its uri, also a withdrawn one; fault.NotFound when
// the index never had it.
func (s *Store) Get(ctx context.Context, uri string) (search.Stored, error) {
	return on(s, func(v *volume) (search.Stored, error) { return v.Get(ctx, uri) })
}

// Probe returns nil when the index takes writes.
func (s *Store) Probe(ctx context.Context) error {
	_, err := on(s, func(v *volume) (struct{}, error) { return struct{}{}, v.Probe(ctx) })
	return err
}

// Close ends the use of the index. What was written stays.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.live.Close()
	if s.next != nil {
		err = errors.Join(err, s.next.Close())
		s.next = nil
	}
	return errors.Join(err, s.lock.Unlock())
}

// Generation returns the id of the generation that searches answer from.
func (s *Store) Generation(context.Context) (string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.generation, nil
}

// Begin makes a generation beside the one that searches answer from, or finds it
// again, and returns how to write to it.
func (s *Store) Begin(_ context.Context, generation string) (func(context.Context, []search.Write) []search.Verdict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !search.ValidGeneration(generation) {
		return nil, fault.New(fault.Internal, "%q is no id of a generation", generation)
	}
	if s.generation == generation {
		return s.live.Write, nil
	}
	if s.nextID != generation || s.next == nil {
		if s.next != nil {
			if err := s.next.Close(); err != nil {
				return nil, err
			}
			s.next = nil
		}
		v, err := s.make(generation)
		if fault.Is(err, fault.Corrupt) { // half made: it is filled from the start anyway
			if err := os.RemoveAll(s.volumeDir(generation)); err != nil {
				return nil, storage(err, "cannot clear %s", s.volumeDir(generation))
			}
			v, err = s.make(generation)
		}
		if err != nil {
			return nil, err
		}
		s.next, s.nextID = v, generation
	}
	return s.next.Write, nil
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
	stays := map[string]bool{s.volumeDir(s.generation): true}
	for _, id := range keep {
		stays[s.volumeDir(id)] = true
	}
	if s.next != nil && !stays[s.volumeDir(s.nextID)] {
		if err := s.next.Close(); err != nil {
			return err
		}
		s.next, s.nextID = nil, ""
	}
	there, err := filepath.Glob(filepath.Join(s.dir, "articles-*"))
	if err != nil {
		return err
	}
	for _, dir := range there {
		if stays[dir] {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return storage(err, "cannot delete %s", dir)
		}
	}
	return nil
}
