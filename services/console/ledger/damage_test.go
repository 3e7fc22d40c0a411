package ledger

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/fault"
	"broadsheet/services/console/internal/play"
)

// A damaged file never stops the console: it is noticed when it is opened, or
// when the damaged entry is read, and built anew from the streams.
func TestDamagedFile(t *testing.T) {
	s := bustest.Start(t)
	c := play.New(t, s)
	b := s.Bus(t, "console")
	dir := t.TempDir()
	l, stop := run(t, b, dir)
	history(t, c)
	caughtUp(t, l, b)
	want := dump(t, l)
	stop()
	file := filepath.Join(dir, "ledger.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	damages := map[string][]byte{
		"empty":          {},
		"other":          []byte("this is no ledger"),
		"noise":          bytes.Repeat([]byte{0xA5}, len(whole)),
		"cut in half":    whole[:len(whole)/2],
		"cut to a page":  whole[:page],
		"cut to 3 pages": whole[:3*page],
		"no end":         whole[:len(whole)-1],
	}
	const metas = 2 // the first pages: without the newer one the file is that of a transaction before
	for i := range metas {
		damages[fmt.Sprintf("page %d is noise", i)] = overwritten(whole, i*page, page, 0xC3)
	}
	for name, content := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "ledger.db"), content, 0o600); err != nil {
				t.Fatal(err)
			}
			l, stop := run(t, b, dir)
			caughtUp(t, l, b)
			same(t, name, dump(t, l), want)
			checked(t, l)
			stop()
		})
	}
	for i := metas; i*page < len(whole); i++ {
		for name, with := range map[string]byte{"zeroes": 0, "noise": 0xC3} {
			openDamaged(t, fmt.Sprintf("page %d is %s", i, name), overwritten(whole, i*page, page, with), want)
		}
	}
}

func overwritten(data []byte, from, n int, with byte) []byte {
	out := bytes.Clone(data)
	copy(out[from:], bytes.Repeat([]byte{with}, n))
	return out
}

// openDamaged checks that a file opens and holds all that it held, where the
// damage hit nothing, or nothing.
func openDamaged(t *testing.T, what string, content []byte, want map[string]string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ledger.db"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(Options{Dir: dir})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if got := dump(t, l); len(got) != 1 {
		same(t, what, got, want)
	}
	if err := l.Close(); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// An entry that turns out to be damaged while the ledger runs has it built anew.
func TestDamagedEntry(t *testing.T) {
	s := bustest.Start(t)
	c := play.New(t, s)
	b := s.Bus(t, "console")
	l, _ := run(t, b, t.TempDir())
	history(t, c)
	caughtUp(t, l, b)
	key := play.Key(t, "a-bao", "01")
	err := l.update(func(tx *bolt.Tx) error { return tx.Bucket(bucketPages).Put([]byte(key.String()), []byte("{")) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Page(key); err == nil {
		t.Fatal("a damaged page is shown")
	}
	c.Receive(key, "2") // touches it
	await(t, l, "two revisions", func() bool { p, err := l.Page(key); return err == nil && len(p.Revisions) == 2 })
	caughtUp(t, l, b)
	checked(t, l)
}

// Two consoles do not share a file, and a directory that cannot be made is named.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir}); !fault.Is(err, fault.Conflict) || fault.ProblemOf(err).Remedy == "" {
		t.Errorf("a second console: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "ledger.db")
	if _, err := Open(Options{Dir: file}); !fault.Is(err, fault.Invalid) || fault.ProblemOf(err).Field != "data" {
		t.Errorf("a directory that is a file: %v", err)
	}
	if _, err := Open(Options{Dir: filepath.Join(file, "below")}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a directory below a file: %v", err)
	}
}
