package segment

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

// named is a word of a byline: a role word, a name, or both (记者张三).
type named struct {
	role   string // of the last role word
	worded bool   // it has a role word
	name   string
}

// roleWords with the role of the names after them. Longer ones come first.
var roleWords = regexp.MustCompile(`[/／][\p{Han}、]{0,6}(?:报道|报导|专访|特稿|专题)|摄影报道|摄影|通讯员|记者|评论员|主笔|实习生|责任编辑|责编|编辑|作者|读者|供稿|供图|整理|撰稿|撰文|采写|报道组|文[/／]图|图[/／]文|文图|文[/／]摄|[/／]摄影?|[/／]文|[/／]图|摄[/／：]|图[/／：]|文[/／：]`)

// roleOf is the role that a role word gives; after says that it stands after the
// name (张三/文), both that the name before wrote and took the pictures.
func roleOf(word string) (role string, after, both bool) {
	word = strings.ReplaceAll(word, "／", "/")
	switch word {
	case "摄影报道", "摄影", "摄/", "图/", "摄：", "图：", "供图":
		return newspaper.Photographer, false, false
	case "/摄", "/摄影", "/图":
		return newspaper.Photographer, true, false
	case "/文":
		return newspaper.Reporter, true, false
	case "文/图", "图/文", "文图", "文/摄":
		return newspaper.Photographer, true, true
	case "通讯员":
		return newspaper.Correspondent, false, false
	case "责任编辑", "责编", "编辑":
		return newspaper.Editor, false, false
	case "主笔", "作者", "读者", "供稿", "整理", "撰稿", "撰文", "采写", "文/", "文：":
		return newspaper.Contributor, false, false
	}
	if strings.HasPrefix(word, "/") {
		return "", true, false // ／南屿报导 says where
	}
	return newspaper.Reporter, false, false
}

// ranks stand before 记者 and are no names: 本报全媒体记者.
var ranks = regexp.MustCompile(`^(?:` + house + `|新华社|中新社|人民网|新华网|中国新闻社|` + papers + `|` + rank + `)*(?:驻[\p{Han}]{1,4})?$`)

// roleWordSet is what every role word has one of: most names have none.
var roleWordSet = newRuneSet("采/／摄通记评主实责编作读供整撰报文图")

var slashes = strings.NewReplacer(" /", "/", "/ ", "/", " ／", "／")

// namesIn reads a byline's words: 记者 张三 通讯员 李四、王五.
func namesIn(text string) []named {
	var out []named
	role := newspaper.Reporter
	if containsAny(text, "/", "／") {
		text = slashes.Replace(text)
	}
	var names []string // words since the last role word
	flush := func() {
		for _, name := range groupNames(names) {
			out = append(out, named{role: role, name: name})
		}
		names = names[:0]
	}
	for part := range strings.FieldsFuncSeq(closeRoles(text), nameBreaks.has) {
		for word := range strings.FieldsSeq(part) {
			for word != "" {
				t := twinOf(word)
				var m []int
				if roleWordSet.in(t.plain) {
					m = roleWords.FindStringIndex(t.plain)
				}
				if m == nil && (word == "文" || word == "图") && out == nil && len(names) == 0 {
					out = append(out, named{role: role, worded: true}) // 文 范春娟
					break
				}
				if m == nil && (word == "文" || word == "图") && len(names) > 0 && !loneRune(names[len(names)-1]) {
					break // 记者 秦宇 文
				}
				if m == nil {
					names = append(names, word)
					break
				}
				if lead := t.plain[:m[0]]; lead != "" && !ranks.MatchString(lead) {
					names = append(names, t.cut(0, m[0]))
				}
				flush()
				next, after, both := roleOf(t.plain[m[0]:m[1]])
				last := len(out) - 1
				switch {
				case both && last >= 0 && out[last].name != "":
					out = append(out, named{role: next, name: out[last].name})
				case after && last >= 0 && next != "":
					out[last].role = next
				case next != "":
					role = next
				}
				out = append(out, named{role: role, worded: true})
				word = strings.TrimLeft(t.cut(m[1], len(t.plain)), "：:/／")
			}
		}
		flush()
	}
	return out
}

var nameBreaks = newRuneSet("、，,；;□■●◎○▍|◆▲")

// spacedRoles are role words that justification has taken apart.
var spacedRoles = strings.NewReplacer("记 者", "记者", "記 者", "記者", "通 讯 员", "通讯员", "通 訊 員", "通訊員", "通 讯员", "通讯员", "通讯 员", "通讯员")

// closeRoles puts role words together again.
func closeRoles(text string) string {
	if !containsAny(text, " 者", " 员", " 員", "通 ") {
		return text
	}
	return spacedRoles.Replace(text)
}

// loneRune reports a word of one character.
func loneRune(word string) bool {
	_, size := utf8.DecodeRuneInString(word)
	return size == len(word)
}

