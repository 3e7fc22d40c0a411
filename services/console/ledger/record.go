package ledger

import (
	"cmp"
	"slices"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// record is all that is known of a page: facts, each from one message of a
// stream. Facts may come in any order and more than once; taking one in twice, or
// two in the other order, gives the same record. Everything else (fates, counts,
// what waits) is computed from it and never stored in it.
type record struct {
	Key       newspaper.PageKey        `json:"key"`
	Revisions []revision               `json:"revisions,omitempty"` // ascending by Seq
	Commits   []commit                 `json:"commits,omitempty"`   // ascending by Seq
	Manifest  *manifest                `json:"manifest,omitempty"`  // the newest
	Articles  map[string]*article      `json:"articles,omitempty"`  // by uri
	Letters   map[string]*event.Letter `json:"letters,omitempty"`   // by id
	LetterSeq map[string]uint64        `json:"letterSeq,omitempty"` // of each letter's newest message
}

type revision struct {
	newspaper.Revision
	Seq uint64 `json:"seq"` // in PAGES
}

type commit struct {
	api.Commit
	Revision int    `json:"revision"`
	Seq      uint64 `json:"seq"` // of the manifest in ARTICLES
}

// manifest is what the console shows of a newspaper.Manifest.
type manifest struct {
	Seq       uint64        `json:"seq"` // in ARTICLES
	Text      api.Text      `json:"text"`
	Withdrawn string        `json:"withdrawn,omitempty"`
	Articles  []api.Article `json:"articles"`
}

// article is the events of an article, ascending by Seq.
type article struct {
	Events []articleEvent `json:"events"`
}

type articleEvent struct {
	Seq       uint64        `json:"seq"`             // in ARTICLES
	Known     bool          `json:"known,omitempty"` // the event itself was read; false: only its confirmation so far
	Sequence  int64         `json:"sequence,omitempty"`
	At        time.Time     `json:"at,omitzero"`
	Outcome   event.Outcome `json:"outcome,omitempty"`
	Confirmed time.Time     `json:"confirmed,omitzero"`
	// Settled: the index's consumer is past it without a letter, so it was
	// confirmed at a time whose confirmations are not kept any more.
	Settled bool `json:"settled,omitempty"`
}

// --- taking facts in ---

func (r *record) received(seq uint64, rev newspaper.Revision) {
	i, there := slices.BinarySearchFunc(r.Revisions, seq, func(x revision, s uint64) int { return cmp.Compare(x.Seq, s) })
	if !there {
		r.Revisions = slices.Insert(r.Revisions, i, revision{rev, seq})
	}
}

func (r *record) committed(seq uint64, at time.Time, m *newspaper.Manifest) {
	i, there := slices.BinarySearchFunc(r.Commits, seq, func(x commit, s uint64) int { return cmp.Compare(x.Seq, s) })
	if !there {
		c := api.Commit{Sequence: m.Sequence, Time: at, Parser: m.Parser, Run: m.Run, Attempts: m.Attempts}
		r.Commits = slices.Insert(r.Commits, i, commit{c, m.Revision, seq})
	}
	if r.Manifest != nil && r.Manifest.Seq >= seq {
		return
	}
	r.Manifest = &manifest{Seq: seq, Withdrawn: m.Withdrawn, Articles: make([]api.Article, 0, len(m.Articles)), Text: api.Text{
		Revision: m.Revision, SHA256: m.Text, Encoding: m.Encoding, Parser: m.Parser, Lines: m.Lines,
		Furniture: m.Furniture, Rest: m.Rest, Warnings: m.Warnings,
	}}
	for _, a := range m.Articles {
		r.Manifest.Articles = append(r.Manifest.Articles, api.Article{
			URI: a.URI, Headline: a.Headline, Version: a.Version, State: a.State, Reason: a.Reason, Lines: a.Lines,
			Continues: a.Continues, Parts: a.Parts,
		})
	}
}

// event returns the place of an article event in the record, made when needed.
func (r *record) event(uri string, seq uint64) *articleEvent {
	if r.Articles == nil {
		r.Articles = map[string]*article{}
	}
	a := r.Articles[uri]
	if a == nil {
		a = &article{}
		r.Articles[uri] = a
	}
	i, there := slices.BinarySearchFunc(a.Events, seq, func(x articleEvent, s uint64) int { return cmp.Compare(x.Seq, s) })
	if !there {
		a.Events = slices.Insert(a.Events, i, articleEvent{Seq: seq})
	}
	return &a.Events[i]
}

func (r *record) published(uri string, seq uint64, sequence int64, at time.Time) {
	e := r.event(uri, seq)
	e.Known, e.Sequence, e.At = true, sequence, at
}

// confirmed takes in a confirmation. An event that is indexed twice, after a
// crash, is overtaken by itself the second time: applied stands.
func (r *record) confirmed(x event.Indexed, at time.Time) {
	e := r.event(x.URI, x.StreamSeq)
	switch {
	case e.Outcome == "", e.Outcome == event.Overtaken && x.Outcome == event.Applied:
		e.Outcome, e.Confirmed = x.Outcome, at
	case e.Outcome == x.Outcome && at.Before(e.Confirmed):
		e.Confirmed = at
	}
}

// settled takes in that the index's consumer is past the event. One that died
// left its queue by its letter, not by being indexed.
func (r *record) settled(seq uint64) {
	for uri, a := range r.Articles {
		for i := range a.Events {
			if e := &a.Events[i]; e.Seq == seq && e.Known && r.eventLetters(uri, seq) == nil {
				e.Settled = true
			}
		}
	}
}

func (r *record) died(id string, seq uint64, l event.Letter) {
	if r.Letters == nil {
		r.Letters, r.LetterSeq = map[string]*event.Letter{}, map[string]uint64{}
	}
	if seq > r.LetterSeq[id] {
		l.Headers = nil // an upload's; nobody reads them here
		r.Letters[id], r.LetterSeq[id] = &l, seq
	}
}

// --- what follows from the facts ---

// fate of the i-th revision, and the letter that decided it, if one did.
func (r *record) fate(i int) (api.Fate, string) {
	rev := &r.Revisions[i]
	if slices.ContainsFunc(r.Commits, func(c commit) bool { return c.Revision == rev.Number }) {
		return api.Committed, ""
	}
	switch id, resolution := r.decide(r.revisionLetters(rev)); {
	case id != "" && resolution == "":
		return api.Dead, id
	case resolution == event.Discarded:
		return api.Discarded, id
	}
	if i < len(r.Revisions)-1 {
		return api.Superseded, ""
	}
	return api.Waiting, ""
}

// revisionLetters are the letters that speak for a revision: its own and, once it
// has one, those of commands that were to try it again.
func (r *record) revisionLetters(rev *revision) []string {
	own := letterID("parse", event.Pages, rev.Seq)
	if r.Letters[own] == nil {
		return nil
	}
	ids := []string{own}
	for id, l := range r.Letters {
		if l.Stream == event.Commands && l.Service == "parse" && l.Revision == rev.Number {
			ids = append(ids, id)
		}
	}
	return ids
}

// eventLetters are the letters that speak for an article event.
func (r *record) eventLetters(uri string, seq uint64) []string {
	own := letterID("index", event.Articles, seq)
	if r.Letters[own] == nil {
		return nil
	}
	ids := []string{own}
	for id, l := range r.Letters {
		if l.Stream == event.Commands && l.Service == "index" && l.URI == uri {
			ids = append(ids, id)
		}
	}
	return ids
}

// decide says which of several letters about one thing counts: an unresolved one
// before all, else the one resolved last.
func (r *record) decide(ids []string) (id, resolution string) {
	var newest, open uint64
	openID := ""
	for _, i := range ids {
		seq := r.LetterSeq[i]
		if r.Letters[i].Resolution == "" {
			if seq > open {
				open, openID = seq, i
			}
		} else if seq > newest {
			newest, id, resolution = seq, i, r.Letters[i].Resolution
		}
	}
	if openID != "" {
		return openID, ""
	}
	return id, resolution
}

// state of an article event, and the letter that decided it, if one did.
func (r *record) state(uri string, e *articleEvent) (api.State, string) {
	switch e.Outcome {
	case event.Applied:
		return api.Applied, ""
	case event.Overtaken:
		return api.Overtaken, ""
	}
	switch id, resolution := r.decide(r.eventLetters(uri, e.Seq)); {
	case id != "" && resolution == "":
		return api.Refused, id
	case resolution == event.Discarded:
		return api.PutAside, id
	}
	if e.Settled {
		return api.Applied, ""
	}
	return api.Pending, ""
}

// waiting is something that has not got its fate yet.
type waiting struct {
	Key newspaper.PageKey `json:"key"`
	At  time.Time         `json:"at"`
}

// digest is what a record adds to the ledger's counts and indexes.
type digest struct {
	counts api.Counts
	rows   map[uint64]api.Fate // revisions by their sequence in PAGES
	pages  map[uint64]waiting  // revisions that wait, likewise
	events map[uint64]waiting  // article events that wait, by sequence in ARTICLES
	live   map[string]bool     // uris
}

func (r *record) digest() digest {
	d := digest{rows: map[uint64]api.Fate{}, pages: map[uint64]waiting{}, events: map[uint64]waiting{}, live: map[string]bool{}}
	for i := range r.Revisions {
		rev := &r.Revisions[i]
		fate, _ := r.fate(i)
		d.counts.Pages.Count(fate)
		d.rows[rev.Seq] = fate
		if fate == api.Waiting {
			d.pages[rev.Seq] = waiting{r.Key, rev.Received}
		}
	}
	for uri, a := range r.Articles {
		for i := range a.Events {
			e := &a.Events[i]
			if !e.Known {
				continue
			}
			state, _ := r.state(uri, e)
			d.counts.Articles.Count(state)
			if state == api.Pending {
				d.events[e.Seq] = waiting{r.Key, e.At}
			}
		}
	}
	d.counts.Manifests = len(r.Commits)
	if r.Manifest != nil {
		for _, a := range r.Manifest.Articles {
			if a.State == newspaper.Live {
				d.live[a.URI] = true
			}
		}
	}
	d.counts.Live = len(d.live)
	return d
}
