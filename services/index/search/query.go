package search

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Limits of a search.
const (
	MaxQuery     = 1000 // code points of q
	MaxWords     = 32   // words and phrases in q
	MaxValues    = 50   // values of one filter
	MaxValue     = 200  // code points of a filter's value
	MaxLimit     = 100
	DefaultLimit = 10
	MaxTotal     = 10_000 // up to which hits are counted one by one
	MaxFacetSize = 100    // values of a facet
	FacetSize    = 10     // where nothing else is asked for
)

// Query is a search that has been checked.
type Query struct {
	Root       Clause    // what must match; nil: every article
	Words      []Word    // what of Root is shown in highlights
	Exact      []Filter  // all must match
	From       string    // first day, YYYY-MM-DD; empty: open
	To         string    // last day, included; empty: open
	Confidence string    // least, in the form of Document.Confidence; empty: any
	Sort       Sort      //
	Limit      int       // hits of a page
	Behind     *Position // the hit after which the page begins; nil: the first
	Facets     []Facet   // what is counted over all hits
	Collapse   bool      // of prints of the same copy the first is shown, see Copy; the service's business, not a store's
	Relaxed    bool      // Root asks for less than was written, see Relax
}

// Facet asks for the values of a keyword field among all hits, most frequent
// first, equally frequent ones by value.
type Facet struct {
	Name   string // in Result.Facets
	Field  string
	Prefix string // only values that begin so; "": any
	Size   int    // values at most
}

// Count is a value of a facet and how many hits have it.
type Count struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Filter asks for articles with any of the values in a keyword field.
type Filter struct {
	Field  string // one of the Field constants
	Values []string
}

// Sort is an order of hits. Every order is total: it ends with the uri.
type Sort string

// The orders.
const (
	Relevance Sort = "relevance" // best first; equally good ones as in Newest
	Newest    Sort = "newest"    // newest paper first, its articles in reading order
	Oldest    Sort = "oldest"    // oldest paper first, its articles in reading order
	Front     Sort = "position"  // front pages and tops of pages first, of the same place the newest
)

// Sorts lists the orders.
var Sorts = []Sort{Relevance, Newest, Oldest, Front}

// Keys says what an order compares, first to last.
func (s Sort) Keys() []Key {
	rest := []Key{{FieldOrder, false}, {FieldURI, false}}
	switch s {
	case Oldest:
		return append([]Key{{FieldDate, false}}, rest...)
	case Newest:
		return append([]Key{{FieldDate, true}}, rest...)
	case Front:
		return append([]Key{{FieldPosition, false}, {FieldDate, true}}, rest...)
	}
	return append([]Key{{FieldScore, true}, {FieldDate, true}}, rest...)
}

// Key is a field to sort by.
type Key struct {
	Field      string
	Descending bool
}

// filters are the parameters that filter by an exact value.
var filters = map[string]struct {
	field string
	check func(string) (string, error)
}{
	"publication":  {FieldPublication, slug("publication")},
	"edition":      {FieldEdition, slug("edition")},
	"page":         {FieldPage, pageNumber},
	"person":       {FieldPerson, nil},
	"organisation": {FieldOrganisation, nil},
	"place":        {FieldPlace, nil},
	"byline":       {FieldCreator, nil},
	"agency":       {FieldAgency, nil},
	"type":         {FieldType, articleType},
	"title":        {FieldTitle, nil},
	"month":        {FieldMonth, month},
}

// Facets are the names that facet takes, and the fields they count.
var Facets = map[string]string{
	"publication": FieldPublication, "month": FieldMonth, "person": FieldPerson,
	"organisation": FieldOrganisation, "place": FieldPlace, "title": FieldTitle,
}

var single = []string{"q", "from", "to", "minConfidence", "sort", "limit", "cursor", "facetSize", "collapse"}

// Parse checks the parameters of a search. An error names the parameter.
func Parse(params url.Values) (Query, error) {
	q := Query{Limit: DefaultLimit}
	if err := checkNames(params); err != nil {
		return q, err
	}
	var err error
	if q.Root, q.Words, err = parseQuery(params.Get("q")); err != nil {
		return q, err
	}
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		f, err := parseFilter(name, params[name])
		if err != nil {
			return q, err
		}
		if len(f.Values) > 0 {
			q.Exact = append(q.Exact, f)
		}
	}
	if q.From, err = parseDay("from", params.Get("from")); err != nil {
		return q, err
	}
	if q.To, err = parseDay("to", params.Get("to")); err != nil {
		return q, err
	}
	if q.From != "" && q.To != "" && q.From > q.To {
		return q, fault.New(fault.Invalid, "from %s is after to %s", q.From, q.To).On("from").Fix("give the earlier day as from")
	}
	if q.Confidence, err = parseConfidence(params.Get("minConfidence")); err != nil {
		return q, err
	}
	if q.Facets, err = parseFacets(params["facet"], params.Get("facetSize")); err != nil {
		return q, err
	}
	if q.Sort, err = parseSort(params.Get("sort"), q.Root != nil); err != nil {
		return q, err
	}
	if s := params.Get("limit"); s != "" {
		if q.Limit, err = strconv.Atoi(s); err != nil || q.Limit < 1 || q.Limit > MaxLimit {
			return q, fault.New(fault.Invalid, "limit %s is not a number from 1 to %d", quote(s), MaxLimit).
				On("limit").Fix("ask for fewer and go on with the answer's next")
		}
	}
	if q.Collapse, err = parseCollapse(params.Get("collapse")); err != nil {
		return q, err
	}
	if s := params.Get("cursor"); s != "" {
		return q.at(s)
	}
	return q, nil
}

