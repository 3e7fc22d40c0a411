package lexicon

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"
)

// fromJar reads a file of HanLP's jar.
func fromJar(jar, name string) ([]byte, error) {
	z, err := zip.OpenReader(jar)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", jar, err)
	}
	defer z.Close()
	f, err := z.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", jar, err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", jar, name, err)
	}
	return data, nil
}

// Natures of HanLP, by their place in its list: names of people, of places and
// of bodies stand together.
const (
	firstPerson, lastPerson = 14, 18
	firstPlace, lastPlace   = 19, 20
	firstBody, lastBody     = 21, 29
)

// counted is the kind of a word of HanLP's corpus and how often it is there.
type counted struct {
	class Class
	n     float64
}

// coreWords are the words of HanLP's corpus with the kind that each mostly is:
// Word, Place, Name or Organ.
func coreWords(jar string) (map[string]counted, error) {
	const file = "data/dictionary/CoreNatureDictionary.mini.txt.bin"
	data, err := fromJar(jar, file)
	if err != nil {
		return nil, err
	}
	next := func() (v int) {
		if len(data) < 4 {
			err = fmt.Errorf("%s: %s: %w", jar, file, errTruncated)
			return 0
		}
		v, data = int(binary.BigEndian.Uint32(data)), data[4:]
		return v
	}
	kinds := make([]counted, 0, 1<<17)
	for range next() {
		total, best, most := next(), 0, 0
		for range next() {
			if nature, n := next(), next(); n > most {
				best, most = nature, n
			}
			if err != nil {
				return nil, err
			}
		}
		kinds = append(kinds, counted{natureClass(best), float64(total)})
	}
	if err != nil {
		return nil, err
	}
	words, err := doubleArrayWords(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", jar, file, err)
	}
	out := make(map[string]counted, len(words))
	for _, w := range words {
		if w.value < len(kinds) {
			out[w.text] = kinds[w.value]
		}
	}
	return out, nil
}

func natureClass(nature int) Class {
	switch {
	case nature >= firstPerson && nature <= lastPerson:
		return Name
	case nature >= firstPlace && nature <= lastPlace:
		return Place
	case nature >= firstBody && nature <= lastBody:
		return Organ
	}
	return Word
}

// foreignNames adds the transliterated and the Japanese names of HanLP.
func (b *builder) foreignNames(jar string) error {
	for _, list := range []struct {
		file  string
		class Class
	}{{"nrf", Foreign}, {"nrj", Japanese}} {
		data, err := fromJar(jar, "data/dictionary/person/"+list.file+".txt.trie.dat")
		if err != nil {
			return err
		}
		words, err := doubleArrayWords(data)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", jar, list.file, err)
		}
		for _, w := range words {
			word := w.text
			if list.class == Foreign {
				b.names.foreign(word)
			}
			if n := utf8.RuneCountInString(word); n > 1 && n < 9 && han(word) {
				b.add(word, list.class, rare)
			}
		}
	}
	return nil
}

// numbered is a word and its number in the values that go with a trie.
type numbered struct {
	text  string
	value int
}

// doubleArrayWords lists the words of a double-array trie: a count, then base
// and check of each cell, big-endian. A word ends in the cell at its base.
func doubleArrayWords(data []byte) ([]numbered, error) {
	if len(data) < 4 || len(data)-4 < 8*int(binary.BigEndian.Uint32(data)) {
		return nil, errTruncated
	}
	n := int(binary.BigEndian.Uint32(data))
	base, check := make([]int32, n), make([]int32, n)
	children := map[int32][]int32{}
	for i := range n {
		base[i], check[i] = int32(binary.BigEndian.Uint32(data[4+8*i:])), int32(binary.BigEndian.Uint32(data[8+8*i:]))
		if i > 0 && check[i] > 0 {
			children[check[i]] = append(children[check[i]], int32(i))
		}
	}
	if n == 0 {
		return nil, nil
	}
	type state struct {
		base   int32
		prefix string
	}
	var words []numbered
	for queue := []state{{base[0], ""}}; len(queue) > 0; {
		s := queue[0]
		queue = queue[1:]
		for _, cell := range children[s.base] {
			switch c := cell - s.base - 1; {
			case c < 0 && base[cell] < 0:
				words = append(words, numbered{s.prefix, int(-base[cell] - 1)})
			case c >= 0 && base[cell] > 0 && len(s.prefix) < 64:
				queue = append(queue, state{base[cell], s.prefix + string(rune(c))})
			}
		}
	}
	return words, nil
}
