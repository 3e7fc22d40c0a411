// Package embedded keeps the index in files of this process, with bleve. A write
// is on disk when it returns; an article and its version change together.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/blevesearch/bleve/v2"
	"github.com/gofrs/flock"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// Store is an index in files. It is safe for concurrent use.
type Store struct {
	root string // what the caller named
	dir  string // of the index, within root
	lock *flock.Flock
	log  *zap.Logger

	writing sync.Mutex // versions are read, compared and written by one at a time
	count   uint64     // batches written
	failed  bool       // the last batch did not get to the disk

	using  sync.RWMutex // held for reading by whoever uses index
	index  bleve.Index  // nil while it could not be opened again
	dead   chan error   // why the index's background work ended before its time
	closed bool

	columns columnCache // of what index holds
}

// Keys of what the index keeps beside its documents.
var (
	keyCount    = []byte("batches")  // written, in decimal
	keyComplete = []byte("complete") // there when the index holds all that the stream has
)

// storage gives an error of the disk its kind.
func storage(err error, format string, args ...any) *fault.Error {
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		// bleve keeps an error's text and drops the error.
		if errors.Is(err, full) || strings.Contains(err.Error(), full.Error()) {
			return fault.Wrap(fault.Full, err, format+": the disk is full", args...).Fix("make room; writing goes on by itself")
		}
	}
	return fault.Wrap(fault.Unavailable, err, format, args...)
}

// use keeps the index open until the returned function is called.
func (s *Store) use() (done func(), err error) {
	s.using.RLock()
	if s.index == nil {
		s.using.RUnlock()
		return nil, fault.New(fault.Unavailable, "the index in %s is closed", s.dir)
	}
	return s.using.RUnlock, nil
}

// Probe returns nil when the index takes writes.
func (s *Store) Probe(context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if !s.failed {
		done, err := s.use()
		if err == nil {
			done()
		}
		return err
	}
	if err := s.commit(func(*bleve.Batch) error { return nil }); err != nil {
		return err
	}
	s.log.Info("the index takes writes again", zap.String("dir", s.dir))
	return nil
}

// commit writes the batch that fill makes, and returns when it is on disk. An
// index whose batch did not get there is opened again: bleve keeps such a batch
// in memory, where it would pass for durable, in a state that cannot be relied
// on. The caller holds writing.
func (s *Store) commit(fill func(*bleve.Batch) error) error {
	if err := s.reopen(false); err != nil {
		return err
	}
	err := s.batch(fill)
	if err == nil {
		s.failed = false
		return nil
	}
	s.failed = true
	if again := s.reopen(true); again != nil {
		s.log.Error("the index cannot be opened again yet", zap.String("dir", s.dir), zap.Error(again))
	}
	return err
}

func (s *Store) batch(fill func(*bleve.Batch) error) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	batch := s.index.NewBatch()
	if err := fill(batch); err != nil {
		return err
	}
	batch.SetInternal(keyCount, strconv.AppendUint(nil, s.count+1, 10))
	written := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				written <- fmt.Errorf("bleve panicked: %v", p)
			}
		}()
		written <- s.index.Batch(batch)
	}()
	select {
	case err = <-written:
	case err = <-s.dead: // nobody would ever write it
	}
	if err != nil {
		return storage(err, "the index in %s takes no writes", s.dir)
	}
	s.count++
	return nil
}

// reopen opens an index that is not open, or any when anew.
func (s *Store) reopen(anew bool) error {
	s.using.Lock()
	defer s.using.Unlock()
	if s.closed {
		return fault.New(fault.Unavailable, "the index in %s is closed", s.dir)
	}
	if s.index != nil && !anew {
		return nil
	}
	if s.index != nil {
		if err := s.index.Close(); err != nil {
			s.log.Warn("the index did not close well", zap.String("dir", s.dir), zap.Error(err))
		}
		s.index = nil
	}
	if err := s.load(); err != nil {
		return storage(err, "the index in %s cannot be opened again", s.dir).Fix("should this last, restart the service: a damaged index is then made again")
	}
	return nil
}

// Complete reports whether the index holds all that the stream of articles had
// when SetComplete was called. A new one does not.
func (s *Store) Complete(context.Context) (bool, error) {
	done, err := s.use()
	if err != nil {
		return false, err
	}
	defer done()
	v, err := s.index.GetInternal(keyComplete)
	if err != nil {
		return false, storage(err, "the index in %s cannot be read", s.dir)
	}
	return len(v) > 0, nil
}

// SetComplete notes that the index holds all that the stream has, and removes
// what it replaces: damaged indexes and those of earlier formats.
func (s *Store) SetComplete(context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.commit(func(batch *bleve.Batch) error {
		batch.SetInternal(keyComplete, []byte{1})
		return nil
	})
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(s.root)
	if err != nil {
		return storage(err, "cannot list %s", s.root)
	}
	for _, e := range entries {
		if path := filepath.Join(s.root, e.Name()); strings.HasPrefix(e.Name(), prefix) && path != s.dir {
			if err := os.RemoveAll(path); err != nil {
				s.log.Warn("cannot remove an index that is replaced", zap.String("dir", path), zap.Error(err))
			}
		}
	}
	return nil
}

// Close ends the use of the index. What was written stays.
func (s *Store) Close() error {
	s.using.Lock()
	defer s.using.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var err error
	if s.index != nil {
		err = s.index.Close()
		s.index = nil
	}
	forget(s)
	if unlocked := s.lock.Unlock(); err == nil {
		err = unlocked
	}
	if err != nil {
		return storage(err, "closing the index in %s", s.dir)
	}
	return nil
}
