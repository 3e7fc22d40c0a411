// Package embedded keeps the index in files of this process, with bleve. A write
// is on disk when it returns; an article and its version change together.
package embedded

import (
	"context"
	"errors"
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

// volume is an index in a directory. It is safe for concurrent use.
type volume struct {
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

// openVolume opens the index in a directory. Corrupt: it is not there or damaged.
func openVolume(dir string, log *zap.Logger) (v *volume, err error) {
	defer func() {
		if p := recover(); p != nil { // bleve trusts what it reads
			v, err = nil, fault.New(fault.Corrupt, "the index in %s is damaged (%v)", dir, p)
		}
	}()
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap(fault.Corrupt, err, "the index is not there")
	}
	index, err := bleve.OpenUsing(dir, map[string]any{"bolt_timeout": lockTimeout})
	switch {
	case err == nil:
		return &volume{index: index, dir: dir, log: log}, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fault.Wrap(fault.Conflict, err, "the index in %s is in use by another process", dir).Fix("stop that process, or choose another directory")
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT),
		errors.Is(err, syscall.EIO), errors.Is(err, syscall.EROFS):
		return nil, storage(err, "the index in %s cannot be read", dir).Fix("mend what the disk complains about; the index itself may be sound")
	}
	return nil, fault.Wrap(fault.Corrupt, err, "the index in %s is damaged", dir)
}

// createVolume makes an empty index. It gets its name when it is whole, so that being
// killed meanwhile leaves nothing that looks like a damaged one.
func createVolume(dir string) error {
	m, err := newMapping()
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the index's mapping")
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return storage(err, "cannot make the directory of the index")
	}
	unborn := dir + ".new"
	if err := os.RemoveAll(unborn); err != nil {
		return storage(err, "cannot clear %s", unborn)
	}
	index, err := bleve.NewUsing(unborn, m, scorch.Name, scorch.Name, map[string]any{"bolt_timeout": lockTimeout})
	if err == nil {
		err = index.Close()
	}
	if err == nil {
		err = os.Rename(unborn, dir)
	}
	if err != nil {
		return storage(err, "cannot make the index in %s", dir)
	}
	return syncDir(filepath.Dir(dir))
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
func (v *volume) use() (done func(), err error) {
	v.closing.RLock()
	if v.closed {
		v.closing.RUnlock()
		return nil, fault.New(fault.Unavailable, "the index is closed")
	}
	return v.closing.RUnlock, nil
}

// Probe returns nil when the index takes writes.
func (v *volume) Probe(context.Context) error {
	done, err := v.use()
	if err != nil {
		return err
	}
	defer done()
	v.writing.Lock()
	defer v.writing.Unlock()
	return v.settle()
}

// settle makes sure that what an earlier batch may have left in memory is on disk.
func (v *volume) settle() error {
	if !v.unsure {
		return nil
	}
	if err := v.index.SetInternal([]byte("settled"), []byte{1}); err != nil {
		return storage(err, "the index in %s takes no writes", v.dir)
	}
	v.unsure = false
	return nil
}

// Close ends the use of the index. What was written stays.
func (v *volume) Close() error {
	v.closing.Lock()
	defer v.closing.Unlock()
	if v.closed {
		return nil
	}
	v.closed = true
	if err := v.index.Close(); err != nil {
		return storage(err, "closing the index in %s", v.dir)
	}
	return nil
}
