package main

import (
	"math/rand/v2"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/lexicon"
)

// augmenter writes texts anew with other names in the places of theirs, so that
// the model learns from contexts and lists instead of the names of one
// broadcaster, and fills the templates of local news.
type augmenter struct {
	lex                               *lexicon.Lexicon
	random                            *rand.Rand
	divisions, shorts, towns          []string
	surnames, givens, foreign, organs []string
	japanese, world                   []string
	countries                         map[string]bool
	known                             sections
}

func newAugmenter(lex *lexicon.Lexicon, seed uint64) *augmenter {
	a := &augmenter{lex: lex, random: rand.New(rand.NewPCG(seed, 2)), known: readSections(), countries: map[string]bool{}}
	for _, name := range a.known.countries {
		a.countries[name] = true
	}
	lex.Words.Walk(func(text []uint16, class lexicon.Class) {
		word := lexicon.String(text)
		switch {
		case class&lexicon.Division != 0:
			a.divisions = append(a.divisions, word)
		case class&lexicon.Short != 0:
			a.shorts = append(a.shorts, word)
		case class&lexicon.Town != 0 && len(text) <= 6:
			a.towns = append(a.towns, word)
		case class&lexicon.Surname != 0:
			a.surnames = append(a.surnames, word)
		case class&lexicon.Organ != 0:
			a.organs = append(a.organs, word)
		}
		if class&lexicon.World != 0 && class&(lexicon.Word|lexicon.Japanese) == 0 {
			a.world = append(a.world, word)
		}
		if class == lexicon.Name {
			if len(text) == 3 && lex.Words.Lookup(text[:1])&lexicon.Surname != 0 &&
				(lex.NameChar(text[1])>>2&3 > 1 && lex.NameChar(text[2])>>4&3 > 1) {
				a.givens = append(a.givens, lexicon.String(text[1:]))
			}
		}
		switch {
		case class&lexicon.Foreign != 0 && class&lexicon.Word == 0 && len(text) < 6:
			a.foreign = append(a.foreign, word)
		case class&lexicon.Japanese != 0 && class&(lexicon.Word|lexicon.Foreign) == 0 && len(text) == 2:
			a.japanese = append(a.japanese, word)
		}
	})
	return a
}

func (a *augmenter) pick(list []string) string { return list[a.random.IntN(len(list))] }

// frequent surnames stand in for most people.
var frequent = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边")

func (a *augmenter) person() string {
	surname := string(frequent[a.random.IntN(len(frequent))])
	if a.random.IntN(4) == 0 {
		surname = a.pick(a.surnames)
	}
	given := []rune(a.pick(a.givens))
	if a.random.IntN(4) == 0 { // mix two given names
		given[1] = []rune(a.pick(a.givens))[a.random.IntN(2)]
	}
	if a.random.IntN(6) == 0 {
		given = given[:1]
	}
	return surname + string(given)
}

func (a *augmenter) place() string {
	switch a.random.IntN(10) {
	case 0, 1, 2:
		return a.pick(a.shorts)
	case 3:
		return a.pick(a.divisions) + a.pick(a.towns)
	case 4:
		return a.pick(a.towns)
	}
	return a.pick(a.divisions)
}

var levels = []string{"省", "市", "县", "区", "市", "县"}

// again is a text with other names in the places of its names, or false when it
// has none that can be replaced.
func (a *augmenter) again(t corpus.Text) (corpus.Text, bool) {
	chars := []rune(t.Value)
	var out writer
	renamed := map[string]string{}
	at, changed := 0, false
	for _, m := range t.Mentions {
		out.plain(string(chars[at:m.Start]))
		name, ok := renamed[m.Text]
		if !ok {
			name = a.rename(m)
			renamed[m.Text] = name
		}
		changed = changed || name != m.Text
		out.mention(name, m.Type)
		at = m.End
	}
	out.plain(string(chars[at:]))
	return out.text(), changed
}

func (a *augmenter) rename(m newspaper.Mention) string {
	text := a.lex.Folded(m.Text)
	class := a.lex.Words.Lookup(text)
	switch m.Type {
	case newspaper.PER:
		if n := len(text); (n == 2 || n == 3) && a.lex.Words.Lookup(text[:1])&lexicon.Surname != 0 {
			return a.person()
		}
		if class&lexicon.Foreign != 0 || strings.Contains(m.Text, "·") {
			return a.foreigner()
		}
	case newspaper.LOC:
		switch {
		case class&lexicon.Division != 0:
			return a.pick(a.divisions)
		case class&lexicon.Short != 0:
			return a.pick(a.shorts)
		case class&lexicon.Town != 0:
			return a.pick(a.towns)
		case class&lexicon.World != 0:
			return a.pick(a.world)
		case a.countries[m.Text]:
			return a.pick(a.known.countries)
		}
		return a.otherPlaceBefore(m.Text, text, 1)
	case newspaper.ORG:
		return a.otherPlaceBefore(m.Text, text, 2)
	}
	return m.Text
}

// otherPlaceBefore replaces the division that a name begins with; before an
// organ of state, now and then, by the level alone. least is how many
// characters must follow.
func (a *augmenter) otherPlaceBefore(name string, text []uint16, least int) string {
	for n := min(len(text)-least, 8); n >= 2; n-- {
		class := a.lex.Words.Lookup(text[:n])
		if class&(lexicon.Division|lexicon.Short) == 0 {
			continue
		}
		rest := string([]rune(name)[n:])
		organ := false
		for _, suffix := range []string{"局", "厅", "委", "委员会", "法院", "检察院", "政府", "部", "办公室", "中心", "协会", "医院", "图书馆"} {
			organ = organ || strings.HasSuffix(rest, suffix)
		}
		switch {
		case organ && class&lexicon.Division != 0 && a.random.IntN(3) == 0:
			return levels[a.random.IntN(len(levels))] + rest
		case class&lexicon.Division != 0:
			return a.pick(a.divisions) + rest
		}
		return a.pick(a.shorts) + rest
	}
	return name
}

// writer puts a labelled text together.
type writer struct {
	joins    bool // a place joins what touches it
	value    strings.Builder
	length   int
	mentions []newspaper.Mention
}

func (w *writer) plain(s string) {
	w.value.WriteString(s)
	w.length += len([]rune(s))
}

func (w *writer) mention(s, kind string) {
	start := w.length
	w.plain(s)
	if n := len(w.mentions) - 1; w.joins && n >= 0 && w.mentions[n].End == start && w.mentions[n].Type == newspaper.LOC &&
		(kind == newspaper.LOC || kind == newspaper.ORG) {
		m := &w.mentions[n]
		m.End, m.Text, m.Type = w.length, m.Text+s, kind
		return
	}
	w.mentions = append(w.mentions, newspaper.Mention{Type: kind, Text: s, Start: start, End: w.length})
}

func (w *writer) text() corpus.Text {
	return corpus.Text{Value: w.value.String(), Mentions: w.mentions}
}
