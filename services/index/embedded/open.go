package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/gofrs/flock"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// Options make a Store.
type Options struct {
	Dir    string      // made when it is missing; one process owns it
	Logger *zap.Logger // nil: silent
}

// lockTimeout bounds waiting for bleve's own lock. Ours is taken before, so that
// nobody holds it.
const lockTimeout = "5s"

// Open opens the index in a directory. When there is none, or it is damaged, an
// empty one takes its place, which is not Complete; the damaged one is put aside.
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
	s := &Store{root: o.Dir, dir: filepath.Join(o.Dir, fmt.Sprintf("%s%d", prefix, format)), log: o.Logger, lock: lock}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if err := s.open(); err != nil {
		_ = lock.Unlock()
		return nil, err
	}
	return s, nil
}

// prefix begins the names of indexes; what follows is the format, and for what
// is put aside more.
const prefix = "articles-"

func (s *Store) open() error {
	_, err := os.Stat(s.dir)
	if err == nil {
		err = s.load()
	}
	var d damaged
	if errors.As(err, &d) {
		err = s.putAside(d)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.create(); err == nil {
			err = s.load()
		}
	}
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	return storage(err, "the index in %s cannot be opened", s.dir)
}

// damaged is an index that is not what it was when it was last written.
type damaged struct{ error }

func (d damaged) Unwrap() error { return d.error }

// load opens an index that is there.
func (s *Store) load() (err error) {
	defer func() {
		if p := recover(); p != nil { // bbolt panics on pages that make no sense
			err = damaged{fmt.Errorf("%v", p)}
		}
	}()
	newest, err := newestCount(s.path())
	if err != nil {
		return damage(err)
	}
	index, err := bleve.OpenUsing(s.dir, map[string]any{"bolt_timeout": lockTimeout, "asyncErrorCallbackName": watchName})
	if err != nil {
		return damage(err)
	}
	loaded, err := index.GetInternal(keyCount)
	if err == nil && string(loaded) != string(newest) {
		err = fmt.Errorf("its newest state, %s, cannot be read; %s can", newest, loaded)
	}
	if err == nil && len(loaded) > 0 {
		s.count, err = strconv.ParseUint(string(loaded), 10, 64)
	}
	if err != nil {
		_ = index.Close()
		return damaged{err}
	}
	s.index, s.dead = index, watch(s)
	return nil
}

// damage tells an index that cannot be read from a disk or a permission that
// keeps us from reading it.
func damage(err error) error {
	for _, ours := range []error{fs.ErrPermission, syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		if errors.Is(err, ours) {
			return err
		}
	}
	return damaged{err}
}

// newestCount reads, without bleve's help, how many batches the newest state on
// disk has seen. When bleve cannot load that state it silently takes an earlier
// one, and what was acknowledged since would be missing.
func newestCount(store string) ([]byte, error) {
	if _, err := os.Stat(filepath.Join(store, "root.bolt")); err != nil {
		return nil, damaged{err}
	}
	points, err := scorch.RollbackPoints(store)
	if err != nil {
		return nil, err
	}
	if len(points) == 0 {
		return nil, errors.New("it has no state")
	}
	return points[0].GetInternal(keyCount), nil
}

// putAside makes room for an index in place of a damaged one.
func (s *Store) putAside(d damaged) error {
	aside := fmt.Sprintf("%s.damaged-%d", s.dir, time.Now().UnixNano())
	if err := os.Rename(s.dir, aside); err != nil {
		return err
	}
	s.log.Error("the index is damaged and is made again; the damaged one is put aside until that is done",
		zap.String("dir", s.dir), zap.String("aside", aside), zap.Error(d.error))
	return fs.ErrNotExist
}

// create makes an empty index. It gets its name when it is whole, so that being
// killed meanwhile leaves nothing that looks like a damaged one.
func (s *Store) create() error {
	m, err := newMapping()
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the index's mapping")
	}
	unborn := s.dir + ".new"
	if err := os.RemoveAll(unborn); err != nil {
		return err
	}
	index, err := bleve.NewUsing(unborn, m, scorch.Name, scorch.Name, map[string]any{"bolt_timeout": lockTimeout})
	if err != nil {
		return err
	}
	if err := index.Close(); err != nil {
		return err
	}
	if err := os.Rename(unborn, s.dir); err != nil {
		return err
	}
	return syncDir(s.root)
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}
