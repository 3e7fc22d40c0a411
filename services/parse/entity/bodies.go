package entity

import (
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/lexicon"
)

// longestPart bounds the part of an organisation that no list knows, in
// characters: 城乡规划建设处.
const longestPart = 10

// longerBodies gives organisations the parts that the guideline wants with them:
// a place and the body named after it (文昌路社区|新时代文明实践站), and the part
// before the title of its head (市委宣传部|文艺科|科长).
func (g *grammar) longerBodies() {
	out := g.spans[:0]
	for i := 0; i < len(g.spans); i++ {
		s := g.spans[i]
		next := len(g.t.fold)
		if i+1 < len(g.spans) {
			next = g.spans[i+1].start
		}
		switch n := len(out); {
		case n > 0 && out[n-1].end == s.start && out[n-1].kind == newspaper.LOC && s.kind == newspaper.LOC && !g.apart(s):
			out[n-1].end = s.end // a chain from large to small is one place
			continue
		case s.kind == newspaper.LOC:
			second := g.secondField(i + 1)
			if end := max(g.bodyEnd(s.end, next), g.twoFieldsEnd(s.end, max(next, second))); end > s.end {
				s.kind, s.end = newspaper.ORG, end
				if end == second {
					i++
				}
			} else if end := g.lex.PlaceEnd(g.t.fold, s.start, s.end); end <= next {
				s.end = end
			}
		case s.kind == newspaper.ORG && i+1 < len(g.spans) && next > s.end && next-s.end <= longestPart && g.spans[i+1].kind == newspaper.TITLE && g.isPart(s.end, next):
			s.end = next
		}
		out = append(out, s)
	}
	g.spans = out
}

// apart reports whether place s is none that a touching one before it goes on
// with: 京哈高速|扶余|段, 川青铁路|镇江关|至黄胜关段, 美国|中东|问题.
func (g *grammar) apart(s span) bool {
	return g.follows(s.end, "段") || g.follows(s.end, "至") || g.follows(s.end, "问题")
}

// bodyEnd is where the longest known kind of body ends that starts at start and
// ends before limit, at least three characters long; else start.
func (g *grammar) bodyEnd(start, limit int) int {
	const shortest = 3
	end := start
	var node uint32
	for j := start; j < limit; j++ {
		if node = g.lex.Words.Next(node, g.t.fold[j]); node == 0 {
			break
		}
		if g.lex.Words.Class(node)&lexicon.OrgSuffix != 0 && j+1-start >= shortest && !g.follows(j, "部门") {
			end = j + 1
		}
	}
	return end
}

// Of a body that is named by two fields (旅游|和|文物|部): how long a field is, what
// the body ends in, and what before a short ending makes another word of it (南部,
// 格局).
const (
	longestField = 6
	shortEnds    = "部局署厅"
	noShortEnds  = "东南西北中全格布结战"
)

var longEnds = []string{"委员会", "研究会", "协会", "学会", "基金会", "联合会", "促进会"}

// twoFieldsEnd is where a body of two fields ends that starts at start and ends
// before limit; else start.
func (g *grammar) twoFieldsEnd(start, limit int) int {
	limit = min(limit, start+2*longestField+2)
	and := 0
	for i := start; i < limit; i++ {
		switch c := rune(g.t.fold[i]); {
		case !isHan(g.t.fold[i]) || strings.ContainsRune("的在是为由等将把被对向从到", c):
			return start
		case c == '和' || c == '与':
			if and > 0 || i < start+2 {
				return start
			}
			and = i
		case and == 0 || i <= and+2:
		case strings.ContainsRune(shortEnds, c) && !strings.ContainsRune(noShortEnds, rune(g.t.fold[i-1])) && g.wordEnds(start, i+1):
			return i + 1
		case c == '会' && g.endsIn(span{start: start, end: i + 1}, longEnds):
			return i + 1
		}
	}
	return start
}

// secondField is where span i ends if it may be the second field of a body; else 0.
func (g *grammar) secondField(i int) int {
	if i == len(g.spans) || g.spans[i].kind != newspaper.ORG {
		return 0
	}
	s := g.spans[i]
	listed := g.lex.Words.Lookup(g.t.fold[s.start:s.end])&(lexicon.Organ|lexicon.SureOrg) != 0
	if listed || !g.follows(s.start-1, "和") && !g.follows(s.start-1, "与") {
		return 0
	}
	return s.end
}

