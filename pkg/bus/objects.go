package bus

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// ObjectInfo describes an object.
type ObjectInfo struct {
	SHA256   string
	Size     int64
	Modified time.Time
}

// slowest is how many bytes of an object a second are waited for.
const slowest = 1 << 20

// transfer bounds the transfer of an object of so many bytes. An answer that was
// lost with the server that wrote it is waited for no longer than any other.
func transfer(ctx context.Context, size int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, requestTimeout+time.Duration(size)*time.Second/slowest)
}

// bucketTimeout bounds what goes through many messages of the bucket.
const bucketTimeout = time.Minute

func (b *Bus) objects(ctx context.Context) (jetstream.ObjectStore, error) {
	b.mu.Lock()
	store := b.objectStore
	b.mu.Unlock()
	if store != nil {
		return store, nil
	}
	store, err := b.js.ObjectStore(ctx, event.Objects)
	if err != nil {
		return nil, classify(err, "object bucket %s", event.Objects)
	}
	b.mu.Lock()
	b.objectStore = store
	b.mu.Unlock()
	return store, nil
}

// freshFor is how long an object counts as just written. An older one is written
// again, so that a sweep of old objects never takes one that is coming into use.
const freshFor = 12 * time.Hour

// PutObject keeps data and returns its name, the lower-case hex of its sha256.
// What was written lately is not written again.
func (b *Bus) PutObject(ctx context.Context, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	name := hex.EncodeToString(sum[:])
	ctx, cancel := transfer(ctx, len(data))
	defer cancel()
	store, err := b.objects(ctx)
	if err != nil {
		return "", err
	}
	if info, err := store.GetInfo(ctx, name); err == nil && info.Size == uint64(len(data)) && time.Since(info.ModTime) < freshFor {
		return name, nil
	}
	_, err = store.Put(ctx, jetstream.ObjectMeta{Name: name}, bytes.NewReader(data))
	return name, classify(err, "store %d bytes", len(data))
}

// Object returns the bytes of that name. fault.Corrupt: they are missing, or not
// what the name promises.
func (b *Bus) Object(ctx context.Context, name string) ([]byte, error) {
	asking, cancel := transfer(ctx, 0)
	defer cancel()
	store, err := b.objects(asking)
	if err != nil {
		return nil, err
	}
	var data []byte
	info, err := store.GetInfo(asking, name)
	for range 3 {
		if err != nil && !errors.Is(err, jetstream.ErrDigestMismatch) {
			break
		}
		// A writer of the same bytes replaces the chunks under a reader, who then
		// sees a wrong digest once.
		data, err = getBytes(ctx, store, name, int(info.Size))
		if sum := sha256.Sum256(data); err == nil && hex.EncodeToString(sum[:]) == name {
			return data, nil
		}
	}
	switch {
	case err == nil, errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, fault.New(fault.Corrupt, "the object %s is not what was stored", name).Fix("upload the page again")
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil, fault.New(fault.Corrupt, "the object %s is missing", name).Fix("upload the page again")
	}
	return nil, classify(err, "object %s", name)
}

func getBytes(ctx context.Context, store jetstream.ObjectStore, name string, size int) ([]byte, error) {
	ctx, cancel := transfer(ctx, size)
	defer cancel()
	return store.GetBytes(ctx, name)
}

// Objects lists what is there. It reads the whole bucket's index: not for the
// path of a page.
func (b *Bus) Objects(ctx context.Context) ([]ObjectInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, bucketTimeout)
	defer cancel()
	store, err := b.objects(ctx)
	if err != nil {
		return nil, err
	}
	list, err := store.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil, nil
	}
	if err != nil {
		return nil, classify(err, "list objects")
	}
	out := make([]ObjectInfo, 0, len(list))
	for _, o := range list {
		out = append(out, ObjectInfo{o.Name, int64(o.Size), o.ModTime})
	}
	return out, nil
}

// DeleteObject removes the bytes of that name.
func (b *Bus) DeleteObject(ctx context.Context, name string) error {
	ctx, cancel := transfer(ctx, 0)
	defer cancel()
	store, err := b.objects(ctx)
	if err != nil {
		return err
	}
	return classify(store.Delete(ctx, name), "delete object %s", name)
}
