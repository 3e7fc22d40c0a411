// Package play plays the other services in tests: it publishes on a real server
// what they publish, by the same calls, so that the console sees what it would
// see of them.
package play

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// Company is the other services.
type Company struct {
	Ingest, Parse, Index *bus.Bus

	t testing.TB
}

// New connects them to a server.
func New(t testing.TB, s *bustest.Server) *Company {
	t.Helper()
	return &Company{t: t, Ingest: s.Bus(t, "ingest"), Parse: s.Bus(t, "parse"), Index: s.Bus(t, "index")}
}

// Key is a page of a made-up paper.
func Key(t testing.TB, publication, page string) newspaper.PageKey {
	t.Helper()
	key, err := newspaper.NewPageKey(publication, "2022-10-30", "main", page)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Receive makes text the next revision of a page, as ingest does, and returns its
// place in PAGES.
func (c *Company) Receive(key newspaper.PageKey, text string) uint64 {
	c.t.Helper()
	ctx := context.Background()
	page, guard, err := c.Ingest.Page(ctx, key)
	c.must(err)
	sum, err := c.Ingest.PutObject(ctx, []byte(text))
	c.must(err)
	n := len(page.Revisions) + 1
	page.Key = key
	page.Revisions = append(page.Revisions, newspaper.Revision{
		Number: n, SHA256: sum, Size: int64(len(text)), MediaType: "text/plain", UploadID: fmt.Sprintf("%s-%d", key.Page, n), Received: time.Now().UTC(),
	})
	c.must(c.Ingest.CommitReceived(ctx, page, guard, ""))
	_, seq, err := c.Ingest.Page(ctx, key)
	c.must(err)
	return seq
}

// Published is an article event in ARTICLES.
type Published struct {
	Key       newspaper.PageKey
	URI       string
	StreamSeq uint64
	Sequence  int64
	Status    string
}

// Reading is what parse made of a page.
type Reading struct {
	Revision  int // 0: the newest
	Run       string
	Text      string
	Articles  []newspaper.Article // uri is made of the place in the slice where it is missing
	Furniture []newspaper.LineRange
	Rest      []newspaper.LineRange
	Warnings  []string
}

// Commit publishes a reading, as parse does: every article of it anew, and a
// withdrawal of those that were live and are not in it.
func (c *Company) Commit(key newspaper.PageKey, r Reading) []Published {
	c.t.Helper()
	ctx := context.Background()
	last, guard, err := c.Parse.Manifest(ctx, key)
	c.must(err)
	page, _, err := c.Parse.Page(ctx, key)
	c.must(err)
	if r.Revision == 0 && len(page.Revisions) > 0 {
		r.Revision = page.Current().Number
	}
	text, err := c.Parse.PutObject(ctx, []byte(r.Text))
	c.must(err)
	at := time.Now().UTC()
	sum := sha256.Sum256([]byte(r.Text))
	m := newspaper.Manifest{
		Key: key, Revision: r.Revision, SHA256: hex.EncodeToString(sum[:]), Text: text, Encoding: "utf-8", Parser: 1, Run: r.Run,
		Sequence: max(at.UnixMicro(), last.Sequence+1), Attempts: 1, Lines: strings.Count(r.Text, "\n"),
		Furniture: r.Furniture, Rest: r.Rest, Warnings: r.Warnings, Articles: []newspaper.ManifestArticle{},
	}
	old := map[string]newspaper.ManifestArticle{}
	for _, a := range last.Articles {
		old[a.URI] = a
	}
	var events []event.Event
	add := func(kind event.Type, a newspaper.Article) {
		e, err := event.New(kind, "parse", a.URI+"@"+a.Version, a.URI, at, a)
		c.must(err)
		e.Sequence = m.Sequence
		events = append(events, e)
	}
	for i, a := range r.Articles {
		if a.URI == "" {
			a.URI = key.ArticleURI(fmt.Sprintf("%08x", i+1))
		}
		version := old[a.URI].Version + 1
		a.Version, a.VersionCreated, a.PubStatus = strconv.Itoa(version), at, newspaper.Usable
		m.Articles = append(m.Articles, newspaper.ManifestArticle{
			URI: a.URI, Version: version, Headline: a.MainHeadline(), Lines: a.Print.Lines, State: newspaper.Live,
			Continues: a.Print.Continues, Parts: a.Print.Parts,
		})
		delete(old, a.URI)
		add(event.ArticleParsed, a)
	}
	for _, a := range last.Articles {
		k, gone := old[a.URI]
		if !gone {
			continue
		}
		if k.State == newspaper.Live {
			k.State, k.Reason, k.Version = newspaper.Vanished, "gone from the page", k.Version+1
			add(event.ArticleWithdrawn, newspaper.Article{
				URI: k.URI, Version: strconv.Itoa(k.Version), PubStatus: newspaper.Canceled, EdNote: k.Reason, Type: newspaper.TypeText,
			})
		}
		m.Articles = append(m.Articles, k)
	}
	manifest, err := event.New(event.PageParsed, "parse", fmt.Sprintf("%s@%d", key, m.Sequence), key.String(), at, m)
	c.must(err)
	manifest.Sequence = m.Sequence
	c.must(c.Parse.CommitPage(ctx, events, manifest, guard, ""))
	return c.published(key, events)
}

// published finds where the events of the page's newest commit are.
func (c *Company) published(key newspaper.PageKey, events []event.Event) []Published {
	c.t.Helper()
	_, end, err := c.Parse.Manifest(context.Background(), key)
	c.must(err)
	out := make([]Published, len(events))
	for i, e := range events {
		status := newspaper.Usable
		if e.Type == event.ArticleWithdrawn {
			status = newspaper.Canceled
		}
		out[i] = Published{key, e.Subject, end - uint64(len(events)-i), e.Sequence, status}
	}
	return out
}

// Confirm says what the index made of events, as index does.
func (c *Company) Confirm(outcome event.Outcome, events ...Published) {
	c.t.Helper()
	var out []bus.Outgoing
	for _, p := range events {
		e, err := event.New(event.ArticleIndexed, "index", fmt.Sprintf("%s@%d", p.URI, p.Sequence), p.URI, time.Now(), event.Indexed{
			Key: p.Key, URI: p.URI, Sequence: p.Sequence, StreamSeq: p.StreamSeq, Outcome: outcome, Status: p.Status,
		})
		c.must(err)
		subject, err := event.ArticleSubject(event.ArticleIndexed, p.URI)
		c.must(err)
		out = append(out, bus.Outgoing{Subject: subject, Event: e})
	}
	c.must(c.Index.PublishBatch(context.Background(), out))
}

// Bury writes a dead letter, as a consumer does that gives up.
func (c *Company) Bury(l event.Letter) string {
	c.t.Helper()
	if l.Time.IsZero() {
		l.Time = time.Now().UTC()
	}
	subject := event.LetterSubject(l.Service, l.Stream, l.StreamSeq)
	e, err := event.New(event.LetterWritten, l.Service, subject, l.Key.String(), l.Time, l)
	c.must(err)
	c.must(c.Parse.Publish(context.Background(), bus.Outgoing{Subject: subject, Event: e}))
	return strings.TrimPrefix(subject, "deadletters.")
}

// Garbage publishes an event that nobody knows.
func (c *Company) Garbage(subject string) {
	c.t.Helper()
	e, err := event.New("somebody.elses.v9", "stranger", "1", "", time.Now(), "?")
	c.must(err)
	c.must(c.Parse.Publish(context.Background(), bus.Outgoing{Subject: subject, Event: e}))
}

func (c *Company) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// Article is a short article of a page.
func Article(headline, body string, first, last int) newspaper.Article {
	a := newspaper.Article{
		Type: newspaper.TypeText, Language: "zh-Hans",
		Bodies: []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: len([]rune(body)), Value: body}},
		Print:  newspaper.Print{Lines: []newspaper.LineRange{{first, last}}, HeadlinePosition: newspaper.HeadlineNone},
	}
	if headline != "" {
		a.Headlines, a.Print.HeadlinePosition = []newspaper.Headline{{Role: newspaper.Main, Value: headline}}, newspaper.HeadlineBefore
	}
	return a
}
