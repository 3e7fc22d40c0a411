package segment

import (
	"regexp"
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
)

// Datelines: who sends a dispatch, from where, on which day.

var (
	// dateline is the head of an agency's or the paper's own dispatch, up to 电 or
	// 讯: 新华社北京10月28日电, 本报讯, 本报太原4月2日讯, 据新华社电, 晨报讯, 【本报讯】.
	dateline = regexp.MustCompile(`^[【［〔\[（]?(?:据|综合)?(` + house + `|` + agencies + `|` + paper + `|[\p{Han}]{2,6}(?:` + paper + `|社|网))((?:综合)?[\p{Han}、]{0,10}?)(?:(\d{1,2}) ?月)? ?(?:(\d{1,2}) ?日)?(?:专|综合外|外)?(电|讯|消息|综合消息)(?:(?:报导|报道)?[】］〕\]）])?`)
	// wire is a dateline that begins with its place: （吉隆坡21日讯）, （台北21日法新电）.
	wire = regexp.MustCompile(`^[（【]([\p{Han}]{2,6}?)(?:(\d{1,2})月)?(\d{1,2})日(法新|路透|美联|塔斯|共同|中央社|中新社|新华社|中通社|综合)?(?:专|外)?(?:电|讯)(?:报导|报道)?[）】]`)
)

// plainDateline is what most datelines are, plainDatelineAt where the pattern finds its
// parts.
const plainDateline = "本报讯"

var plainDatelineAt = dateline.FindStringSubmatchIndex(plainDateline)

// datelineOf is where the head of a text is a dateline, as submatches; nil when it
// is none.
func datelineOf(head string) []int {
	if !containsAny(firstRunes(head, 48), "讯", "电", "消息") {
		return nil
	}
	if !sourceSet.in(firstRunes(head, 11)) {
		return wireOf(head)
	}
	if strings.HasPrefix(head, plainDateline) && datelineEnds(head[len(plainDateline):], "本报") {
		return plainDatelineAt // most are
	}
	m := dateline.FindStringSubmatchIndex(head)
	if m == nil || !in("】］〕]）", lastRune(head[:m[1]])) && !datelineEnds(head[m[1]:], head[m[2]:m[3]]) {
		return wireOf(head)
	}
	if source := head[m[2]:m[3]]; m[8] < 0 && in("社网", lastRune(source)) && !sources.match(source) {
		return wireOf(head) // 机组并网发电: names that we know need no day to be told from such words
	}
	return m
}

// wireOf is datelineOf for one that begins with its place.
func wireOf(head string) []int {
	if !in("（【", firstRune(head)) {
		return nil
	}
	m := wire.FindStringSubmatchIndex(head)
	if m == nil {
		return nil
	}
	source := m[8:10]
	if source[0] < 0 {
		source = []int{0, 0}
	}
	return []int{0, m[1], source[0], source[1], m[2], m[3], m[4], m[5], m[6], m[7]}
}

// datelineEnds refuses 新华社电视台 and 人民网讯飞: what follows 电 or 讯 must be a
// space, a bracket or punctuation, or the source be so sure that nothing is needed.
func datelineEnds(rest, source string) bool {
	r := firstRune(rest)
	return rest == "" || r == ' ' || in("（，：|", r) || strings.HasPrefix(source, "本") || strings.HasPrefix(source, "新华社")
}

// agencyShort begin the short names of agencies: 法新, 路透.
var agencyShort = newRuneSet("法路美塔共")

// ownPapers are short names of papers, by which they call themselves: 晨报讯.
var ownPapers = words(paper)

// fromDateline files what a dateline says; plain is the plain form of its source.
func (c *credit) fromDateline(plain, source, place, month, day string) {
	if source = compact(source); plain != "" && plain != "综合" && !strings.HasPrefix(plain, "本") && !slices.Contains(ownPapers, plain) {
		if agencyShort.has(firstRune(plain)) && !strings.HasSuffix(plain, "社") {
			source += "社" // 法新电
		}
		c.sources = []newspaper.InfoSource{{Role: "agency", Name: source}}
	}
	place = compact(place)
	for _, word := range [...]string{"综合", "綜合"} {
		place = strings.TrimPrefix(place, word)
	}
	for _, word := range [...]string{"记者", "記者"} {
		if _, who, ok := strings.Cut(place, word); ok {
			place = c.reporterAt(who)
		}
	}
	c.located = place
	c.month, c.day = month, day
}

// reporterAt files the reporter of a name and a place in one word, 王小明台北, and returns
// the place.
func (c *credit) reporterAt(word string) string {
	name, place := splitBureau(word)
	if looksLikeName(name) {
		c.creators = append(c.creators, newspaper.Creator{Role: newspaper.Reporter, Name: name})
	}
	return place
}
