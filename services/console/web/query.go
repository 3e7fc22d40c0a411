package web

import (
	"maps"
	"net/url"
	"slices"
)

// given leaves out what a form sends empty, and what the page decides itself.
func given(q url.Values) url.Values {
	out := url.Values{}
	for name, values := range q {
		switch name {
		case "format", "facet", "facetSize":
			continue
		}
		for _, v := range values {
			if v != "" && !slices.Contains(out[name], v) {
				out.Add(name, v)
			}
		}
	}
	return out
}

func clone(q url.Values) url.Values {
	out := maps.Clone(q)
	for name, values := range out {
		out[name] = slices.Clone(values)
	}
	return out
}

// with is a query with a parameter set.
func with(q url.Values, name, value string) url.Values {
	out := clone(q)
	out.Set(name, value)
	return out
}

// without is a query from its first page on, without one value of a parameter.
func without(q url.Values, name, value string) url.Values {
	out := clone(q)
	out.Del("cursor")
	out[name] = slices.DeleteFunc(out[name], func(v string) bool { return v == value })
	return out
}

func address(path string, q url.Values) string {
	if encoded := q.Encode(); encoded != "" {
		return path + "?" + encoded
	}
	return path
}
