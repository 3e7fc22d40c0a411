package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/pkg/fault"
)

// The language of q (docs/searching.md):
//
//	either  = both { OR both }
//	both    = part { [AND] part }
//	part    = [ - | NOT ] [ field : ] ( word | "phrase" | ( either ) )
//
// A word ends at white space, a quote or a parenthesis. Only known names before a
// colon are fields: 时间：8点 is a word.

// quotes open and close a phrase.
var quotes = map[rune]rune{'"': '"', '＂': '＂', '“': '”', '「': '」'}

// maxDepth bounds parentheses within parentheses.
const maxDepth = 8

// prefixes are the fields of q: those of texts, and those of exact names.
var prefixes = map[string]string{
	"headline": FieldHeadline, "body": FieldBody, "caption": FieldCaption, "byline": FieldByline,
	"person": FieldPerson, "organisation": FieldOrganisation, "place": FieldPlace, "title": FieldTitle, "agency": FieldAgency,
}

type lexeme int

const (
	lexWord lexeme = iota
	lexPhrase
	lexField
	lexNot
	lexAnd
	lexOr
	lexOpen
	lexClose
)

type piece struct {
	kind lexeme
	text string
}

// lex cuts q into pieces.
func lex(q string) ([]piece, error) {
	if n := utf8.RuneCountInString(q); n > MaxQuery {
		return nil, fault.New(fault.Invalid, "q is %d characters long, more than %d", n, MaxQuery).On("q").Fix("look for the words that matter most")
	}
	var out []piece
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			out = append(out, operator(word.String()))
			word.Reset()
		}
	}
	var closing rune
	runes := []rune(q)
	for i, r := range runes {
		open := closing == 0
		switch {
		case unicode.IsControl(r) && !unicode.IsSpace(r):
			return nil, fault.New(fault.Invalid, "q has a control character in it (%U)", r).On("q").Fix("take it out")
		case !open && r == closing:
			closing = 0
			out = append(out, piece{lexPhrase, word.String()})
			word.Reset()
		case !open:
			word.WriteRune(r)
		case quotes[r] != 0:
			end()
			closing = quotes[r]
		case unicode.IsSpace(r):
			end()
		case r == '(' || r == '（':
			end()
			out = append(out, piece{lexOpen, "("})
		case r == ')' || r == '）':
			end()
			out = append(out, piece{lexClose, ")"})
		case (r == ':' || r == '：') && prefixes[word.String()] != "":
			out = append(out, piece{lexField, word.String()})
			word.Reset()
		case (r == '-' || r == '－') && word.Len() == 0 && i+1 < len(runes) && !unicode.IsSpace(runes[i+1]):
			out = append(out, piece{lexNot, "-"})
		default:
			word.WriteRune(r)
		}
	}
	if closing != 0 {
		return nil, fault.New(fault.Invalid, "q opens a quote and does not close it").On("q").Fix("close it with %c, or take it out", closing)
	}
	end()
	return out, nil
}

func operator(s string) piece {
	switch s {
	case "AND":
		return piece{lexAnd, s}
	case "OR":
		return piece{lexOr, s}
	case "NOT":
		return piece{lexNot, s}
	}
	return piece{lexWord, s}
}

// reader reads pieces as clauses. A part with nothing to look for, like a stray
// comma, is nil and left out.
type reader struct {
	pieces []piece
	words  []Word // what highlights show: all but what must not match
	count  int    // words, names and phrases
	negate int
}

// parseQuery reads q. The clause is nil when q is blank.
func parseQuery(q string) (Clause, []Word, error) {
	pieces, err := lex(q)
	if err != nil || len(pieces) == 0 {
		return nil, nil, err
	}
	r := &reader{pieces: pieces}
	root, err := r.either("", 0)
	if err != nil {
		return nil, nil, err
	}
	if len(r.pieces) > 0 { // either ends only at the end or at a parenthesis
		return nil, nil, wrong("q closes a parenthesis that it does not open", "open it with (, or put the text in quotes")
	}
	if root == nil {
		return nil, nil, wrong("q has nothing that can be looked for: neither letters nor digits", "give a word")
	}
	if r.count > MaxWords {
		return nil, nil, wrong("q has %d words, more than %d", "look for the words that matter most", r.count, MaxWords)
	}
	return root, r.words, nil
}

