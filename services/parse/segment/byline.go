package segment

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

// opening is how strongly a line looks like the beginning of an article's body.
type opening uint8

const (
	noOpening   opening = iota
	weakOpening         // 近日， 10月28日， 记者从…获悉: articles begin so, and paragraphs too
	bylineOpens         // 本报讯, 新华社北京10月28日电, 本报记者 X
)

// credit is what a byline or dateline says.
type credit struct {
	by       string // as printed, cleaned
	creators []newspaper.Creator
	sources  []newspaper.InfoSource
	located  string
	month    string // of the dateline, as printed digits; empty when it has no date
	day      string
}

// Patterns are written in simplified script with ASCII digits and full-width
// brackets: they run on plain forms (see plainForm).
const (
	agencies = `新华社|新华网|新华每日电讯|中新社|中新网|中国新闻社|人民日报|人民网|光明日报|经济日报|科技日报|工人日报|农民日报|法治日报|法制日报|解放军报|中国青年报|参考消息|央视新闻|央视网|央视|央广网|中央社|路透社|法新社|美联社|塔斯社|共同社|韩联社|国际在线|环球时报|澎湃新闻`
	house    = `本报|本刊|本网|本台`
	rank     = `(?:全媒体|融媒体|融媒|首席|特派|特约|实习|见习|高级|驻[\p{Han}]{1,4}?)`
	paper    = `日报|晚报|早报|晨报|商报|都市报|快报|时报|周报`
	papers   = `[\p{Han}]{0,4}(?:` + paper + `|电视台)`
	roleWord = `(?:` + house + `|新华社|中新社|人民网|新华网|` + papers + `)?` + rank + `{0,2}(?:记 ?者|通 ?讯 ?员|摄影报道|摄影|实习生|评论员|主笔)`
)

var (
	// reporterTells is the reporter who says it: 记者张三报道：, 本报记者 李四 王五报道.
	reporterTells = regexp.MustCompile(`^ ?(` + roleWord + ` ?(?:[\p{Han}·]{1,4}[ 、]?){1,3}?) ?(?:摄影|[/／][\p{Han}]{2,5})?(?:报道|报导)(?:：|:|，| |$)`)
	// ownReporter opens a body or is a line of its own: 本报记者 张三 李四.
	ownReporter = regexp.MustCompile(`^[□■●◎○▲△◆◇★☆\-—▍|]{0,2} ?` + roleWord + `(?:[ /：:、，]|[\p{Han}]{2,3}(?: |／|/|、|$)|$)`)
	reported    = regexp.MustCompile(`^据(《[^》]{2,10}》|[\p{Han}]{2,8}(?:报|社|网|台|新闻))(?:网站)?(?:\d{1,2}日)?(?:报道|消息|电)[，,：]`)
	weakOpeners = regexp.MustCompile(`^(?:\d{1,2}月(?:\d{1,2}日)?(?:上午|下午|晚|至|，|,|起|以来)|\d{1,2}日(?:上午|下午|晚|，|,)|当前|眼下|时下|近日|日前|昨日|昨天|今天|今日|连日来|近年来|记者(?:从|日前|近日|昨|今)|今年以来|当地时间|据[\p{Han}]{2,8}(?:报道|消息|网站))`)
)

// openingOf looks at the first characters of a line only. Every pattern is asked
// only about lines that have what it cannot do without. has are the line's traits.
func openingOf(plain string, has traits) (is opening, dispatch bool) {
	first := firstRune(plain)
	weak := isDigit(first) || weakFirst.has(first)
	if has&(reporterTrait|dispatchTrait) == 0 && !weak {
		return noOpening, false
	}
	head := firstRunes(plain, 40)
	start := firstRunes(head, 16)
	reporter := has&reporterTrait != 0 && lineTraits.in(start)&reporterTrait != 0 && containsAny(start, "者", "讯", "摄影", "编辑", "评论员", "主笔", "实习生", "通 讯", "供稿", "文/", "文／", "报道组")
	sent := has&dispatchTrait != 0 && containsAny(head, "讯", "电", "消息")
	if !reporter && !sent && !weak {
		return noOpening, false
	}
	bracket := bracketSet.has(first)
	head = tightenDigits(head)
	if sent && datelineOf(strings.TrimLeft(head, nameMarks)) != nil {
		return bylineOpens, true
	}
	if reporter && bracket && reportersIn(head) != nil {
		return bylineOpens, false
	}
	if reporter && !bracket {
		if reportersOf(head) != nil {
			return bylineOpens, false
		}
		if m := ownReporter.FindString(head); m != "" && strings.ContainsAny(m, "本新中人报／/ ") {
			return bylineOpens, false
		}
	}
	if weak && weakOpeners.MatchString(head) {
		return weakOpening, false
	}
	return noOpening, false
}

