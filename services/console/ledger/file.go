package ledger

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// errDamaged says that the file does not hold what was written to it.
var errDamaged = errors.New("the ledger's file is damaged")

// openDB opens the ledger's file. It is a projection: a damaged file is made anew.
func openDB(dir string, log *zap.Logger) (*bolt.DB, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot make the data directory %s", dir).On("data").Fix("name a directory that can be written")
	}
	path := filepath.Join(dir, "ledger.db")
	db, err := openSound(path)
	if errors.Is(err, errDamaged) {
		log.Warn("building the ledger anew", zap.String("file", path), zap.Error(err))
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove the damaged ledger: %w", err)
		}
		db, err = openSound(path)
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fault.Wrap(fault.Conflict, err, "the ledger %s is in use by another process", path).On("data").Fix("stop the other console, or give this one a data directory of its own")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot open the ledger %s", path).On("data").Fix("name a directory that can be written")
	}
	return db, nil
}

// openSound opens a file and walks through all of it once: a damaged page would
// otherwise stop the process at the moment somebody asks for it. bbolt reads the
// file as memory and trusts it, so damage shows as a panic, as a fault of the
// memory, or in the entries' checksums.
func openSound(file string) (db *bolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
		if err != nil && db != nil {
			_ = db.Close()
			db = nil
		}
	}()
	db, err = bolt.Open(file, 0o644, &bolt.Options{Timeout: time.Second, FreelistType: bolt.FreelistMapType})
	var path *fs.PathError
	var system syscall.Errno
	if err != nil && !errors.Is(err, bolterrors.ErrTimeout) && !errors.As(err, &path) && !errors.As(err, &system) {
		err = fmt.Errorf("%w: %w", errDamaged, err) // what the system has nothing to say about is the file's content
	}
	if err != nil {
		return db, err
	}
	return db, db.Update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			return clear(tx)
		}
		key := []byte("schema")
		if version, err := open(key, meta.Get(key)); err != nil || string(version) != schema {
			return clear(tx)
		}
		return sound(tx)
	})
}

// sound reads every entry of the file.
func sound(tx *bolt.Tx) error {
	info, err := os.Stat(tx.DB().Path())
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: it has %d bytes, not %d", errDamaged, info.Size(), tx.Size())
	}
	for _, name := range buckets {
		b := tx.Bucket(name)
		if b == nil {
			return fmt.Errorf("%w: %s is missing", errDamaged, name)
		}
		err := b.ForEach(func(k, v []byte) error {
			_, err := open(k, v)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// view reads the ledger. After Close the answer is fault.Unavailable. A damaged
// entry has the ledger built anew.
func (l *Ledger) view(f func(*bolt.Tx) error) error {
	l.using.RLock()
	defer l.using.RUnlock()
	err := opened(l.db.View(f))
	if errors.Is(err, errDamaged) {
		l.damaged.Store(true)
		return fault.Wrap(fault.Unavailable, err, "the ledger is damaged and is built anew").Fix("try again in a moment")
	}
	return err
}

// update changes the ledger.
func (l *Ledger) update(f func(*bolt.Tx) error) error {
	l.using.RLock()
	defer l.using.RUnlock()
	return opened(l.db.Update(f))
}

// compact writes the file anew: what was overwritten in the ledger still stands in
// pages of the file that are free.
func (l *Ledger) compact() error {
	l.using.Lock()
	defer l.using.Unlock()
	path := l.db.Path()
	if path == "" {
		return nil // closed
	}
	fresh := path + ".compact"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	to, err := bolt.Open(fresh, 0o644, &bolt.Options{Timeout: time.Second, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return fmt.Errorf("compact the ledger: %w", err)
	}
	err = bolt.Compact(to, l.db, 16<<20)
	if err = errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("compact the ledger: %w", err)
	}
	if err := l.db.Close(); err != nil {
		return fmt.Errorf("compact the ledger: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		l.log.Error("the ledger could not be compacted: what was erased stands in free pages of its file until it can", zap.Error(err))
	}
	db, err := bolt.Open(path, 0o644, &bolt.Options{Timeout: time.Second, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return fmt.Errorf("open the compacted ledger: %w", err) // l.db stays closed: readers are told, and a restart opens it
	}
	l.db = db
	return nil
}

func opened(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return fault.Wrap(fault.Unavailable, err, "the console is being stopped")
	}
	return err
}

// clear empties the ledger.
func clear(tx *bolt.Tx) error {
	for _, name := range buckets {
		if err := tx.DeleteBucket(name); err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
			return err
		}
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return put(tx.Bucket(bucketMeta), []byte("schema"), []byte(schema))
}

// --- entries ---
//
// Each value ends with a checksum of its key and itself: bbolt has none for its
// pages, and a figure that is wrong would be believed.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key, data []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, data)
}

// put writes a value.
func put(b *bolt.Bucket, key, data []byte) error {
	sealed := make([]byte, len(data), len(data)+crc32.Size)
	copy(sealed, data)
	return b.Put(key, binary.BigEndian.AppendUint32(sealed, checksum(key, data)))
}

// open returns the value that was put under the key.
func open(key, sealed []byte) ([]byte, error) {
	n := len(sealed) - crc32.Size
	if n < 0 || binary.BigEndian.Uint32(sealed[n:]) != checksum(key, sealed[:n]) {
		return nil, fmt.Errorf("%w: entry %q", errDamaged, key)
	}
	return sealed[:n], nil
}

// store writes a value as JSON.
func store(b *bolt.Bucket, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return put(b, key, data)
}

// load reads a JSON value; false when there is none.
func load(b *bolt.Bucket, key []byte, into any) (bool, error) {
	sealed := b.Get(key)
	if sealed == nil {
		return false, nil
	}
	return true, decode(key, sealed, into)
}

func decode(key, sealed []byte, into any) error {
	data, err := open(key, sealed)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil && !errors.Is(err, errDamaged) {
		err = fmt.Errorf("%w: entry %q: %w", errDamaged, key, err)
	}
	return err
}
