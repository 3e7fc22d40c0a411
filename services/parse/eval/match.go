package eval

import (
	"fmt"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/segment"
)

// matcher pairs gold articles with answers by the lines they share.
type matcher struct {
	iou     [][]float64 // gold × answer
	pair    []int       // by gold: the answer, or -1
	lines   []int       // by answer: its lines that count
	counted int         // answers that have lines that count
	lost    int
}

func newMatcher(lines []document.Line, gold Gold, got segment.Page) *matcher {
	const free = -2 // neutral lines and blanks: count for nobody
	goldOwner, gotOwner := owners(lines, gold.Articles), owners(lines, got.Articles)
	for i, l := range lines {
		if l.Blank() || covers(gold.Neutral, l.Number) || covers(gold.Ads, l.Number) {
			goldOwner[i], gotOwner[i] = free, free
		}
	}
	m := &matcher{lines: make([]int, len(got.Articles)), pair: make([]int, len(gold.Articles))}
	shared := make([][]int, len(gold.Articles))
	size := make([]int, len(gold.Articles))
	for g := range shared {
		shared[g] = make([]int, len(got.Articles))
		m.iou = append(m.iou, make([]float64, len(got.Articles)))
	}
	for i := range lines {
		g, h := goldOwner[i], gotOwner[i]
		if g >= 0 {
			size[g]++
			if h == -1 {
				m.lost++
			}
		}
		if h >= 0 {
			m.lines[h]++
		}
		if g >= 0 && h >= 0 {
			shared[g][h]++
		}
	}
	for h := range got.Articles {
		if m.lines[h] > 0 {
			m.counted++
		}
	}
	for g := range shared {
		for h, n := range shared[g] {
			if n > 0 {
				m.iou[g][h] = float64(n) / float64(size[g]+m.lines[h]-n)
			}
		}
	}
	m.assign(len(got.Articles))
	return m
}

// assign pairs greedily from the best overlap down: above one half this is the
// only and so the best assignment.
func (m *matcher) assign(answers int) {
	taken := make([]bool, answers)
	for g := range m.pair {
		m.pair[g] = -1
	}
	for {
		bg, bh := -1, -1
		for g := range m.iou {
			if m.pair[g] >= 0 {
				continue
			}
			for h, v := range m.iou[g] {
				if !taken[h] && v > 0 && (bg < 0 || v > m.iou[bg][bh]) {
					bg, bh = g, h
				}
			}
		}
		if bg < 0 {
			return
		}
		m.pair[bg], taken[bh] = bh, true
	}
}

func (m *matcher) of(g int) (answer int, iou float64) {
	h := m.pair[g]
	if h < 0 {
		return -1, 0
	}
	return h, m.iou[g][h]
}

func (m *matcher) goldOf(h int) int {
	for g, p := range m.pair {
		if p == h {
			return g
		}
	}
	return -1
}

func (m *matcher) neutral(h int) bool { return m.lines[h] == 0 }

// owners says which article has each line, -1 for none.
func owners(lines []document.Line, articles []newspaper.Article) []int {
	out := make([]int, len(lines))
	for i := range out {
		out[i] = -1
	}
	for n, a := range articles {
		for _, r := range a.Print.Lines {
			for k := max(1, r[0]); k <= min(r[1], len(lines)); k++ {
				out[k-1] = n
			}
		}
	}
	return out
}

func covers(ranges []newspaper.LineRange, n int) bool {
	for _, r := range ranges {
		if r[0] <= n && n <= r[1] {
			return true
		}
	}
	return false
}

// distance is the edit distance of two texts. Equal ends are cut off first, and
// beyond a band of 4,000 cells a side the rest counts as different, so that two
// unlike pages cost little.
func distance(a, b []rune) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 || len(b) == 0 || len(a) > 4000 || len(b) > 4000 {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func (p *Page) fault(format string, args ...any) {
	p.Faults = append(p.Faults, fmt.Sprintf(format, args...))
}

func clip(text string) string {
	r := []rune(text)
	if len(r) > 24 {
		return string(r[:24]) + "…"
	}
	return text
}

func show(hs []newspaper.Headline) string {
	var out []string
	for _, h := range hs {
		out = append(out, h.Role+" "+h.Value)
	}
	return strings.Join(out, " / ")
}

func firstDifference(a, b string) string {
	x, y := []rune(a), []rune(b)
	i := 0
	for i < len(x) && i < len(y) && x[i] == y[i] {
		i++
	}
	from := max(0, i-8)
	return fmt.Sprintf("at %d want %q got %q", i, clip(string(x[from:])), clip(string(y[min(from, len(y)):])))
}
