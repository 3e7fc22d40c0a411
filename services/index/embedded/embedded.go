// Package embedded keeps the index in files of this process, with bleve. A write
// is on disk when it returns; an article and its version change together.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	root string
	lock *flock.Flock
	log  *zap.Logger

	mu         sync.RWMutex
	live       *volume
	generation string
	next       *volume // is being built
	nextID     string
}

const (
	currentFile = "current"
	prefix      = "articles-" // begins the names of indexes; format and generation follow
	asideSuffix = ".damaged"
)

// Open opens the index in a directory. One that is not there, damaged or of
// another format begins anew, empty, as a generation that nobody knows: whoever
// fills it does so from the start. What is damaged is put aside until the next
// start.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, fault.New(fault.Invalid, "no directory is given for the index").On("dir")
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, storage(err, "cannot make the directory of the index")
	}
	lock := flock.New(filepath.Join(o.Dir, "lock"))
	if taken, err := lock.TryLock(); err != nil {
		return nil, storage(err, "cannot lock %s", o.Dir)
	} else if !taken {
		return nil, fault.New(fault.Conflict, "the index in %s is in use by another process", o.Dir).Fix("stop that process, or choose another directory")
	}
	s := &Store{root: o.Dir, log: o.Logger, lock: lock}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if err := s.open(); err != nil {
		_ = lock.Unlock()
		return nil, kinded(err, "the index in %s cannot be opened", s.root)
	}
	return s, nil
}

// kinded is an error of the disk that may have its kind already.
func kinded(err error, format string, args ...any) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return storage(err, format, args...)
}

func (s *Store) open() error {
	current, err := os.ReadFile(filepath.Join(s.root, currentFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	id := strings.TrimSpace(string(current))
	if search.ValidGeneration(id) {
		err := s.openLive(id)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		s.log.Warn("the index is made again from the streams", zap.String("generation", id))
	}
	id = search.NewGeneration()
	v, _, err := s.make(id)
	if err != nil {
		return err
	}
	if err := s.point(id); err != nil {
		return errors.Join(err, v.Close())
	}
	s.live, s.generation = v, id
	return nil
}

// openLive opens what is there of a generation; fs.ErrNotExist: nothing that can
// be used.
func (s *Store) openLive(id string) error {
	dir := s.dirOf(id)
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	v, err := openVolume(dir, s.log)
	var d damaged
	if errors.As(err, &d) {
		return s.putAside(dir, d)
	}
	if err != nil {
		return err
	}
	s.live, s.generation = v, id
	return s.clear(func(dir string) bool { return strings.Contains(filepath.Base(dir), asideSuffix) })
}

func (s *Store) dirOf(id string) string {
	return filepath.Join(s.root, fmt.Sprintf("%s%d-%s", prefix, format, id))
}

// putAside keeps what is left of a damaged index for whoever wants to know what
// happened to it.
func (s *Store) putAside(dir string, d damaged) error {
	aside := fmt.Sprintf("%s%s-%d", dir, asideSuffix, time.Now().UnixNano())
	if err := os.Rename(dir, aside); err != nil {
		return err
	}
	s.log.Error("the index is damaged; it is put aside until the next start", zap.String("dir", dir), zap.String("aside", aside), zap.Error(d.error))
	return fs.ErrNotExist
}

// make opens a generation, and makes it when it is not there or damaged.
func (s *Store) make(id string) (v *volume, made bool, err error) {
	dir := s.dirOf(id)
	if _, err = os.Stat(dir); err == nil {
		v, err = openVolume(dir, s.log)
		var d damaged
		if errors.As(err, &d) {
			err = s.putAside(dir, d)
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return v, false, err
	}
	if err := createVolume(dir); err != nil {
		return nil, false, err
	}
	v, err = openVolume(dir, s.log)
	return v, true, err
}

// point makes a generation the one that is opened next time.
func (s *Store) point(id string) error {
	path := filepath.Join(s.root, currentFile)
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
	return syncDir(s.root)
}

// clear deletes indexes.
func (s *Store) clear(which func(dir string) bool) error {
	dirs, err := filepath.Glob(filepath.Join(s.root, prefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if !which(dir) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return storage(err, "cannot delete %s", dir)
		}
	}
	return nil
}

// on does something with the live volume, and again with its successor when it
// was replaced in between.
func on[T any](s *Store, f func(*volume) (T, error)) (T, error) {
	current := func() *volume {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return s.live
	}
	for {
		v := current()
		out, err := f(v)
		if err == nil || current() == v {
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

// Suggest returns names that begin so, the most frequent first.
func (s *Store) Suggest(ctx context.Context, b search.Beginning) ([]search.Suggestion, error) {
	return on(s, func(v *volume) ([]search.Suggestion, error) { return v.Suggest(ctx, b) })
}

// Get returns an article by its uri, also a withdrawn one; fault.NotFound when
// the index never had it.
func (s *Store) Get(ctx context.Context, uri string) (search.Stored, error) {
	return on(s, func(v *volume) (search.Stored, error) { return v.Get(ctx, uri) })
}

// List lists what searches can find, by uri.
func (s *Store) List(ctx context.Context, after string, limit int) ([]search.Listed, error) {
	return on(s, func(v *volume) ([]search.Listed, error) { return v.List(ctx, after, limit) })
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
