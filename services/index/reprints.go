package index

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// Reprint is another print of an article's copy.
type Reprint struct {
	URI         string  `json:"uri"`
	Publication string  `json:"publication"`
	Name        string  `json:"name,omitempty"` // of the publication
	Date        string  `json:"date"`
	Edition     string  `json:"edition,omitempty"`
	Page        string  `json:"page,omitempty"`
	Headline    string  `json:"headline,omitempty"`
	Covered     float64 `json:"covered"` // part of the shorter text that stands in the longer one, 0 to 1
}

// How far is looked for prints of one copy: part by part, as long as a part has
// one. Most articles have none, which a few candidates tell: the likeliest come
// first.
const (
	printsFirst = 4
	printsPart  = 12
	mostPrints  = 300
)

// printed is what is read of an article to compare it.
type printed struct {
	URI       string               `json:"uri"`
	Headlines []newspaper.Headline `json:"headlines"`
	Bodies    []newspaper.Body     `json:"bodies"`
	Print     struct {
		Publication string `json:"publication"`
		Name        string `json:"name"`
		Date        string `json:"date"`
		Edition     string `json:"edition"`
		Page        string `json:"page"`
	} `json:"print"`
}

func readPrinted(uri string, source json.RawMessage) (*printed, search.Copy, error) {
	var p printed
	if err := json.Unmarshal(source, &p); err != nil {
		return nil, nil, fault.Wrap(fault.Internal, err, "the index holds %s in a form that cannot be read", uri)
	}
	return &p, search.NewCopy(&newspaper.Article{Bodies: p.Bodies}), nil
}

// earlier orders prints: the first one stands for all.
func earlier(dateA, uriA, dateB, uriB string) int {
	return cmp.Or(cmp.Compare(dateA, dateB), cmp.Compare(uriA, uriB))
}

// Reprints finds the other prints of an article, earliest first: what GET
// /v1/articles/{uri} answers with it.
func Reprints(ctx context.Context, store Store, a *newspaper.Article) ([]Reprint, error) {
	return reprints(ctx, store, a.URI, search.NewCopy(a), search.Query{})
}

// reprints finds the other prints of an article among what a query matches,
// earliest first.
func reprints(ctx context.Context, store Store, uri string, copy search.Copy, within search.Query) ([]Reprint, error) {
	q, ok := search.Prints(copy, within, printsFirst)
	if !ok {
		return nil, nil
	}
	var out []Reprint
	for looked := 0; looked < mostPrints; {
		result, err := store.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		looked += len(result.Hits)
		before := len(out)
		for _, h := range result.Hits {
			if h.URI == uri {
				continue
			}
			p, other, err := readPrinted(h.URI, h.Source)
			if err != nil {
				return nil, err
			}
			if like := copy.Compare(other); like.Reprint() {
				out = append(out, p.reprint(like))
			}
		}
		if !result.More || len(out) == before {
			break
		}
		q.Behind, q.Limit = &search.Position{Keys: result.Hits[len(result.Hits)-1].Place}, printsPart
	}
	slices.SortFunc(out, func(a, b Reprint) int { return earlier(a.Date, a.URI, b.Date, b.URI) })
	return out, nil
}

func (p *printed) reprint(l search.Likeness) Reprint {
	a := newspaper.Article{Headlines: p.Headlines}
	return Reprint{
		URI: p.URI, Publication: p.Print.Publication, Name: p.Print.Name, Date: p.Print.Date, Edition: p.Print.Edition, Page: p.Print.Page,
		Headline: a.MainHeadline(), Covered: math.Round(l.Covered*100) / 100,
	}
}

// withReprints adds its other prints to an article as it is answered.
func (s *Service) withReprints(ctx context.Context, stored search.Stored) (json.RawMessage, error) {
	_, copy, err := readPrinted(stored.URI, stored.Source)
	if err != nil {
		return nil, err
	}
	found, err := reprints(ctx, s.store, stored.URI, copy, search.Query{})
	if err != nil || len(found) == 0 {
		return stored.Source, err
	}
	return with(stored.Source, "reprints", found)
}

// collapsed is a part of a result in which of the prints of one copy the first
// stands for all.
type collapsed struct {
	hits   []search.Hit
	prints map[string][]Reprint // the others, by uri of the one that stands for them
	hidden int
	more   bool
	last   []string // place of the last hit that was looked at
}

// Bounds of one collapsed answer.
const (
	collapseRounds = 10 // parts of the result that are looked at
	collapsesAside = 4  // hits whose prints are looked for at once
)

// collapse leaves those hits of a result that are the first print of their copy
// among all that the query matches, and goes on behind the result until the
// answer is full. Where a hit stands does not depend on the part that is asked
// for, so that no copy comes twice.
func collapse(ctx context.Context, store Store, q search.Query, result search.Result) (collapsed, error) {
	out := collapsed{prints: map[string][]Reprint{}}
	for round := 1; ; round++ {
		prints, first, err := firstPrints(ctx, store, q, result.Hits)
		if err != nil {
			return out, err
		}
		for i, h := range result.Hits {
			if len(out.hits) == q.Limit {
				out.more = true
				return out, nil
			}
			out.last = h.Place
			if !first[i] {
				out.hidden++
				continue
			}
			out.hits = append(out.hits, h)
			if len(prints[i]) > 0 {
				out.prints[h.URI] = prints[i]
			}
		}
		if out.more = result.More; !out.more || round == collapseRounds || len(out.hits) == q.Limit {
			return out, nil
		}
		rest := q
		rest.Facets, rest.Behind = nil, &search.Position{Keys: out.last}
		if result, err = store.Search(ctx, rest); err != nil {
			return out, err
		}
	}
}

// firstPrints says of each hit which other prints of it the query matches, and
// whether it is the first of them.
func firstPrints(ctx context.Context, store Store, q search.Query, hits []search.Hit) ([][]Reprint, []bool, error) {
	prints, first := make([][]Reprint, len(hits)), make([]bool, len(hits))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(collapsesAside)
	for i, h := range hits {
		group.Go(func() error {
			p, copy, err := readPrinted(h.URI, h.Source)
			if err != nil {
				return err
			}
			if prints[i], err = reprints(ctx, store, h.URI, copy, q); err != nil {
				return err
			}
			first[i] = len(prints[i]) == 0 || earlier(p.Print.Date, h.URI, prints[i][0].Date, prints[i][0].URI) < 0
			return nil
		})
	}
	return prints, first, group.Wait()
}
