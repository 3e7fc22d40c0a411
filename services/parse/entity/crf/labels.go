// Package crf is a linear-chain conditional random field over the characters of
// a text, with character, word and word-list features.
package crf

import "strings"

// Types are the kinds of span the model finds, in the order of their labels.
var Types = [...]string{"PER", "LOC", "ORG", "TITLE"}

// Label is one of Labels values: 0 outside of every span, then begin, inside,
// end and single for each of Types.
type Label = uint8

// Labels is the number of labels.
const Labels = 1 + 4*len(Types)

// Parts of a span's labels.
const (
	begin = iota
	inside
	end
	single
)

func labelOf(kind, part int) Label { return Label(1 + 4*kind + part) }

// Span is a half-open range of characters and the index of its type in Types.
type Span struct{ Start, End, Type int }

// follows[a] is the set of labels that may follow a, one bit each.
var follows = func() (f [Labels]uint32) {
	var fresh uint32 = 1 // what may start after a span has ended
	for k := range Types {
		fresh |= 1<<labelOf(k, begin) | 1<<labelOf(k, single)
	}
	for a := range f {
		f[a] = fresh
		if a > 0 && (a-1)%4 <= inside {
			k := (a - 1) / 4
			f[a] = 1<<labelOf(k, inside) | 1<<labelOf(k, end)
		}
	}
	return f
}()

// canStart and canEnd are the labels a text may start and end with.
var canStart, canEnd = follows[0], func() (set uint32) {
	for a := range Labels {
		if follows[a]&1 != 0 {
			set |= 1 << a
		}
	}
	return set
}()

// predecessors[b] lists the labels that b may follow.
var predecessors = func() (p [Labels][]Label) {
	for a := range Labels {
		for b := range Labels {
			if follows[a]>>b&1 != 0 {
				p[b] = append(p[b], Label(a))
			}
		}
	}
	return p
}()

// Encode writes the spans of a text of n characters as labels. Spans must not
// overlap.
func Encode(n int, spans []Span) []Label {
	out := make([]Label, n)
	for _, s := range spans {
		if s.End-s.Start == 1 {
			out[s.Start] = labelOf(s.Type, single)
			continue
		}
		for i := s.Start; i < s.End; i++ {
			out[i] = labelOf(s.Type, inside)
		}
		out[s.Start], out[s.End-1] = labelOf(s.Type, begin), labelOf(s.Type, end)
	}
	return out
}

// Decode appends the spans that labels stand for.
func Decode(labels []Label, spans []Span) []Span {
	start := 0
	for i, l := range labels {
		if l == 0 {
			continue
		}
		kind, part := int(l-1)/4, int(l-1)%4
		if part == begin || part == single {
			start = i
		}
		if part >= end {
			spans = append(spans, Span{start, i + 1, kind})
		}
	}
	return spans
}

// TypeIndex is the index of a type's name in Types, or -1.
func TypeIndex(name string) int {
	for i, t := range Types {
		if strings.EqualFold(t, name) {
			return i
		}
	}
	return -1
}