// bureaus are places that papers and agencies report from.
const bureaus = `台北|新北|台中|台南|高雄|桃园|基隆|新竹|嘉义|花莲|台东|屏东|宜兰|澎湖|金门|香港|澳门|北京|上海|广州|深圳|东京|首尔|新加坡|吉隆坡|槟城|曼谷|雅加达|马尼拉|悉尼|墨尔本|华盛顿|纽约|洛杉矶|旧金山|温哥华|多伦多|巴黎|伦敦|柏林|日内瓦|布鲁塞尔|莫斯科|联合国`

var (
	// reportTail is where a reporter reports from, after the name: 韓健台南報導, 韓健／台南報導.
	reportTail = regexp.MustCompile(`[/／]?(` + bureaus + `|综合)?(?:\d{1,2}日)?(?:报道|报导|电)$`)
	bureauTail = regexp.MustCompile(`(?:` + bureaus + `)$`)
)

// splitBureau takes a name and the place after it apart.
func splitBureau(word string) (name, place string) {
	if m := bureauTail.FindStringIndex(plainForm(word)); m != nil && m[0] > 0 {
		t := twinOf(word)
		return t.cut(0, m[0]), t.cut(m[0], m[1])
	}
	r := []rune(word)
	n := min(3, len(r)-2)
	if n < 2 {
		return word, ""
	}
	return string(r[:n]), string(r[n:])
}

// fromNames files the names of a byline's bracket or line and returns its text
// cleaned.
func (c *credit) fromNames(text string) string {
	names := text
	if len(c.sources) == 0 {
		if m := agencyReporter.FindStringSubmatch(plainForm(text)); m != nil {
			c.sources = []newspaper.InfoSource{{Role: "agency", Name: m[1]}}
		}
	}
	if last := plainRune(lastRune(text)); last == '道' || last == '导' || last == '电' {
		plain := plainForm(text)
		if m := reportTail.FindStringSubmatchIndex(plain); m != nil && (m[2] >= 0 || !containsAny(plain, "/", "／")) {
			t := twinOf(text)
			names = t.cut(0, m[0])
			if m[2] >= 0 && c.located == "" && plain[m[2]:m[3]] != "综合" {
				c.located = t.cut(m[2], m[3])
			}
		}
	}
	said := namesIn(names)
	bare := !slices.ContainsFunc(said, func(w named) bool { return w.worded })
	for _, w := range said {
		if bare {
			w.role = newspaper.Contributor // a bare name is no reporter of the paper
		}
		if looksLikeName(w.name) {
			c.creators = append(c.creators, newspaper.Creator{Role: w.role, Name: w.name})
		}
	}
	return cleanNames(text)
}

// cleanNames takes the spaces of justification out of a byline: those inside
// names.
func cleanNames(text string) string {
	return strings.Join(regroup(strings.Fields(closeRoles(text)), loneRune, func(word string) bool {
		return allHan(word) && !roleWords.MatchString(plainForm(word))
	}), " ")
}

const (
	// surestSurnames are those that few other words begin with.
	surestSurnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文付肖"
	otherSurnames  = "靳尚樊路岳庞牛巩关卓俞祁骆尤齐温向莫裴耿涂詹季安翟倪庄左柯申聂焦鲁蓝葛岑柳甘祝霍殷舒解古洪屈项柴符成包辛翁游鲍车盛宁凌华喻边冷谷时应费穆冉单栾宗桂米戚佟芦苗辜麦司房瞿褚仇项娄阮植蒲云卫郎卞宫覃封池蔺管井燕卜原商邢滕晏谌茅缪景官巫党占阚匡狄简丛楚苟宣来闫占沙冀农迟竺牟隋荆邬鹿门敖闻阳寇仲濮"
)

var (
	surnameSet      = newRuneSet(surestSurnames + otherSurnames)
	otherSurnameSet = newRuneSet(otherSurnames)
)

func isSurname(r rune) bool { return surnameSet.has(plainRune(r)) }

// doubleSurnames are those of two characters.
var doubleSurnames = func() map[[2]rune]bool {
	of := make(map[[2]rune]bool)
	for _, s := range words("欧阳|司马|上官|诸葛|皇甫|令狐|慕容|东方|公孙|夏侯|端木|尉迟|司徒|闻人|长孙|宇文") {
		r := []rune(s)
		of[[2]rune(r)] = true
	}
	return of
}()

func doubleSurname(a, b rune) bool { return doubleSurnames[[2]rune{plainRune(a), plainRune(b)}] }

// compoundSurname reports a name with a surname of two characters.
func compoundSurname(name string) bool {
	first, size := utf8.DecodeRuneInString(name)
	return doubleSurname(first, firstRune(name[size:]))
}

// groupNames makes names of a byline's words: characters that justification has set
// apart, 康 桂 芳 罗 丽, are put together, and names that a line's end or a spread line
// has run together, 红卢丽国, taken apart. A name begins with a surname and has two or
// three characters, or four after a double surname or without one that we know; of all
// ways to read the characters the one with the least against it is taken.
func groupNames(words []string) []string {
	odd := func(word string) bool { return loneRune(word) || utf8.RuneCountInString(word) > 3 && allHan(word) }
	return regroup(words, odd, allHan)
}

