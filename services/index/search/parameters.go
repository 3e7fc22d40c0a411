package search

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"broadsheet/pkg/fault"
)

func month(v string) (string, error) {
	if _, err := time.Parse("2006-01", v); err != nil {
		return v, fault.New(fault.Invalid, "month %s is not a month of the calendar", quote(v)).On("month").Fix("write it as YYYY-MM, for example 2022-10")
	}
	return v, nil
}

func parseCollapse(s string) (bool, error) {
	if s != "" && s != "reprints" {
		return false, fault.New(fault.Invalid, "collapse %s is unknown", quote(s)).On("collapse").Fix("use reprints, or leave it out to have every print")
	}
	return s != "", nil
}

func parseConfidence(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	c, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(c) || c < 0 || c > 1 {
		return "", fault.New(fault.Invalid, "minConfidence %s is not a number from 0 to 1", quote(s)).On("minConfidence").Fix("write it as 0.8")
	}
	return confidence(c), nil
}

func parseFacets(names []string, size string) ([]Facet, error) {
	n := FacetSize
	if size != "" {
		var err error
		if n, err = strconv.Atoi(size); err != nil || n < 1 || n > MaxFacetSize {
			return nil, fault.New(fault.Invalid, "facetSize %s is not a number from 1 to %d", quote(size), MaxFacetSize).
				On("facetSize").Fix("ask for fewer values, and narrow the search down to see others")
		}
	}
	var out []Facet
	for _, name := range names {
		if name == "" {
			continue // the empty field of a form
		}
		field, ok := Facets[name]
		if !ok {
			return nil, fault.New(fault.Invalid, "there is no facet %s", quote(name)).On("facet").
				Fix("the facets are %s; repeat the parameter for several", strings.Join(slices.Sorted(maps.Keys(Facets)), ", "))
		}
		if !slices.ContainsFunc(out, func(f Facet) bool { return f.Name == name }) {
			out = append(out, Facet{Name: name, Field: field, Size: n})
		}
	}
	return out, nil
}
