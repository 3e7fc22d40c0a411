package segment

import (
	"regexp"
	"strings"
	"unicode"
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

const (
	agencies = `新华社|新华网|新华每日电讯|中新社|中新网|中国新闻社|人民日报|人民网|光明日报|经济日报|科技日报|工人日报|农民日报|法治日报|法制日报|解放军报|中国青年报|参考消息|央视新闻|央视网|央视|央广网|中央社|路透社|法新社|美联社|塔斯社|共同社|韩联社|国际在线|环球时报|澎湃新闻|中國新聞社|人民日報|中新網|新華社|新華網`
	roleWord = `(?:本报|本刊|本网|新华社|本報)?(?:全媒体|融媒体|融媒|首席|特派|特约|实习|见习|驻[\p{Han}]{1,4})?(?:记者|通讯员|记 者|通 讯 员|報道員|記者|通訊員|摄影报道|摄影|编辑)`
)

var (
	// dateline is the head of an agency's or the paper's own dispatch, up to 电 or
	// 讯: 新华社北京10月28日电, 本报讯, 本报太原4月2日讯, 据新华社电.
	dateline = regexp.MustCompile(`^(?:据|综合)?(本报|本刊|本網|本報|` + agencies + `|[\p{Han}]{2,6}(?:日报|晚报|早报|晨报|商报|都市报|日報|晚報|社|网))((?:综合)?[\p{Han}、]{0,10}?)(?:(\d{1,2}) ?月)? ?(?:(\d{1,2}) ?日)?(?:专)?(电|電|讯|訊|消息|综合消息)`)
	// reportersIn is the bracket after it: （记者 张三 通讯员 李四）.
	reportersIn = regexp.MustCompile(`^ ?[（(] ?([^（()）]{0,14}(?:记 ?者|記 ?者|通 ?讯 ?员|通訊員|摄影|报道组|文/图|文/|供稿)[^（()）]{0,60}) ?[）)]`)
	// ownReporter opens a body or is a line of its own: 本报记者 张三 李四.
	ownReporter = regexp.MustCompile(`^[□■●◎○▲△◆◇★☆\-—]{0,2} ?` + roleWord + `(?:[ /：:、，]|$)`)
	loneBracket = regexp.MustCompile(`^[（(] ?(?:` + roleWord + `|作者|整理|供稿|据|来源|撰稿|文/图|图/文|综合)?[ ：:/]*[^（()）。，]{0,30}[）)]$`)
	weakOpeners = regexp.MustCompile(`^(?:\d{1,2}月(?:\d{1,2}日)?(?:上午|下午|晚|至|，|,|起|以来)|\d{1,2}日(?:上午|下午|晚|，|,)|近日|日前|昨日|昨天|今天|今日|连日来|近年来|记者(?:从|日前|近日|昨)|今年以来|当地时间|据[\p{Han}]{2,8}(?:报道|消息|网站))`)
)

// openingOf looks at the first characters of a raw line only.
func openingOf(raw string) opening {
	head := tightenDigits(firstRunes(raw, 40))
	if r := firstRune(head); !isHan(r) && !isDigit(r) && !in("（(□■●◎○▲△◆◇★☆-—", r) {
		return noOpening
	}
	if m := dateline.FindStringSubmatchIndex(head); m != nil && datelineEnds(head[m[1]:], head[m[2]:m[3]]) {
		return bylineOpens
	}
	if reportersIn.MatchString(head) && strings.Contains(head[:min(len(head), 12)], "记") {
		return bylineOpens
	}
	if ownReporter.MatchString(head) && strings.ContainsAny(head, "本 ") {
		return bylineOpens
	}
	if weakOpeners.MatchString(head) {
		return weakOpening
	}
	return noOpening
}

// datelineEnds refuses 新华社电视台 and 人民网讯飞: what follows 电 or 讯 must be a
// space, a bracket or punctuation, or the source be so sure that nothing is needed.
func datelineEnds(rest, source string) bool {
	r := firstRune(rest)
	return rest == "" || r == ' ' || in("（(，,：:|", r) || strings.HasPrefix(source, "本") || strings.HasPrefix(source, "新华社")
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
	if tokens := strings.Split(text, " "); isSpread(tokens) {
		return strings.Join(tokens, "")
	}
	if !strings.ContainsAny(text, "0123456789") {
		return text
	}
	out := []rune(text)
	kept := out[:0]
	for i, r := range out {
		if r == ' ' && (i > 0 && isDigit(out[i-1]) || i+1 < len(out) && isDigit(out[i+1])) {
			continue
		}
		kept = append(kept, r)
	}
	return string(kept)
}

// takeOpening cuts a byline or dateline off the beginning of a body. text is the
// collapsed text of its first lines. It returns the credit and the number of
// visible characters it took; 0 when there is none.
func takeOpening(text string) (credit, int) {
	head := tightenDigits(firstRunes(text, 160))
	if m := dateline.FindStringSubmatchIndex(head); m != nil && datelineEnds(head[m[1]:], head[m[2]:m[3]]) {
		var c credit
		end := m[1]
		c.fromDateline(submatch(head, m, 1), submatch(head, m, 2), submatch(head, m, 3), submatch(head, m, 4))
		c.by = compact(head[:end])
		if r := reportersIn.FindStringSubmatchIndex(head[end:]); r != nil {
			inside := submatch(head[end:], r, 1)
			c.by += " （" + c.fromNames(inside) + "）"
			end += r[1]
		}
		return c, visibleRunes(head[:end])
	}
	if r := reportersIn.FindStringSubmatchIndex(head); r != nil {
		var c credit
		c.by = "（" + c.fromNames(submatch(head, r, 1)) + "）"
		return c, visibleRunes(head[:r[1]])
	}
	return credit{}, 0
}

func (c *credit) fromDateline(source, place, month, day string) {
	if source != "本报" && source != "本刊" && source != "本報" && source != "本網" {
		c.sources = []newspaper.InfoSource{{Role: "agency", Name: source}}
	}
	c.located = strings.TrimPrefix(place, "综合")
	c.month, c.day = month, day
}

func submatch(text string, m []int, i int) string {
	if m[2*i] < 0 {
		return ""
	}
	return strings.TrimSpace(text[m[2*i]:m[2*i+1]])
}

// roles of creators by the word that stands before their names. The longer words
// come first.
var roles = []struct{ word, role string }{
	{"摄影报道", newspaper.Photographer}, {"摄影", newspaper.Photographer},
	{"通讯员", newspaper.Correspondent}, {"通訊員", newspaper.Correspondent}, {"報道員", newspaper.Correspondent},
	{"记者", newspaper.Reporter}, {"記者", newspaper.Reporter},
	{"责任编辑", newspaper.Editor}, {"责编", newspaper.Editor}, {"编辑", newspaper.Editor},
	{"作者", newspaper.Contributor}, {"供稿", newspaper.Contributor}, {"整理", newspaper.Contributor}, {"撰稿", newspaper.Contributor},
	{"摄", newspaper.Photographer}, {"图", newspaper.Photographer}, {"文", newspaper.Reporter},
}

// fromNames reads what a byline's bracket or line says: role words and names. It
// returns the text cleaned, single spaces between its parts.
func (c *credit) fromNames(text string) string {
	role := newspaper.Reporter
	var parts []string
	for _, word := range joinLone(splitNames(text)) {
		name := word
		if r, prefix, rest, ok := roleOf(word); ok {
			role = r
			name = rest
			parts = append(parts, prefix)
		}
		if name == "" {
			continue
		}
		parts = append(parts, name)
		if looksLikeName(name) {
			c.creators = append(c.creators, newspaper.Creator{Role: role, Name: name})
		}
	}
	return strings.Join(parts, " ")
}

// splitNames cuts a byline's text into words. Role words are words also where no
// space stands around them: 记者张三通讯员李四.
func splitNames(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || in("、，,；;：:/□■●◎○", r)
	})
	var out []string
	for _, w := range words {
		for w != "" {
			i, n := findRole(w)
			if i < 0 {
				out = append(out, splitRun(w)...)
				break
			}
			if rest := w[i+n:]; rest != "" || i > 0 {
				out = append(out, w[:i+n])
				w = rest
				continue
			}
			out = append(out, w)
			break
		}
	}
	return out
}

