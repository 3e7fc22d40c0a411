package index_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/embedded"
	"broadsheet/services/index/search"
	"broadsheet/services/index/storetest"
)

// many publishes n articles, numbered from the first, and returns their sequence.
func (b *bench) many(first, n int) {
	b.t.Helper()
	for n > 0 {
		var some []newspaper.Article
		for range min(n, 400) {
			some = append(some, article(first, fmt.Sprintf("第%d号稿件", first), "正文"))
			first++
		}
		n -= len(some)
		b.publish(some...)
	}
}

// A store whose files were deleted or damaged is filled again from the stream,
// without a hand, and with no dead letters.
func TestLostStoreIsFilledAgain(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, dir string){
		"deleted": func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		},
		"content deleted": func(t *testing.T, dir string) { damage(t, dir, os.RemoveAll) },
		"damaged": func(t *testing.T, dir string) {
			damage(t, dir, func(path string) error {
				info, err := os.Stat(path)
				if err != nil || info.IsDir() {
					return err
				}
				return os.WriteFile(path, []byte("nonsense"), 0o600)
			})
		},
		"nobody knows which": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "current"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "index")
			store := openStore(t, dir)
			b := newBench(t, store)
			b.many(0, 50)
			b.publish(storetest.Withdrawn(article(7, "", ""), "稿件失实"))
			b.settled()
			b.stop()
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			lose(t, dir)
			b.start(openStore(t, dir))
			eventually(t, "all are found again", func() bool { return b.search("q", "正文").Total == 49 })
			b.settled()
			if p := b.problem("/v1/articles/" + article(7, "", "").URI); p.Kind != fault.Gone {
				t.Errorf("%+v", p)
			}
			if len(b.letters()) != 0 {
				t.Errorf("%+v", b.letters())
			}
			// What follows is written once: the position counts for the store now.
			b.stop()
			before := len(b.confirmations())
			b.start(reopened(t, b, dir))
			b.many(100, 1)
			b.settled()
			if got := len(b.confirmations()); got != before+1 {
				t.Errorf("%d confirmations after one more article", got-before)
			}
		})
	}
}

// reopened opens the store again as another process would.
func reopened(t *testing.T, b *bench, dir string) *embedded.Store {
	t.Helper()
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	return openStore(t, dir)
}

// damage does something to every file of the index.
func damage(t *testing.T, dir string, f func(path string) error) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "articles-*", "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v, %v", paths, err)
	}
	inside, _ := filepath.Glob(filepath.Join(dir, "articles-*", "*", "*"))
	for _, path := range append(inside, paths...) {
		if err := f(path); err != nil {
			t.Fatal(err)
		}
	}
}

// reindex asks for a reindex and returns the id of the generation to come.
func (b *bench) reindex() string {
	b.t.Helper()
	run := event.NewRun(time.Now())
	b.command(event.Command{Action: event.Reindex, Run: run})
	return search.GenerationOf(run)
}

func (b *bench) command(c event.Command) {
	b.t.Helper()
	if err := b.bus.Command(b.t.Context(), "index", c); err != nil {
		b.t.Fatal(err)
	}
}

// reindexed reports whether a reindex is over.
func (b *bench) reindexed(store *embedded.Store, id string) bool {
	live, err := store.Generation(b.t.Context())
	if err != nil || live != id {
		return false
	}
	_, err = b.bus.Position(b.t.Context(), event.IndexNext)
	c, stateErr := b.bus.ConsumerState(b.t.Context(), event.IndexCommands)
	return fault.Is(err, fault.NotFound) && stateErr == nil && c.Pending == 0 && c.AckPending == 0
}

// alone expects that one generation is left.
func (b *bench) alone(dir string) {
	b.t.Helper()
	if left, err := filepath.Glob(filepath.Join(dir, "articles-*")); err != nil || len(left) != 1 {
		b.t.Errorf("left over: %v, %v", left, err)
	}
	if _, err := b.bus.Position(b.t.Context(), event.IndexNext); !fault.Is(err, fault.NotFound) {
		b.t.Errorf("the second durable is left over: %v", err)
	}
}

