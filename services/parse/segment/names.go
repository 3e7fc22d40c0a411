package segment

import (
	"regexp"
	"strings"
	"unicode"
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
var roleWords = regexp.MustCompile(`[/／][\p{Han}、]{0,6}(?:报道|报导|专访|特稿|专题)|摄影报道|摄影|通讯员|记者|评论员|主笔|实习生|责任编辑|责编|编辑|作者|读者|供稿|供图|整理|撰稿|报道组|文[/／]图|图[/／]文|文图|文[/／]摄|[/／]摄影?|[/／]文|[/／]图|摄[/／：]|图[/／：]|文[/／：]`)

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
	case "主笔", "作者", "读者", "供稿", "整理", "撰稿", "文/", "文：":
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
var roleWordSet = newRuneSet("/／摄通记评主实责编作读供整撰报文图")

var slashes = strings.NewReplacer(" /", "/", "/ ", "/", " ／", "／")

// namesIn reads a byline's words: 记者 张三 通讯员 李四、王五.
func namesIn(text string) []named {
	var out []named
	role := newspaper.Reporter
	if containsAny(text, "/", "／") {
		text = slashes.Replace(text)
	}
	for _, word := range joinLone(strings.FieldsFunc(text, apartNames)) {
		for word != "" {
			t := twinOf(word)
			var m []int
			if roleWordSet.in(t.plain) {
				m = roleWords.FindStringIndex(t.plain)
			}
			if m == nil {
				for _, name := range splitRun(word) {
					out = append(out, named{role: role, name: name})
				}
				break
			}
			if lead := t.plain[:m[0]]; lead != "" && !ranks.MatchString(lead) {
				for _, name := range splitRun(t.cut(0, m[0])) {
					out = append(out, named{role: role, name: name})
				}
			}
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
	return out
}

var nameBreaks = newRuneSet("、，,；;□■●◎○▍|◆▲")

func apartNames(r rune) bool {
	return unicode.IsSpace(r) || nameBreaks.has(r)
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
	for _, w := range namesIn(names) {
		if looksLikeName(w.name) {
			c.creators = append(c.creators, newspaper.Creator{Role: w.role, Name: w.name})
		}
	}
	return cleanNames(text)
}

// cleanNames takes the spaces of justification out of a byline: those inside
// names.
func cleanNames(text string) string { return strings.Join(joinLone(strings.Fields(text)), " ") }

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
		if !compoundSurname(word) {
			return []string{string(r[:2]), string(r[2:])}
		}
	case 6:
		return []string{string(r[:3]), string(r[3:])}
	case 5:
		if second := surnameRank(r[3]); second >= 0 && (!isSurname(r[2]) || second < surnameRank(r[2])) {
			return []string{string(r[:3]), string(r[3:])}
		}
		return []string{string(r[:2]), string(r[2:])}
	}
	return []string{word}
}

const commonSurnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文" +
	"靳尚樊路岳庞牛巩关卓俞祁骆尤齐温向莫裴耿涂詹季安翟倪庄左柯申聂焦鲁蓝葛岑柳甘祝霍殷舒解古洪屈项柴符成包辛翁游鲍车盛宁凌华喻边冷谷时应费穆冉单栾宗桂米戚佟芦苗辜麦司房瞿褚仇项娄阮植蒲云卫郎卞宫覃封池蔺管井燕卜原商邢滕晏谌茅缪景官巫党占阚匡狄简丛楚苟宣来闫占沙冀农迟竺牟隋荆邬鹿门敖闻阳寇仲濮"

var surnameSet = newRuneSet(commonSurnames)

// surnameRank is less for more common surnames, and -1 for what is none.
func surnameRank(r rune) int { return strings.IndexRune(commonSurnames, plainRune(r)) }

func isSurname(r rune) bool { return surnameSet.has(plainRune(r)) }

// compoundSurname reports a name with a surname of two characters.
func compoundSurname(name string) bool {
	plain := plainForm(name)
	for _, s := range []string{"欧阳", "司马", "上官", "诸葛", "皇甫", "令狐", "慕容", "东方", "公孙", "夏侯", "端木", "尉迟", "司徒", "闻人", "长孙", "宇文"} {
		if strings.HasPrefix(plain, s) {
			return true
		}
	}
	return false
}

// joinLone puts the characters of a justified name together again: 康 桂 芳, 罗 丽,
// 记 者.
func joinLone(words []string) []string {
	var out []string
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && j-i < 3 && lone(words[j]) {
			j++
		}
		if j-i >= 2 {
			joined := strings.Join(words[i:j], "")
			if two := strings.Join(words[i:i+2], ""); plainForm(two) == "记者" {
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

func lone(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	return size == len(word) && isHan(r)
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

// isLoneName reports a line that is but the name of who wrote an article: 苏 砚,
// 齐秀云, 城东区 邹小英, □王小英.
func isLoneName(l *line) bool {
	raw := strings.TrimLeft(l.raw, nameMarks)
	if l.width > 30 || l.ends || l.commas > 0 || width(raw) > 8 && !containsAny(raw, " ", "·") {
		return false
	}
	words := joinLone(strings.Fields(raw))
	if len(words) == 0 || len(words) > 3 {
		return false
	}
	name := words[len(words)-1]
	n := utf8.RuneCountInString(name)
	first, _ := utf8.DecodeRuneInString(name)
	if !looksLikeName(name) || !isSurname(first) && !compoundSurname(name) || n == 4 && !compoundSurname(name) {
		return false
	}
	if len(words) == 2 {
		return placed.MatchString(plainForm(words[0])) || utf8.RuneCountInString(words[0]) <= 3 && isSurname([]rune(words[0])[0]) && looksLikeName(words[0])
	}
	return len(words) == 1
}
