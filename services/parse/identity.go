package parse

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"broadsheet/pkg/newspaper"
)

// An article has no number printed on it. It is found again on a later parse by
// its text: exactly by a fingerprint, or, when it was changed, by a MinHash
// sketch and the lines it stands on.

// readerText is the text as a reader sees it, without blanks: what a wrap or a
// justified space does to a line is no change of the article.
func readerText(a *newspaper.Article) string {
	var b strings.Builder
	add := func(s string) {
		for _, r := range s {
			if !unicode.IsSpace(r) {
				b.WriteRune(r)
			}
		}
		b.WriteByte('\n')
	}
	for _, h := range a.Headlines {
		add(h.Value)
	}
	for _, body := range a.Bodies {
		add(body.Value)
	}
	for _, d := range a.Descriptions {
		add(d.Value)
	}
	return b.String()
}

func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// digest covers all that a consumer gets, but for the identity and the place on
// the page: an article that moved down a line because its neighbour grew did not
// change.
func digest(a newspaper.Article) string {
	a.URI, a.Version, a.PubStatus, a.EdNote = "", "", "", ""
	a.VersionCreated = time.Time{}
	a.Print = newspaper.Print{Continues: a.Print.Continues}
	data, _ := json.Marshal(a) // plain data, cannot fail
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}

// sketchSize hashes make a similarity exact to about ±0.09.
const sketchSize = 32

// sketch is the MinHash of the text's character trigrams: for each of
// sketchSize hash functions the smallest value, cut to 16 bits.
func sketch(text string) string {
	var least [sketchSize]uint64
	for i := range least {
		least[i] = math.MaxUint64
	}
	runes := []rune(text)
	for i := 0; i+3 <= max(len(runes), 3); i++ {
		h := hashRunes(runes[i:min(i+3, len(runes))])
		for j := range least {
			least[j] = min(least[j], mix(h+uint64(j)*0x9E3779B97F4A7C15))
		}
	}
	out := make([]byte, 0, 2*sketchSize)
	for _, v := range least {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	return base64.RawStdEncoding.EncodeToString(out)
}

// hashRunes is FNV-1a: it must be the same in every process.
func hashRunes(runes []rune) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range runes {
		h = (h ^ uint64(r)) * 1099511628211
	}
	return h
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// similarity estimates the share of trigrams that two texts have in common.
func similarity(a, b string) float64 {
	x, errX := base64.RawStdEncoding.DecodeString(a)
	y, errY := base64.RawStdEncoding.DecodeString(b)
	if errX != nil || errY != nil || len(x) != len(y) || len(x) == 0 {
		return 0
	}
	same := 0
	for i := 0; i < len(x); i += 2 {
		if x[i] == y[i] && x[i+1] == y[i+1] {
			same++
		}
	}
	return float64(same) / float64(len(x)/2)
}

// overlap is the intersection of two sets of lines divided by their union.
func overlap(a, b []newspaper.LineRange) float64 {
	both, all := 0, 0
	for _, r := range a {
		all += r.Len()
		for _, s := range b {
			both += max(0, min(r[1], s[1])-max(r[0], s[0])+1)
		}
	}
	for _, s := range b {
		all += s.Len()
	}
	if all == both {
		return 0
	}
	return float64(both) / float64(all-both)
}

// found is an article of a parse with what identifies it.
type found struct {
	article     newspaper.Article
	fingerprint string
	digest      string
	sketch      string
}

func identify(articles []newspaper.Article) []found {
	out := make([]found, len(articles))
	for i, a := range articles {
		text := readerText(&a)
		out[i] = found{a, fingerprint(text), digest(a), sketch(text)}
	}
	return out
}

// match pairs articles of a parse with those the manifest knows: it returns for
// each found article the index of the known one, or -1. Equal texts pair first,
// in page order; the rest by likeness, best first.
func match(articles []found, known []newspaper.ManifestArticle) []int {
	pairs := make([]int, len(articles))
	taken := make([]bool, len(known))
	for i := range articles {
		pairs[i] = -1
		for j := range known {
			if !taken[j] && known[j].Fingerprint == articles[i].fingerprint {
				pairs[i], taken[j] = j, true
				break
			}
		}
	}
	type candidate struct {
		i, j  int
		score float64
	}
	var candidates []candidate
	for i := range articles {
		for j := range known {
			if pairs[i] >= 0 || taken[j] {
				continue
			}
			if score, ok := likeness(&articles[i], &known[j]); ok {
				candidates = append(candidates, candidate{i, j, score})
			}
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	for _, c := range candidates {
		if pairs[c.i] < 0 && !taken[c.j] {
			pairs[c.i], taken[c.j] = c.j, true
		}
	}
	return pairs
}

// likeness says whether a found article may be a changed known one. Two thirds
// of a text may be rewritten when it stands in the same place or under the same
// headline; anywhere else half of it must be the same.
func likeness(f *found, k *newspaper.ManifestArticle) (float64, bool) {
	text := similarity(f.sketch, k.Sketch)
	place := overlap(f.article.Print.Lines, k.Lines)
	sameHeadline := k.Headline != "" && k.Headline == f.article.MainHeadline()
	score := text + 0.3*place
	if sameHeadline {
		score += 0.3
	}
	if k.State == newspaper.Live {
		score += 0.05
	}
	return score, text >= 0.4 || text >= 0.15 && (place >= 0.5 || sameHeadline)
}

// newURI makes the uri of an article that is seen for the first time.
func newURI(key newspaper.PageKey, fingerprint string, taken map[string]bool) string {
	for n := byte(0); ; n++ { // the same text may stand on a page twice
		sum := sha256.Sum256(append([]byte(key.String()+"\n"+fingerprint+"\n"), n))
		uri := key.ArticleURI(hex.EncodeToString(sum[:4]))
		if !taken[uri] {
			taken[uri] = true
			return uri
		}
	}
}
