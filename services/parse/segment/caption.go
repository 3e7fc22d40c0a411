package segment

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

var (
	// photoCredit closes a caption: 记者 刘亮亮 摄, （王洋 摄）, 新华社发（张三 摄）, 李四供图.
	photoCredit = regexp.MustCompile(`(?:^|[。！？”』）… ])(（?(?:新华社发|中新社发)?（?(?:(?:` + house + `|新华社|中新社|人民网)?` + rank + `{0,2}(?:记者|通讯员|特派员)?[ /]*)?(?:[\p{Han}]{1,3}[ 、/]?){1,4} ?(?:摄影报道|摄影|摄|供图|图/文|文/图|图)）?。?）?)$`)
	// creditFirst is the other way round: 摄影：张三, 图/李四.
	creditFirst = regexp.MustCompile(`(?:^|[。！？”』）… ])(（?(?:` + house + `)?(?:记者)?(?:摄影|摄|图片|图|文/图|图/文|供图)(?:[：/ ]| [：/])[\p{Han}]{2,4}(?:[ 、][\p{Han}]{2,4}){0,2}）?)$`)
	agencyPhoto = regexp.MustCompile(`(?:^|[。！？”』） ])(（?(?:新华社发|新华社照片|资料图片|资料照片|视觉中国(?:供图)?|本报资料图片|图片来源：[\p{Han}]{2,8})）?)$`)

	pictureWords = regexp.MustCompile(`^[` + arrows + `]*(?:图为|图①|图②|图③|图一|图二|上图|下图|左图|右图|组图|图片|大图|小图|图1|图2)|[。，](?:(?:上|下|左|右|大|小|组)?图为|(?:上|下|左|右)图是)`)
)

// arrows stand before captions and point to the picture. Triangles that stand on their
// base mark the items of lists as well.
const arrows = "▲△▶▷◀◁→←↑↓▼▽►◄ "

// points reports a text that begins with an arrow to a picture and is no jump line.
func points(plain string) bool {
	r := firstRune(plain)
	return in("▶▷◀◁→←↑↓►◄", r) && !containsAny(firstRunes(plain, 5), "转", "接", "详见")
}

// What photo credits end with, brackets and a full stop aside, by pattern. The
// patterns are asked about every line and paragraph, so what cannot match is sent
// away by its last characters.
var (
	photoTail  = newRuneSet("摄图道影文")
	photoWords = endings(words("摄|图|摄影|摄影报道|/文"))
	agencyTail = newRuneSet("发片国")
)

const longestCredit = 96 // characters at the end of a text that a credit may take

// creditPatterns are those of the patterns that a text's end does not rule out.
func creditPatterns(plain string) (patterns [3]*regexp.Regexp, n int) {
	end := strings.TrimRight(plain, "）。")
	last := lastRune(end)
	tail := plain[max(0, len(plain)-24*utf8.UTFMax):]
	near := strings.Contains(tail, "摄") || strings.Contains(tail, "图")
	if photoTail.has(last) && photoWords.match(end) {
		patterns[n], n = photoCredit, n+1
	}
	if near {
		patterns[n], n = creditFirst, n+1
	}
	if near || agencyTail.has(last) {
		patterns[n], n = agencyPhoto, n+1
	}
	return patterns, n
}

// matchCredit finds the photo credit that a text ends with: where it begins, and
// the pattern it has; -1 when there is none.
func matchCredit(plain string) (from, to int, by *regexp.Regexp) {
	patterns, n := creditPatterns(plain)
	if n == 0 {
		return -1, -1, nil
	}
	cut := creditCut(plain)
	for _, p := range patterns[:n] {
		if m := p.FindStringSubmatchIndex(plain[cut:]); m != nil && (cut == 0 || m[2] > 0) {
			return cut + m[2], cut + m[3], p
		}
	}
	return -1, -1, nil
}

// creditCut is where the end of a text begins that a photo credit may be in.
func creditCut(plain string) int {
	cut := max(0, len(plain)-3*longestCredit)
	for cut < len(plain) && !utf8.RuneStart(plain[cut]) {
		cut++
	}
	return cut
}

// creditEnds reports a line that ends with a photo credit, and so a caption.
func creditEnds(plain string) bool {
	from, _, _ := matchCredit(plain)
	return from >= 0
}

// isCredit reports a line that is nothing but a photo credit.
func isCredit(l *line) bool {
	return l.width <= 44 && l.creditAt == 0
}

// isCaption reports whether a paragraph speaks of the picture it stands under.
func isCaption(plain string) bool {
	return (creditEnds(plain) || strings.Contains(plain, "图") && pictureWords.MatchString(plain)) && width(plain) <= 700
}

// takePhotoCredit cuts the photographer off a caption's end.
func takePhotoCredit(caption string) (credit, string) {
	t := twinOf(caption)
	patterns, n := creditPatterns(t.plain)
	cut := creditCut(t.plain)
	for _, p := range patterns[:n] {
		m := p.FindStringSubmatchIndex(t.plain[cut:])
		if m == nil {
			continue
		}
		var c credit
		from, to := cut+m[2], cut+m[3]
		inside := t.cut(from, to)
		plain := t.plain[from:to]
		c.photographers(inside)
		if strings.Contains(plain, "新华社") {
			c.sources = []newspaper.InfoSource{{Role: "agency", Name: "新华社"}}
		}
		if len(c.creators) == 0 && len(c.sources) == 0 && p != agencyPhoto {
			continue
		}
		c.by = cleanNames(strings.Trim(inside, "（()）。 "))
		return c, strings.TrimSpace(t.cut(0, from))
	}
	return credit{}, caption
}

// creditWords are what a photo credit has besides names.
var creditWords = regexp.MustCompile(`新华社发|中新社发|新华社照片|资料图片|资料照片|视觉中国|摄影报道|摄影|供图|图片来源|图/文|文/图|[（）。：/]|(?:摄|图)(?:）|。|$)|^(?:图|摄)[/：]`)

// photographers files the names of a photo credit.
func (c *credit) photographers(text string) {
	t := twinOf(text)
	var names strings.Builder
	end := 0
	for _, m := range creditWords.FindAllStringIndex(t.plain, -1) {
		names.WriteString(t.cut(end, m[0]) + " ")
		end = m[1]
	}
	names.WriteString(t.cut(end, len(t.plain)))
	for _, w := range namesIn(names.String()) {
		if looksLikeName(w.name) {
			c.creators = append(c.creators, newspaper.Creator{Role: newspaper.Photographer, Name: w.name})
		}
	}
}
