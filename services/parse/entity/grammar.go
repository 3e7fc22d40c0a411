package entity

import (
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/lexicon"
)

// grammar corrects the model's spans where the guideline or the newspaper's
// ways decide. Rules work on folded characters.
func (p *page) grammar(t *tagged) {
	g := &grammar{page: p, t: t, spans: t.folded()}
	g.clean()
	g.splitTitles()
	g.jointBodies()
	g.rosters()
	g.longerTitles()
	g.titlesOfPeople()
	g.longerBodies()
	g.kinds()
	g.surnames()
	t.spans = t.unfolded(g.spans)
}

type grammar struct {
	*page
	t     *tagged
	spans []span // in folded characters, in order, not overlapping
}

// longestTitle bounds how far back a title is looked for.
const longestTitle = 12

// titleEnding is where the longest title of the list starts that ends at end and
// does not start before from; end when there is none.
func (g *grammar) titleEnding(from, end int) int {
	for start := max(from, end-longestTitle); start < end; start++ {
		if g.lex.Words.Lookup(g.t.fold[start:end])&lexicon.Title != 0 {
			return start
		}
	}
	return end
}

// longerTitles takes the level and committee of a title without a place into
// it: 市委|书记 is one title, 吕梁市委|书记 is an organisation and a title. So are
// 国务院|总理 and 外交部|发言人, where the body is named.
func (g *grammar) longerTitles() {
	out := make([]span, 0, len(g.spans))
	for _, s := range g.spans {
		if s.kind == newspaper.TITLE {
			if at := g.officeOf(s); at > s.start {
				out = append(out, span{start: s.start, end: at, kind: newspaper.ORG}, span{start: at, end: s.end, kind: s.kind})
				continue
			}
			from, cover := 0, -1
			if n := len(out); n > 0 {
				if from = out[n-1].end; from == s.start && out[n-1].kind == newspaper.ORG && !g.named(out[n-1]) {
					from, cover = out[n-1].start, n-1
				}
			}
			start := g.titleEnding(from, s.end)
			if cover >= 0 && start == from {
				out = out[:cover]
			}
			if start < s.start && (cover < 0 || start == from) {
				s.start = start
			}
		}
		out = append(out, s)
	}
	g.spans = out
}

// named reports whether a span is a body that is sure wherever it stands: 国务院.
func (g *grammar) named(s span) bool {
	return g.lex.Words.Lookup(g.t.fold[s.start:s.end])&lexicon.SureOrg != 0
}

// officeOf is where the office begins in a title that starts with a named body,
// but for 全国人大代表 and 全国政协委员, which are one; else where the title begins.
func (g *grammar) officeOf(s span) int {
	if g.endsIn(s, []string{"人大代表", "政协委员"}) {
		return s.start
	}
	for at := s.end - 2; at >= s.start+leastSure; at-- {
		if g.named(span{start: s.start, end: at}) && g.lex.Words.Lookup(g.t.fold[at:s.end])&lexicon.Title != 0 {
			return at
		}
	}
	return s.start
}

// titlesOfPeople adds titles of the list that stand right before a person.
func (g *grammar) titlesOfPeople() {
	var more []span
	last := 0
	for _, s := range g.spans {
		if s.kind == newspaper.PER && s.start > last {
			if start := g.titleEnding(last, s.start); start < s.start {
				more = append(more, span{start: start, end: s.start, kind: newspaper.TITLE})
			}
		}
		last = s.end
	}
	g.spans = merge(g.spans, more)
}

// folded are the spans in folded characters.
func (t *tagged) folded() []span {
	out := slices.Clone(t.spans)
	i := 0
	for k := range out {
		for int(t.at[i]) < out[k].start {
			i++
		}
		out[k].start = i
		for int(t.at[i]) < out[k].end {
			i++
		}
		out[k].end = i
	}
	return out
}

// unfolded is the inverse of folded.
func (t *tagged) unfolded(spans []span) []span {
	for k := range spans {
		spans[k].start, spans[k].end = int(t.at[spans[k].start]), int(t.at[spans[k].end-1])+1
	}
	return spans
}

// clean drops spans that nothing of their kind can be: a title of one character
// that is none of the list, ordinary words as a person, and a name of punctuation
// and digits.
func (g *grammar) clean() {
	kept := make([]span, 0, len(g.spans))
	for i, s := range g.spans {
		s = g.cutBracket(s)
		text := g.t.fold[s.start:s.end]
		switch {
		case s.kind == newspaper.TITLE && len(text) == 1 && g.lex.Words.Lookup(text)&lexicon.Title == 0:
		case s.kind == newspaper.PER && g.words(text) && !g.called(i):
		case g.common(s):
		case g.sides(s) && !g.called(i):
		case !slices.ContainsFunc(text, func(c uint16) bool { return c == lexicon.Letter || c >= 0x2E80 && !(c >= 0x3000 && c < 0x3040) }):
		default:
			switch {
			case s.kind == newspaper.PER && len(text) == 3 && g.follows(s.end-1, "作的"):
				s.end-- // 秘书长刘奇|作的汇报
			case s.kind == newspaper.LOC && len(text) > 4 && g.follows(s.end-2, "城区") && strings.ContainsRune("市县区旗", rune(text[len(text)-3])):
				s.end -= 2 // 交城县|城区, but 北京城区
			}
			kept = append(kept, s)
		}
	}
	g.spans = kept
}

