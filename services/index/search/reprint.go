package search

import (
	"encoding/base64"
	"encoding/binary"
	"iter"
	"slices"
	"strings"
	"unicode"

	"broadsheet/pkg/newspaper"
)

// Agency copy is printed by many papers: under another headline, cut from the end
// or in its middle, behind a lead of the paper's own, with a word changed here and
// there. Such prints are found in two steps. Each article has a sketch, the least
// of the hashes of its text (a bottom-k MinHash), as terms of the index: who shares
// some of them may be a print of the same copy. Then the two texts are compared
// character by character.

// What a text must have, and what a sketch has.
const (
	leastText  = 60 // characters: shorter ones say too little
	sketchGram = 8  // characters that a hash is of
	sketchSize = 24 // hashes
	// LeastShared is how many terms of a sketch two prints share at least.
	LeastShared = 2
)

// What makes two texts prints of the same copy.
const (
	runGram      = 12   // characters in a row that are the same in both
	leastShared  = 80   // characters in such runs
	leastCovered = 0.55 // of the shorter text is in such runs, where they are long
	shortCovered = 0.72 // where they are short: what is always said the same way is a large part then
	shortRuns    = 100  // characters in such runs
	longRuns     = 250
	longestSwap  = 40 // characters of an edit between two runs; more is other text
	swapEvery    = 60 // characters of runs for each edit, at least
	numberSwap   = 3  // how many edits a number that differs counts for
	replaced     = 5  // characters of runs for each one that stands for another, at least
)

// Copy is an article's text as prints of it are compared: letters and digits
// alone, in one form.
type Copy []rune

// NewCopy takes the copy out of an article.
func NewCopy(a *newspaper.Article) Copy {
	size := 0
	for _, b := range a.Bodies {
		size += len(b.Value)
	}
	out := make(Copy, 0, size/3) // bytes of nearly all characters
	for _, b := range a.Bodies {
		for _, r := range b.Value {
			switch r = folded(r); {
			case r >= 0x4E00 && r <= 0x9FFF: // nearly all, and tables are slow
				out = append(out, r)
			case r == '、' || r == '。': // most of the others
			case unicode.IsLetter(r) || unicode.IsDigit(r):
				out = append(out, unicode.ToLower(r))
			}
		}
	}
	return out
}

// Sketch returns the terms of the index by which prints of the copy are found;
// none for a text that is too short to tell.
func (c Copy) Sketch() []string {
	if len(c) < leastText {
		return nil
	}
	least := make([]uint64, 0, sketchSize+1) // in order, each once
	for _, h := range grams(c, sketchGram) {
		if len(least) == sketchSize && h >= least[sketchSize-1] {
			continue
		}
		if at, there := slices.BinarySearch(least, h); !there {
			least = slices.Insert(least, at, h)
			least = least[:min(len(least), sketchSize)]
		}
	}
	out := make([]string, len(least))
	for i, h := range least {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], h)
		out[i] = base64.RawURLEncoding.EncodeToString(b[:6])
	}
	return out
}

// sketchWeight lets the shared terms decide which candidate is looked at first,
// whatever else the query is for.
const sketchWeight = 100

// Prints returns the query for what may be prints of the copy among what another
// query matches, the likeliest first. False: the text is too short to tell.
func Prints(c Copy, within Query, limit int) (Query, bool) {
	terms := c.Sketch()
	if len(terms) < LeastShared {
		return within, false
	}
	shared := Any{Min: LeastShared}
	for _, t := range terms {
		shared.Of = append(shared.Of, Exact{FieldSketch, t, sketchWeight})
	}
	q := Query{Root: shared, Exact: within.Exact, From: within.From, To: within.To, Confidence: within.Confidence, Sort: Relevance, Limit: limit}
	if within.Root != nil {
		q.Root = All{within.Root, shared}
	}
	return q, true
}

