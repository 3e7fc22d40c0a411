package main

import (
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity/lexicon"
)

// habits mends what the taggers always or often do otherwise than readers who mark
// 1,300 of their texts by the guideline.
func (r *repairer) habits(l *labelled) {
	r.notNames(l)
	r.surnameOffices(l)
	r.capitals(l)
	r.joint(l)
	r.countryBodies(l)
	l.missions()
	r.lines(l)
	r.parts(l)
	l.shortPlaces()
	r.offices(l)
}

// countries are the names of countries, and one character that stands for one.
var (
	countries = func() map[string]bool {
		out := map[string]bool{}
		for _, name := range lexicon.Countries() {
			out[name] = true
		}
		return out
	}()
	asCharacter = oneCharacter + "芬柬塔塞匈波荷捷希土沙埃尼马孟泰菲智秘阿卡海斐意西葡瑞苏哈吉蒙老文新纳洪格卢密挪"
)

// What stands before and after words that taggers took for names.
var (
	weapons   = strings.Fields("”号 ”级 ”型 ”导弹 ”巡航 ”洲际 ”防空 ”多管 ”火箭 ”主战 ”坦克 ”装甲 ”战机 ”战斗机 ”无人机 ”直升机 ”航母 ”战术 ”弹道")
	relations = strings.Fields("两国 关系 双方 建交 两党 两军 双边 友好 友谊 合作 经贸 人民 边境 外长 首脑")
	statuses  = []string{"成员", "代表", "高级成员"}
)

// notNames drops parties (孟方), two countries (中芬), peoples (巴勒斯坦人), weapons
// and storms, 住建|部门, and status.
func (r *repairer) notNames(l *labelled) {
	l.spans = slices.DeleteFunc(l.spans, func(s span) bool {
		text := l.text(s)
		chars := []rune(text)
		quoted := l.at(s.start-1) == '“' && l.after(s.end, weapons)
		switch {
		case s.kind == newspaper.TITLE:
			return slices.Contains(statuses, text)
		case quoted || l.before(s.start, "台风“") || l.before(s.start, "风暴“") || l.before(s.start, "飓风“"):
			return true
		case s.kind == newspaper.ORG && strings.HasSuffix(text, "部") && l.at(s.end) == '门':
			return true
		case s.kind == newspaper.LOC && (text == "中华" || text == "城中村" || text == "神州"):
			return true
		case s.kind == newspaper.LOC && text == "中国" && (l.before(s.start, "新") && !l.before(s.start, "创新") || strings.ContainsRune("化风红", l.at(s.end)) && l.at(s.end+1) != '险'):
			return true
		case s.kind == newspaper.LOC && l.at(s.start-1) == '中' && countries[text] && l.after(s.end, relations[:4]) && !l.words[s.start]:
			return true
		case s.kind == newspaper.LOC && countries[text]:
			return l.adjective(s.end)
		case len(chars) != 2 || !strings.ContainsRune(asCharacter, chars[0]):
			return false
		}
		listed := r.lex.Words.Lookup(l.fold[s.start:s.end])&(lexicon.Short|lexicon.Place|lexicon.Organ) != 0
		return !listed && (chars[1] == '方' && s.kind == newspaper.PER || strings.ContainsRune(asCharacter, chars[1]) && l.after(s.end, relations))
	})
}

func (l *labelled) after(at int, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		for i, c := range []rune(word) {
			if l.at(at+i) != c {
				return false
			}
		}
		return true
	})
}

func (l *labelled) before(at int, word string) bool {
	return l.after(at-len([]rune(word)), []string{word})
}

// surnameOffices parts a surname, or a name, from the office behind it: 习|主席.
func (r *repairer) surnameOffices(l *labelled) {
	for i := 0; i < len(l.spans); i++ {
		s := l.spans[i]
		if s.kind != newspaper.PER {
			continue
		}
		for _, office := range []string{"主席", "总书记", "总理"} {
			n := len([]rune(office))
			if s.end-s.start <= n || !strings.HasSuffix(l.text(s), office) {
				continue
			}
			l.spans[i].end = s.end - n
			l.put(span{s.end - n, s.end, newspaper.TITLE})
		}
	}
}

// capitals parts what stands before and after 首都: 葡萄牙|首都|里斯本机场.
func (r *repairer) capitals(l *labelled) {
	for i := 0; i < len(l.spans); i++ {
		s := l.spans[i]
		if s.kind != newspaper.LOC && s.kind != newspaper.ORG {
			continue
		}
		for k := s.start + 2; k+4 <= s.end; k++ {
			if l.text(span{start: k, end: k + 2}) == "首都" && countries[l.text(span{start: s.start, end: k})] {
				l.put(span{s.start, k, newspaper.LOC})
				l.put(span{k + 2, s.end, s.kind})
				break
			}
		}
	}
}

