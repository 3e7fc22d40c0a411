package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// functions are what templates call.
func (s *Site) functions() template.FuncMap {
	return template.FuncMap{
		"asset":  func(name string) string { return "/assets/" + name + "?v=" + s.assets[name].version },
		"name":   s.name,
		"num":    number,
		"rate":   rate,
		"age":    func(seconds float64) string { return age(time.Duration(seconds * float64(time.Second))) },
		"size":   size,
		"time":   stamp,
		"short":  func(sha string) string { return sha[:min(len(sha), 12)] },
		"lines":  lines,
		"first":  firstLine,
		"bars":   bars,
		"plural": plural,
		"units":  func(n int, unit string) string { return plural(n, strings.TrimSuffix(unit, "s"), unit) },
		"pct":    func(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) },
		"mark":   mark,
		"id":     articleID,
		"books":  books,
	}
}

// number groups digits by thousands, with a thin space that does not break.
func number(n any) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

// rate is what is done a second, of what was done in a minute.
func rate(perMinute int) string {
	r := float64(perMinute) / 60
	switch {
	case perMinute == 0:
		return "0"
	case r >= 100:
		return strconv.FormatFloat(r, 'f', 0, 64)
	case r >= 10:
		return strconv.FormatFloat(r, 'f', 1, 64)
	}
	return strconv.FormatFloat(r, 'f', 2, 64)
}

// age is a duration in the two largest units, or the largest.
func age(d time.Duration) string {
	switch {
	case d < time.Second:
		return "under 1 s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

func size(bytes int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	v, i := float64(bytes), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	if i == 0 || v >= 100 {
		return fmt.Sprintf("%.0f %s", v, units[i])
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// moment is a time for people and for machines.
type moment struct{ Machine, Day, Clock string }

func stamp(t time.Time) moment {
	t = t.UTC()
	return moment{t.Format(time.RFC3339Nano), t.Format(time.DateOnly), t.Format("15:04:05")}
}

// lines names ranges of lines: "line 12", "lines 3–6, 9".
func lines(ranges []newspaper.LineRange) string {
	if len(ranges) == 0 {
		return "no lines"
	}
	var out []string
	for _, r := range ranges {
		if r[0] == r[1] {
			out = append(out, strconv.Itoa(r[0]))
			continue
		}
		out = append(out, fmt.Sprintf("%d–%d", r[0], r[1]))
	}
	if len(out) == 1 && ranges[0].Len() == 1 {
		return "line " + out[0]
	}
	return "lines " + strings.Join(out, ", ")
}

func firstLine(ranges []newspaper.LineRange) int {
	if len(ranges) == 0 {
		return 0
	}
	return ranges[0][0]
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

func articleID(uri string) string { return "a-" + uri[strings.LastIndexByte(uri, ':')+1:] }

// bar is a second of a sparkline, in a box of 60 by 20.
type bar struct {
	X    int
	Y, H string
}

// bars draws a minute. A second in which little happened is still seen.
func bars(series []int) []bar {
	most := 1
	for _, n := range series {
		most = max(most, n)
	}
	var out []bar
	for i, n := range series {
		if n == 0 {
			continue
		}
		h := max(1.5, 20*float64(n)/float64(most))
		out = append(out, bar{i, strconv.FormatFloat(20-h, 'f', 1, 64), strconv.FormatFloat(h, 'f', 1, 64)})
	}
	return out
}

// Mark is a fate or state as people see it: a sign, a word and a tone, so that
// nobody needs to see colours.
type Mark struct{ Sign, Word, Tone string }

var marks = map[string]Mark{
	string(api.Waiting):    {"○", "waiting", "busy"},
	string(api.Committed):  {"✓", "committed", "good"},
	string(api.Superseded): {"↷", "superseded", "quiet"},
	string(api.Dead):       {"✕", "dead", "bad"},
	string(api.Discarded):  {"–", "discarded", "quiet"},
	string(api.Applied):    {"✓", "searchable", "good"},
	string(api.Overtaken):  {"↷", "overtaken", "quiet"},
	newspaper.Live:         {"●", "live", "good"},
	newspaper.Vanished:     {"–", "vanished", "quiet"},
	newspaper.Withdrawn:    {"✕", "withdrawn", "bad"},
	newspaper.Erased:       {"✕", "erased", "bad"},
	"retried":              {"↻", "retried", "quiet"},
	"":                     {"✕", "unresolved", "bad"},
}

func mark(v any) Mark {
	name := fmt.Sprint(v)
	if m, ok := marks[name]; ok {
		return m
	}
	return Mark{"·", name, "quiet"}
}

// books is the balance of a publication in a word. exact: the ledger has read all
// there is.
func books(p publicationView, exact bool) Mark {
	switch {
	case !p.Balanced():
		return Mark{"≠", "not balanced", "bad"}
	case !exact || p.Pages.Waiting+p.Articles.Waiting > 0:
		return Mark{"○", "not settled", "busy"}
	}
	return Mark{"✓", "exact", "good"}
}
