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
var roleWords = regexp.MustCompile(`摄影报道|摄影|通讯员|记者|评论员|实习生|责任编辑|责编|编辑|作者|供稿|供图|整理|撰稿|报道组|文/图|图/文|文图|摄/|图/|文/`)

var rolesOf = map[string]string{
	"摄影报道": newspaper.Photographer, "摄影": newspaper.Photographer, "摄/": newspaper.Photographer, "图/": newspaper.Photographer, "供图": newspaper.Photographer,
	"通讯员": newspaper.Correspondent, "记者": newspaper.Reporter, "评论员": newspaper.Reporter, "实习生": newspaper.Reporter,
	"责任编辑": newspaper.Editor, "责编": newspaper.Editor, "编辑": newspaper.Editor,
	"作者": newspaper.Contributor, "供稿": newspaper.Contributor, "整理": newspaper.Contributor, "撰稿": newspaper.Contributor,
	"报道组": newspaper.Reporter, "文/图": newspaper.Reporter, "图/文": newspaper.Reporter, "文图": newspaper.Reporter, "文/": newspaper.Reporter,
}

// ranks stand before 记者 and are no names: 本报全媒体记者.
var ranks = regexp.MustCompile(`^(?:` + house + `|新华社|中新社|人民网|新华网|中国新闻社|` + rank + `)*(?:驻[\p{Han}]{1,4})?$`)

// namesIn reads a byline's words: 记者 张三 通讯员 李四、王五.
func namesIn(text string) []named {
	var out []named
	role := newspaper.Reporter
	for _, word := range joinLone(strings.FieldsFunc(text, apartNames)) {
		for word != "" {
			t := twinOf(word)
			m := roleWords.FindStringIndex(t.plain)
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
			role = rolesOf[t.plain[m[0]:m[1]]]
			out = append(out, named{role: role, worded: true})
			word = t.cut(m[1], len(t.plain))
		}
	}
	return out
}

func apartNames(r rune) bool {
	return unicode.IsSpace(r) || in("、，,；;：:□■●◎○▍|◆▲", r)
}

// fromNames files the names of a byline's bracket or line and returns its text
// cleaned.
func (c *credit) fromNames(text string) string {
	for _, w := range namesIn(text) {
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
		if isSurname(r[3]) && !isSurname(r[2]) {
			return []string{string(r[:3]), string(r[3:])}
		}
		return []string{string(r[:2]), string(r[2:])}
	}
	return []string{word}
}

const commonSurnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"

func isSurname(r rune) bool { return in(commonSurnames, plainRune(r)) }

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