// joint parts bodies that act together, and leaves what no longer is a name's: the
// basin of a river, a summit.
func (r *repairer) joint(l *labelled) {
	for i := 0; i < len(l.spans); i++ {
		s := l.spans[i]
		text := l.text(s)
		switch {
		case s.kind == newspaper.ORG && strings.Contains(text, "会同"):
			before, _, _ := strings.Cut(text, "会同")
			at := s.start + len([]rune(before))
			if at >= s.start+2 && at+4 <= s.end {
				l.put(span{s.start, at, s.kind})
				l.put(span{at + 2, s.end, s.kind})
			}
		case s.kind == newspaper.LOC && strings.HasSuffix(text, "流域") && s.end-s.start > 3:
			l.spans[i].end -= 2
		case s.kind != newspaper.PER && strings.HasSuffix(text, "峰会"):
			end := r.placeAt(l, s)
			switch {
			case r.lex.Words.Lookup(l.fold[s.start:s.end-2])&lexicon.Organ != 0:
				l.spans[i].end -= 2
			case end > s.start:
				l.spans[i].end, l.spans[i].kind = end, newspaper.LOC
			}
		}
	}
}

// countryOrgans, of a country, are one organisation with it.
var countryOrgans = strings.Fields("总统府 总理府 国民议会 国会众议院 国会参议院 国会 议会 参议院 众议院 武装部队 国防军 海军 空军 陆军 央行 外务省 防卫省 临时政府 看守政府 最高法院 安全会议 全国人大 全国政协 中央广播电视总台 国防部 外交部 真主党")

// notOrgans follow a body's name and make another word of it.
const notOrgans = "员部基战官陆司方"

// countryBodies joins a country and its organ: 中国|全国人大, 黎|真主党.
func (r *repairer) countryBodies(l *labelled) {
	for i := range l.chars {
		for _, body := range countryOrgans {
			n := len([]rune(body))
			if !l.after(i, []string{body}) || strings.ContainsRune(notOrgans, l.at(i+n)) {
				continue
			}
			start := i
			for _, o := range l.spans {
				switch {
				case o.end == i && o.kind == newspaper.LOC && (countries[l.text(o)] || o.end-o.start == 1):
					start = o.start
				case o.kind == newspaper.PER && o.start < i+n && i < o.end, o.start < i && i < o.end, o.end > i+n && o.start < i+n:
					start = -1
				}
				if start < 0 {
					break
				}
			}
			if start == i && i > 0 && l.words[i] && strings.ContainsRune("俄美英法德日韩朝印巴以伊黎叙乌", l.at(i-1)) && l.free(i-1, i) && (i == 1 || !strings.ContainsRune(asCharacter+"色", l.at(i-2))) {
				start--
			}
			if start >= 0 && start < i {
				l.put(span{start, i + n, newspaper.ORG})
			}
			break
		}
	}
}

func (l *labelled) free(start, end int) bool {
	return !slices.ContainsFunc(l.spans, func(o span) bool { return o.start < end && start < o.end })
}

// Directions and words that a place's name goes on with.
var (
	directions = strings.Fields("东南部 东北部 西南部 西北部 东部 南部 西部 北部 中部")
	placeParts = strings.Fields("共和国 城市副中心 自贸试验区 县城 城区")
)

// parts takes in directions and other last parts of a place, and the place that
// touches them: 加沙地带|南部|汗尤尼斯.
func (r *repairer) parts(l *labelled) {
	for i := 0; i < len(l.spans); i++ {
		s := l.spans[i]
		if s.kind != newspaper.LOC || s.end-s.start < 2 {
			continue
		}
		end := r.divisionAfter(l, s)
		if end > s.end {
			s.end = end
			l.put(s)
		}
		for _, part := range slices.Concat(directions, placeParts) {
			n := len([]rune(part))
			if l.after(s.end, []string{part}) && s.end+n < len(l.words) && l.words[s.end+n] && !strings.ContainsRune("战湾非门", l.at(s.end+n)) {
				end = s.end + n
				break
			}
		}
		if end == s.end {
			continue
		}
		if l.after(end, []string{"地区"}) && l.free(s.end, end+2) {
			end += 2
		}
		next := slices.IndexFunc(l.spans, func(o span) bool { return o.start == end && o.kind == newspaper.LOC })
		switch {
		case !l.free(s.end, end):
			continue
		case next >= 0:
			end = l.spans[next].end
		}
		l.put(span{s.start, end, newspaper.LOC})
	}
}

// divisionAfter is where the division ends that a larger one goes on with: 云南|昭通;
// the span's end when there is none.
func (r *repairer) divisionAfter(l *labelled, s span) int {
	const longest = 8
	if r.lex.Words.Lookup(l.fold[s.start:s.end])&(lexicon.Division|lexicon.Short) == 0 {
		return s.end
	}
	for end := min(len(l.fold), s.end+longest); end >= s.end+2; end-- {
		class := r.lex.Words.Lookup(l.fold[s.end:end])
		if l.words[s.end] && l.words[end] && class&(lexicon.Division|lexicon.Short) != 0 && class&lexicon.Word == 0 && l.free(s.end, end) {
			return end
		}
	}
	return s.end
}

