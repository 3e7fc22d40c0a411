package embedded

import (
	"errors"
	"path/filepath"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// bleve writes to disk in the background and tells of a background part that
// ended only here, by the index's path: a batch would wait for it for ever.
const watchName = "broadsheet"

var watched = struct {
	sync.Mutex
	dead map[string]chan error // by path of the index
}{dead: map[string]chan error{}}

func init() {
	scorch.RegistryAsyncErrorCallbacks[watchName] = func(err error, path string) {
		if !errors.Is(err, scorch.ErrAsyncPanic) {
			return // the batch concerned fails with it
		}
		watched.Lock()
		defer watched.Unlock()
		select {
		case watched.dead[path] <- err:
		default: // known already, or nobody asks
		}
	}
}

func (s *volume) path() string { return filepath.Join(s.dir, "store") }

// watch returns where the end of the background work of s will be told.
func watch(s *volume) chan error {
	watched.Lock()
	defer watched.Unlock()
	dead := make(chan error, 1)
	watched.dead[s.path()] = dead
	return dead
}

func forget(s *volume) {
	watched.Lock()
	defer watched.Unlock()
	delete(watched.dead, s.path())
}
