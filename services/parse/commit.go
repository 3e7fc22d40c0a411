package parse

import (
	"fmt"
	"strconv"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// change is one article event to be committed.
type change struct {
	kind    event.Type
	article newspaper.Article
}

// commit is a page's next state: the events that lead there and the manifest.
type commit struct {
	changes  []change
	manifest newspaper.Manifest
	// erased: the parse found the text of an article that was erased.
	erased bool
	at     time.Time
}

// sequenceAfter is the version of a commit: its time in microseconds, made
// larger than the last one's where the clock went back or stood still.
func sequenceAfter(last int64, at time.Time) int64 { return max(at.UnixMicro(), last+1) }

// advance compares a parse with what is live of the page. An article that is
// found again keeps its uri, and gets a new version only when it changed; one
// that is not found any more is withdrawn and leaves a tombstone, so that its
// numbering goes on should it come back. What a person withdrew stays hidden.
func advance(last newspaper.Manifest, key newspaper.PageKey, parsed Parsed, at time.Time) commit {
	articles := identify(parsed.Articles)
	pairs := match(articles, last.Articles)
	c := commit{at: at, manifest: newspaper.Manifest{
		Key: key, Parser: Version, Sequence: sequenceAfter(last.Sequence, at), Encoding: parsed.Encoding, Lines: parsed.Lines,
		Furniture: nonNil(parsed.Furniture), Rest: nonNil(parsed.Rest), Warnings: nonNil(parsed.Warnings), Withdrawn: last.Withdrawn, Erasures: last.Erasures, Erased: last.Erased,
		Articles: make([]newspaper.ManifestArticle, 0, len(articles)),
	}}
	taken := make(map[string]bool, len(last.Articles))
	for _, k := range last.Articles {
		taken[k.URI] = true
	}
	seen := make([]bool, len(last.Articles))
	for i, f := range articles {
		entry := newspaper.ManifestArticle{State: newspaper.Vanished} // as if it had been away
		if j := pairs[i]; j >= 0 {
			entry, seen[j] = last.Articles[j], true
		} else {
			entry.URI = newURI(key, f.fingerprint, taken)
		}
		if entry.State == newspaper.Erased {
			c.erased = true
			c.manifest.Articles = append(c.manifest.Articles, entry)
			continue
		}
		unchanged := entry.State == newspaper.Live && entry.Digest == f.digest
		entry.Fingerprint, entry.Digest, entry.Sketch = f.fingerprint, f.digest, f.sketch
		entry.Lines, entry.Headline = f.article.Print.Lines, f.article.MainHeadline()
		entry.Continues, f.article.Print.Parts = f.article.Print.Continues, entry.Parts
		switch {
		case entry.State == newspaper.Withdrawn:
		case last.Withdrawn != "":
			entry.State, entry.Reason, entry.WithPage = newspaper.Withdrawn, last.Withdrawn, true
		case unchanged:
		default:
			entry.State, entry.Reason, entry.WithPage = newspaper.Live, "", false
			entry.Version++
			c.changes = append(c.changes, change{event.ArticleParsed, published(f.article, entry, at)})
		}
		c.manifest.Articles = append(c.manifest.Articles, entry)
	}
	for j, k := range last.Articles {
		if seen[j] {
			continue
		}
		if k.State == newspaper.Live {
			c.withdraw(&k, newspaper.Vanished, "the page's newer revision or parse does not have it any more")
		}
		c.manifest.Articles = append(c.manifest.Articles, k)
	}
	return c
}

// withdraw takes an article out of what readers see: a full replacement that
// carries the reason and none of the text.
func (c *commit) withdraw(k *newspaper.ManifestArticle, state, reason string) {
	k.State, k.Reason, k.WithPage = state, reason, false
	k.Version++
	key := c.manifest.Key
	canceled := published(newspaper.Article{
		Type: newspaper.TypeText, Erased: state == newspaper.Erased,
		Print: newspaper.Print{
			Publication: key.Publication, Date: key.Date, Edition: key.Edition, Page: key.Page,
			HeadlinePosition: newspaper.HeadlineNone,
		},
	}, *k, c.at)
	canceled.PubStatus, canceled.EdNote = newspaper.Canceled, reason
	c.changes = append(c.changes, change{event.ArticleWithdrawn, canceled})
}

func published(a newspaper.Article, k newspaper.ManifestArticle, at time.Time) newspaper.Article {
	a.URI, a.Version = k.URI, strconv.Itoa(k.Version)
	a.VersionCreated = at.UTC().Truncate(time.Second)
	a.PubStatus = newspaper.Usable
	return a
}

// events are the commit's article events and its manifest event.
func (c *commit) events() ([]event.Event, event.Event, error) {
	out := make([]event.Event, 0, len(c.changes))
	for _, ch := range c.changes {
		e, err := event.New(ch.kind, service, ch.article.URI+"@"+ch.article.Version, ch.article.URI, c.at, ch.article)
		if err != nil {
			return nil, event.Event{}, err
		}
		e.Sequence = c.manifest.Sequence
		out = append(out, e)
	}
	key := c.manifest.Key.String()
	e, err := event.New(event.PageParsed, service, fmt.Sprintf("%s@%d", key, c.manifest.Sequence), key, c.at, c.manifest)
	e.Sequence = c.manifest.Sequence
	return out, e, err
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Fresh returns a parse's articles as they are published when the page is seen
// for the first time.
func Fresh(parsed Parsed, key newspaper.PageKey, at time.Time) []newspaper.Article {
	c := advance(newspaper.Manifest{}, key, parsed, at)
	out := make([]newspaper.Article, len(c.changes))
	for i, ch := range c.changes {
		out[i] = ch.article
	}
	return out
}
