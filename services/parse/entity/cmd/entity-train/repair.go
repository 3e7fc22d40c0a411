package main

import (
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/crf"
	"broadsheet/services/parse/entity/lexicon"
)

// repairer corrects labels that taggers made where the guideline or a list of
// ours decides.
type repairer struct {
	lex *lexicon.Lexicon
}

// labelled is a text while it is repaired.
type labelled struct {
	chars []rune
	fold  []uint16
	spans []span // in order, not overlapping
	words []bool // where words begin or end
}

type span struct {
	start, end int
	kind       string
}

func (r *repairer) open(t corpus.Text) *labelled {
	l := &labelled{chars: []rune(t.Value), fold: r.lex.Folded(t.Value)}
	l.words = crf.Boundaries(r.lex, l.fold)
	for _, m := range t.Mentions {
		l.spans = append(l.spans, span{m.Start, m.End, m.Type})
	}
	return l
}

func (l *labelled) close() corpus.Text {
	t := corpus.Text{Value: string(l.chars)}
	for _, s := range l.spans {
		t.Mentions = append(t.Mentions, newspaper.Mention{Type: s.kind, Text: l.text(s), Start: s.start, End: s.end})
	}
	return t
}

func (l *labelled) text(s span) string { return string(l.chars[s.start:s.end]) }

func (l *labelled) at(i int) rune {
	if i < 0 || i >= len(l.chars) {
		return 0
	}
	return l.chars[i]
}

// put adds a span in the place of those it overlaps.
func (l *labelled) put(s span) {
	l.spans = slices.DeleteFunc(l.spans, func(o span) bool { return o.start < s.end && s.start < o.end })
	i, _ := slices.BinarySearchFunc(l.spans, s, func(a, b span) int { return a.start - b.start })
	l.spans = slices.Insert(l.spans, i, s)
}

// adjective reports whether the place that ends at end is a part of a word that
// is no name: 中国式, 法国人.
func (l *labelled) adjective(end int) bool {
	return strings.ContainsRune("式籍裔语", l.at(end)) || l.at(end) == '人' && !strings.ContainsRune("民大才口均", l.at(end+1))
}

// repair is a text with the rules of the guideline carried through.
func (r *repairer) repair(t corpus.Text) corpus.Text {
	l := r.open(t)
	l.dropCompounds()
	r.events(l)
	r.longerPlaces(l)
	r.divisions(l)
	r.sure(l)
	l.delegates()
	r.titles(l)
	r.teams(l)
	r.habits(l)
	return l.close()
}

// again mends what the corpus as a whole has put in: 人社|部门.
func (r *repairer) again(t corpus.Text) corpus.Text {
	l := r.open(t)
	r.habits(l)
	return l.close()
}

// oneCharacter are countries and cities as one character; two of them in a row
// are a compound (中俄, 港澳), which is no place.
const oneCharacter = "中美俄英法德日韩朝印巴以伊黎叙乌欧非澳加墨越缅港台京沪津"

func (l *labelled) dropCompounds() {
	l.spans = slices.DeleteFunc(l.spans, func(s span) bool {
		text := l.text(s)
		switch {
		case s.kind != newspaper.LOC:
			return false
		case l.at(s.end) == '式':
			return true
		case text == "金山银山":
			return true
		case text == "中华" && (strings.ContainsRune("民优", l.at(s.end))):
			return true
		}
		if text == "巴黎" {
			return false
		}
		return text == "港澳" || text == "港澳台" || strings.Trim(text, oneCharacter) == "" && s.end-s.start > 1
	})
}

// sure labels the words of our lists that are names wherever they stand.
func (r *repairer) sure(l *labelled) {
	for i := 0; i < len(l.fold); i++ {
		end, class := r.longestSure(l, i)
		if end == 0 || !l.words[i] || !l.words[end] {
			continue
		}
		s := span{i, end, newspaper.LOC}
		if class&lexicon.SureOrg != 0 {
			s.kind = newspaper.ORG
		}
		if s.kind == newspaper.ORG || !l.adjective(end) {
			r.settle(l, s)
		}
		i = end - 1
	}
}

func (r *repairer) longestSure(l *labelled, i int) (end int, class lexicon.Class) {
	var node uint32
	for j := i; j < len(l.fold); j++ {
		if node = r.lex.Words.Next(node, l.fold[j]); node == 0 {
			break
		}
		// A longer ordinary word covers the name: 中国画.
		if c := r.lex.Words.Class(node); c&(lexicon.SureOrg|lexicon.SurePlace) != 0 {
			end, class = j+1, c
		} else if c&(lexicon.Word|lexicon.Name) != 0 {
			end = 0
		}
	}
	return end, class
}