// at is the query behind a cursor, which a relaxed form of it may have given.
func (q Query) at(cursor string) (Query, error) {
	var err error
	if q.Behind, err = q.decode(cursor); err == nil {
		return q, nil
	}
	if relaxed, ok := q.Relax(); ok {
		if behind, e := relaxed.decode(cursor); e == nil {
			relaxed.Behind = behind
			return relaxed, nil
		}
	}
	return q, err
}

func checkNames(params url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		_, filter := filters[name]
		if name == "" {
			return fault.New(fault.Invalid, "a parameter has no name").On("query").Fix("write name=value")
		}
		if !filter && name != "facet" && !slices.Contains(single, name) {
			known := slices.Sorted(maps.Keys(filters))
			return fault.New(fault.Invalid, "there is no parameter %s", quote(name)).On(printable(name)).
				Fix("the parameters are %s, facet, %s", strings.Join(single, ", "), strings.Join(known, ", "))
		}
		if !filter && name != "facet" && len(params[name]) > 1 {
			return fault.New(fault.Invalid, "%s is given %d times", name, len(params[name])).On(name).Fix("give it once")
		}
		for _, v := range params[name] {
			if !utf8.ValidString(v) {
				return fault.New(fault.Invalid, "%s is not valid UTF-8", name).On(name).Fix("encode the address in UTF-8")
			}
		}
	}
	return nil
}

func parseFilter(name string, values []string) (Filter, error) {
	f := Filter{Field: filters[name].field}
	if len(values) > MaxValues {
		return f, fault.New(fault.Invalid, "%s is given %d times, more than %d", name, len(values), MaxValues).On(name)
	}
	for _, v := range values {
		v = strings.TrimSpace(v)
		if v == "" {
			continue // the empty field of a form
		}
		if n := utf8.RuneCountInString(v); n > MaxValue {
			return f, fault.New(fault.Invalid, "%s is %d characters long, more than %d", name, n, MaxValue).On(name)
		}
		if strings.ContainsFunc(v, unicode.IsControl) {
			return f, fault.New(fault.Invalid, "%s %s has a control character in it", name, quote(v)).On(name)
		}
		check := filters[name].check
		if check == nil {
			check = func(name string) (string, error) { return FoldName(name), nil }
		}
		v, err := check(v)
		if err != nil {
			return f, err
		}
		if !slices.Contains(f.Values, v) {
			f.Values = append(f.Values, v)
		}
	}
	slices.Sort(f.Values)
	return f, nil
}

// A valid key to try one part of a key at a time with.
var sample = newspaper.PageKey{Publication: "p", Date: "2000-01-01", Edition: "e", Page: "01"}

func slug(field string) func(string) (string, error) {
	return func(v string) (string, error) {
		if _, err := newspaper.NewPageKey(v, sample.Date, sample.Edition, sample.Page); err != nil {
			return v, fault.New(fault.Invalid, "%s %s is not a slug", field, quote(v)).
				On(field).Fix("use 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit")
		}
		return v, nil
	}
}

func pageNumber(v string) (string, error) {
	key, err := newspaper.NewPageKey(sample.Publication, sample.Date, sample.Edition, v)
	return key.Page, err
}

func articleType(v string) (string, error) {
	if v != newspaper.TypeText && v != newspaper.TypePicture {
		return v, fault.New(fault.Invalid, "type %s is unknown", quote(v)).On("type").Fix("use %s or %s", newspaper.TypeText, newspaper.TypePicture)
	}
	return v, nil
}

func parseDay(field, s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fault.New(fault.Invalid, "%s %s is not a day of the calendar", field, quote(s)).
			On(field).Fix("write it as YYYY-MM-DD, for example 2022-10-30")
	}
	return s, nil
}

func parseSort(s string, words bool) (Sort, error) {
	if s == "" {
		if words {
			return Relevance, nil
		}
		return Newest, nil
	}
	if !slices.Contains(Sorts, Sort(s)) {
		return "", fault.New(fault.Invalid, "sort %s is unknown", quote(s)).On("sort").Fix("use %v, %v, %v or %v", Relevance, Newest, Oldest, Front)
	}
	if Sort(s) == Relevance && !words {
		return Newest, nil // without words all are equally relevant
	}
	return Sort(s), nil
}

// printable makes untrusted text safe to be shown as a name.
func printable(s string) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(r) > 80 {
		r = append(r[:80], '…')
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return '\uFFFD'
	}, string(r))
}

func quote(s string) string { return fmt.Sprintf("%q", printable(s)) }
