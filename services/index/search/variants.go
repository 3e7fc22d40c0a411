package search

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

//go:embed variants.txt
var variantsText string

// simplifiedFrom and simplifiedTo bound the characters that have a variant.
const (
	simplifiedFrom = 0x3400
	simplifiedTo   = 0x9FFF
)

// simplifiedOf has the simplified character for each traditional one, else 0.
var simplifiedOf = func() []rune {
	table := make([]rune, simplifiedTo-simplifiedFrom+1)
	for line := range strings.Lines(variantsText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		line = strings.TrimSpace(line)
		for len(line) > 0 {
			from, n := utf8.DecodeRuneInString(line)
			to, m := utf8.DecodeRuneInString(line[n:])
			table[from-simplifiedFrom] = to
			line = line[n+m:]
		}
	}
	return table
}()

func simplified(r rune) rune {
	if r < simplifiedFrom || r > simplifiedTo {
		return r
	}
	if to := simplifiedOf[r-simplifiedFrom]; to != 0 {
		return to
	}
	return r
}

// Fold prepares a text for being split and compared. Traditional characters
// become simplified ones. Full-width letters, digits and full stops become
// half-width, because the segmentation takes full-width digits for signs in some
// versions and for digits in others; full-width commas and colons, which it takes
// for parts of numbers and words, become a plain separator. Every character stays
// one character.
func Fold(text string) string {
	var out []byte
	copied := 0 // bytes of text that out stands for
	for i, r := range text {
		f := folded(r)
		if f == r {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(text))
		}
		out = utf8.AppendRune(append(out, text[copied:i]...), f)
		copied = i + utf8.RuneLen(r)
	}
	if out == nil {
		return text
	}
	return string(append(out, text[copied:]...))
}

func folded(r rune) rune {
	switch {
	case r <= simplifiedTo: // nearly all
		return simplified(r)
	case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ', r == '．':
		return r - 0xFEE0
	case r == '，', r == '：', r == '；':
		return '、'
	}
	return r
}

// FoldName is the form in which names are compared, counted and suggested: half
// width and simplified, otherwise as printed.
func FoldName(name string) string {
	return strings.Map(simplified, width.Fold.String(strings.TrimSpace(name)))
}