// divisions labels the divisions with their suffix that nobody labelled as a
// whole, with those right before them: 甘肃临夏州积石山县.
func (r *repairer) divisions(l *labelled) {
	const shortest, longest = 3, 12
	for i := range l.fold {
		for end := min(i+longest, len(l.fold)); l.words[i] && end >= i+shortest; end-- {
			if !l.words[end] || r.lex.Words.Lookup(l.fold[i:end])&lexicon.Division == 0 {
				continue
			}
			more := func(o span) bool { return o.start < end && i < o.end && (o.start <= i || o.end > end) }
			if !slices.ContainsFunc(l.spans, more) {
				l.put(span{r.chainStart(l, i), end, newspaper.LOC})
			}
			break
		}
	}
}

// chainStart is where the divisions and labelled places right before start begin.
func (r *repairer) chainStart(l *labelled, start int) int {
	for _, o := range l.spans {
		if o.end == start && o.kind == newspaper.LOC {
			return r.chainStart(l, o.start)
		}
	}
	for n := min(8, start); n >= 2; n-- {
		from := start - n
		touches := func(o span) bool { return o.start < start && from < o.end }
		if l.words[from] && !slices.ContainsFunc(l.spans, touches) && r.lex.Words.Lookup(l.fold[from:start])&(lexicon.Division|lexicon.Short) != 0 {
			return r.chainStart(l, from)
		}
	}
	return start
}

// chains joins places that touch, and takes in the divisions right before and
// after a place: sets with a rule of their own label only one of them.
func (r *repairer) chains(l *labelled) {
	const division = lexicon.Division | lexicon.Short | lexicon.Town
	for i := 0; i < len(l.spans); i++ {
		s := l.spans[i]
		if s.kind != newspaper.LOC {
			continue
		}
		before, after := 0, len(l.fold)
		if i > 0 {
			before = l.spans[i-1].end
		}
		if i+1 < len(l.spans) {
			after = l.spans[i+1].start
		}
		for n := min(8, s.start-before); n >= 2; n-- {
			if r.lex.Words.Lookup(l.fold[s.start-n:s.start])&division != 0 {
				s.start -= n
				n = min(8, s.start-before) + 1
			}
		}
		for n := min(8, after-s.end); n >= 2; n-- {
			if r.lex.Words.Lookup(l.fold[s.end:s.end+n])&division != 0 {
				s.end += n
				n = min(8, after-s.end) + 1
			}
		}
		l.spans[i] = s
		if i > 0 && l.spans[i-1].kind == newspaper.LOC && l.spans[i-1].end == s.start {
			l.spans[i-1].end = s.end
			l.spans = slices.Delete(l.spans, i, i+1)
			i--
		}
	}
}

// adapt brings a text of a set with other rules nearer to ours.
func (r *repairer) adapt(t corpus.Text) corpus.Text {
	l := r.open(t)
	l.dropCompounds()
	r.chains(l)
	r.sure(l)
	return l.close()
}

// settle makes a sure span agree with the labels around it.
func (r *repairer) settle(l *labelled, s span) {
	for _, o := range l.spans {
		if o.start >= s.end || o.end <= s.start {
			continue
		}
		switch {
		case o.start <= s.start && o.end >= s.end && o.kind != newspaper.PER:
			return // it is that, or a part of a longer name
		case o.kind == newspaper.PER || o.kind == newspaper.TITLE:
			continue
		case o.start > s.start && o.end > s.end: // the label lacks the beginning
			s.end, s.kind = o.end, o.kind
		case o.start < s.start && o.end < s.end: // or the end
			s.start = o.start
		}
	}
	i := slices.IndexFunc(l.spans, func(o span) bool { return o.end == s.start && o.kind == newspaper.LOC })
	if i >= 0 && (s.kind == newspaper.LOC || strings.ContainsRune("部院局署委", l.at(s.end-1))) {
		s.start = l.spans[i].start
	}
	if j := slices.IndexFunc(l.spans, func(o span) bool { return o.start == s.end && o.kind != newspaper.PER && o.kind != newspaper.TITLE }); j >= 0 && s.kind == newspaper.LOC {
		s.end, s.kind = l.spans[j].end, l.spans[j].kind
	}
	l.put(s)
}