// grams are the hashes of n characters in a row at every place of a text.
func grams(c Copy, n int) iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		for i := range len(c) - n + 1 {
			h := uint64(14695981039346656037) // FNV-1a: the same in every process
			for _, r := range c[i : i+n] {
				h = (h ^ uint64(r)) * 1099511628211
			}
			h = (h ^ h>>30) * 0xBF58476D1CE4E5B9
			h = (h ^ h>>27) * 0x94D049BB133111EB
			if !yield(i, h^h>>31) {
				return
			}
		}
	}
}

// run is characters in a row that are the same in two texts.
type run struct{ a, b, n int }

// Likeness is what two texts have in common.
type Likeness struct {
	Covered  float64 // part of the shorter text that stands in the longer one
	Shared   int     // characters of it
	Swaps    int     // places in between where the one has something else than the other
	Replaced int     // characters there
}

// Reprint reports whether the texts are prints of the same copy. Formulaic texts
// share as much, but between what they share each has its own, above all numbers
// and names; a print lacks something, or begins or ends otherwise.
func (l Likeness) Reprint() bool {
	long := min(max(float64(l.Shared-shortRuns)/(longRuns-shortRuns), 0), 1)
	return l.Covered >= shortCovered-long*(shortCovered-leastCovered) && l.Shared >= leastShared && l.Swaps*swapEvery <= l.Shared && l.Replaced*replaced <= l.Shared
}

// Compare finds what two texts have in common.
func (c Copy) Compare(other Copy) Likeness {
	a, b := c, other
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < runGram {
		return Likeness{}
	}
	var l Likeness
	last := run{a: -1}
	for _, r := range runs(a, b) {
		l.Shared += r.n
		if last.a >= 0 {
			swaps, replaced := swap(a, b, last, r)
			l.Swaps, l.Replaced = l.Swaps+swaps, l.Replaced+replaced
		}
		last = r
	}
	l.Covered = float64(l.Shared) / float64(len(a))
	return l
}

// swap weighs what lies between two runs, as edits and in characters: nothing
// where one text only lacks something.
func swap(a, b Copy, last, next run) (swaps, replaced int) {
	left, right := last.b+last.n, next.b
	if right <= left || next.a <= last.a+last.n {
		return 0, 0 // cut, added, or moved
	}
	x, y := a[last.a+last.n:next.a], b[left:right]
	replaced = min(len(x), len(y))
	switch {
	case len(x) > longestSwap || len(y) > longestSwap:
		return 0, replaced
	case slices.ContainsFunc(x, counts) && slices.ContainsFunc(y, counts):
		return numberSwap, replaced
	}
	return 1, replaced
}

// counts reports whether r is part of a number.
func counts(r rune) bool {
	return unicode.IsDigit(r) || strings.ContainsRune("〇零一二三四五六七八九十百千万亿", r)
}

// mostPlaces of the same characters are looked at.
const mostPlaces = 8

// runs are the parts of a that stand in b, in the order of a, none over another.
// Of several places in b the one is taken that goes on where the last run ended,
// or else the first.
func runs(a, b Copy) []run {
	hashes := make([]uint64, 0, len(b))
	for _, h := range grams(b, runGram) {
		hashes = append(hashes, h)
	}
	// Of each hash the first place, and of each place the next with the same hash;
	// counted from one, 0 is none.
	first, following := make(map[uint64]int, len(hashes)), make([]int, len(hashes)+1)
	for i := len(hashes); i > 0; i-- {
		following[i] = first[hashes[i-1]]
		first[hashes[i-1]] = i
	}
	var out []run
	expected := 0
	next := 0 // behind the last run
	for i, h := range grams(a, runGram) {
		if i < next {
			continue
		}
		best := run{}
		for place, tried := first[h], 0; place > 0 && tried < mostPlaces; place, tried = following[place], tried+1 {
			at, n := place-1, 0
			for i+n < len(a) && at+n < len(b) && a[i+n] == b[at+n] {
				n++
			}
			if n < runGram {
				continue // the hash lied
			}
			better := n > best.n
			if best.n > 0 && n >= best.n/2 && at >= expected && best.b < expected {
				better = true
			}
			if better {
				best = run{i, at, n}
			}
		}
		if best.n == 0 {
			continue
		}
		out = append(out, best)
		next = i + best.n
		expected = best.b + best.n
	}
	return out
}
