package embedded

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/blevesearch/bleve/v2"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// volume is an index in a directory of its own. It is safe for concurrent use.
type volume struct {
	dir string
	log *zap.Logger

	writing sync.Mutex // versions are read, compared and written by one at a time
	count   uint64     // batches written
	failed  bool       // the last batch did not get to the disk

	using  sync.RWMutex // held for reading by whoever uses index
	index  bleve.Index  // nil while it could not be opened again
	dead   chan error   // why the index's background work ended before its time
	closed bool

	columns columnCache // of what index holds
}

// keyCount is where the index keeps how many batches were written, in decimal.
var keyCount = []byte("batches")

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
func (s *volume) use() (done func(), err error) {
	s.using.RLock()
	if s.index == nil {
		s.using.RUnlock()
		return nil, fault.New(fault.Unavailable, "the index in %s is closed", s.dir)
	}
	return s.using.RUnlock, nil
}

// Probe returns nil when the index takes writes.
func (s *volume) Probe(context.Context) error {
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
func (s *volume) commit(fill func(*bleve.Batch) error) error {
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

func (s *volume) batch(fill func(*bleve.Batch) error) error {
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
func (s *volume) reopen(anew bool) error {
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

// Close ends the use of the index. What was written stays.
func (s *volume) Close() error {
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
	if err != nil {
		return storage(err, "closing the index in %s", s.dir)
	}
	return nil
}