// wordEnds reports whether a word ends at end of the phrase that starts at start.
func (g *grammar) wordEnds(start, end int) bool {
	const after = 4
	text := g.t.fold[start:min(len(g.t.fold), end+after)]
	return crf.Boundaries(g.lex, text)[end-start]
}

// isPart reports whether the characters from start to end are a part of an
// organisation: Han characters that end like one.
func (g *grammar) isPart(start, end int) bool {
	for i := start; i < end; i++ {
		if c := g.t.fold[i]; !isHan(c) || strings.ContainsRune("的和与及在是为由等", rune(c)) {
			return false
		}
	}
	return end-start > 1 && strings.ContainsRune("科处室所站队组股部会局", rune(g.t.fold[end-1]))
}

// jointBodies parts two organisations that stand together: 财政部|会同|农业农村部,
// and in short 中办|国办.
func (g *grammar) jointBodies() {
	out := make([]span, 0, len(g.spans))
	for _, s := range g.spans {
		if s.kind == newspaper.ORG {
			for i := s.start + 2; i+2 <= s.end; i++ {
				next := i
				if g.follows(i, "会同") && i+4 <= s.end {
					next = i + 2
				}
				short := s.end-s.start == 4 && i == s.start+2 && g.listedBody(s.start, i) && g.listedBody(i, s.end) && !g.listedBody(s.start, s.end)
				if next > i || short {
					out = append(out, span{start: s.start, end: i, kind: newspaper.ORG})
					s.start = next
					break
				}
			}
		}
		out = append(out, s)
	}
	g.spans = out
}

// listedBody reports whether the characters from start to end are an organisation
// of the list, and not only what one ends in.
func (g *grammar) listedBody(start, end int) bool {
	return g.lex.Words.Lookup(g.t.fold[start:end])&(lexicon.Organ|lexicon.OrgSuffix) == lexicon.Organ
}

// splitTitles parts a surname from the office that follows it: 江|主席. With a
// courtesy word it is one name.
func (g *grammar) splitTitles() {
	out := make([]span, 0, len(g.spans))
	for _, s := range g.spans {
		if s.kind == newspaper.PER && s.end-s.start >= 3 {
			office := g.t.fold[s.start+1 : s.end]
			if g.lex.Words.Lookup(office)&(lexicon.Title|lexicon.Courtesy) == lexicon.Title && g.lex.Words.Lookup(g.t.fold[s.start:s.start+1])&lexicon.Surname != 0 {
				out = append(out, span{start: s.start, end: s.start + 1, kind: newspaper.PER}, span{start: s.start + 1, end: s.end, kind: newspaper.TITLE})
				continue
			}
		}
		out = append(out, s)
	}
	g.spans = out
}

// offices are titles that a surname alone stands before, folded.
var offices = func() (out [][]uint16) {
	for _, word := range strings.Fields("主席 总理 书记 市长 县长 省长 局长 部长 主任 院长 校长 教授 厂长 经理 将军 总统 委员长") {
		var folded []uint16
		for _, r := range word {
			folded = append(folded, uint16(r))
		}
		out = append(out, folded)
	}
	return out
}()

// callers are the surnames that are taken for one before an office, without
// those that are words there (党主席, 国主席).
var callers = charSet("王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田姜范石姚谭廖邹熊金陆郝孔崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易贺赖龚温习")

// openers are characters that a name may start right after.
var openers = charSet("对向由在和与同给请听")

func charSet(chars string) *[1 << 16]bool {
	var set [1 << 16]bool
	for _, r := range chars {
		set[r] = true
	}
	return &set
}

// surnames adds a surname and the office after it at the start of a phrase:
// 江主席说.
func (g *grammar) surnames() {
	var more []span
	for i, c := range g.t.fold {
		if !callers[c] || i > 0 && isHan(g.t.fold[i-1]) && !openers[g.t.fold[i-1]] {
			continue
		}
		for _, office := range offices {
			if end := i + 1 + len(office); end <= len(g.t.fold) && slices.Equal(g.t.fold[i+1:end], office) {
				more = append(more, span{start: i, end: i + 1, kind: newspaper.PER}, span{start: i + 1, end: end, kind: newspaper.TITLE})
				break
			}
		}
	}
	g.spans = merge(g.spans, more)
}

func isHan(c uint16) bool { return c >= 0x4E00 && c <= 0x9FFF }
