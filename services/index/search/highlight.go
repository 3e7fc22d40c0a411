package search

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

// Highlights shows where the words of a query stand in an article: by field
// ("headline", "body", "caption", "byline"), pieces of its text with every match
// in <em>…</em>. They are HTML: everything else in them is escaped. Nil when
// there is nothing to show.
func Highlights(a *newspaper.Article, words []Word) map[string][]string {
	if len(words) == 0 {
		return nil
	}
	d := Fields(a)
	out := map[string][]string{}
	for field, texts := range map[string][]string{FieldHeadline: d.Headline, FieldBody: d.Body, FieldCaption: d.Caption, FieldByline: d.Byline} {
		wanted := slices.DeleteFunc(slices.Clone(words), func(w Word) bool { return w.Field != "" && w.Field != field })
		for _, t := range texts {
			marks := find(t, wanted)
			if len(marks) == 0 {
				continue
			}
			if field == FieldBody {
				out[field] = append(out[field], pieces(t, marks)...)
			} else {
				out[field] = append(out[field], mark(t, 0, len(t), marks))
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// span is a piece of a text in bytes, end exclusive.
type span struct{ start, end int }

// find returns where the words stand in a text, in order, without overlaps.
func find(text string, words []Word) []span {
	tokens := Tokens(text)
	marked := make([]bool, len(tokens))
	for _, w := range words {
		for i := 0; i+len(w.Tokens) <= len(tokens); i++ {
			if w.at(tokens[i:]) {
				for j := range w.Tokens {
					marked[i+j] = true
				}
			}
		}
	}
	var out []span
	for i := 0; i < len(tokens); i++ {
		if !marked[i] {
			continue
		}
		s := span{tokens[i].Start, tokens[i].End}
		for i+1 < len(tokens) && marked[i+1] && tokens[i+1].Start == s.end {
			i++
			s.end = tokens[i].End
		}
		out = append(out, s)
	}
	return out
}

// at reports whether the word stands at the beginning of the tokens.
func (w Word) at(tokens []Token) bool {
	together := w.Bigrams()
	for i, t := range w.Tokens {
		if tokens[i].Term != t.Term || together && i > 0 && tokens[i].Start != tokens[i-1].End {
			return false
		}
	}
	return true
}

// mark escapes a piece of a text and marks what lies in it.
func mark(text string, start, end int, marks []span) string {
	var b strings.Builder
	at := start
	for _, m := range marks {
		if m.start < start || m.end > end {
			continue
		}
		b.WriteString(html.EscapeString(text[at:m.start]))
		b.WriteString("<em>" + html.EscapeString(text[m.start:m.end]) + "</em>")
		at = m.end
	}
	b.WriteString(html.EscapeString(text[at:end]))
	return b.String()
}

const (
	maxPieces   = 3   // of a body
	pieceBefore = 30  // code points shown before a match
	pieceLength = 120 // code points of a piece
)

// pieces cuts the first matches of a text out, each with what stands around it.
func pieces(text string, marks []span) []string {
	var out []string
	end := 0
	for i, m := range marks {
		if m.start < end || len(out) == maxPieces {
			continue
		}
		start := max(back(text, m.start, pieceBefore), end)
		end = max(forward(text, start, pieceLength), m.end)
		piece := mark(text, start, end, marks[i:])
		piece = strings.ReplaceAll(strings.Trim(piece, " \n"), "\n", " ")
		if start > 0 {
			piece = "…" + piece
		}
		if end < len(text) {
			piece += "…"
		}
		out = append(out, piece)
	}
	return out
}

// back goes n characters back from a byte offset, but not over the beginning of
// a paragraph or the end of a sentence.
func back(text string, from, n int) int {
	at := from
	for ; n > 0 && at > 0; n-- {
		r, size := utf8.DecodeLastRuneInString(text[:at])
		if strings.ContainsRune("\n。！？", r) {
			break
		}
		at -= size
	}
	return at
}

func forward(text string, from, n int) int {
	at := from
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}
