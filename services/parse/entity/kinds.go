package entity

import (
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/lexicon"
)

// institutions always have staff: the guideline calls them organisations, also
// where something takes place in them.
var institutions = []string{
	"图书馆", "博物馆", "文化馆", "美术馆", "档案馆", "科技馆", "纪念馆", "艺术馆", "医院", "卫生院", "学校", "大学", "小学", "中学", "学院", "幼儿园", "党校",
	"研究院", "研究所", "科学院", "派出所", "出版社", "敬老院", "养老院", "福利院", "法院", "检察院", "公安局", "委员会", "实践中心", "实践站", "服务中心", "人民政府",
}

// kinds corrects the kind of names that can only be one, and puts in those that
// are names wherever they stand.
func (g *grammar) kinds() {
	kept := make([]span, 0, len(g.spans))
	for i := 0; i < len(g.spans); i++ {
		s := g.spans[i]
		class := g.lex.Words.Lookup(g.t.fold[s.start:s.end])
		switch s.kind {
		case newspaper.PER:
			if g.isPlace(i) {
				s.kind = newspaper.LOC
			}
		case newspaper.LOC:
			if g.endsIn(s, institutions) {
				s.kind = newspaper.ORG
			} else if g.follows(s.end, "特别行政区") && (i+1 == len(g.spans) || g.spans[i+1].start >= s.end+5) {
				s.end += 5
			}
		case newspaper.ORG:
			switch {
			case class&lexicon.SurePlace != 0 && class&lexicon.SureOrg == 0:
				s.kind = newspaper.LOC
			case g.follows(s.start, "华") && class == 0 && s.start > 0 && strings.ContainsRune("对赴在来", rune(g.t.fold[s.start-1])):
				s.end, s.kind = s.start+1, newspaper.LOC // 对华|投资
			case g.endsIn(s, meetings):
				if s.end, s.kind = g.placeAt(s), newspaper.LOC; s.end == s.start {
					continue
				}
			}
		case newspaper.TITLE:
			if class&(lexicon.Foreign|lexicon.SurePlace|lexicon.Division) != 0 && class&lexicon.Title == 0 {
				// A part of a name without a title: 奥斯特|拉华.
				if i+1 < len(g.spans) && g.spans[i+1].kind == newspaper.PER && g.spans[i+1].start == s.end {
					g.spans[i+1].start = s.start
				}
				continue
			}
		}
		kept = append(kept, s)
	}
	g.spans = merge(kept, g.sureNames())
}

// meetings end the names of events, which are no organisations: 阿斯塔纳|峰会.
var meetings = []string{"峰会", "奥运会", "冬奥会", "残奥会", "亚运会", "大运会", "全运会", "世界杯", "博览会"}

// placeAt is where the longest listed place ends that a span starts with; its start
// when there is none.
func (g *grammar) placeAt(s span) int {
	for end := s.end; end > s.start+1; end-- {
		if g.lex.Words.Lookup(g.t.fold[s.start:end])&(lexicon.Division|lexicon.Short|lexicon.Place|lexicon.SurePlace) != 0 {
			return end
		}
	}
	return s.start
}

// placeAfter are words that follow places and no people.
var placeAfter = []string{"方向", "等地", "等方向", "等多个方向", "难民营", "口岸", "水库", "隧道"}

// isPlace reports whether what was taken for a person is a place: 克利什奇夫卡|方向.
func (g *grammar) isPlace(i int) bool {
	after := func(word string) bool { return g.follows(g.spans[i].end, word) }
	return slices.ContainsFunc(placeAfter, after) && !g.called(i)
}

func (g *grammar) endsIn(s span, words []string) bool {
	text := string(g.t.runes[g.t.at[s.start] : g.t.at[s.end-1]+1])
	for _, word := range words {
		if strings.HasSuffix(text, word) {
			return true
		}
	}
	return false
}

func (g *grammar) follows(at int, word string) bool {
	i := at
	for _, r := range word {
		if i < 0 || i >= len(g.t.fold) || g.t.fold[i] != uint16(r) {
			return false
		}
		i++
	}
	return true
}

// sureNames are the listed words that are names wherever they stand, but for
// those in a longer ordinary word or cut by one.
func (g *grammar) sureNames() (more []span) {
	for i := 0; i < len(g.t.fold); i++ {
		var node uint32
		s := span{start: i}
		for j := i; j < len(g.t.fold); j++ {
			if node = g.lex.Words.Next(node, g.t.fold[j]); node == 0 {
				break
			}
			switch class := g.lex.Words.Class(node); {
			case class&lexicon.SureOrg != 0:
				s.end, s.kind = j+1, newspaper.ORG
			case class&lexicon.SurePlace != 0:
				s.end, s.kind = j+1, newspaper.LOC
			case class&(lexicon.Word|lexicon.Name) != 0:
				s.end = 0
			}
		}
		if s.end-i >= leastSure && !g.cut(s) && (s.kind == newspaper.ORG || s.end == len(g.t.fold) || !strings.ContainsRune(adjectives, rune(g.t.fold[s.end]))) {
			more = append(more, s)
			i = s.end - 1
		}
	}
	return more
}

// cut reports whether an ordinary word begins within a span and goes on after it:
// 宣传、邮电|部门.
func (g *grammar) cut(s span) bool {
	for i := s.start + 1; i < s.end; i++ {
		var node uint32
		for j := i; j < len(g.t.fold); j++ {
			if node = g.lex.Words.Next(node, g.t.fold[j]); node == 0 {
				break
			}
			if j >= s.end && g.lex.Words.Class(node)&lexicon.Word != 0 {
				return true
			}
		}
	}
	return false
}

// leastSure is the length from which a sure name is put in where the model saw
// none; shorter ones the model knows better.
const leastSure = 3

// adjectives are characters after a place that make it a word that is no name.
const adjectives = "式人籍裔语文"