// regroup reads anew the names in every row of words that may be or be parts of names and
// of which one is odd.
func regroup(words []string, odd, may func(word string) bool) []string {
	if !slices.ContainsFunc(words, odd) {
		return words
	}
	var out []string
	for from := 0; from < len(words); {
		to := from
		for to < len(words) && may(words[to]) {
			to++
		}
		switch row := words[from:to]; {
		case len(row) == 0:
			out = append(out, words[to])
			to++
		case slices.ContainsFunc(row, odd):
			out = append(out, bestNames(row)...)
		default:
			out = append(out, row...)
		}
		from = to
	}
	return out
}

// longestName is how many characters a name read by bestNames has at most; longer words
// stay whole.
const longestName = 4

// What speaks against reading characters as names.
const (
	noSurname  = 1.0 // it begins with none
	longName   = 2.0 // four characters after a single surname
	loneName   = 5.0 // one character
	brokenName = 1.0 // spaces between some of its characters, not between all
	runOn      = 1.5 // no space before the next
	overlong   = 4.0 // more characters than names have
)

func bestNames(words []string) []string {
	var chars []rune
	var spaced []bool // by character: it begins a word
	for _, w := range words {
		for k, r := range []rune(w) {
			chars, spaced = append(chars, r), append(spaced, k == 0)
		}
	}
	n := len(chars)
	cost, from := make([]float64, n+1), make([]int, n+1)
	for to := 1; to <= n; to++ {
		cost[to] = -impossible
		for at := to - 1; at >= 0; at-- {
			size := to - at
			whole := spaced[at] && (to == n || spaced[to]) && !slices.Contains(spaced[at+1:to], true)
			if size > longestName && !whole {
				continue
			}
			c := cost[at] + nameCost(chars[at:to], spaced[at:to])
			if to < n && !spaced[to] {
				c += runOn
			}
			if c < cost[to] {
				cost[to], from[to] = c, at
			}
		}
	}
	var out []string
	for to := n; to > 0; to = from[to] {
		out = append(out, string(chars[from[to]:to]))
	}
	slices.Reverse(out)
	return out
}

// nameCost is what speaks against characters being one name.
func nameCost(name []rune, spaced []bool) float64 {
	apart := 0
	for _, s := range spaced[1:] {
		if s {
			apart++
		}
	}
	cost := 0.0
	if apart > 0 && (apart < len(name)-1 || len(name) > 3) {
		cost += brokenName
	}
	double := len(name) > 2 && doubleSurname(name[0], name[1])
	surname := double || isSurname(name[0])
	if !surname {
		cost += noSurname
	}
	switch n := len(name); {
	case n == 1:
		cost += loneName
	case n == 4 && surname && !double:
		cost += longName
	case n > longestName:
		cost += overlong
	}
	return cost
}

func allHan(word string) bool {
	for _, r := range word {
		if !isHan(r) {
			return false
		}
	}
	return true
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

// placed is a name with where its bearer lives or works before it: 城东区 邹小英.
var placed = regexp.MustCompile(`^[\p{Han}]{1,9}[区县市镇乡村局校院班司社团系学厂店行站队部处室所会委办馆] ?$`)

// nameMarks stand before who wrote an article: □苏砚.
const nameMarks = "□■◎○◇◆△▲●★☆▍ "

var courtesies = endings(words("女士|先生|小姐|师傅|老师|同志"))

// isLoneName reports a line that is but the name of who wrote an article: 苏 砚,
// 齐秀云, 城东区 邹小英, □王小英.
func isLoneName(l *line) bool {
	raw := strings.TrimLeft(l.raw, nameMarks)
	if l.width > 30 || l.ends || l.commas > 0 || width(raw) > 8 && !containsAny(raw, " ", "·") {
		return false
	}
	words := strings.Fields(raw)
	if slices.ContainsFunc(words, loneRune) {
		words = groupNames(words)
	}
	if len(words) == 0 || len(words) > 3 {
		return false
	}
	name := words[len(words)-1]
	n := utf8.RuneCountInString(name)
	first, _ := utf8.DecodeRuneInString(name)
	if courtesies.match(plainForm(name)) || n == 2 && len(words) == 1 && raw == l.raw && otherSurnameSet.has(plainRune(first)) {
		return false // 周女士; 时讯, 关注
	}
	if !looksLikeName(name) || !isSurname(first) && !compoundSurname(name) || n == 4 && !compoundSurname(name) {
		return false
	}
	if len(words) == 2 {
		return placed.MatchString(plainForm(words[0])) || utf8.RuneCountInString(words[0]) <= 3 && isSurname([]rune(words[0])[0]) && looksLikeName(words[0])
	}
	return len(words) == 1
}
