package search_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/internal/prints"
	"broadsheet/services/index/search"
)

// linked finds, as the index does, which articles are prints of each other: those
// whose sketches share terms are compared.
func linked(copies []search.Copy) map[[2]int]bool {
	terms := map[string][]int{}
	out := map[[2]int]bool{}
	for i, c := range copies {
		shared := map[int]int{}
		for _, t := range c.Sketch() {
			for _, k := range terms[t] {
				shared[k]++
			}
			terms[t] = append(terms[t], i)
		}
		for k, n := range shared {
			if n >= search.LeastShared && c.Compare(copies[k]).Reprint() {
				out[[2]int{k, i}] = true
			}
		}
	}
	return out
}

func shared(a, b search.Copy) int {
	n := 0
	terms := b.Sketch()
	for _, t := range a.Sketch() {
		if slices.Contains(terms, t) {
			n++
		}
	}
	return n
}

func copiesOf(set []prints.Article) []search.Copy {
	out := make([]search.Copy, len(set))
	for i := range set {
		out[i] = search.NewCopy(&set[i].Article)
	}
	return out
}

// The made set: copies with prints as papers make them, and what looks alike.
func TestReprintsOfTheMadeSet(t *testing.T) {
	var right, wrong, missed int
	wrongKinds, missedKinds := map[string]int{}, map[string]int{}
	for seed := range uint64(2) {
		set := prints.Set(seed, 200)
		found := linked(copiesOf(set))
		for i := range set {
			for k := range i {
				same := set[i].Copy != 0 && set[i].Copy == set[k].Copy
				switch got := found[[2]int{k, i}]; {
				case same && got:
					right++
				case same:
					missed++
					missedKinds[set[k].Kind+" / "+set[i].Kind]++
				case got:
					wrong++
					wrongKinds[set[k].Kind+" / "+set[i].Kind]++
				}
			}
		}
	}
	precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(right+missed)
	t.Logf("precision %.4f, recall %.4f: %d pairs found, %d wrong %v, %d missed %v", precision, recall, right, wrong, top(wrongKinds), missed, top(missedKinds))
	if precision < 0.95 || recall < 0.90 {
		t.Errorf("precision %.4f, recall %.4f", precision, recall)
	}
}

func top(kinds map[string]int) string {
	names := slices.SortedFunc(maps.Keys(kinds), func(a, b string) int { return kinds[b] - kinds[a] })
	var out []string
	for _, n := range names[:min(len(names), 8)] {
		out = append(out, fmt.Sprintf("%d × %s", kinds[n], n))
	}
	return strings.Join(out, "; ")
}

// Real news where there is some: of each item a print is made, cut to half its
// paragraphs behind a lead that is another item's first sentence. What is found
// alike among the items themselves, all of one broadcaster, is listed to be looked
// at.
func TestReprintsOfNews(t *testing.T) {
	const corpus = "../../../../shared/corpora/text/news-items.jsonl.xz" // beside the repository on some machines
	data, err := exec.CommandContext(t.Context(), "xz", "-dc", corpus).Output()
	if err != nil {
		t.Skipf("no news here: %v", err)
	}
	var copies []search.Copy
	var titles []string
	var made, again int
	lead := ""
	n := 0
	for line := range bytes.Lines(data) {
		if n++; n%3 != 0 {
			continue // all of them give the same rates, for nine times the work
		}
		var item struct {
			Date, Title string
			Paragraphs  []string
		}
		if err := json.Unmarshal(line, &item); err != nil {
			t.Fatal(err)
		}
		whole := newspaper.Article{Bodies: []newspaper.Body{{Value: strings.Join(item.Paragraphs, "\n")}}}
		if many := len(item.Paragraphs); many > 1 {
			half := append([]string{lead}, item.Paragraphs[:(many+1)/2]...)
			print := search.NewCopy(&newspaper.Article{Bodies: []newspaper.Body{{Value: strings.Join(half, "\n")}}})
			if copy := search.NewCopy(&whole); len(copy) >= 200 {
				made++
				if shared(copy, print) >= search.LeastShared && copy.Compare(print).Reprint() {
					again++
				}
			}
		}
		if len(item.Paragraphs) > 0 {
			lead, _, _ = strings.Cut(item.Paragraphs[0], "。")
		}
		copies, titles = append(copies, search.NewCopy(&whole)), append(titles, item.Date+" "+item.Title)
	}
	t.Logf("%d of %d prints of real items are found", again, made)
	if again*10 < made*9 {
		t.Errorf("%d of %d prints of real items are found", again, made)
	}
	found := linked(copies)
	if len(found)*50 > len(copies) {
		t.Errorf("of %d items %d pairs are taken for prints of each other", len(copies), len(found))
	}
	t.Logf("%d items, %d pairs alike", len(copies), len(found))
	n = 0
	for _, pair := range slices.SortedFunc(maps.Keys(found), func(a, b [2]int) int { return (a[0]*7919+a[1])%10007 - (b[0]*7919+b[1])%10007 }) {
		if n++; n > 15 {
			break
		}
		t.Logf("%+v: %s / %s", copies[pair[0]].Compare(copies[pair[1]]), titles[pair[0]], titles[pair[1]])
	}
}

// Texts of no length, and the same one, in other signs.
func TestCopies(t *testing.T) {
	of := func(s string) search.Copy {
		return search.NewCopy(&newspaper.Article{Bodies: []newspaper.Body{{Value: s}}})
	}
	if c := of("太短。"); c.Sketch() != nil || c.Compare(c).Reprint() || of("").Compare(of("")).Reprint() {
		t.Error("a text of no length is a print of itself")
	}
	copy, print := prints.Printed(7)
	a, b := search.NewCopy(&copy), search.NewCopy(&print)
	if x, y := a.Compare(b), b.Compare(a); x != y || !x.Reprint() {
		t.Errorf("%+v and, the other way round, %+v", x, y)
	}
	text := copy.Bodies[0].Value
	if x, y := of(text), of(strings.NewReplacer("，", " , ", "1", "１", "。", "。\n").Replace(text)); !slices.Equal(x, y) {
		t.Error("other signs are another copy")
	}
	if got := len(a.Sketch()); got != 24 {
		t.Errorf("%d terms", got)
	}
}

func BenchmarkReprint(b *testing.B) {
	copy, print := prints.Printed(7)
	x, y := search.NewCopy(&copy), search.NewCopy(&print)
	b.Run("Sketch", func(b *testing.B) {
		for b.Loop() {
			x.Sketch()
		}
	})
	b.Run("Compare", func(b *testing.B) {
		for b.Loop() {
			x.Compare(y)
		}
	})
}
