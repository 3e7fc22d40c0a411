package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// lockTimeout bounds waiting for bleve's own lock. Ours is taken before, so that
// nobody holds it.
const lockTimeout = "5s"

// openVolume opens the index in a directory that is there. The error is damaged
// when there is no sound index in it.
func openVolume(dir string, log *zap.Logger) (*volume, error) {
	v := &volume{dir: dir, log: log}
	if err := v.load(); err != nil {
		return nil, err
	}
	return v, nil
}

// damaged is an index that is not what it was when it was last written.
type damaged struct{ error }

func (d damaged) Unwrap() error { return d.error }

// load opens an index that is there.
func (s *volume) load() (err error) {
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

// createVolume makes an empty index. It gets its name when it is whole, so that
// being killed meanwhile leaves nothing that looks like a damaged one.
func createVolume(dir string) error {
	m, err := newMapping()
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the index's mapping")
	}
	unborn := dir + ".new"
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
	if err := os.Rename(unborn, dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}