// While the index is built anew under live writes, every search is answered and
// finds everything; afterwards the old files are gone and nothing is missing.
func TestReindexUnderLiveWrites(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	b := newBench(t, store)
	b.many(0, 800)
	b.settled()
	ctx, stop := context.WithCancel(t.Context())
	var searching sync.WaitGroup
	searching.Go(func() {
		least := 0
		for ctx.Err() == nil {
			r, err := store.Search(t.Context(), search.Query{Sort: search.Newest, Limit: 1})
			if err != nil || r.Total < least {
				t.Errorf("a search finds %d after %d, %v", r.Total, least, err)
				return
			}
			least = r.Total
			time.Sleep(2 * time.Millisecond)
		}
	})
	id := b.reindex()
	written := 800
	eventually(t, "the index is built anew", func() bool {
		b.many(written, 3)
		written += 3
		return b.reindexed(store, id)
	})
	stop()
	searching.Wait()
	b.settled()
	if got := b.search().Total; got != written {
		t.Errorf("%d articles, not %d", got, written)
	}
	b.alone(dir)
	at, err := b.bus.Position(t.Context(), event.IndexArticles)
	if err != nil || !slices.Equal(at.Stores, []string{id}) {
		t.Errorf("%+v, %v", at, err)
	}
	if len(b.letters()) != 0 {
		t.Errorf("%+v", b.letters())
	}
}

// A reindex that is interrupted goes on where the service starts again, and one
// that was given up is cleared away by the next.
func TestReindexInterrupted(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	b := newBench(t, store)
	b.many(0, 2000)
	b.settled()
	// What a reindex that nobody finished leaves behind.
	abandoned := search.NewGeneration()
	if err := b.bus.Begin(t.Context(), event.IndexNext, abandoned); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Begin(t.Context(), abandoned); err != nil {
		t.Fatal(err)
	}
	id := b.reindex()
	eventually(t, "it is under way", func() bool {
		c, err := b.bus.ConsumerState(t.Context(), event.IndexNext)
		at, errAt := b.bus.Position(t.Context(), event.IndexNext)
		return err == nil && errAt == nil && slices.Contains(at.Stores, id) && c.AckFloor > 0
	})
	b.stop()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	store = openStore(t, dir)
	b.start(store)
	eventually(t, "it was finished", func() bool { return b.reindexed(store, id) })
	if got := b.search().Total; got != 2000 {
		t.Errorf("%d articles", got)
	}
	b.alone(dir)
}

// A second reindex while one is at work is refused.
func TestReindexTwice(t *testing.T) {
	b := newBench(t, nil)
	if err := b.bus.Begin(t.Context(), event.IndexNext, search.NewGeneration()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() {
		_ = b.bus.Consume(ctx, bus.Subscription{Consumer: event.IndexNext}, bus.Each(func(context.Context, *bus.Message) error { return nil }))
	})
	defer working.Wait()
	defer stop()
	eventually(t, "one is at work", func() bool {
		at, err := b.bus.Position(t.Context(), event.IndexNext)
		return err == nil && at.Active
	})
	b.reindex()
	eventually(t, "it is refused", func() bool { return len(b.letters()) == 1 })
	if l := b.letters()[0]; l.Kind != fault.Conflict {
		t.Errorf("%+v", l)
	}
}

