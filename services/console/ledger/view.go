package ledger

import (
	"cmp"
	"slices"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/services/console/api"
)

// view is the page as people and programs see it.
func (r *record) view() api.Page {
	out := api.Page{Key: r.Key, Revisions: []api.Revision{}, Articles: []api.Article{}, Letters: []api.Letter{}}
	for i := range r.Revisions {
		out.Revisions = append(out.Revisions, r.revision(i))
	}
	slices.Reverse(out.Revisions)
	if r.Manifest != nil {
		text := r.Manifest.Text
		out.Text, out.Withdrawn = &text, r.Manifest.Withdrawn
		for _, a := range r.Manifest.Articles {
			out.Articles = append(out.Articles, r.article(a))
		}
	}
	for id, l := range r.Letters {
		out.Letters = append(out.Letters, letterView(id, l, r.LetterSeq[id]))
	}
	slices.SortFunc(out.Letters, func(a, b api.Letter) int { return cmp.Compare(b.Seq, a.Seq) })
	d := r.digest()
	out.Settled = len(out.Revisions) > 0 && len(d.pages) == 0 && len(d.events) == 0
	return out
}

// article adds to a manifest's article what became of its newest event.
func (r *record) article(a api.Article) api.Article {
	known := r.Articles[a.URI]
	if known == nil {
		return a
	}
	for i := len(known.Events) - 1; i >= 0; i-- {
		if e := &known.Events[i]; e.Known {
			a.Index, a.Letter = r.state(a.URI, e)
			a.Confirmed = e.Confirmed
			return a
		}
	}
	return a
}

// revision describes the i-th revision.
func (r *record) revision(i int) api.Revision {
	rev := &r.Revisions[i]
	fate, letter := r.fate(i)
	out := api.Revision{Revision: rev.Revision, Fate: fate, Letter: letter, Since: rev.Received, Stage: api.StageParse, Commits: []api.Commit{}}
	for _, c := range r.Commits {
		if c.Revision == rev.Number {
			out.Commits = append(out.Commits, c.Commit)
		}
	}
	out.Events = r.events(out.Commits)
	if i < len(r.Revisions)-1 {
		out.Replaced = r.Revisions[i+1].Number
	}
	switch fate {
	case api.Committed:
		out.Since, out.Attempts, out.Stage = out.Commits[0].Time, out.Commits[0].Attempts, api.StageDone
		if out.Events.Waiting+out.Events.Dead > 0 {
			out.Stage = api.StageIndex
		}
	case api.Superseded:
		out.Since, out.Stage = r.Revisions[i+1].Received, api.StageDone
	case api.Dead, api.Discarded:
		l := r.Letters[letter]
		out.Since, out.Attempts = l.Time, l.Attempts
		out.Kind, out.Field, out.Message, out.Remedy = l.Kind, l.Field, l.Message, l.Remedy
		if fate == api.Discarded {
			out.Since = l.Resolved
		}
	case api.Waiting:
		if at := r.retried(rev); !at.IsZero() {
			out.Since = at
		}
	}
	return out
}

// retried is when somebody last asked for a revision to be tried again.
func (r *record) retried(rev *revision) time.Time {
	var at time.Time
	for _, id := range r.revisionLetters(rev) {
		if l := r.Letters[id]; l.Resolution == event.Retried && l.Resolved.After(at) {
			at = l.Resolved
		}
	}
	return at
}

// events counts what became of the article events of some commits.
func (r *record) events(commits []api.Commit) api.Events {
	var out api.Events
	for uri, a := range r.Articles {
		for i := range a.Events {
			e := &a.Events[i]
			if !e.Known || !slices.ContainsFunc(commits, func(c api.Commit) bool { return c.Sequence == e.Sequence }) {
				continue
			}
			state, _ := r.state(uri, e)
			out.Count(state)
		}
	}
	return out
}

// row is the revision with that sequence in a list.
func (r *record) row(seq uint64) api.Row {
	for i := range r.Revisions {
		if r.Revisions[i].Seq != seq {
			continue
		}
		v := r.revision(i)
		out := api.Row{Key: r.Key, Revision: v.Number, Fate: v.Fate, Received: v.Received, Stage: v.Stage, Message: v.Message, Letter: v.Letter}
		if r.Manifest != nil && r.Manifest.Text.Revision == v.Number {
			out.Articles = r.digest().counts.Live
		}
		return out
	}
	return api.Row{Key: r.Key}
}
