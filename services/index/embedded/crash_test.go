package embedded

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
	"broadsheet/services/index/storetest"
)

// childDir tells this test's binary to be a process that is going to be killed.
const childDir = "BROADSHEET_TEST_INDEX_CHILD"

func runChild() {
	s, err := Open(Options{Dir: os.Getenv(childDir)})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var from int
	_, _ = fmt.Sscan(os.Getenv(childDir+"_FROM"), &from)
	for n := from; ; n += 8 {
		writes := make([]search.Write, 8)
		for i := range writes {
			a := storetest.Made((n + i) % 64) // the same articles over and over
			writes[i] = search.Write{URI: a.URI, Sequence: int64(n + i + 1), Article: a, Source: fmt.Appendf(nil, `{"uri":%q,"n":%d}`, a.URI, n+i+1)}
		}
		for i, v := range s.Write(context.Background(), writes) {
			if v.Err != nil || v.Outcome != event.Applied {
				fmt.Println("error", v.Outcome, v.Err)
				os.Exit(1)
			}
			fmt.Println(writes[i].URI, writes[i].Sequence)
		}
	}
}

// Killed at any moment, the index has everything it acknowledged, each article
// with its version, and nothing twice.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]int64{}
	last := int64(0)
	for round := range 6 {
		after := time.Duration(rand.IntN(400)) * time.Millisecond
		command := exec.Command(os.Args[0], "-test.run=^$")
		command.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s_FROM=%d", childDir, last))
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var deadline <-chan time.Time
		for lines.Scan() {
			if deadline == nil { // it is up
				deadline = time.After(after)
				go func() { <-deadline; _ = command.Process.Kill() }()
			}
			var uri string
			var sequence int64
			if _, err := fmt.Sscan(lines.Text(), &uri, &sequence); err != nil {
				t.Fatalf("round %d: the child says %q", round, lines.Text())
			}
			acknowledged[uri], last = sequence, sequence
		}
		_ = command.Wait()
		last += 8 // what was under way may be there or not
		checkAll(t, dir, acknowledged)
	}
	if len(acknowledged) < 8 {
		t.Fatalf("only %d articles were acknowledged", len(acknowledged))
	}
}

