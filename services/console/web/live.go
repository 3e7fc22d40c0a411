package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"broadsheet/services/console/api"
)

// liveView is the front page.
type liveView struct {
	Status       api.Status
	Stages       []stageView
	Publications []publicationView
	Recent       []rowView
	Letters      api.Letters
}

type stageView struct {
	api.Stage
	Series []int
}

type publicationView struct {
	Name, Slug string // Slug is empty for the sum of all
	api.Counts
}

type rowView struct {
	api.Row
	Name string
}

// How much the front page shows.
const (
	recentRows    = 20
	recentLetters = 8
	liveFor       = 250 * time.Millisecond // all who watch share one look at the streams
)

// live returns a loader that is shared by all who watch.
func (s *Site) live() func(*http.Request) (any, error) {
	var mu sync.Mutex
	var last *liveView
	var at time.Time
	return func(r *http.Request) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		if last != nil && time.Since(at) < liveFor {
			return last, nil
		}
		v, err := s.loadLive(r)
		if err != nil {
			return nil, err
		}
		last, at = v, time.Now()
		return v, nil
	}
}

func (s *Site) loadLive(r *http.Request) (*liveView, error) {
	v := &liveView{}
	var err error
	if v.Status, err = s.source.Status(r.Context()); err != nil {
		return nil, err
	}
	for _, stage := range v.Status.Stages {
		v.Stages = append(v.Stages, stageView{stage, s.source.Series(stage.Name)})
	}
	for slug, c := range v.Status.Accounting.Publications {
		v.Publications = append(v.Publications, publicationView{s.name(slug), slug, c})
	}
	slices.SortFunc(v.Publications, func(a, b publicationView) int { return cmp.Compare(a.Slug, b.Slug) })
	if len(v.Publications) != 1 {
		v.Publications = append(v.Publications, publicationView{Name: "All", Counts: v.Status.Accounting.All})
	}
	if v.Letters, err = s.source.Letters(url.Values{"open": {"true"}, "limit": {strconv.Itoa(recentLetters)}}); err != nil {
		return nil, err
	}
	pages, err := s.source.Pages(url.Values{"limit": {strconv.Itoa(recentRows)}})
	v.Recent = s.rows(pages.Pages)
	return v, err
}

func (s *Site) rows(rows []api.Row) []rowView {
	out := make([]rowView, 0, len(rows))
	for _, row := range rows {
		out = append(out, rowView{row, s.name(row.Key.Publication)})
	}
	return out
}

// State is the accounting in one word: exact, under way, or not.
func (v *liveView) State() string {
	a := v.Status.Accounting
	switch {
	case len(a.Differences) > 0:
		return "different"
	case !a.Exact:
		return "reading"
	case !a.Settled:
		return "busy"
	}
	return "exact"
}

// listView is a list of pages or letters with its filter.
type listView struct {
	Query   url.Values
	Rows    []rowView
	Letters api.Letters
	Next    string // address of the next part
	Fates   []api.Fate
}

// Get is a value of the filter.
func (v listView) Get(name string) string { return v.Query.Get(name) }

func (s *Site) listPages(r *http.Request) (any, error) {
	q := filled(r.URL.Query())
	pages, err := s.source.Pages(q)
	return listView{Query: q, Rows: s.rows(pages.Pages), Next: next("/pages", q, pages.Next), Fates: api.Fates()}, err
}

func (s *Site) listLetters(r *http.Request) (any, error) {
	q := filled(r.URL.Query())
	letters, err := s.source.Letters(q)
	return listView{Query: q, Letters: letters, Next: next("/deadletters", q, letters.Next)}, err
}

// filled leaves out what a form sends empty.
func filled(q url.Values) url.Values {
	out := url.Values{}
	for name := range q {
		if v := q.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

func next(path string, q url.Values, cursor string) string {
	if cursor == "" {
		return ""
	}
	more := url.Values{}
	for name := range q {
		more.Set(name, q.Get(name))
	}
	more.Set("cursor", cursor)
	return path + "?" + more.Encode()
}