// findRole finds the first long role word in a word.
func findRole(word string) (at, size int) {
	at = -1
	for _, r := range roles {
		if i := strings.Index(word, r.word); i >= 0 && len(r.word) > 3 && (at < 0 || i < at) {
			at, size = i, len(r.word)
		}
	}
	return at, size
}

// splitRun takes two names apart that a line's end or a spread line ran together:
// four characters are two names of two, six are two of three.
func splitRun(word string) []string {
	r := []rune(word)
	for _, c := range r {
		if !isHan(c) {
			return []string{word}
		}
	}
	switch len(r) {
	case 4:
		if !in(doubleSurnames, r[0]) {
			return []string{string(r[:2]), string(r[2:])}
		}
	case 6:
		return []string{string(r[:3]), string(r[3:])}
	case 5:
		if in(commonSurnames, r[3]) && !in(commonSurnames, r[2]) {
			return []string{string(r[:3]), string(r[3:])}
		}
		return []string{string(r[:2]), string(r[2:])}
	}
	return []string{word}
}

const (
	doubleSurnames = "欧司上诸尉皇令慕东公夏端"
	commonSurnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)

// joinLone puts the characters of a justified name together again: 康 桂 芳, 罗 丽,
// 记 者.
func joinLone(words []string) []string {
	var out []string
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && j-i < 3 && utf8.RuneCountInString(words[j]) == 1 {
			j++
		}
		if j-i >= 2 {
			joined := strings.Join(words[i:j], "")
			if two := strings.Join(words[i:i+2], ""); two == "记者" || two == "記者" {
				joined, j = two, i+2
			}
			out = append(out, joined)
			i = j
			continue
		}
		out = append(out, words[i])
		i++
	}
	return out
}