// What texts must have for the words that openingOf looks for.
var (
	reporterTrait = lineTraits.set("者讯摄辑评笔习稿组撰/／") // of each word the rarest
	dispatchTrait = lineTraits.set("讯电消")
)

// sources begin datelines.
var sources = beginnings(words(house + "|" + agencies))

// brokenOpenings finds the datelines that their column's end broke: 新华社北京10月28
// on one line and 日电 on the next.
func brokenOpenings(lines []line) {
	for i := 0; i+1 < len(lines); i++ {
		l, next := &lines[i], &lines[i+1]
		if l.opening != noOpening || l.kind != ordinary || l.ends || !sourceFirst.has(firstRune(l.plain)) || !sources.match(strings.TrimPrefix(l.plain, "据")) {
			continue
		}
		head := l.plain + " " + firstRunes(next.plain, 12)
		if m := dateline.FindStringSubmatchIndex(tightenDigits(l.plain + firstRunes(next.plain, 12))); m != nil && m[4] >= 0 {
			if is, dispatch := openingOf(strings.Replace(head, " ", "", 1), l.has|next.has); is == bylineOpens {
				l.opening, l.dispatch = is, dispatch
			}
		}
	}
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// tightenDigits takes the spaces around the numbers of dates out, and those of a
// spread line everywhere: 本 报 讯 becomes 本报讯.
func tightenDigits(text string) string {
	if !strings.Contains(text, " ") {
		return text
	}
	if strings.Count(text, " ") >= 3 && isSpread(strings.Split(text, " ")) {
		return compact(text)
	}
	if !digitSet.in(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	from := 0
	for i := range len(text) {
		if text[i] == ' ' && (isDigit(lastRune(text[:i])) || isDigit(firstRune(text[i+1:]))) {
			b.WriteString(text[from:i])
			from = i + 1
		}
	}
	b.WriteString(text[from:])
	return b.String()
}

// twin is a text with its plain form, character for character.
type twin struct{ text, plain string }

func twinOf(text string) twin { return twin{text, plainForm(text)} }

// cut returns the part of the text whose plain form is plain[from:to].
func (t twin) cut(from, to int) string {
	if from < 0 {
		return ""
	}
	if len(t.text) == len(t.plain) {
		return t.text[from:to] // every character has its twin's size
	}
	r := []rune(t.text)
	a := utf8.RuneCountInString(t.plain[:from])
	return string(r[a : a+utf8.RuneCountInString(t.plain[from:to])])
}

// reporterWords are what a bracket has that names reporters.
var reporterWords = words("记者|记 者|通讯员|通 讯员|通讯 员|通 讯 员|摄影|报道组|文/|供稿|评论员")

// reportersIn is where a text begins with a bracket that names reporters, （记者 张三
// 通讯员 李四）, as a pattern's submatches: of all, of what it holds.
func reportersIn(head string) []int {
	const early, most = 14, 75 // characters before the first such word, of all
	open := strings.TrimPrefix(head, " ")
	inside := strings.TrimPrefix(open[utf8.RuneLen(firstRune(open)):], " ")
	n := 0
	for at, r := range inside {
		switch {
		case n > most || in("（〔。", r):
			return nil
		case in("）〕］】", r):
			text := strings.TrimSuffix(inside[:at], " ")
			if !slices.ContainsFunc(reporterWords, func(w string) bool { return strings.Contains(firstRunes(text, early+utf8.RuneCountInString(w)), w) }) {
				return nil
			}
			from := len(head) - len(inside)
			return []int{0, from + at + utf8.RuneLen(r), from, from + len(text)}
		}
		n++
	}
	return nil
}

// reportersOf is where the head of a text names its reporters, in a bracket or as those
// who report.
func reportersOf(head string) []int {
	if bracketSet.has(firstRune(strings.TrimPrefix(head, " "))) {
		return reportersIn(head)
	}
	if at := strings.Index(firstRunes(head, 30), "报道"); at < 0 {
		return nil
	}
	m := reporterTells.FindStringSubmatchIndex(head)
	if m == nil {
		return nil
	}
	for _, w := range namesIn(head[m[2]:m[3]]) {
		if w.name != "" && !(looksLikeName(w.name) && isSurname(firstRune(w.name))) {
			return nil // 记者连日来的报道
		}
	}
	return m
}

var (
	sourceSet   = newRuneSet("本社网报讯闻视线") // every source has one, among the first eleven characters
	sourceFirst = newRuneSet("据本新中人光经科工农法解参央路美塔共韩国环澎")
	digitSet    = newRuneSet("0123456789０１２３４５６７８９")
)

var weakFirst = newRuneSet("近日昨今连当记据眼时")

var bracketSet = newRuneSet("（〔［【")

// longestOpening is how many characters of a text are looked at for its opening.
const longestOpening = 160

// takeOpening cuts a byline or dateline off the beginning of a body. text is the
// collapsed text of its first lines. It returns the credit and the number of
// visible characters it took; 0 when there is none.
func takeOpening(text string) (credit, int) {
	t := twinOf(tightenDigits(firstRunes(text, longestOpening)))
	head := t.plain
	var c credit
	m, r, end := matchOpening(head)
	from := 0
	if m != nil {
		from = m[1]
		c.fromDateline(head[m[2]:m[3]], t.cut(m[2], m[3]), t.cut(m[4], m[5]), submatch(head, m, 3), submatch(head, m, 4))
		c.by = strings.TrimLeft(compact(t.cut(0, from)), nameMarks)
	}
	if r != nil {
		c.by = strings.TrimSpace(c.by + c.bracket(t, from, r))
	}
	if end > 0 {
		return c, visibleRunes(head[:end])
	}
	if firstRune(head) != '据' {
		return credit{}, 0
	}
	if r := reported.FindStringSubmatchIndex(head); r != nil {
		// 据新华社报道， opens the sentence and stays in it.
		c.sources = []newspaper.InfoSource{{Role: "agency", Name: strings.Trim(t.cut(r[2], r[3]), "《》")}}
		return c, 0
	}
	return credit{}, 0
}

// openingLength is how many characters that are no spaces a text's dateline and
// reporters take.
func openingLength(text string) int {
	head := plainForm(tightenDigits(firstRunes(text, longestOpening)))
	_, _, end := matchOpening(head)
	return visibleRunes(head[:end])
}

// matchOpening finds a dateline, the reporters after it or at the beginning, and where
// both end: 0 when there is neither.
func matchOpening(head string) (dateline, reporters []int, end int) {
	marks := len(head) - len(strings.TrimLeft(head, nameMarks))
	if dateline = datelineOf(head[marks:]); dateline != nil {
		if marks > 0 {
			dateline = slices.Clone(dateline)
			for i := range dateline {
				if dateline[i] >= 0 {
					dateline[i] += marks
				}
			}
		}
		end = dateline[1]
	}
	if reporters = reportersOf(head[end:]); reporters == nil && dateline != nil {
		if reporters = bareReporters(head[end:]); reporters == nil {
			reporters = namesOnlyIn(head[end:])
		}
	}
	if reporters != nil {
		end += reporters[1]
	}
	return dateline, reporters, end
}

// bareReporters is where a text after a dateline names its reporters without a bracket,
// 记者 张三 李四 and a space, as reportersIn says it.
func bareReporters(rest string) []int {
	open := strings.TrimLeft(rest, " ")
	from := len(rest) - len(open)
	to, names := from, 0
	for at := from; at < len(rest); {
		word, _, more := strings.Cut(rest[at:], " ")
		name := strings.TrimPrefix(strings.TrimPrefix(word, "记者"), "通讯员")
		switch {
		case at == from && name == word:
			return nil // no word says that names follow
		case name == "":
		case looksLikeName(name) && isSurname(firstRune(name)) && utf8.RuneCountInString(name) <= 3 && more:
			names++
			to = at + len(word)
		default:
			at = len(rest)
		}
		at += len(word) + 1
	}
	if names == 0 {
		return nil
	}
	return []int{0, to, from, to}
}

// namesOnlyIn is where a text after a dateline names who wrote it in a bracket and not
// what they are, 本报讯（张三 李四）, as reportersIn says it.
func namesOnlyIn(rest string) []int {
	const most = 4
	open := strings.TrimLeft(rest, " ")
	inside, ok := strings.CutPrefix(open, "（")
	if !ok {
		return nil
	}
	text, _, ok := strings.Cut(firstRunes(inside, 24), "）")
	names := namesIn(text)
	if !ok || len(names) == 0 || len(names) > most {
		return nil
	}
	for _, w := range names {
		if !looksLikeName(w.name) || !isSurname(firstRune(w.name)) && !compoundSurname(w.name) || notNames[w.name] {
			return nil
		}
	}
	from := len(rest) - len(inside)
	return []int{0, from + len(text) + len("）"), from, from + len(text)}
}

// bracket files the names of a bracket found at from and returns it as printed,
// names cleaned.
func (c *credit) bracket(t twin, from int, m []int) string {
	open, inside, shut := t.cut(from, from+m[2]), t.cut(from+m[2], from+m[3]), t.cut(from+m[3], from+m[1])
	space := ""
	if strings.HasPrefix(open, " ") {
		space = " "
	}
	return space + strings.TrimSpace(open) + c.fromNames(inside) + strings.Trim(shut, " ：，")
}

// agencyReporter is an agency's reporter: 新华社记者 张三.
var agencyReporter = regexp.MustCompile(`^[` + nameMarks + `]*(新华社|中新社|中央社|法新社|路透社|人民日报|光明日报|经济日报)` + rank + `{0,2}记 ?者`)

func submatch(text string, m []int, i int) string {
	if m[2*i] < 0 {
		return ""
	}
	return strings.TrimSpace(text[m[2*i]:m[2*i+1]])
}

// takeSignature cuts a name in brackets off the end of a body's last paragraph:
// （李建龙）, （记者 张三）, （据新华社）. It returns the bracket's text and what is left.
func takeSignature(text string) (inside, rest string, ok bool) {
	last := lastRune(text)
	if last != '）' && last != ')' {
		return "", text, false
	}
	open := strings.LastIndexAny(text, "（(")
	if open < 0 {
		return "", text, false
	}
	_, size := utf8.DecodeRuneInString(text[open:])
	_, tail := utf8.DecodeLastRuneInString(text)
	inside = strings.TrimSpace(text[open+size : len(text)-tail])
	rest = strings.TrimSpace(text[:open])
	if rest != "" && !endsSentence(rest) || !isSignature(inside) {
		return "", text, false
	}
	return inside, rest, true
}

// isSignature reports whether a bracket names who wrote, took or gave the text.
func isSignature(inside string) bool {
	plain := plainForm(inside)
	n := utf8.RuneCountInString(plain)
	if n > 40 {
		return false
	}
	if authorIs.match(plain) || strings.HasPrefix(plain, "据") && n <= 14 || strings.HasPrefix(plain, "来源") || strings.HasPrefix(plain, "综合") && n <= 16 {
		return true
	}
	words := namesIn(inside)
	if len(words) == 0 || len(words) > 8 {
		return false
	}
	for _, w := range words {
		if w.name == "" && !w.worded || w.name != "" && (!looksLikeName(w.name) || !w.worded && utf8.RuneCountInString(w.name) > 3 && !strings.Contains(w.name, "·") && !compoundSurname(w.name) || notNames[w.name]) {
			return false
		}
	}
	return true
}

// authorIs begins a bracket that says what the author is: （作者单位：市委党校）.
var authorIs = beginnings(words("作者单位|作者系|作者为|作者是"))

// notNames are brackets that close texts without naming anybody.
var notNames = map[string]bool{"完": true, "待续": true, "未完": true, "下略": true, "节选": true, "摘要": true, "图": true, "有删节": true, "有删改": true, "全文完": true,
	"下同": true, "略": true, "上": true, "中": true, "下": true, "试行": true, "暂行": true, "修订": true, "草案": true, "笑": true, "转载": true}

// fromSignature files the names of a closing bracket.
func (c *credit) fromSignature(inside string) {
	inside = strings.Join(strings.Fields(inside), " ")
	plain := plainForm(inside)
	if c.by == "" {
		c.by = cleanNames(inside)
	}
	if authorIs.match(plain) {
		return
	}
	if source, ok := strings.CutPrefix(plain, "据"); ok {
		source = strings.TrimSuffix(strings.TrimSuffix(source, "电"), "报道")
		source = string([]rune(inside)[1 : 1+utf8.RuneCountInString(source)])
		c.sources = append(c.sources, newspaper.InfoSource{Role: "agency", Name: compact(source)})
		return
	}
	for _, prefix := range []string{"来源", "综合"} {
		if strings.HasPrefix(plain, prefix) {
			source := string([]rune(inside)[2:])
			c.sources = append(c.sources, newspaper.InfoSource{Role: "agency", Name: strings.Trim(compact(source), "：:")})
			return
		}
	}
	role := newspaper.Contributor // a bare name is no reporter of the paper
	for _, w := range namesIn(inside) {
		if w.worded {
			role = w.role
		}
		if w.name != "" && !placed.MatchString(plainForm(w.name)) {
			c.creators = append(c.creators, newspaper.Creator{Role: role, Name: w.name})
		}
	}
}

// compact removes all spaces.
func compact(text string) string { return strings.ReplaceAll(text, " ", "") }

func visibleRunes(text string) int {
	n := 0
	for _, r := range text {
		if r != ' ' {
			n++
		}
	}
	return n
}

// dropVisible cuts n visible characters off the beginning of text.
func dropVisible(text string, n int) string {
	for i, r := range text {
		if r == ' ' {
			continue
		}
		if n == 0 {
			return text[i:]
		}
		n--
	}
	return ""
}
