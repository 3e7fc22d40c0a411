package search

// Word is a word or a phrase of a query. Both are matched as they are written,
// next to one another in one field: Chinese has no spaces that would make a
// difference between the two.
type Word struct {
	Text   string
	Tokens []Token
	Field  string // the only text field it is looked for in; "": all
	Quoted bool   // as it is or not at all
}

// Bigrams reports whether the word can be looked up in the fields of character
// pairs: it is one unbroken run of at least two ideographs. Any other word, such
// as 雪, 第3版 or GDP, is looked up in the fields of single characters: in pairs,
// a character has no entry of its own beside its neighbours.
func (w Word) Bigrams() bool {
	if len(w.Tokens) < 2 {
		return false
	}
	for i, t := range w.Tokens {
		if !t.Ideograph || i > 0 && t.Start != w.Tokens[i-1].End {
			return false
		}
	}
	return true
}
