package search

import "broadsheet/pkg/newspaper"

// How much what two articles share counts, and how much of each is looked for.
const (
	personWeight       = 3
	organisationWeight = 2
	placeWeight        = 1
	pairWeight         = 0.3
	maxRelatedNames    = 12
	maxRelatedPairs    = 24
)

// Related returns the query for articles like one: with the same people,
// organisations and places, and words of its headline. The article itself is
// among its hits. False: the article has nothing to go by.
func Related(a *newspaper.Article, limit int) (Query, bool) {
	d := Fields(a)
	var any []Clause
	for _, names := range []struct {
		field  string
		values []string
		weight float64
	}{{FieldPerson, d.Person, personWeight}, {FieldOrganisation, d.Organisation, organisationWeight}, {FieldPlace, d.Place, placeWeight}} {
		for _, v := range names.values[:min(len(names.values), maxRelatedNames)] {
			any = append(any, Exact{names.field, v, names.weight})
		}
	}
	text := a.MainHeadline()
	if text == "" {
		for _, c := range a.Captions() {
			text += c + "\n"
		}
	}
	pairs := taken(Word{Text: text})
	for _, w := range pairs[:min(len(pairs), maxRelatedPairs)] {
		any = append(any, Text{Word: w, Weight: pairWeight})
	}
	least := 1
	if len(any) > 3 {
		least = 2
	}
	return Query{Root: Any{Of: any, Min: least}, Sort: Relevance, Limit: limit}, len(any) > 0
}
