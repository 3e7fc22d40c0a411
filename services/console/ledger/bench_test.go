package ledger

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// thousandPages is the messages of 1,000 pages with 8 articles each, read and
// indexed.
func thousandPages(b *testing.B) []fact {
	b.Helper()
	at := time.Date(2022, 10, 30, 0, 0, 0, 0, time.UTC)
	seqs := map[string]uint64{}
	var out []fact
	add := func(stream string, kind event.Type, about string, sequence int64, data any) uint64 {
		e, err := event.New(kind, "test", about, about, at, data)
		if err != nil {
			b.Fatal(err)
		}
		e.Sequence = sequence
		raw, err := json.Marshal(e)
		if err != nil {
			b.Fatal(err)
		}
		seqs[stream]++
		out = append(out, read(&bus.Message{Subject: "x", Data: raw, Stream: stream, StreamSeq: seqs[stream], Published: at}))
		return seqs[stream]
	}
	for i := range 1000 {
		key, err := newspaper.NewPageKey("a-bao", at.AddDate(0, 0, i/50).Format(time.DateOnly), "main", fmt.Sprint(i%50+1))
		if err != nil {
			b.Fatal(err)
		}
		add(event.Pages, event.PageReceived, key.String(), 0, newspaper.Page{Key: key, Revisions: []newspaper.Revision{{Number: 1, Received: at}}})
		m := newspaper.Manifest{Key: key, Revision: 1, Sequence: at.UnixMicro()}
		var confirmations []event.Indexed
		for j := range 8 {
			uri := key.ArticleURI(fmt.Sprintf("%08x", j))
			m.Articles = append(m.Articles, newspaper.ManifestArticle{URI: uri, State: newspaper.Live, Version: 1, Headline: "一个不太长的标题"})
			seq := add(event.Articles, event.ArticleParsed, uri, m.Sequence, newspaper.Article{URI: uri})
			confirmations = append(confirmations, event.Indexed{Key: key, URI: uri, StreamSeq: seq, Outcome: event.Applied})
		}
		add(event.Articles, event.PageParsed, key.String(), m.Sequence, m)
		for _, x := range confirmations {
			add(event.IndexedName, event.ArticleIndexed, x.URI, 0, x)
		}
	}
	return out
}

// BenchmarkRebuild takes in 1,000 pages as they come when a ledger is built anew.
func BenchmarkRebuild(b *testing.B) {
	facts := thousandPages(b)
	for b.Loop() {
		dir := b.TempDir()
		l, err := Open(Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		for i := 0; i < len(facts); i += batchSize {
			if err := l.apply(facts[i:min(i+batchSize, len(facts))]); err != nil {
				b.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, "ledger.db"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1000, "B/page")
	}
	b.ReportMetric(float64(1000*b.N)/b.Elapsed().Seconds(), "pages/s")
}

// BenchmarkOpen opens a ledger of 1,000 pages, which reads all of it once.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	l, err := Open(Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	if err := l.apply(thousandPages(b)); err != nil {
		b.Fatal(err)
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l, err := Open(Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		_ = l.Close()
	}
}
