// Package lexicon holds the word lists that entities are found with: places,
// organisations, titles, names and ordinary words in one trie, the folding of
// traditional characters, and the tree of China's administrative divisions.
package lexicon

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Lexicon is the loaded lists. It is read-only.
type Lexicon struct {
	Words *Trie
	fold  []uint16 // by character: what it counts as
	names []uint8  // by character: how much it is one of names, see NameChar
	divs  string   // lines of province TAB prefecture TAB county,county,…
}

//go:embed lexicon.bin
var packed []byte

// Packed is the built-in lexicon as it stands in the binary.
func Packed() []byte { return packed }

// Load returns the built-in lexicon, unpacked on first use.
var Load = sync.OnceValue(func() *Lexicon {
	l, err := Decode(packed)
	if err != nil {
		panic(fmt.Sprintf("built-in lexicon: %v", err)) // the build is broken, a test loads it
	}
	return l
})

// Contents are what a lexicon is packed from.
type Contents struct {
	Words     *Trie
	Pairs     string // a traditional and a simplified character, and so on
	Divisions string // lines of province TAB prefecture TAB county,county,…
	Names     string // a character and its NameChar as a character, and so on
}

// Encode packs a lexicon.
func Encode(c Contents) ([]byte, error) {
	b := c.Words.append(nil)
	for _, s := range []string{c.Pairs, c.Divisions, c.Names} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(b, nil), nil
}

// Decode unpacks what Encode made.
func Decode(packed []byte) (*Lexicon, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<28))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := r.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	words, b, err := readTrie(b)
	if err != nil {
		return nil, err
	}
	var texts [3]string
	for i := range texts {
		if len(b) < 4 || len(b)-4 < int(binary.LittleEndian.Uint32(b)) {
			return nil, errTruncated
		}
		n := int(binary.LittleEndian.Uint32(b))
		texts[i], b = string(b[4:4+n]), b[4+n:]
	}
	return &Lexicon{Words: words, fold: foldTable(texts[0]), divs: texts[1], names: nameTable(texts[2])}, nil
}

// Characters that a fold maps whole classes to.
const (
	Digit   = '0'
	Letter  = 'a'
	Unknown = 0xFFFF // beyond the basic plane, or no character
)

// foldTable maps full-width forms to ASCII, digits and letters to one of their
// kind, the kinds of blank to a blank, and traditional characters to simplified.
func foldTable(pairs string) []uint16 {
	fold := make([]uint16, 1<<16)
	for i := range fold {
		c := uint16(i)
		if c >= 0xFF01 && c <= 0xFF5E {
			c -= 0xFEE0
		}
		switch {
		case c >= '0' && c <= '9':
			c = Digit
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			c = Letter
		case c == '\t', c == 0xA0, c == 0x3000, c >= 0x2000 && c <= 0x200B:
			c = ' '
		case c == '•', c == '‧', c == '・', c == 0x2022, c == 0x00B7:
			c = '·'
		}
		fold[i] = c
	}
	chars := []rune(pairs)
	for i := 0; i+1 < len(chars); i += 2 {
		if chars[i] < 1<<16 && chars[i+1] < 1<<16 {
			fold[chars[i]] = uint16(chars[i+1])
		}
	}
	return fold
}

// Fold is what a character counts as in the lists.
func (l *Lexicon) Fold(r rune) uint16 {
	if r < 0 || r >= 1<<16 {
		return Unknown
	}
	return l.fold[r]
}

// NameChar says how much a folded character is one of names: two bits each, from
// 0 for never to 3 for much more than elsewhere, for family names, the first and
// the second character of given names, and transliterated names, from the lowest.
func (l *Lexicon) NameChar(c uint16) uint8 { return l.names[c] }

// Folded is a text as the lists see it.
func (l *Lexicon) Folded(s string) []uint16 {
	out := make([]uint16, 0, len(s)/3+1)
	for _, r := range s {
		out = append(out, l.Fold(r))
	}
	return out
}

// With is the lexicon with more words.
func (l *Lexicon) With(words map[string]Class) *Lexicon {
	entries := make([]Entry, 0, l.Words.Len()+len(words))
	l.Words.walk(func(text []uint16, class Class, cost uint8) {
		entries = append(entries, Entry{slices.Clone(text), class, cost})
	})
	for word, class := range words {
		entries = append(entries, Entry{l.Folded(word), class, usual})
	}
	more := *l
	more.Words = NewTrie(entries)
	return &more
}

// Plain is the lexicon with nothing but its ordinary words, to see what the
// lists of names are worth.
func (l *Lexicon) Plain() *Lexicon {
	var entries []Entry
	l.Words.walk(func(text []uint16, class Class, cost uint8) {
		if class&Word != 0 {
			entries = append(entries, Entry{slices.Clone(text), Word, cost})
		}
	})
	return &Lexicon{Words: NewTrie(entries), fold: l.fold, names: make([]uint8, len(l.names))}
}

// usual is the cost of a word that a paper's own list names.
const usual = 90

// Lookup is the class of a whole word.
func (l *Lexicon) Lookup(s string) Class { return l.Words.Lookup(l.Folded(s)) }

// Within lists the divisions of a region from prefecture to county, by their
// full names; region is named from large to small, e.g. 山西省, 吕梁市. The
// region's own names come first. An unknown region has none.
func (l *Lexicon) Within(region []string) []string {
	if len(region) == 0 {
		return nil
	}
	smallest := region[len(region)-1]
	var out []string
	for line := range strings.Lines(l.divs) {
		if !strings.Contains(line, smallest) {
			continue
		}
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(parts) != 3 {
			continue
		}
		counties := strings.Split(parts[2], ",")
		switch {
		case parts[1] == smallest:
			return append([]string{parts[0], parts[1]}, counties...)
		case parts[0] == smallest:
			if out == nil {
				out = []string{parts[0]}
			}
			out = append(out, parts[1])
			out = append(out, counties...)
		default:
			for _, county := range counties {
				if county == smallest && (len(region) < 2 || region[len(region)-2] == parts[1]) {
					return append([]string{parts[0], parts[1]}, counties...)
				}
			}
		}
	}
	return out
}

// String is folded text as a string, for words without folded digits or letters.
func String(text []uint16) string {
	runes := make([]rune, len(text))
	for i, c := range text {
		runes[i] = rune(c)
	}
	return string(runes)
}
