package search

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/pkg/fault"
)

// Names are the kinds of names that are suggested, and their fields.
var Names = map[string]string{
	"person": FieldPerson, "organisation": FieldOrganisation, "place": FieldPlace, "title": FieldTitle, "byline": FieldCreator,
}

// Beginning asks for names that begin with a text.
type Beginning struct {
	Prefix string   // as FoldName makes it
	Kinds  []string // of Names, sorted
	Limit  int      // suggestions at most
}

// Suggestion is a name and how many articles have it.
type Suggestion struct {
	Kind  string `json:"kind"` // of Names
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Limits of suggestions.
const (
	MaxBeginning   = 50 // code points
	MaxSuggestions = 50
)

// ParseBeginning checks the parameters q, kind and limit.
func ParseBeginning(params url.Values) (Beginning, error) {
	b := Beginning{Limit: 10}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name != "q" && name != "kind" && name != "limit" {
			return b, fault.New(fault.Invalid, "there is no parameter %s", quote(name)).On(printable(name)).Fix("the parameters are q, kind, limit")
		}
		if name != "kind" && len(params[name]) > 1 {
			return b, fault.New(fault.Invalid, "%s is given %d times", name, len(params[name])).On(name).Fix("give it once")
		}
	}
	q := params.Get("q")
	n := utf8.RuneCountInString(q)
	switch {
	case !utf8.ValidString(q):
		return b, fault.New(fault.Invalid, "q is not valid UTF-8").On("q").Fix("encode the address in UTF-8")
	case n > MaxBeginning:
		return b, fault.New(fault.Invalid, "q is %d characters long, more than %d", n, MaxBeginning).On("q").Fix("give the beginning of a name")
	case strings.ContainsFunc(q, unicode.IsControl):
		return b, fault.New(fault.Invalid, "q %s has a control character in it", quote(q)).On("q").Fix("take it out")
	}
	if b.Prefix = FoldName(q); b.Prefix == "" {
		return b, fault.New(fault.Invalid, "q is missing").On("q").Fix("give the beginning of a name")
	}
	for _, kind := range params["kind"] {
		if kind != "" && Names[kind] == "" {
			return b, fault.New(fault.Invalid, "there is no kind of name %s", quote(kind)).On("kind").
				Fix("the kinds are %s", strings.Join(slices.Sorted(maps.Keys(Names)), ", "))
		}
		if kind != "" && !slices.Contains(b.Kinds, kind) {
			b.Kinds = append(b.Kinds, kind)
		}
	}
	if len(b.Kinds) == 0 {
		b.Kinds = []string{"person", "organisation", "place"}
	}
	slices.Sort(b.Kinds)
	if s := params.Get("limit"); s != "" {
		var err error
		if b.Limit, err = strconv.Atoi(s); err != nil || b.Limit < 1 || b.Limit > MaxSuggestions {
			return b, fault.New(fault.Invalid, "limit %s is not a number from 1 to %d", quote(s), MaxSuggestions).On("limit").Fix("type more of the name instead")
		}
	}
	return b, nil
}

// Best orders suggestions, the most frequent first, and keeps the limit.
func (b Beginning) Best(all []Suggestion) []Suggestion {
	slices.SortFunc(all, func(x, y Suggestion) int {
		if x.Count != y.Count {
			return y.Count - x.Count
		}
		if c := strings.Compare(x.Value, y.Value); c != 0 {
			return c
		}
		return strings.Compare(x.Kind, y.Kind)
	})
	return all[:min(len(all), b.Limit)]
}