// missionEnds are missions abroad, one organisation with the countries they are of
// and in: 中国驻美国大使馆.
var missionEnds = strings.Fields("大使馆 总领事馆 总领馆 使馆 使团 代表团 代表处")

func (l *labelled) missions() {
	for i := 0; i < len(l.spans); i++ {
		host := l.spans[i]
		if host.kind != newspaper.LOC && host.kind != newspaper.ORG || l.at(host.start-1) != '驻' {
			continue
		}
		for _, end := range missionEnds {
			if !l.after(host.end, []string{end}) {
				continue
			}
			s := span{host.start - 1, host.end + len([]rune(end)), newspaper.ORG}
			if l.at(s.start-1) == '常' {
				s.start--
			}
			for _, o := range l.spans {
				if o.end == s.start && o.kind == newspaper.LOC {
					s.start = o.start
				}
			}
			l.put(s)
			i = -1 // from the start: spans have gone
			break
		}
	}
}

// Railways and motorways are named by one character for each of their places.
const onLines = "京沪津冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀黔滇藏陕甘青宁新哈沈大长广深珠汕杭甬温福厦昌九武汉合芜徐郑西成贵昆南兰银太石济烟盐通连包海张呼牡佳敦白赤日荆宜万泸雅遂安延榆庆襄十阜商黄衢丽台金绍湖嘉锡常泰扬镇雄滨港蓉"

var lineEnds = strings.Fields("沿江高铁 城际铁路 高速公路 高速铁路 高铁 铁路 高速 客专")

// lines labels 广汕高铁 and its like.
func (r *repairer) lines(l *labelled) {
	for i := 2; i < len(l.chars); i++ {
		for _, end := range lineEnds {
			if !l.after(i, []string{end}) {
				continue
			}
			start := i
			for start > 0 && i-start < 4 && strings.ContainsRune(onLines, l.at(start-1)) {
				start--
			}
			s := span{start, i + len([]rune(end)), newspaper.LOC}
			whole := !slices.ContainsFunc(l.spans, func(o span) bool {
				return o.start < s.end && s.start < o.end && (o.start < s.start || o.end > s.end)
			})
			listed := r.lex.Words.Lookup(l.fold[start:i])&(lexicon.Division|lexicon.Short|lexicon.Place) != 0
			if i-start >= 2 && !listed && whole && l.words[start] && l.words[s.end] && l.at(start-1) != '至' && l.at(start-1) != '到' {
				l.put(s)
			}
			break
		}
	}
}

// shortPlaces labels 华 and 京 as the place that one comes to or is in: 来|华.
func (l *labelled) shortPlaces() {
	for i := 1; i < len(l.chars); i++ {
		var verbs string
		switch l.chars[i] {
		case '华':
			verbs = "对在来访赴驻"
		case '京':
			verbs = "在来赴抵进离返"
		}
		if verbs != "" && strings.ContainsRune(verbs, l.chars[i-1]) && l.words[i+1] && l.free(i-1, i+1) && !l.after(i+1, []string{"大使", "使", "团", "代表团"}) {
			l.put(span{i, i + 1, newspaper.LOC})
		}
	}
}

// offices labels listed titles right before a person (航天员|陈冬), leaves out what
// does not belong to them, and takes in what does.
func (r *repairer) offices(l *labelled) {
	const longest = 8
	for i := 0; i < len(l.spans); i++ {
		s := l.spans[i]
		last := l.endBefore(i)
		switch {
		case s.kind == newspaper.PER:
			if i > 0 && l.spans[i-1].kind == newspaper.LOC && r.office(l, last, s.start) {
				l.put(span{last, s.start, newspaper.TITLE})
				i++
				continue
			}
			for start := max(last, s.start-longest); start < s.start-1; start++ {
				if l.words[start] && r.lex.Words.Lookup(l.fold[start:s.start])&lexicon.Title != 0 {
					l.put(span{start, s.start, newspaper.TITLE})
					i++
					break
				}
			}
		case s.kind == newspaper.TITLE && l.at(s.start) == '前' && s.end-s.start > 2:
			l.spans[i].start++
		case l.text(s) == "总统" && l.after(s.end, []string{"新闻秘书"}):
			l.put(span{s.start, s.end + 4, newspaper.TITLE})
		}
	}
}

// noOffice are characters that no office with its field has: what has one of them
// is more than an office.
const noOffice = "院部局处室组队厅会党司社委站军所校的和与同在是前原时任新兼题、，：”“《》"

// office reports whether the characters from start to end are an office with its
// field: 国家安全|顾问.
func (r *repairer) office(l *labelled, start, end int) bool {
	const longest, field = 10, 2
	if end-start > longest || !l.words[start] || !l.words[end] || strings.ContainsAny(string(l.chars[start:end]), noOffice) {
		return false
	}
	for from := start + field; from <= end-2; from++ {
		if l.words[from] && r.lex.Words.Lookup(l.fold[from:end])&lexicon.Title != 0 {
			return true
		}
	}
	return false
}
