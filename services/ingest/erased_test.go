package ingest

import (
	"net/http"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// What was erased is taken neither over HTTP nor over NATS, is not kept in a dead
// letter, and is swept if it got in by the side.
func TestErasedBytesAreNotTakenAgain(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	r := f.taken(http.StatusCreated, pageKey, harvest)
	erase := func(m newspaper.Manifest) {
		t.Helper()
		_, guard, err := f.bus.Manifest(t.Context(), pageKey)
		if err != nil {
			t.Fatal(err)
		}
		m.Key, m.Revision, m.SHA256, m.Sequence = pageKey, 1, r.SHA256, int64(guard)+1
		e, err := event.New(event.PageParsed, "parse", "m", pageKey.String(), time.Now(), m)
		if err == nil {
			err = f.bus.CommitPage(t.Context(), nil, e, guard, "")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	erase(newspaper.Manifest{Erased: []string{r.SHA256}, Erasures: []newspaper.Erasure{{URI: pageKey.ArticleURI("01234567"), Time: time.Now()}}})
	if err := f.bus.DeleteObject(t.Context(), r.SHA256); err != nil {
		t.Fatal(err)
	}
	for _, header := range [][]string{nil, {"Broadsheet-Supersede", "true"}} {
		if got := f.put(pageKey, harvest, header...); got.status != http.StatusGone {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	f.run()
	f.upload(pageKey, harvest, nil)
	f.settled()
	if l := f.letters(); len(l) != 1 || l[0].Kind != fault.Gone || l[0].SHA256 != "" {
		t.Fatalf("%+v", l)
	}
	if f.exists(r.SHA256) {
		t.Fatal("the bytes are kept")
	}
	f.taken(http.StatusCreated, pageKey, bridge) // other bytes of the page are welcome
	f.object(harvest)
	f.now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	f.swept(1)
	if f.exists(r.SHA256) {
		t.Error("a sweep leaves what was erased")
	}
	erase(newspaper.Manifest{Withdrawn: "x", Erased: []string{r.SHA256}, Erasures: []newspaper.Erasure{{Time: time.Now(), Reason: "x"}}})
	if got := f.put(pageKey, library); got.status != http.StatusGone {
		t.Errorf("an erased page takes bytes: %d %s", got.status, got.body)
	}
}
