package index_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/takedowntest"
)

// An article that was erased answers 410 with the reason, and none of its words is
// in the index's files any more; its neighbours are found as before.
func TestExpungeLeavesNoWord(t *testing.T) {
	const marker = "marker7c2f" // as it stands in the dictionary of words
	dir := t.TempDir()
	store := openStore(t, dir)
	b := newBench(t, store)
	secret := article(1, "机密", "这里写着 "+marker+" 一词")
	b.publish(secret)
	b.publish(article(2, "桥梁", "大桥合龙"))
	b.settled()
	if takedowntest.Files(t, dir, marker) == nil {
		t.Fatal("the word is not in the files to begin with: the test shows nothing")
	}
	erased := newspaper.Article{URI: secret.URI, Type: newspaper.TypeText, Version: "2", PubStatus: newspaper.Canceled, Erased: true, EdNote: "法院判决", Print: secret.Print}
	b.publish(erased)
	b.settled()
	if err := b.bus.Command(t.Context(), "index", event.Command{Action: event.Expunge, Key: newspaper.PageKey{Publication: "p", Date: "2026-03-02", Edition: "main", Page: "01"}, URI: secret.URI, Run: event.NewRun(time.Now()), After: 3}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the word is gone from the files", func() bool { return takedowntest.Files(t, dir, marker) == nil })
	if p := b.problem("/v1/articles/" + secret.URI); p.Status != http.StatusGone || !strings.Contains(p.Detail, "法院判决") {
		t.Errorf("%+v", p)
	}
	if got := b.search("q", "大桥"); got.Total != 1 {
		t.Errorf("%d hits", got.Total)
	}
	if l := b.letters(); len(l) > 0 {
		t.Errorf("%+v", l)
	}
}

// Takedown holds while the embedded index is built anew.
func TestTakedownAndReindex(t *testing.T) {
	dir := t.TempDir()
	takedowntest.Run(t, takedowntest.Subject{Store: openStore(t, dir), Holding: func(t *testing.T, text string) []string {
		return takedowntest.Files(t, dir, text)
	}})
}
