package entity

import (
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

// summarise fills what an article says of its entities as a whole from its
// texts. Those who made the article are its creators, not people of its story.
func summarise(a *newspaper.Article, texts []*tagged) {
	a.Mentions, a.People, a.Organisations, a.Places = nil, nil, nil, nil
	creators := map[string]bool{}
	for _, c := range a.Creators {
		creators[plain(c.Name)] = true
	}
	people := &roll{}
	organisations, places := &roll{}, &roll{}
	for _, t := range texts {
		a.Mentions = append(a.Mentions, t.mentions()...)
		for i, s := range t.spans {
			name := plain(t.slice(s.start, s.end))
			switch s.kind {
			case newspaper.PER:
				if !creators[name] {
					people.count(name, t.titles(i)...)
				}
			case newspaper.ORG:
				organisations.count(name)
			case newspaper.LOC:
				places.count(name)
			}
		}
	}
	people.joinSurnames()
	for _, e := range people.entries {
		a.People = append(a.People, newspaper.Person{Name: e.name, Titles: e.titles, Count: e.n})
	}
	a.Organisations, a.Places = organisations.named(), places.named()
}

// roll counts names in the order of their first appearance.
type roll struct {
	index   map[string]int
	entries []entry
}

type entry struct {
	name   string
	n      int
	titles []string
}

func (r *roll) count(name string, titles ...string) {
	i, ok := r.index[name]
	if !ok {
		if r.index == nil {
			r.index = map[string]int{}
		}
		i = len(r.entries)
		r.index[name] = i
		r.entries = append(r.entries, entry{name: name})
	}
	e := &r.entries[i]
	e.n++
	for _, title := range titles {
		if !slices.Contains(e.titles, title) {
			e.titles = append(e.titles, title)
		}
	}
}

// joinSurnames counts a surname that stands alone (王局长) for the one whole name
// with that surname. One that fits no name or several names nobody.
func (r *roll) joinSurnames() {
	bySurname := map[string][]int{}
	for i, e := range r.entries {
		if n := utf8.RuneCountInString(e.name); n == 2 || n == 3 {
			first, _ := utf8.DecodeRuneInString(e.name)
			bySurname[string(first)] = append(bySurname[string(first)], i)
		}
	}
	kept := make([]entry, 0, len(r.entries))
	for _, e := range r.entries {
		if utf8.RuneCountInString(e.name) > 1 {
			continue
		}
		if fits := bySurname[e.name]; len(fits) == 1 {
			r.entries[fits[0]].n += e.n
		}
	}
	for _, e := range r.entries {
		if utf8.RuneCountInString(e.name) > 1 {
			kept = append(kept, e)
		}
	}
	r.entries = kept
}

func (r *roll) named() []newspaper.Named {
	var out []newspaper.Named
	for _, e := range r.entries {
		out = append(out, newspaper.Named{Name: e.name, Count: e.n})
	}
	return out
}

// titles are the titles printed for the person of span i, each with the
// organisation or place right before it: before the name (市人大常委会主任刘振国,
// also for the later names of a list) or after it (刘振国主任, 刘振国（市委书记）,
// 任命刘振国为市委书记).
func (t *tagged) titles(i int) []string {
	j := i
	for j > 0 && t.spans[j-1].kind == newspaper.PER && t.between(j-1) == "、" {
		j--
	}
	out := t.titlesEndingAt(j - 1)
	if j != i && len(t.titlesEndingAt(i-1)) > 0 {
		out = t.titlesEndingAt(i - 1)
	}
	return append(out, t.titlesAfter(i)...)
}

// titlesEndingAt are the titles whose last one is span j, which touches what
// follows it, in their order.
func (t *tagged) titlesEndingAt(j int) []string {
	var out []string
	for j >= 0 && t.spans[j].kind == newspaper.TITLE {
		gap := plain(t.between(j))
		if gap != "" && (len(out) == 0 || gap != "、" && gap != "，" && gap != "兼") {
			break
		}
		title, from := t.withBody(j)
		out = append(out, title)
		j = from - 1
	}
	slices.Reverse(out)
	return out
}

// titlesAfter are the titles that follow the person of span i.
func (t *tagged) titlesAfter(i int) []string {
	var out []string
	gap := ""
	for j := i + 1; j < len(t.spans); j++ {
		s := t.spans[j]
		if j == i+1 {
			gap = plain(t.between(i))
		}
		if s.kind == newspaper.ORG || s.kind == newspaper.LOC {
			if j+1 < len(t.spans) && t.spans[j+1].kind == newspaper.TITLE && t.between(j) == "" {
				continue
			}
			break
		}
		if s.kind != newspaper.TITLE || !follows[gap] {
			break
		}
		// A title right after a name may belong to the next name: 张三、主任李四.
		if next := j + 1; gap != "" && gap != "（" && gap != "(" && next < len(t.spans) && t.spans[next].kind == newspaper.PER && t.between(j) == "" {
			break
		}
		title, _ := t.withBody(j)
		out = append(out, title)
		if gap = plain(t.between(j)); gap != "、" && gap != "" && gap != "兼" {
			break
		}
	}
	return out
}

// follows are the words between a name and a title that say the title is of
// that name.
var follows = map[string]bool{
	"": true, "（": true, "(": true, "为": true, "任": true, "担任": true, "同志为": true, "同志任": true, "当选为": true,
	"当选": true, "是": true, "出任": true, "就任": true, "兼任": true, "、": true, "兼": true, "不再担任": false,
}

// withBody is the title of span j with the organisations and places that touch
// it before, and the index of the first of them.
func (t *tagged) withBody(j int) (string, int) {
	from := j
	for from > 0 && t.between(from-1) == "" && (t.spans[from-1].kind == newspaper.ORG || t.spans[from-1].kind == newspaper.LOC) {
		from--
	}
	return plain(t.slice(t.spans[from].start, t.spans[j].end)), from
}

// between is the text between span j and the next; of the last span, what
// follows it, as one character at most.
func (t *tagged) between(j int) string {
	if j < 0 {
		return "\n"
	}
	from := t.spans[j].end
	to := min(from+1, len(t.runes))
	if j+1 < len(t.spans) {
		to = t.spans[j+1].start
	}
	const most = 8 // longer ones say nothing
	return strings.Clone(t.slice(from, min(to, from+most)))
}
