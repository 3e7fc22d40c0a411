package compose

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// owners of lines that no article has; articles are 0, 1, ….
const (
	blank = -1 - iota
	furniture
	tag
	ad
)

type line struct {
	text  string
	owner int
	role  string // of its piece
}

// piece is a run of lines that the text layer has together.
type piece struct {
	owner int
	role  string // head, body, caption
	lines []string
}

// setter sets one page.
type setter struct {
	*Source
	rng    *rand.Rand
	bodies map[int][]string // by article: set once, printed in parts
	lines  []line
}

// set returns the page's lines. The same source always gives the same.
func set(s *Source) ([]line, error) {
	t := &setter{Source: s, bodies: map[int][]string{}}
	for _, step := range s.Flow {
		pieces, err := t.pieces(step)
		if err != nil {
			return nil, fmt.Errorf("%s, %q: %w", s.File(), step, err)
		}
		for _, p := range pieces {
			t.print(p)
		}
	}
	return t.lines, nil
}

// dice gives each article its own: a correction of one does not set another anew.
func dice(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(h.Sum64(), 1)) //nolint:gosec // must be reproducible
}

func (t *setter) pieces(step string) ([]piece, error) {
	words := strings.Fields(step)
	name := words[0]
	t.rng = dice(t.Publication + t.Date + t.Page + name)
	if text, ok := t.Furniture[name]; ok {
		return []piece{{furniture, "", rows(text)}}, nil
	}
	if text, ok := t.Tags[name]; ok {
		return []piece{{tag, "head", rows(text)}}, nil
	}
	if a, ok := t.Ads[name]; ok {
		return []piece{{ad, "", t.paragraphs(rows(a.Text), a.Width)}}, nil
	}
	n := slices.IndexFunc(t.Articles, func(a Article) bool { return a.ID == name })
	if n < 0 {
		return nil, fault.New(fault.Invalid, "nothing on the page has this name").On("flow")
	}
	if len(words) == 1 {
		words = append(words, "head", "body", "caption")
	}
	var out []piece
	for i := 1; i < len(words); i++ {
		p := piece{owner: n, role: words[i]}
		switch p.role {
		case "head":
			p.lines = t.head(&t.Articles[n])
		case "caption":
			p.lines = t.caption(&t.Articles[n])
		case "body":
			p.lines = t.body(n)
			if i+1 < len(words) && strings.Contains(words[i+1], "-") {
				i++
				p.lines = part(p.lines, words[i])
			}
		default:
			return nil, fault.New(fault.Invalid, "an article has no %s", p.role).On("flow").Fix("use head, body, caption")
		}
		if len(p.lines) > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

func rows(text string) []string {
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// part takes lines like 3-12 or 13-.
func part(lines []string, which string) []string {
	from, to, _ := strings.Cut(which, "-")
	first, last := 1, len(lines)
	if n, err := strconv.Atoi(from); err == nil {
		first = n
	}
	if n, err := strconv.Atoi(to); err == nil {
		last = min(n, last)
	}
	return lines[first-1 : last]
}

func (t *setter) head(a *Article) []string {
	var out []string
	for _, text := range []string{a.Kicker, a.Main, a.Deck} {
		if text == "" {
			continue
		}
		for _, row := range strings.Split(plain(text), "/") {
			if a.Spread && text == a.Main {
				row = loosen(row)
			}
			out = append(out, row)
		}
	}
	if a.OwnLine && a.By != "" {
		out = append(out, t.byline(a, a.By))
	}
	return out
}

func (t *setter) byline(a *Article, text string) string {
	var names []newName
	for _, c := range creators(a) {
		names = append(names, newName(c.Name))
	}
	return spreadNames(plain(text), names, t.rng)
}

func (t *setter) body(n int) []string {
	if lines, ok := t.bodies[n]; ok {
		return lines
	}
	a := &t.Articles[n]
	if a.Body == "" {
		return nil
	}
	paragraphs := rows(plain(a.Body))
	if a.By != "" && !a.OwnLine {
		space := " "
		if strings.HasPrefix(paragraphs[0], "“") {
			space = ""
		}
		paragraphs[0] = t.byline(a, a.By) + space + paragraphs[0]
	}
	sign := t.byline(a, a.Sign)
	if a.RunOn {
		paragraphs[len(paragraphs)-1] += sign
	}
	w := a.Width
	if w == 0 {
		w = t.Width
	}
	lines := t.paragraphs(paragraphs, w)
	if sign != "" && !a.RunOn {
		lines = append(lines, sign)
	}
	switch {
	case a.Jump != "" && a.From != "":
		lines = append([]string{a.Jump}, lines...)
	case a.Jump != "":
		lines = append(lines, a.Jump)
	}
	t.bodies[n] = lines
	return lines
}

// paragraphs sets running text in a column of w full characters.
func (t *setter) paragraphs(paragraphs []string, w int) []string {
	var out []string
	for i, p := range paragraphs {
		lines := wrap(p, 2*w, 4, t.rng)
		for j, l := range lines {
			room := 2 * w
			if j == 0 {
				room -= 4
			}
			if j < len(lines)-1 && width([]rune(l)) <= room-2 && squeeze([]rune(l)) < 2 && t.rng.IntN(2) == 0 {
				l = loosen(l)
			} else {
				l = spaceNumbers(l, t.rng)
			}
			switch {
			case j == 0 && t.Indent:
				l = "　　" + l
			case j == 0 && i == 0 && t.rng.IntN(3) == 0:
				l = " " + l // what is left of an indent, as a text layer may have it
			}
			out = append(out, l)
		}
	}
	return out
}

// caption sets a caption over the picture's width, its credit on the right.
func (t *setter) caption(a *Article) []string {
	if a.Caption == "" {
		return nil
	}
	w := a.CaptionWidth
	if w == 0 {
		w = 40
	}
	lines := wrap(plain(a.Caption), 2*w, 0, t.rng)
	credit := t.byline(a, a.Credit)
	if credit == "" {
		return lines
	}
	last := &lines[len(lines)-1]
	if width([]rune(*last+"  "+credit)) <= 2*w {
		*last += " " + credit
		return lines
	}
	return append(lines, credit)
}

// print appends a piece with the blank lines of the page's kind.
func (t *setter) print(p piece) {
	if len(t.lines) > 0 && (t.Gap == "block" || t.Gap == "line" && t.rng.IntN(5) > 0 || t.Gap == "none" && t.rng.IntN(2) > 0) {
		t.lines = append(t.lines, line{"", blank, ""})
	}
	for i, text := range p.lines {
		if i > 0 && t.Gap == "line" && p.role != "head" && t.rng.IntN(40) > 0 {
			t.lines = append(t.lines, line{"", blank, ""})
		}
		t.lines = append(t.lines, line{text, p.owner, p.role})
	}
}

// ranges are the lines of an owner; blank lines between them belong with them.
func ranges(lines []line, owner int) []newspaper.LineRange {
	out := []newspaper.LineRange{}
	last := blank
	for i, l := range lines {
		switch {
		case l.owner == owner && last == owner:
			out[len(out)-1][1] = i + 1
		case l.owner == owner:
			out = append(out, newspaper.LineRange{i + 1, i + 1})
		}
		if l.owner != blank {
			last = l.owner
		}
	}
	return out
}
