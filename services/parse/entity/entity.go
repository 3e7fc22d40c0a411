// Package entity finds people, organisations, places, titles and dates in
// articles.
package entity

import "broadsheet/pkg/newspaper"

// Context is what is known about the texts besides themselves. The zero value
// is fine.
type Context struct {
	Date string   // the page's date, YYYY-MM-DD; normalises printed dates
	Home []string // the publication's home region from large to small, e.g. 山西省, 吕梁市
}

// Tagger finds entities. It is safe for concurrent use.
type Tagger struct{}

// New returns a tagger.
func New() *Tagger { return &Tagger{} }

// Mentions returns the entities of one text, in order, not overlapping. Field
// and Part are left empty.
func (t *Tagger) Mentions(text string, c Context) []newspaper.Mention { return nil }

// Annotate fills Mentions, People, Organisations and Places of a page's
// articles. Articles of one page are given together: a name that is sure in one
// place helps where it is doubtful.
func (t *Tagger) Annotate(articles []newspaper.Article, c Context) {}