// An index that holds what the streams lack is not replaced: the reindex is
// refused, what it built is deleted, and it is done only when asked for.
func TestReindexThatWouldLose(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	b := newBench(t, store)
	b.many(0, 20)
	b.settled()
	only, older := article(50, "只在索引里", "正文"), article(3, "索引里更新", "正文")
	for _, v := range store.Write(t.Context(), []search.Write{storetest.Write(t, only, 1), storetest.Write(t, older, 1<<40)}) {
		if v.Err != nil {
			t.Fatal(v.Err)
		}
	}
	before, _ := store.Generation(t.Context())
	b.reindex()
	eventually(t, "it is refused", func() bool { return len(b.letters()) == 1 })
	if l := b.letters()[0]; l.Kind != fault.Conflict || !strings.Contains(l.Message, "lack 2 of 21 articles") || !strings.Contains(l.Remedy, "--lose-data") {
		t.Errorf("%+v", l)
	}
	if live, err := store.Generation(t.Context()); err != nil || live != before {
		t.Errorf("searches answer from %s, %v", live, err)
	}
	if found := b.search("q", "索引"); found.Total != 2 {
		t.Errorf("%+v", found)
	}
	b.alone(dir)
	b.command(event.Command{Action: event.Reindex, Run: event.NewRun(time.Now()), LoseData: true})
	eventually(t, "it is done", func() bool {
		live, err := store.Generation(t.Context())
		_, errNext := b.bus.Position(t.Context(), event.IndexNext)
		return err == nil && live != before && fault.Is(errNext, fault.NotFound)
	})
	if found := b.search("q", "索引"); found.Total != 0 || b.search().Total != 20 {
		t.Errorf("%+v", found)
	}
}

// A dead letter that is retried while the index is built anew is in both.
func TestRetryWhileReindexing(t *testing.T) {
	store := openStore(t, t.TempDir())
	refusing := &refusing{Store: store}
	b := newBench(t, refusing)
	bad := article(7, "坏稿", "正文")
	refusing.refuse(bad.URI)
	b.publish(article(1, "好稿", "正文"), bad)
	b.settled()
	if len(b.letters()) != 1 {
		t.Fatalf("%+v", b.letters())
	}
	hold := refusing.hold()
	id := b.reindex()
	eventually(t, "the second one has passed it", func() bool {
		at, err := b.bus.Position(t.Context(), event.IndexNext)
		return err == nil && at.Floor >= 2
	})
	refusing.refuse("")
	if err := b.bus.RetryLetter(t.Context(), event.LetterSubject("index", event.Articles, b.letters()[0].StreamSeq)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is found", func() bool { return b.search("q", "坏稿").Total == 1 })
	close(hold)
	eventually(t, "the index is built anew", func() bool { return b.reindexed(store, id) })
	if found := b.search("q", "坏稿"); found.Total != 1 {
		t.Errorf("%+v, %+v", found, b.letters())
	}
}

// refusing is the embedded store that refuses an article, in every generation, and
// does not let itself be compared while it is held.
type refusing struct {
	*embedded.Store
	mu   sync.Mutex
	uri  string
	held chan struct{}
}

func (r *refusing) refuse(uri string) { r.mu.Lock(); defer r.mu.Unlock(); r.uri = uri }

func (r *refusing) hold() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = make(chan struct{})
	return r.held
}

func (r *refusing) writer(write search.Writer) search.Writer {
	return func(ctx context.Context, writes []search.Write) []search.Verdict {
		r.mu.Lock()
		uri := r.uri
		r.mu.Unlock()
		verdicts := make([]search.Verdict, len(writes))
		for i, w := range writes {
			if w.URI == uri {
				verdicts[i].Err = fault.New(fault.Invalid, "refused")
				continue
			}
			verdicts[i] = write(ctx, writes[i:i+1])[0]
		}
		return verdicts
	}
}

func (r *refusing) Write(ctx context.Context, writes []search.Write) []search.Verdict {
	return r.writer(r.Store.Write)(ctx, writes)
}

func (r *refusing) Begin(ctx context.Context, id string) (search.Writer, bool, error) {
	write, made, err := r.Store.Begin(ctx, id)
	return r.writer(write), made, err
}

func (r *refusing) Held(ctx context.Context, id, after string, limit int) ([]search.Listed, error) {
	r.mu.Lock()
	held := r.held
	r.mu.Unlock()
	<-held
	return r.Store.Held(ctx, id, after, limit)
}
