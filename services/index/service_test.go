package index_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/storetest"
)

func TestEventBecomesSearchable(t *testing.T) {
	b := newBench(t, nil)
	bridge, snow := article(1, "柳湾大桥合龙", "横跨柳湾河的大桥昨天合龙。"), article(2, "河阳普降大雪", "昨夜普降大雪。")
	sequence := b.publish(bridge, snow)
	b.settled()
	found := b.search("q", "大桥")
	if found.Total != 1 || found.Articles[0].URI != bridge.URI || found.Articles[0].Highlights["headline"][0] != "柳湾<em>大桥</em>合龙" {
		t.Fatalf("%+v", found)
	}
	got := b.confirmations()
	want := []event.Indexed{
		{Key: pageKey, URI: bridge.URI, Sequence: sequence, StreamSeq: 1, Outcome: event.Applied, Status: newspaper.Usable},
		{Key: pageKey, URI: snow.URI, Sequence: sequence, StreamSeq: 2, Outcome: event.Applied, Status: newspaper.Usable},
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%+v", got)
	}
}

// A page parsed anew: what changed is replaced, what vanished leaves the search
// and is answered as gone.
func TestNewVersionAndWithdrawal(t *testing.T) {
	b := newBench(t, nil)
	bridge, snow := article(1, "柳湾大桥合龙", "大桥昨天合龙。"), article(2, "河阳普降大雪", "昨夜普降大雪。")
	b.publish(bridge, snow)
	b.settled()
	corrected := article(1, "柳湾大桥今日合龙", "大桥今日合龙。")
	corrected.Version = "2"
	b.publish(corrected, storetest.Withdrawn(snow, "稿件失实"))
	b.settled()
	if found := b.search("q", "合龙"); found.Total != 1 || found.Articles[0].URI != bridge.URI {
		t.Fatalf("%+v", found)
	}
	if found := b.search("q", "昨天"); found.Total != 0 {
		t.Fatalf("the old version is still found: %+v", found)
	}
	if found := b.search(); found.Total != 1 {
		t.Fatalf("%+v", found)
	}
	if p := b.problem("/v1/articles/" + snow.URI); p.Kind != fault.Gone || !strings.Contains(p.Detail, "稿件失实") {
		t.Fatalf("%+v", p)
	}
	if status, body := b.get("/v1/articles/" + bridge.URI); status != 200 || !strings.Contains(string(body), `"version":"2"`) {
		t.Fatalf("%d %s", status, body)
	}
	if got := b.confirmations(); len(got) != 4 || got[3].Status != newspaper.Canceled || got[3].Outcome != event.Applied {
		t.Fatalf("%+v", got)
	}
}