func checkAll(t *testing.T, dir string, acknowledged map[string]int64) {
	t.Helper()
	s, err := Open(Options{Dir: dir, Logger: zaptest.NewLogger(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for uri, sequence := range acknowledged {
		stored, err := s.Get(t.Context(), uri)
		if err != nil || stored.Sequence < sequence {
			t.Fatalf("%s was acknowledged with %d, the index has %d, %v", uri, sequence, stored.Sequence, err)
		}
		if want := fmt.Sprintf(`{"uri":%q,"n":%d}`, uri, stored.Sequence); string(stored.Source) != want {
			t.Fatalf("version %d and text %s do not belong together", stored.Sequence, stored.Source)
		}
	}
	q, err := search.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.Search(t.Context(), q); err != nil || r.Total > 64 || r.Total < len(acknowledged) {
		t.Fatalf("%d articles are found, %d are there, %v", r.Total, len(acknowledged), err)
	}
	if entries, err := filepath.Glob(filepath.Join(dir, "*damaged*")); err != nil || len(entries) > 0 {
		t.Fatalf("a kill counts as damage: %v", entries)
	}
}

const diskFull = "BROADSHEET_TEST_DISK_FULL"

// limitFiles makes every file that grows over a size a full disk, for this
// process.
func limitFiles(t *testing.T, size uint64) (lift func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	}
}

// On a full disk writes wait, nothing is called durable that is not, and all goes
// on by itself once there is room.
func TestDiskFull(t *testing.T) {
	if os.Getenv(diskFull) == "" {
		// The limit is the whole process's: it gets one of its own.
		command := exec.Command(os.Args[0], "-test.run=^TestDiskFull$")
		command.Env = append(os.Environ(), diskFull+"=1")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	s := open(t, dir)
	good, more := storetest.Made(1), storetest.Made(2)
	write := func(w search.Write) search.Verdict { return s.Write(t.Context(), []search.Write{w})[0] }
	if v := write(storetest.Write(t, good, 1)); v.Err != nil {
		t.Fatal(v.Err)
	}
	lift := limitFiles(t, 512)
	defer lift()
	for range 3 { // tried again and again, as a consumer does
		if v := write(storetest.Write(t, more, 1)); !fault.Is(v.Err, fault.Full) {
			t.Fatalf("%+v", v)
		}
		if v := write(storetest.Write(t, good, 1)); v.Err != nil || v.Outcome != event.Applied { // it is on disk
			t.Fatalf("%+v", v)
		}
		if err := s.Probe(t.Context()); !fault.Is(err, fault.Full) {
			t.Fatal(err)
		}
	}
	if _, err := s.Get(t.Context(), good.URI); err != nil {
		t.Fatalf("reading on a full disk: %v", err)
	}
	lift()
	if err := s.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := write(storetest.Write(t, more, 1)); v.Err != nil || v.Outcome != event.Applied {
		t.Fatalf("%+v", v)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	for _, uri := range []string{good.URI, more.URI} {
		if _, err := s.Get(t.Context(), uri); err != nil {
			t.Error(err)
		}
	}
}

// damages are what can happen to files behind our back.
var damages = map[string]func(t *testing.T, store string){
	"newest segment missing": func(t *testing.T, store string) {
		segments, err := filepath.Glob(filepath.Join(store, "*.zap"))
		if err != nil || len(segments) == 0 {
			t.Fatal(segments, err)
		}
		if err := os.Remove(segments[len(segments)-1]); err != nil {
			t.Fatal(err)
		}
	},
	"segments cut": func(t *testing.T, store string) {
		segments, _ := filepath.Glob(filepath.Join(store, "*.zap"))
		for _, path := range segments {
			if err := os.Truncate(path, 10); err != nil {
				t.Fatal(err)
			}
		}
	},
	"root missing": func(t *testing.T, store string) {
		if err := os.Remove(filepath.Join(store, "root.bolt")); err != nil {
			t.Fatal(err)
		}
	},
	"root overwritten": func(t *testing.T, store string) {
		if err := os.WriteFile(filepath.Join(store, "root.bolt"), []byte(strings.Repeat("nonsense", 8192)), 0o600); err != nil {
			t.Fatal(err)
		}
	},
	"root empty": func(t *testing.T, store string) {
		if err := os.Truncate(filepath.Join(store, "root.bolt"), 0); err != nil {
			t.Fatal(err)
		}
	},
	"meta overwritten": func(t *testing.T, store string) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(store), "index_meta.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	},
}

// A damaged index is put aside and made anew, and never passes for a whole one.
func TestDamaged(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			for n := range 3 {
				if v := s.Write(t.Context(), []search.Write{storetest.Write(t, storetest.Made(n), 1)})[0]; v.Err != nil {
					t.Fatal(v.Err)
				}
			}
			before := s.generation
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			damage(t, filepath.Join(s.live.dir, "store"))
			s = open(t, dir)
			if s.generation == before {
				t.Fatal("it passes for whole")
			}
			if held, err := s.List(t.Context(), "", 10); err != nil || len(held) != 0 {
				t.Fatalf("%v, %v", held, err)
			}
			aside, _ := filepath.Glob(filepath.Join(dir, "*damaged*"))
			if len(aside) != 1 {
				t.Fatalf("put aside: %v", aside)
			}
			if v := s.Write(t.Context(), []search.Write{storetest.Write(t, storetest.Made(1), 1)})[0]; v.Err != nil {
				t.Fatal(v.Err)
			}
			before = s.generation
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir)
			if aside, _ := filepath.Glob(filepath.Join(dir, "*damaged*")); len(aside) != 0 || s.generation != before {
				t.Fatalf("still there: %v; generation %s", aside, s.generation)
			}
		})
	}
}

func TestTaken(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := Open(Options{Dir: dir}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), dir) {
		t.Fatal(err)
	}
	if _, err := Open(Options{}); !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: file}); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
}
