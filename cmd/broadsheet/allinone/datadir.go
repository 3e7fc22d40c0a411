package allinone

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
	"github.com/shirou/gopsutil/v4/disk"

	"broadsheet/pkg/fault"
)

// dataDir is the directory that holds everything: lock, JetStream's store, the
// index, the ledger. One process owns it.
type dataDir struct {
	path string
	lock *flock.Flock
}

// openDataDir creates the directory where it is missing, and takes it.
func openDataDir(path string) (*dataDir, error) {
	absolute, err := filepath.Abs(path)
	if err == nil {
		err = os.MkdirAll(absolute, 0o755)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot use the data directory %s", path).On("data").
			Fix("choose a directory that can be written with --data")
	}
	d := &dataDir{path: absolute, lock: flock.New(filepath.Join(absolute, "lock"))}
	taken, err := d.lock.TryLock()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot lock the data directory %s", absolute).On("data").
			Fix("choose a directory that can be written with --data")
	}
	if !taken {
		pid, _ := os.ReadFile(d.lock.Path())
		return nil, fault.New(fault.Conflict, "the data directory %s is in use by another broadsheet%s", absolute, ownedBy(pid)).On("data").
			Fix("stop that one, or choose another directory with --data")
	}
	if err := os.WriteFile(d.lock.Path(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		d.close()
		return nil, fault.Wrap(fault.Invalid, err, "cannot write to the data directory %s", absolute).On("data")
	}
	return d, nil
}

func ownedBy(pid []byte) string {
	if pid := strings.TrimSpace(string(pid)); pid != "" {
		return fmt.Sprintf(" (process %s)", pid)
	}
	return ""
}

func (d *dataDir) sub(name string) string { return filepath.Join(d.path, name) }

func (d *dataDir) close() { _ = d.lock.Unlock() }

const (
	jetstreamDir = "jetstream"
	indexDir     = "index"
	ledgerDir    = "ledger"
	storageFile  = "max-store"
	mostStorage  = 20 << 30
	leastStorage = 256 << 20 // below it a stream's share holds no large page
)

// storage decides how many bytes JetStream gets. What was decided once stays:
// free space changes from start to start, and the limits of streams must not.
// The server must also hold what was given out before a lower wish.
func (d *dataDir) storage(wish int64) (streams, server int64, err error) {
	before := d.remembered()
	switch {
	case wish > 0:
		streams = wish
	case before > 0:
		return before, before, nil
	default:
		if streams, err = d.affordable(); err != nil {
			return 0, 0, err
		}
	}
	if streams < leastStorage {
		return 0, 0, fault.New(fault.Full, "%d MiB of storage is too little for %s", streams>>20, d.path).On("max-store").
			Fix("make room, or give at least --max-store %d", leastStorage)
	}
	return streams, max(streams, before), nil
}

// remember keeps the decision once it is applied.
func (d *dataDir) remember(streams int64) error {
	if d.remembered() == streams {
		return nil
	}
	if err := os.WriteFile(d.sub(storageFile), []byte(strconv.FormatInt(streams, 10)+"\n"), 0o644); err != nil {
		return fault.Wrap(fault.Full, err, "cannot write to the data directory %s", d.path)
	}
	return nil
}

func (d *dataDir) remembered() int64 {
	data, err := os.ReadFile(d.sub(storageFile))
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64) // 0 when it is damaged: decided anew
	return n
}

// affordable is 80 % of what is free or already ours, and not more than 20 GiB.
func (d *dataDir) affordable() (int64, error) {
	usage, err := disk.Usage(d.path)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, err, "cannot find out how much room %s has", d.path).On("max-store").Fix("give --max-store")
	}
	used := int64(0)
	_ = filepath.WalkDir(d.sub(jetstreamDir), func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // not there yet
		}
		if info, err := entry.Info(); err == nil {
			used += info.Size()
		}
		return nil
	})
	return min(mostStorage, (int64(usage.Free)+used)/10*8), nil
}