// delegates makes 全国人大代表 and its like one title.
func (l *labelled) delegates() {
	for i := 0; i+1 < len(l.spans); i++ {
		body, office := l.spans[i], l.spans[i+1]
		if body.kind != newspaper.ORG || office.kind != newspaper.TITLE || body.end != office.start {
			continue
		}
		text := []rune(l.text(body) + l.text(office))
		switch string(text[max(0, len(text)-4):]) {
		case "人大代表", "政协委员":
			if from := len(text) - 5; from == 0 || string(text[:len(text)-4]) == "全国" {
				l.put(span{body.start, office.end, newspaper.TITLE})
			}
		}
	}
	text := string(l.chars)
	for _, word := range []string{"全国人大代表", "全国政协委员"} {
		for at := 0; ; {
			k := strings.Index(text[at:], word)
			if k < 0 {
				break
			}
			start := len([]rune(text[:at+k]))
			s := span{start, start + 6, newspaper.TITLE}
			at += k + len(word)
			next := func(o span) bool { return o.start == s.end && o.kind != newspaper.LOC }
			if l.at(s.end) == '、' || slices.ContainsFunc(l.spans, next) {
				l.put(s)
			}
		}
	}
}

// endBefore is where the mark before mark i ends.
func (l *labelled) endBefore(i int) int {
	if i == 0 {
		return 0
	}
	return l.spans[i-1].end
}

// titles extends titles to the longest of the list (国防|部长), and adds those
// between an organisation and a person.
func (r *repairer) titles(l *labelled) {
	for i := 0; i < len(l.spans); i++ {
		s := l.spans[i]
		last := l.endBefore(i)
		switch {
		case s.kind == newspaper.TITLE:
			from := s.start
			if from > 1 && l.at(from-2) == '驻' && strings.HasPrefix(l.text(s), "大使") && from-2 >= last {
				from -= 2
			}
			for start := max(last, s.start-5); start < from; start++ {
				if r.lex.Words.Lookup(l.fold[start:s.end])&lexicon.Title != 0 {
					from = start
				}
			}
			l.spans[i].start = from
		case s.kind == newspaper.PER && i > 0 && s.start > last && l.spans[i-1].kind != newspaper.PER && s.start-last <= 10:
			if r.lex.Words.Lookup(l.fold[last:s.start])&lexicon.Title != 0 {
				l.put(span{last, s.start, newspaper.TITLE})
				i++
			}
		}
	}
	for i := range len(l.chars) - 2 {
		s := span{i, i + 3, newspaper.TITLE}
		if l.text(s) == "总书记" && l.free(s.start, s.end) {
			l.put(s)
		}
	}
}

// eventEnds are what the names of events end in, which are no organisations.
var eventEnds = []string{"奥会", "奥运会", "亚运会", "大运会", "全运会", "残运会", "世运会", "运动会", "世界杯", "亚洲杯", "欧洲杯", "博览会", "交易会", "进博会", "电影节", "艺术节"}

// events leaves the place of an event that was taken for an organisation: 成都 of
// 成都大运会.
func (r *repairer) events(l *labelled) {
	kept := l.spans[:0]
	for _, s := range l.spans {
		if s.kind == newspaper.ORG && slices.ContainsFunc(eventEnds, func(end string) bool { return strings.HasSuffix(l.text(s), end) }) {
			s.end, s.kind = r.placeAt(l, s), newspaper.LOC
			if s.end == s.start {
				continue
			}
		}
		kept = append(kept, s)
	}
	l.spans = kept
}

// placeAt is where the longest listed place ends that a span starts with; its
// start when there is none.
func (r *repairer) placeAt(l *labelled, s span) int {
	for end := s.end; end > s.start+1; end-- {
		if r.lex.Words.Lookup(l.fold[s.start:end])&(lexicon.Division|lexicon.Short|lexicon.Place|lexicon.SurePlace) != 0 {
			return end
		}
	}
	return s.start
}

// longerPlaces gives places what their names go on with: 海珠湾|隧道. What seems a
// person is a place then: 布雷吉|难民营.
func (r *repairer) longerPlaces(l *labelled) {
	for i := range l.spans {
		s := &l.spans[i]
		if s.kind != newspaper.LOC && s.kind != newspaper.PER {
			continue
		}
		end := r.lex.PlaceEnd(l.fold, s.start, s.end)
		if end > s.end && (i+1 == len(l.spans) || l.spans[i+1].start >= end) {
			s.end, s.kind = end, newspaper.LOC
		}
	}
}

// teams takes 中国队 as a whole.
func (r *repairer) teams(l *labelled) {
	for i := range len(l.chars) {
		if l.chars[i] != '队' || strings.ContainsRune("员伍长列医友形部", l.at(i+1)) {
			continue
		}
		for n := 4; n >= 2; n-- {
			if i < n || r.lex.Words.Lookup(l.fold[i-n:i])&(lexicon.Division|lexicon.Short|lexicon.Place) == 0 {
				continue
			}
			s := span{i - n, i + 1, newspaper.ORG}
			covered := func(o span) bool { return o.kind == newspaper.ORG && o.start < s.end && s.start < o.end }
			if !slices.ContainsFunc(l.spans, covered) {
				l.put(s)
			}
			break
		}
	}
}