// roleOf splits a word like 本报记者张三 into its role, the role's words and the name.
func roleOf(word string) (role, prefix, rest string, ok bool) {
	for _, r := range roles {
		if i := strings.Index(word, r.word); i >= 0 && (len(r.word) > 3 || word == r.word) {
			return r.role, word[:i+len(r.word)], word[i+len(r.word):], true
		}
	}
	return "", "", "", false
}

// looksLikeName accepts Chinese names and foreign ones with a dot.
func looksLikeName(word string) bool {
	n := 0
	for _, r := range word {
		if !isHan(r) && r != '·' {
			return false
		}
		n++
	}
	return n >= 2 && (n <= 4 || strings.Contains(word, "·"))
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
	words := joinLone(splitNames(inside))
	if len(words) == 0 || len(words) > 8 {
		return false
	}
	if strings.HasPrefix(inside, "据") && utf8.RuneCountInString(inside) <= 14 || strings.HasPrefix(inside, "来源") {
		return true
	}
	named := 0
	for _, w := range words {
		if _, _, rest, ok := roleOf(w); ok {
			if rest == "" || looksLikeName(rest) {
				named++
				continue
			}
			return false
		}
		if !looksLikeName(w) || utf8.RuneCountInString(w) > 3 || notNames[w] {
			return false
		}
		named++
	}
	return named > 0
}

// notNames are brackets that close texts without naming anybody.
var notNames = map[string]bool{"完": true, "待续": true, "未完": true, "下略": true, "节选": true, "摘要": true, "图": true, "有删节": true, "有删改": true, "全文完": true}

// fromSignature files the names of a closing bracket.
func (c *credit) fromSignature(inside string) {
	if source, ok := strings.CutPrefix(inside, "据"); ok {
		source = strings.TrimSuffix(strings.TrimSuffix(source, "电"), "报道")
		c.sources = append(c.sources, newspaper.InfoSource{Role: "agency", Name: compact(source)})
		return
	}
	if i := strings.Index(inside, "来源"); i == 0 {
		c.sources = append(c.sources, newspaper.InfoSource{Role: "agency", Name: strings.Trim(compact(inside[len("来源"):]), "：:")})
		return
	}
	var named credit
	text := named.fromNames(inside)
	_, _, _, worded := roleOf(firstOr(splitNames(inside)))
	for _, creator := range named.creators {
		if !worded && creator.Role == newspaper.Reporter {
			creator.Role = newspaper.Contributor // a bare name is no reporter of the paper
		}
		c.creators = append(c.creators, creator)
	}
	if c.by == "" {
		c.by = text
	}
}

func firstOr(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
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
