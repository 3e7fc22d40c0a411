package web

import (
	"net/url"
	"reflect"
	"testing"

	"broadsheet/pkg/newspaper"
)

// Highlights are pieces with <em> and nothing else that means anything.
func TestHighlighted(t *testing.T) {
	for piece, want := range map[string]paragraph{
		"":                           nil,
		"大雪":                         {{"", "大雪"}},
		"…<em>大雪</em>封路<em>雪</em>":   {{"", "…"}, {"hit", "大雪"}, {"", "封路"}, {"hit", "雪"}},
		"a &lt;b&gt; <em>&amp;</em>": {{"", "a <b> "}, {"hit", "&"}},
		"<em>never closed":           {{"", "never closed"}},
		"<em></em><script>x":         {{"", "<script>x"}},
	} {
		if got := highlighted(piece); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, not %v", piece, got, want)
		}
	}
}

// Marks stand where code points say, those that fit no text are passed over.
func TestMarked(t *testing.T) {
	mention := func(kind string, start, end int) newspaper.Mention {
		return newspaper.Mention{Field: newspaper.FieldBody, Type: kind, Start: start, End: end}
	}
	got := marked("𠮷田说\n京都", []newspaper.Mention{
		mention("LOC", 4, 6), mention("PER", 0, 2), mention("ORG", 1, 3), mention("DATE", 5, 7), mention("DATE", -1, 2), mention("NEW", 2, 3),
	}, newspaper.FieldBody, 0)
	if want := []paragraph{{{"per", "𠮷田"}, {"", "说"}}, {{"loc", "京都"}}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if marked("", nil, newspaper.FieldBody, 0) != nil {
		t.Error("nothing has paragraphs")
	}
}

// What is counted beside a value is what a click on it finds.
func TestNarrowed(t *testing.T) {
	for _, c := range []struct{ query, name, value, want string }{
		{"q=雪", "person", "孙军", "person=孙军&q=雪"},
		{"q=雪&person=孙军", "person", "李梅", `person=孙军&q=雪 person:"李梅"`},
		{"q=雪 OR 雨&person=孙军", "person", "李梅", `person=孙军&q=(雪 OR 雨) person:"李梅"`},
		{"person=孙军", "person", `李"梅`, `person=孙军&q=person:"李梅"`},
		{"month=2025-11", "month", "2025-12", "month=2025-12"},
	} {
		q, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		before := q.Encode()
		if got, _ := url.QueryUnescape(narrowed(q, c.name, c.value).Encode()); got != c.want {
			t.Errorf("%s and %s %s: %s, not %s", c.query, c.name, c.value, got, c.want)
		}
		if q.Encode() != before {
			t.Errorf("%s was changed to %s", before, q.Encode())
		}
	}
}

func TestGiven(t *testing.T) {
	q := url.Values{"q": {""}, "person": {"孙军", "", "孙军", "李梅"}, "facet": {"person"}, "format": {"csv"}, "odd": {"x"}}
	if got, want := given(q), (url.Values{"person": {"孙军", "李梅"}, "odd": {"x"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if got := address("/search", without(url.Values{"person": {"孙军"}, "cursor": {"x"}}, "person", "孙军")); got != "/search" {
		t.Errorf("%s", got)
	}
}
