package search

import (
	"net/url"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

func TestLanguage(t *testing.T) {
	for q, want := range map[string]string{
		"雪":                      `(text  "雪" 0)`,
		"大雪 孙军":                  `(all (text  "大雪" 0) (text  "孙军" 0))`,
		"大雪 AND 孙军":              `(all (text  "大雪" 0) (text  "孙军" 0))`,
		"a OR b c":               `(any0 (text  "a" 0) (all (text  "b" 0) (text  "c" 0)))`,
		"(a OR b) c":             `(all (any0 (text  "a" 0) (text  "b" 0)) (text  "c" 0))`,
		"（a OR b）c":              `(all (any0 (text  "a" 0) (text  "b" 0)) (text  "c" 0))`,
		"a -b":                   `(all (text  "a" 0) (not (text  "b" 0)))`,
		"a NOT b":                `(all (text  "a" 0) (not (text  "b" 0)))`,
		"-(a b)":                 `(not (all (text  "a" 0) (text  "b" 0)))`,
		`-"a b"`:                 `(not (text  "a b" 0))`,
		"a-b":                    `(text  "a-b" 0)`,
		"headline:雪":             `(text headline "雪" 0)`,
		"headline：雪":             `(text headline "雪" 0)`,
		"headline:(雪 OR 雨) b":    `(all (any0 (text headline "雪" 0) (text headline "雨" 0)) (text  "b" 0))`,
		"person:孫軍":              `(exact person "孙军" 1)`,
		`title:"县委书记" -place:河阳`: `(all (exact title "县委书记" 1) (not (exact place "河阳" 1)))`,
		"or and not":             `(all (text  "or" 0) (text  "and" 0) (text  "not" 0))`,
		`"OR"`:                   `(text  "OR" 0)`,
		"雪 () ，":                 `(text  "雪" 0)`,
	} {
		root, _, err := parseQuery(q)
		if err != nil || root.String() != want {
			t.Errorf("%s: %v, %v", q, root, err)
		}
	}
}

func TestLanguageRefusals(t *testing.T) {
	for q, says := range map[string]string{
		"*":                               "nothing that can be looked for",
		"()":                              "nothing that can be looked for",
		`""`:                              "nothing that can be looked for",
		"雪 OR":                            "OR with nothing",
		"OR 雪":                            "OR with nothing",
		"雪 OR OR 雨":                       "OR with nothing",
		"AND 雪":                           "AND with nothing",
		"雪 AND":                           "AND with nothing",
		"(雪":                              "opens a parenthesis",
		"雪)":                              "closes a parenthesis",
		"“雪":                              "opens a quote",
		"person:":                         "nothing behind it",
		"person: OR a":                    "nothing behind it",
		strings.Repeat("(", 10) + "雪":     "within one another",
		strings.Repeat("a OR ", 40) + "b": "41 words",
		strings.Repeat("a OR ", 5000):     "characters long",
	} {
		_, _, err := parseQuery(q)
		if p := fault.ProblemOf(err); !fault.Is(err, fault.Invalid) || p.Field != "q" || !strings.Contains(p.Detail, says) || p.Remedy == "" {
			t.Errorf("%.30s: %v", q, err)
		}
	}
}

func TestRelax(t *testing.T) {
	for q, want := range map[string]string{
		"澜河灌区的春灌怎么样？":  `(all (any2 (text  "澜河" 0) (text  "河灌" 0) (text  "灌区" 0) (text  "春灌" 0)))`,
		"谁是县委书记":       `(all (any2 (text  "县委" 0) (text  "委书" 0) (text  "书记" 0)))`,
		"2025年GDP增长多少": `(all (any2 (text  "2025" 0) (text  "GDP" 0) (text  "增长" 0)))`,
		`"大雪" 封路通知`:    `(all (text  "大雪" 0) (any2 (text  "封路" 0) (text  "路通" 0) (text  "通知" 0)))`,
		"大雪":           "",
		"雪":            "",
		"雪 雨":          "",
		"大雪封路 -孙军":     "",
		"大雪封路 OR 孙军大雪": "",
		"":             "",
	} {
		query, err := Parse(url.Values{"q": {q}})
		if err != nil {
			t.Fatal(err)
		}
		relaxed, ok := query.Relax()
		if ok != (want != "") || ok && relaxed.Root.String() != want {
			t.Errorf("%s: %v, %v", q, relaxed.Root, ok)
		}
	}
}