func wrong(format, fix string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).On("q").Fix("%s", fix)
}

func (r *reader) peek() (piece, bool) {
	if len(r.pieces) == 0 {
		return piece{}, false
	}
	return r.pieces[0], true
}

func (r *reader) take(kind lexeme) bool {
	if p, ok := r.peek(); ok && p.kind == kind {
		r.pieces = r.pieces[1:]
		return true
	}
	return false
}

func (r *reader) either(field string, depth int) (Clause, error) {
	if depth > maxDepth {
		return nil, wrong("q has more than %d parentheses within one another", "take some out", maxDepth)
	}
	var any []Clause
	for ors := 0; ; ors++ {
		c, read, err := r.both(field, depth)
		if err != nil {
			return nil, err
		}
		more := r.take(lexOr)
		if read == 0 && (more || ors > 0) {
			return nil, lonely("OR")
		}
		if c != nil {
			any = append(any, c)
		}
		if !more {
			break
		}
	}
	switch len(any) {
	case 0:
		return nil, nil
	case 1:
		return any[0], nil
	}
	return Any{Of: any}, nil
}

// both reads parts up to an OR, a closing parenthesis or the end, and says how
// many there were.
func (r *reader) both(field string, depth int) (c Clause, read int, err error) {
	var all All
	for {
		p, ok := r.peek()
		if !ok || p.kind == lexOr || p.kind == lexClose {
			break
		}
		if r.take(lexAnd) {
			next, ok := r.peek()
			if read == 0 || !ok || next.kind == lexOr || next.kind == lexClose || next.kind == lexAnd {
				return nil, read, lonely("AND")
			}
			continue
		}
		c, err := r.part(field, depth)
		if err != nil {
			return nil, read, err
		}
		read++
		if c != nil {
			all = append(all, c)
		}
	}
	switch len(all) {
	case 0:
		return nil, read, nil
	case 1:
		return all[0], read, nil
	}
	return all, read, nil
}

func lonely(operator string) error {
	return wrong("q has an %s with nothing on one side of it", "write a word there, or put "+operator+" in quotes to look for the word", operator)
}

func (r *reader) part(field string, depth int) (Clause, error) {
	if r.take(lexNot) {
		for r.take(lexNot) {
			continue // ---word: a dash is a dash
		}
		if p, ok := r.peek(); !ok || p.kind == lexOr || p.kind == lexAnd || p.kind == lexClose {
			return nil, nil // a dash on its own
		}
		r.negate++
		c, err := r.part(field, depth)
		r.negate--
		if c == nil || err != nil {
			return nil, err
		}
		return Not{c}, nil
	}
	p := r.pieces[0]
	r.pieces = r.pieces[1:]
	switch p.kind {
	case lexField:
		next, ok := r.peek()
		if !ok || next.kind != lexWord && next.kind != lexPhrase && next.kind != lexOpen {
			return nil, wrong("q has %s: with nothing behind it", "write what is looked for directly behind the colon", p.text)
		}
		return r.part(prefixes[p.text], depth)
	case lexOpen:
		c, err := r.either(field, depth+1)
		if err != nil {
			return nil, err
		}
		if !r.take(lexClose) {
			return nil, wrong("q opens a parenthesis and does not close it", "close it with ), or put the text in quotes")
		}
		return c, nil
	}
	return r.leaf(field, p), nil
}

// leaf is a word, a phrase or a name.
func (r *reader) leaf(field string, p piece) Clause {
	w := Word{Text: strings.TrimSpace(p.text), Tokens: Tokens(p.text), Field: field, Quoted: p.kind == lexPhrase}
	if len(w.Tokens) == 0 {
		return nil
	}
	r.count++
	exact := field != "" && w.In() == nil
	if exact {
		w.Field = ""
	}
	if r.negate == 0 {
		r.words = append(r.words, w)
	}
	if exact {
		return Exact{Field: field, Value: FoldName(p.text), Weight: 1}
	}
	return Text{Word: w}
}
