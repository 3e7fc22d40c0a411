package web

import (
	"cmp"
	"html"
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
)

// paragraph is a text cut at its mentions, or at what was looked for.
type paragraph []span

// span is a piece of a text. Type is that of a mention in small letters, hit for
// what was looked for, and empty for the rest.
type span struct{ Type, Text string }

// entity is how a type of mention is called in front of people.
var entities = map[string]string{"per": "person", "org": "organisation", "loc": "place", "title": "title", "date": "date"}

// Name is what the span is, for people.
func (s span) Name() string { return entities[s.Type] }

// paragraphs cuts the body into paragraphs, and those at their mentions.
func paragraphs(a *newspaper.Article) []paragraph {
	return marked(a.Text(), a.Mentions, newspaper.FieldBody, 0)
}

// marked cuts the text that field and part name into paragraphs, and those at
// their mentions. A mention that does not fit the text is passed over: the text is
// what counts.
func marked(text string, all []newspaper.Mention, field string, part int) []paragraph {
	runes := []rune(text)
	if len(runes) == 0 {
		return nil
	}
	var mentions []newspaper.Mention
	for _, m := range all {
		if m.Field == field && m.Part == part && m.Start >= 0 && m.Start < m.End && m.End <= len(runes) && entities[strings.ToLower(m.Type)] != "" {
			mentions = append(mentions, m)
		}
	}
	slices.SortStableFunc(mentions, func(a, b newspaper.Mention) int { return cmp.Compare(a.Start, b.Start) })
	out := []paragraph{nil}
	add := func(kind string, text []rune) {
		for i, part := range strings.Split(string(text), "\n") {
			if i > 0 {
				out = append(out, nil)
			}
			if part != "" {
				out[len(out)-1] = append(out[len(out)-1], span{kind, part})
			}
		}
	}
	at := 0
	for _, m := range mentions {
		if m.Start < at {
			continue
		}
		add("", runes[at:m.Start])
		add(strings.ToLower(m.Type), runes[m.Start:m.End])
		at = m.End
	}
	add("", runes[at:])
	return out
}

// line is a text of one line at its mentions.
func line(text string, all []newspaper.Mention, field string, part int) paragraph {
	return slices.Concat(marked(text, all, field, part)...)
}

// highlighted reads a piece of text in which <em> stands around what was looked
// for. It is HTML, and nothing else in it means anything.
func highlighted(piece string) paragraph {
	var out paragraph
	for i, part := range strings.Split(piece, "<em>") {
		hit, rest, found := "", part, false
		if i > 0 {
			if hit, rest, found = strings.Cut(part, "</em>"); !found {
				hit, rest = "", part
			}
		}
		if hit != "" {
			out = append(out, span{"hit", html.UnescapeString(hit)})
		}
		if rest != "" {
			out = append(out, span{"", html.UnescapeString(rest)})
		}
	}
	return out
}

// plain is the text of a paragraph.
func (p paragraph) plain() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
	}
	return b.String()
}
