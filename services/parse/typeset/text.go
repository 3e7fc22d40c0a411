package typeset

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"strings"
	"unicode"

	"broadsheet/services/parse/internal/script"
)

// Article is a text to set. Only Paragraphs must be there.
type Article struct {
	Kicker     string   `json:"kicker,omitempty"`
	Title      string   `json:"title"`
	Deck       string   `json:"deck,omitempty"`
	Date       string   `json:"date,omitempty"`
	Paragraphs []string `json:"paragraphs"`
}

// ReadArticles reads JSON Lines of articles, of running text only.
func ReadArticles(r io.Reader) ([]Article, error) {
	var out []Article
	s := bufio.NewScanner(r)
	s.Buffer(nil, 4<<20)
	for n := 1; s.Scan(); n++ {
		var a Article
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			return nil, fmt.Errorf("article %d: %w", n, err)
		}
		a.clean()
		if a.running() {
			out = append(out, a)
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read the articles: %w", err)
	}
	return out, nil
}

// Half returns one of two halves of the articles, always the same by title, so
// that what is measured on one half was never seen with the other.
func Half(articles []Article, second bool) []Article {
	var out []Article
	for _, a := range articles {
		h := fnv.New32a()
		h.Write([]byte(a.Title))
		if (h.Sum32()>>7&1 == 1) == second {
			out = append(out, a)
		}
	}
	return out
}

func (a *Article) clean() {
	a.Title = strings.Join(strings.Fields(a.Title), " ")
	if i := strings.Index(a.Title, "】"); i >= 0 && strings.HasPrefix(a.Title, "【") {
		a.Kicker = strings.Trim(a.Title[:i], "【】")
		a.Title = strings.TrimSpace(a.Title[i+len("】"):])
	}
	paras := a.Paragraphs[:0]
	for _, t := range a.Paragraphs {
		if t = cleanSpaces(t); t != "" {
			paras = append(paras, t)
		}
	}
	a.Paragraphs = paras
}

// running reports whether every paragraph is sentences: lists and digests of
// several stories have no one headline to find.
func (a *Article) running() bool {
	for _, text := range a.Paragraphs {
		r := []rune(text)
		if !strings.ContainsRune("。！？”…）", r[len(r)-1]) {
			return false
		}
	}
	return len(a.Paragraphs) > 0
}

// cleanSpaces keeps the spaces of a text that are printed: those between Latin
// words.
func cleanSpaces(text string) string {
	words := strings.Fields(text)
	var b strings.Builder
	var last rune
	for _, w := range words {
		r := []rune(w)
		if latin(last) && latin(r[0]) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		last = r[len(r)-1]
	}
	return b.String()
}

func latin(r rune) bool { return r < 0x2E80 && unicode.IsLetter(r) }

// dress makes a text as the page's paper would print it: phrases of the title to
// lines of a headline, the page's forms of characters.
func (p *page) dress(a Article) Article {
	a.splitTitle(p)
	a.enrich(p)
	form := p.style.form()
	a.Kicker, a.Title, a.Deck = form(a.Kicker), form(a.Title), form(a.Deck)
	paras := make([]string, len(a.Paragraphs))
	for i, t := range a.Paragraphs {
		paras[i] = form(p.mark(t))
	}
	a.Paragraphs = paras
	return a
}

// mark ends a paragraph with another final mark now and then: broadcast texts have
// little but full stops.
func (p *page) mark(text string) string {
	if body, ok := strings.CutSuffix(text, "。"); ok && p.chance(.06) {
		return body + pick(p.r, []string{"！", "！", "？", "……"})
	}
	return text
}

// splitTitle makes kicker, title and deck of a title of several phrases, as the
// page's editors like: 引题 正题 副题.
func (a *Article) splitTitle(p *page) {
	parts := strings.Fields(a.Title)
	if len(parts) < 2 || a.Deck != "" || len(parts) > 3 {
		return
	}
	if i := strings.Index(a.Title, "——"); i > 0 {
		a.Title, a.Deck = strings.TrimSpace(a.Title[:i]), strings.TrimSpace(a.Title[i:])
		return
	}
	if len(parts) == 2 && p.chance(p.style.commas) {
		a.Title = parts[0] + pick(p.r, []string{"，", "，", "："}) + parts[1]
		return
	}
	if p.chance(p.style.onePhrase) {
		return // 共护一江水 万里长江焕发新活力: one headline of two phrases
	}
	switch first, second := length(parts[0]), length(parts[1]); {
	case len(parts) == 3 && a.Kicker == "":
		a.Kicker, a.Title, a.Deck = parts[0], parts[1], parts[2]
	case len(parts) == 3:
		a.Title, a.Deck = parts[0]+" "+parts[1], parts[2]
	case a.Kicker == "" && first*4 <= second*5 && p.chance(.35):
		a.Kicker, a.Title = parts[0], parts[1]
	default:
		a.Title, a.Deck = parts[0], parts[1]
	}
}

// enrich gives a headline a kicker or deck that its source has not, as papers have
// them: who took part, where it was said, a fact out of the text.
func (a *Article) enrich(p *page) {
	if a.Kicker != "" || a.Deck != "" || !p.chance(p.style.Extra) {
		return
	}
	name := p.name()
	switch p.r.IntN(6) {
	case 0, 1:
		a.Deck = name + pick(p.r, []string{"出席", "主持", "讲话", "参加", "出席并讲话", "主持会议", "主持会议并讲话", "致辞", "参加活动"})
		if p.r.IntN(3) == 0 {
			a.Deck = p.name() + " " + a.Deck
		}
	case 2:
		a.Kicker = name + pick(p.r, []string{"在清源县调研时强调", "在全市农村工作会议上强调", "主持召开专题会议强调", "到柳湾镇督导时指出", "在与企业家座谈时表示", "调研重点项目时要求", "号召广大青年"})
	case 3:
		a.Deck = pick(p.r, []string{"——", "", "——我市"}) + pick(p.r, []string{"清源县乡村振兴工作综述", "我市推进重点项目建设纪实", "柳湾镇产业发展见闻", "记清源县第一中学教师" + name, "写在防汛工作会议召开之际", "基层治理一线观察", "我市优化营商环境见闻"})
	default:
		if fact := a.fact(); fact != "" && p.r.IntN(4) > 0 {
			a.Deck = fact
		} else if fact != "" {
			a.Kicker = fact
		}
	}
}

// fact is a clause of the text that can stand by itself.
func (a *Article) fact() string {
	for _, text := range a.Paragraphs[min(1, len(a.Paragraphs)-1):] {
		for _, c := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("，。；：！？", r) }) {
			if n := length(c); n >= 10 && n <= 22 && !strings.ContainsAny(c, "“”‘’《》（）、") && !strings.ContainsAny(firstRune(c), "并而但将也还就都其这那把从在以对为") {
				return c
			}
		}
	}
	return ""
}

func firstRune(text string) string { return string([]rune(text)[:1]) }

// form returns how the page writes characters: traditional script, full-width
// digits, half-width punctuation.
func (d drawn) form() func(string) string {
	return func(text string) string {
		return strings.Map(func(r rune) rune {
			if t := script.Traditional(r); d.traditional && t != r {
				return t
			}
			switch {
			case d.fullDigits && r >= '0' && r <= '9':
				return r - '0' + '０'
			case d.fullDigits && (r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'):
				return r - 'A' + 'Ａ'
			case d.halfMarks && strings.ContainsRune("，：；！？（）", r):
				return r - '，' + ','
			case d.traditional && r == '“':
				return '「'
			case d.traditional && r == '”':
				return '」'
			}
			return r
		}, text)
	}
}
