package ledger

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// After an erasure the ledger's file holds none of the text that it had.
func TestFileIsFreedOfWhatWasErased(t *testing.T) {
	const marker = "MARKER7c2f"
	dir := t.TempDir()
	l, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	key := newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}
	commit := func(seq uint64, m newspaper.Manifest) {
		t.Helper()
		m.Key, m.Sequence = key, int64(seq)
		e, err := event.New(event.PageParsed, "parse", "m", key.String(), time.Now(), m)
		if err != nil {
			t.Fatal(err)
		}
		f := fact{stream: event.Articles, seq: seq, at: time.Now()}
		if err := f.interpret(e); err != nil {
			t.Fatal(err)
		}
		if err := l.apply([]fact{f}); err != nil {
			t.Fatal(err)
		}
	}
	in := func() bool {
		data, err := os.ReadFile(filepath.Join(dir, "ledger.db"))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(data, []byte(marker))
	}
	article := newspaper.ManifestArticle{URI: key.ArticleURI("01234567"), Version: 1, State: newspaper.Live, Headline: marker}
	commit(1, newspaper.Manifest{Articles: []newspaper.ManifestArticle{article}})
	if !in() {
		t.Fatal("the marker is not in the file to begin with: the test shows nothing")
	}
	article.State, article.Headline, article.Version = newspaper.Erased, "", 2
	commit(2, newspaper.Manifest{Articles: []newspaper.ManifestArticle{article}, Erasures: []newspaper.Erasure{{URI: article.URI}}})
	if in() {
		t.Error("the marker is still in the file")
	}
	p, err := l.Page(key)
	if err != nil || len(p.Articles) != 1 || p.Articles[0].State != newspaper.Erased {
		t.Errorf("%+v %v", p, err)
	}
}