// commonNouns end what looks like the name of a place.
var commonNouns = []string{"城中村", "金山银山"}

// besides are what lies to one side of a place.
var besides = []string{"东地区", "南地区", "西地区", "北地区"}

// What follows the quoted name of a weapon or a ship, after the quote, and what
// stands before that of a storm.
var (
	weapons = strings.Fields("号 级 型 导弹 巡航 洲际 防空 多管 火箭 主战 坦克 装甲 战机 战斗机 轰炸机 无人机 直升机 航母 护卫舰 驱逐舰 快艇 林火")
	storms  = strings.Fields("台风 风暴 飓风 气旋")
)

// common reports whether a span is no name, or that of a thing: 中国|化, 文旅部|门,
// 总统|府, “斯特赖克”装甲车, 台风“杜苏芮”.
func (g *grammar) common(s span) bool {
	switch s.kind {
	case newspaper.LOC:
		made := g.follows(s.end, "化") && (s.end+1 == len(g.t.fold) || !strings.ContainsRune("工学肥石纤妆解险债", rune(g.t.fold[s.end+1])))
		side := s.end-s.start == 3 && g.follows(s.start-1, "以") && g.endsIn(s, besides) // 黄河以|北地区
		guests := s.end-s.start == 2 && g.follows(s.start, "来宾") && (s.start == 0 || !strings.ContainsRune("在、从到赴抵自", rune(g.t.fold[s.start-1])))
		return made || side || guests || g.endsIn(s, commonNouns)
	case newspaper.ORG:
		if g.follows(s.end-1, "部门") {
			return true
		}
	case newspaper.TITLE:
		return g.follows(s.end, "府")
	}
	if s.start == 0 || g.t.fold[s.start-1] != '“' || !g.follows(s.end, "”") {
		return false
	}
	return slices.ContainsFunc(weapons, func(w string) bool { return g.follows(s.end+1, w) }) ||
		slices.ContainsFunc(storms, func(w string) bool { return g.follows(s.start-3, w) })
}

// cutBracket ends a span before a bracket that closes what opened before it:
// （哈马斯|）指挥中心.
func (g *grammar) cutBracket(s span) span {
	text := g.t.fold[s.start:s.end]
	if at := slices.IndexFunc(text, func(c uint16) bool { return c == '(' || c == ')' }); at > 0 && text[at] == ')' {
		s.end = s.start + at
	}
	return s
}

// countries are countries as one character.
var countries = charSet("中美俄英法德日韩朝印巴以伊黎叙乌欧澳加墨越缅蒙芬柬塔塞匈波荷捷希土沙埃尼马孟泰菲智秘阿卡海斐")

// between is what two countries have.
var between = []string{"两国", "关系", "双方", "建交", "两党", "两军"}

// sides reports whether a span is two countries (中芬) or one as a party (孟方),
// which are no names.
func (g *grammar) sides(s span) bool {
	text := g.t.fold[s.start:s.end]
	if s.kind == newspaper.TITLE || len(text) != 2 || !countries[text[0]] {
		return false
	}
	if countries[text[1]] && slices.ContainsFunc(between, func(word string) bool { return g.follows(s.end, word) }) {
		return true
	}
	if s.kind == newspaper.LOC || g.lex.Words.Lookup(text)&^lexicon.Word != 0 {
		return false
	}
	return text[1] == '方' || countries[text[1]] && g.lex.Words.Lookup(text[:1])&lexicon.Surname == 0
}

// wordy are family names that are common words too.
var wordy = charSet("严关高和成方应时从向于安常平万任连解过都步管强易乐明支计危单双干通充习能满全讲广同相别包路经宣宿")

// words reports whether what was taken for a person may as well be ordinary
// words: 严|静默, 关爱|留守.
func (g *grammar) words(text []uint16) bool {
	ordinary := func(word []uint16) bool {
		class := g.lex.Words.Lookup(word)
		return class&lexicon.Word != 0 && class&(lexicon.Name|lexicon.Foreign) == 0
	}
	switch len(text) {
	case 3:
		return wordy[text[0]] && ordinary(text[1:]) || ordinary(text)
	case 4:
		return ordinary(text[:2]) && ordinary(text[2:])
	}
	return false
}

// called reports whether something beside person i says it is one: a title, or
// another person of a list.
func (g *grammar) called(i int) bool {
	s := g.spans[i]
	beside := func(o span, gap, end int) bool {
		return gap == end && o.kind == newspaper.TITLE || gap+1 == end && o.kind == newspaper.PER && g.t.fold[gap] == '、'
	}
	return i > 0 && beside(g.spans[i-1], g.spans[i-1].end, s.start) || i+1 < len(g.spans) && beside(g.spans[i+1], s.end, g.spans[i+1].start)
}
