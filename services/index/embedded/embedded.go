// Package embedded keeps the index in files of this process, with bleve. A write
// is on disk when it returns; an article and its version change together.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bolterrors "go.etcd.io/bbolt/errors"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// Options make a Store.
type Options struct {
	Dir    string      // made when it is missing; one process owns it
	Logger *zap.Logger // nil: silent
}

// Store is an index in files. It is safe for concurrent use.
type Store struct {
	index bleve.Index
	dir   string
	log   *zap.Logger

	writing sync.Mutex // versions are read, compared and written by one at a time
	unsure  bool       // a failed batch may be in memory and not on disk

	closing sync.RWMutex // held for reading by whoever uses the index
	closed  bool
}

// lockTimeout is how long an index that another process holds is waited for.
const lockTimeout = "1s"

// Open opens the index in a directory, and makes it when there is none.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, fault.New(fault.Invalid, "no directory is given for the index").On("dir")
	}
	s := &Store{dir: filepath.Join(o.Dir, fmt.Sprintf("articles-%d", format)), log: o.Logger}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if _, err := os.Stat(s.dir); errors.Is(err, os.ErrNotExist) {
		if err := s.create(); err != nil {
			return nil, err
		}
	}
	index, err := bleve.OpenUsing(s.dir, map[string]any{"bolt_timeout": lockTimeout})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fault.Wrap(fault.Conflict, err, "the index in %s is in use by another process", s.dir).Fix("stop that process, or choose another directory")
	}
	if err != nil {
		return nil, storage(err, "the index in %s cannot be read", s.dir).
			Fix("if the disk is sound, delete %s: the index is made again from the stream of articles", s.dir)
	}
	s.index = index
	return s, nil
}

// create makes an empty index. It gets its name when it is whole, so that being
// killed meanwhile leaves nothing that looks like a damaged one.
func (s *Store) create() error {
	m, err := newMapping()
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the index's mapping")
	}
	if err := os.MkdirAll(filepath.Dir(s.dir), 0o755); err != nil {
		return storage(err, "cannot make the directory of the index")
	}
	unborn := s.dir + ".new"
	if err := os.RemoveAll(unborn); err != nil {
		return storage(err, "cannot clear %s", unborn)
	}
	index, err := bleve.NewUsing(unborn, m, scorch.Name, scorch.Name, map[string]any{"bolt_timeout": lockTimeout})
	if err == nil {
		err = index.Close()
	}
	if err == nil {
		err = os.Rename(unborn, s.dir)
	}
	if err != nil {
		return storage(err, "cannot make the index in %s", s.dir)
	}
	return syncDir(filepath.Dir(s.dir))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return storage(err, "cannot open %s", path)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return storage(err, "cannot make %s durable", path)
	}
	return nil
}

// storage gives an error of the disk its kind.
func storage(err error, format string, args ...any) *fault.Error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.Wrap(fault.Full, err, format+": the disk is full", args...).Fix("make room; writing goes on by itself")
	}
	return fault.Wrap(fault.Unavailable, err, format, args...)
}

// use keeps the index open until the returned function is called.
func (s *Store) use() (done func(), err error) {
	s.closing.RLock()
	if s.closed {
		s.closing.RUnlock()
		return nil, fault.New(fault.Unavailable, "the index is closed")
	}
	return s.closing.RUnlock, nil
}

// Probe returns nil when the index takes writes.
func (s *Store) Probe(context.Context) error {
	done, err := s.use()
	if err != nil {
		return err
	}
	defer done()
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.settle()
}

// settle makes sure that what an earlier batch may have left in memory is on disk.
func (s *Store) settle() error {
	if !s.unsure {
		return nil
	}
	if err := s.index.SetInternal([]byte("settled"), []byte{1}); err != nil {
		return storage(err, "the index in %s takes no writes", s.dir)
	}
	s.unsure = false
	return nil
}

// Close ends the use of the index. What was written stays.
func (s *Store) Close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if err := s.index.Close(); err != nil {
		return storage(err, "closing the index in %s", s.dir)
	}
	return nil
}
