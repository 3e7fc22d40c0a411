package allinone

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

func open(t *testing.T, path string) *dataDir {
	t.Helper()
	d, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	return d
}

func TestDataDirIsTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "data")
	d := open(t, path)
	_, err := openDataDir(path)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), path) {
		t.Fatalf("a second owner gets %v", err)
	}
	d.close()
	open(t, path)
}

func TestDataDirCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openDataDir(filepath.Join(file, "data")); !fault.Is(err, fault.Invalid) {
		t.Fatalf("got %v", err)
	}
}

func TestStorageIsRemembered(t *testing.T) {
	d := open(t, t.TempDir())
	check := func(wish, wantStreams, wantServer int64) {
		t.Helper()
		streams, server, err := d.storage(wish)
		if err != nil || streams != wantStreams || server != wantServer {
			t.Errorf("wish %d: %d, %d, %v; want %d, %d", wish, streams, server, err, wantStreams, wantServer)
		}
		if err := d.remember(streams); err != nil {
			t.Fatal(err)
		}
	}
	check(4<<30, 4<<30, 4<<30)
	check(0, 4<<30, 4<<30)
	check(1<<30, 1<<30, 4<<30) // what was given out before must still fit
	check(2<<30, 2<<30, 2<<30)
	if _, _, err := d.storage(1 << 20); !fault.Is(err, fault.Full) {
		t.Errorf("too little storage: %v", err)
	}
}

func TestStorageIsChosen(t *testing.T) {
	d := open(t, t.TempDir())
	streams, server, err := d.storage(0)
	if err != nil || streams < leastStorage || streams > mostStorage || streams != server {
		t.Fatalf("%d, %d, %v", streams, server, err)
	}
}