// Events that come again or late change nothing and are confirmed as what they
// are.
func TestRedelivery(t *testing.T) {
	b := newBench(t, nil)
	old, current := article(1, "旧稿", "旧稿正文"), article(1, "新稿", "新稿正文")
	for _, o := range []bus.Outgoing{articleEvent(t, current, 20), articleEvent(t, current, 20), articleEvent(t, old, 10)} {
		if err := b.bus.Publish(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	b.settled()
	if found := b.search(); found.Total != 1 || b.search("q", "新稿").Total != 1 || b.search("q", "旧稿").Total != 0 {
		t.Fatalf("%+v", found)
	}
	var outcomes []event.Outcome
	for _, c := range b.confirmations() {
		outcomes = append(outcomes, c.Outcome)
	}
	if !slices.Equal(outcomes, []event.Outcome{event.Applied, event.Applied, event.Overtaken}) {
		t.Fatalf("%v", outcomes)
	}
}

// What cannot be read is a dead letter each; its neighbours are indexed.
func TestBadEventsAmongGoodOnes(t *testing.T) {
	b := newBench(t, nil)
	good := func(n int) bus.Outgoing {
		return articleEvent(t, article(n, fmt.Sprint("好稿", n), "正文"), int64(n))
	}
	unversioned := good(11)
	unversioned.Event.Sequence = 0
	foreign := good(12)
	foreign.Subject = good(13).Subject
	future := good(14)
	future.Event.Type = "broadsheet.article.parsed.v2"
	broken := good(15)
	broken.Event.Data = []byte(`{"uri":7}`)
	contradiction := good(16)
	contradiction.Event.Type = event.ArticleWithdrawn
	contradiction.Subject = strings.Replace(contradiction.Subject, "parsed", "withdrawn", 1)
	all := []bus.Outgoing{good(1), unversioned, good(2), foreign, future, good(3), broken, contradiction, good(4)}
	if err := b.bus.PublishBatch(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	b.settled()
	if found := b.search("q", "好稿"); found.Total != 4 {
		t.Fatalf("%+v", found)
	}
	letters := b.letters()
	got := map[uint64]fault.Kind{}
	for _, l := range letters {
		got[l.StreamSeq] = l.Kind
		if l.Service != "index" || l.Stream != event.Articles || l.Key != pageKey || l.Message == "" || l.URI == "" {
			t.Errorf("letter %+v", l)
		}
	}
	want := map[uint64]fault.Kind{2: fault.Corrupt, 4: fault.Corrupt, 5: fault.Unsupported, 7: fault.Corrupt, 8: fault.Corrupt}
	if len(letters) != len(want) || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%v", got)
	}
	if n := len(b.confirmations()); n != 4 {
		t.Fatalf("%d confirmations", n)
	}
}

// Manifests travel on the same stream and are none of index's business.
func TestManifestsAreNotConsumed(t *testing.T) {
	b := newBench(t, nil)
	m, err := event.New(event.PageParsed, "parse", "m", pageKey.String(), pageTime, newspaper.Manifest{Key: pageKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.bus.CommitPage(t.Context(), []event.Event{articleEvent(t, article(1, "标题", "正文"), 5).Event}, m, 0, ""); err != nil {
		t.Fatal(err)
	}
	b.publish(article(2, "标题", "正文")) // behind the manifest, so that it is passed
	b.settled()
	if len(b.letters()) != 0 || len(b.search().Articles) != 2 {
		t.Fatalf("%+v", b.letters())
	}
}

// The index is in files: another process finds what was confirmed, and goes on.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	b := newBench(t, store)
	b.publish(article(1, "第一篇", "正文"))
	b.settled()
	b.stop()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	b.publish(article(2, "第二篇", "正文"))
	b.start(openStore(t, dir))
	b.settled()
	if found := b.search("q", "正文"); found.Total != 2 {
		t.Fatalf("%+v", found)
	}
}

// An index that was lost is made again from the stream, withdrawals included,
// while new events are consumed; nothing is confirmed twice.
func TestReplay(t *testing.T) {
	store := openStore(t, t.TempDir())
	b := newBench(t, store)
	eventually(t, "a new index of an empty stream is complete", func() bool { return b.service.Complete(t.Context()) == nil })
	gone := article(300, "撤下的稿件", "正文")
	old := []newspaper.Article{gone}
	for n := range 299 {
		old = append(old, article(n, fmt.Sprint("旧稿", n), "正文"))
	}
	b.publish(old...)
	b.publish(storetest.Withdrawn(gone, "稿件失实"))
	bad := articleEvent(t, article(301, "坏稿", "正文"), 1)
	bad.Event.Sequence = 0
	if err := b.bus.Publish(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	b.settled()
	confirmed := len(b.confirmations())
	b.stop()

	b.publish(article(400, "新稿", "正文"))
	b.start(openStore(t, t.TempDir()))
	eventually(t, "the index is complete again", func() bool { return b.service.Complete(t.Context()) == nil })
	b.settled()
	if found := b.search("q", "正文"); found.Total != 300 {
		t.Fatalf("%d articles are found", found.Total)
	}
	if p := b.problem("/v1/articles/" + gone.URI); p.Kind != fault.Gone {
		t.Fatalf("%+v", p)
	}
	if n := len(b.confirmations()); n != confirmed+1 || len(b.letters()) != 1 {
		t.Fatalf("%d confirmations after %d, %d letters", n, confirmed, len(b.letters()))
	}
}
