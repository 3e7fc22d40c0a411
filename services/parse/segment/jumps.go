package segment

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

// Jump lines say where an article goes on, or came from: 下转第3版, 上接A01版,
// （紧接第一版）. They stand on lines of their own or in brackets at the end of the
// part that goes on and at the beginning of the other; the number is in digits of
// either width or Chinese, and the other part's headline may follow it.

const (
	jumpWord = `(下转|紧转|续转|转|上接|紧接|续接|接上|承接|接)`
	jumpPage = `第?((?:[A-Z]{1,2})?[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:[、,，和及至—-](?:第?[A-Z]?[0-9]{1,2}|[一二三四五六七八九十]{1,3}))*`
	// jumpAfter may follow: the page's name, the other part's headline.
	jumpAfter = `(?:[·・/：: ]?[\p{Han}]{1,6}|[·・/：: ]?《[^《》]{2,40}》|[·・/：: ]?“[^“”]{2,40}”)?`
)

var (
	jumpLine = regexp.MustCompile(`^[（【\[▶►→●■◆★☆▲>》—-]*` + jumpWord + jumpPage + `(版?)` + jumpAfter + `[▶►→>》]*[）】\]]?[。]?$`)
	jumpHead = regexp.MustCompile(`^[（【\[]` + jumpWord + jumpPage + `(版?)` + jumpAfter + `[）】\]]`)
	jumpTail = regexp.MustCompile(`[（【\[▶►→]+` + jumpWord + jumpPage + `(版?)` + jumpAfter + `[▶►→>]*[）】\]]?[。]?$`)
)

// jumpForm is the form of a text that the patterns read, character for character.
func jumpForm(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'Ａ' && r <= 'Ｚ':
			return r - 'Ａ' + 'A'
		case r >= 'ａ' && r <= 'ｚ':
			return r - 'ａ' + 'A'
		}
		return plainRune(r)
	}, text)
}

// readJump is what a match of the patterns says, nil when it is too little to go
// by: a bare 转 or 接 needs its 版.
func readJump(word, page, unit string) *newspaper.Jump {
	if utf8.RuneCountInString(word) == 1 && unit == "" {
		return nil
	}
	page = pageNumber(page)
	if strings.Contains(word, "转") {
		return &newspaper.Jump{To: page}
	}
	return &newspaper.Jump{From: page}
}

// jumpOf reads a line that is nothing but a jump line; nil when it is none.
func jumpOf(text string) *newspaper.Jump {
	m := jumpLine.FindStringSubmatch(compact(jumpForm(text)))
	if m == nil {
		return nil
	}
	return readJump(m[1], m[2], m[3])
}

// isJump reports a line that is nothing but a jump line.
func isJump(l *line) bool {
	return l.width <= 84 && l.has&jumpTrait != 0 && jumpOf(l.text) != nil
}

// comesFrom cuts （上接第1版） off the beginning of a body.
func comesFrom(text string) (jump *newspaper.Jump, rest string) {
	if !bracketSet.has(plainRune(firstRune(text))) || lineTraits.in(plainForm(firstRunes(text, 4)))&jumpTrait == 0 {
		return nil, text
	}
	return cutJump(jumpHead, text)
}

// goesOnAt cuts （下转第3版） off the end of a body.
func goesOnAt(text string) (jump *newspaper.Jump, rest string) {
	at := len(text)
	for n := 0; n < 24 && at > 0; n++ {
		r, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
		if plainRune(r) == '转' {
			return cutJump(jumpTail, text)
		}
	}
	return nil, text
}

// cutJump cuts a match off a text, whose characters are those of its form.
func cutJump(pattern *regexp.Regexp, text string) (*newspaper.Jump, string) {
	form := jumpForm(text)
	m := pattern.FindStringSubmatchIndex(form)
	if m == nil {
		return nil, text
	}
	jump := readJump(form[m[2]:m[3]], form[m[4]:m[5]], form[m[6]:m[7]])
	if jump == nil {
		return nil, text
	}
	r := []rune(text)
	from, to := utf8.RuneCountInString(form[:m[0]]), utf8.RuneCountInString(form[:m[1]])
	return jump, strings.TrimSpace(string(r[:from]) + string(r[to:]))
}
