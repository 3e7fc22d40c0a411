package entity

import (
	"slices"
	"strings"

	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/lexicon"
)

// homeNames are the names of a region's divisions, with and without suffix.
// Short names that are ordinary words as well are left out.
func homeNames(lex *lexicon.Lexicon, region []string) []string {
	var out []string
	for _, name := range lex.Within(region) {
		out = append(out, name)
		if short := lexicon.ShortForm(name); short != "" && lex.Lookup(short)&lexicon.Word == 0 {
			out = append(out, short)
		}
	}
	return out
}

// agree makes the texts of the page agree: a name that was found in one place
// speaks for its siblings, and so do the divisions of the paper's home. What is
// left over may be dates.
func (p *page) agree() {
	if !p.skip.Agreement {
		if k := p.known(); len(k.names) > 0 {
			for _, t := range p.texts {
				p.readAgain(t, k)
			}
		}
	}
	for _, t := range p.texts {
		t.add(p.dates(t.text))
	}
}

// readAgain reads those sentences again in which a known name was not found as
// what the page says it is.
func (p *page) readAgain(t *tagged, k *known) {
	var model []crf.Span
	var hints []crf.Hint
	cuts := slices.Clone(t.cuts)
	spans := t.folded()
	from, changed := 0, false
	for i, c := range t.cuts {
		before := t.model[from:c.spans]
		from = c.spans
		here := spans
		if n := slices.IndexFunc(spans, func(s span) bool { return s.start >= c.end }); n >= 0 {
			here, spans = spans[:n], spans[n:]
		}
		var doubtful bool
		if hints, doubtful = k.hints(t, here, c, hints[:0]); doubtful {
			first := len(model)
			model = p.model.SpansWith(t.fold[c.start:c.end], hints, model)
			changed = changed || !slices.Equal(model[first:], before)
		} else {
			model = append(model, before...)
		}
		cuts[i].spans = len(model)
	}
	if changed {
		t.model, t.cuts = model, cuts
		p.settle(t)
	}
}

// hints appends what speaks for the names of a sentence, and reports whether one
// of them is not among its spans.
func (k *known) hints(t *tagged, spans []span, c sentence, hints []crf.Hint) (_ []crf.Hint, doubtful bool) {
	k.apart(t, spans, c, func(s span, e *evidence) {
		for kind, w := range e.weight {
			if w > 0 {
				hints = append(hints, crf.Hint{Span: crf.Span{Start: s.start - c.start, End: s.end - c.start, Type: kind}, Weight: w})
			}
		}
		s.kind = crf.Types[e.best()]
		doubtful = doubtful || !slices.Contains(spans, s)
	})
	return hints, doubtful
}

// plain is a name without the blanks it was set with.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u3000' || r == '\u00a0' {
			return -1
		}
		return r
	}, name)
}
