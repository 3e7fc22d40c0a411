package typeset

import (
	"regexp"
	"strings"
	"unicode"

	"broadsheet/services/parse/internal/junction"
)

// splitTitle makes kicker, title and deck of a title of several phrases where a paper
// would: 引题 正题 副题. What says that words follow, who took part, figures beside a
// headline without any, what kind of report it is: these are no part of a main headline
// in any paper. Of the rest most stay one headline, whose phrases stand side by side.
func (a *Article) splitTitle(p *page) {
	parts := strings.Fields(a.Title)
	if len(parts) < 2 || a.Deck != "" || len(parts) > 5 {
		return
	}
	if i := strings.Index(a.Title, "——"); i > 0 {
		a.Title, a.Deck = strings.TrimSpace(a.Title[:i]), strings.TrimSpace(a.Title[i:])
		return
	}
	if parts = a.splitByWords(p, parts); parts == nil {
		return
	}
	if len(parts) == 2 && p.chance(p.style.commas) {
		a.Title = parts[0] + pick(p.r, []string{"，", "，", "："}) + parts[1]
		return
	}
	if len(parts) > 3 || p.chance(p.style.onePhrase) {
		return // 共护一江水 万里长江焕发新活力: one headline of two phrases
	}
	first, last := parts[0], parts[len(parts)-1]
	switch figures := strings.ContainsAny(first, "0123456789"); {
	case len(parts) == 3 && a.Kicker == "" && length(first) == length(parts[1]):
		a.Kicker, a.Title = first+" "+parts[1], last // 抓创新 拓市场 / 浙江民营经济发展壮大
	case len(parts) == 3:
		a.Title, a.Deck = first+" "+parts[1], last
	case genre.MatchString(last) || !figures && strings.ContainsAny(last, "0123456789"):
		a.Title, a.Deck = first, last
	case a.Kicker == "" && figures && !strings.ContainsAny(last, "0123456789"):
		a.Kicker, a.Title = first, last
	case p.chance(.8):
	case a.Kicker == "" && (fewer(last, first) || !fewer(first, last) && p.chance(.4)):
		a.Kicker, a.Title = first, last
	default:
		a.Title, a.Deck = first, last
	}
}

// fewer reports that a text has clearly fewer characters than another: of two lines of
// about one length in print the one in larger type, the main headline, has fewer.
func fewer(text, than string) bool { return length(text)*8 < length(than)*7 }

var (
	saysThat = regexp.MustCompile(`(?:强调|指出|要求|号召|表示|批示|指示)$`)
	tookPart = regexp.MustCompile(`^[\p{Han}]{2,4}(?:[、 ][\p{Han}]{2,4})*(?:出席|主持|宣读|参加|陪同|作出批示|致辞|讲话|作报告)`)
	genre    = regexp.MustCompile(`(?:纪实|综述|见闻|侧记|观察|扫描|巡礼|调查|启示|故事|专访|特写)$`)
)

// splitByWords takes the kicker and the deck off a title that its words decide, and
// returns what is left to split: nothing where the rest is settled.
func (a *Article) splitByWords(p *page, parts []string) []string {
	if !p.chance(.96) {
		return parts
	}
	took := false
	if last := len(parts) - 1; tookPart.MatchString(parts[last]) && length(parts[last]) <= 20 {
		a.Deck, parts, took = parts[last], parts[:last], true
	}
	for i := 0; i+1 < len(parts) && a.Kicker == ""; i++ {
		if saysThat.MatchString(parts[i]) {
			a.Kicker, parts, took = strings.Join(parts[:i+1], " "), parts[i+1:], true
		}
	}
	if !took {
		return parts
	}
	a.Title = strings.Join(parts, " ")
	return nil
}

// enrich gives a headline a kicker or deck that its source has not, as papers have
// them: texts of their own. A kicker leads up to the headline, a deck adds to it what
// the text tells; where the headline is but a play of words, one of them says what has
// happened.
func (a *Article) enrich(p *page) {
	if a.series && p.chance(.5) {
		a.Kicker = ""
	}
	if a.Kicker != "" && a.Deck != "" || !p.chance(p.style.Extra) {
		return
	}
	kicker, deck, own := "", "", a.words()
	telling := false // it says something of its own, in a line as wide as the headline's
	switch p.r.IntN(14) {
	case 0, 1:
		deck = p.attendance()
	case 2:
		kicker = p.name() + p.phrase(leaderKickers, own...)
	case 3:
		kicker, telling = p.phrase(kickers, own...), true
	case 4:
		kicker = p.series()
	case 5:
		deck = pick(p.r, []string{"——", "", "——记"}) + p.phrase(genreDecks, own...)
	case 6:
		deck, telling = p.phrase(decks, own...), true
	case 7, 8, 9, 10:
		if a.Kicker == "" && a.Deck == "" && a.play(p) {
			return
		}
		fallthrough
	default:
		facts, clauses := a.facts(), a.twoClauses()
		telling = true
		switch {
		case len(facts) == 0:
		case p.chance(.2):
			kicker = p.retold(pick(p.r, facts))
		case p.chance(.3) && len(clauses) > 0:
			deck = pick(p.r, clauses)
			if more := pick(p.r, clauses); more != deck && length(deck)+length(more) <= 54 && p.chance(.3) {
				deck += pick(p.r, []string{"；", "；", " ", "，"}) + more // what the text tells, in short
			}
		case len(facts) > 1 && p.chance(.25):
			at := p.r.IntN(len(facts) - 1)
			deck = p.retold(facts[at]) + pick(p.r, []string{"，", " ", " ", "；"}) + p.retold(facts[at+1])
		default:
			deck = p.retold(pick(p.r, facts))
		}
	}
	if telling && fewer(kicker+deck, a.Title) && p.chance(.65) {
		return
	}
	if a.Kicker == "" {
		a.Kicker = kicker
	}
	if a.Deck == "" {
		a.Deck = deck
	}
}

// play gives an article a headline that plays with one of its words, beside the one
// that says what has happened: 一块“冷钢板”的热销路 / 河阳特钢向新材料要效益.
func (a *Article) play(p *page) bool {
	if n := length(a.Title); n < 8 || n > 26 || strings.ContainsAny(a.Title, " ：《") {
		return false
	}
	play := p.phrase(slogans)
	if words := a.words(); len(words) > 0 && p.chance(.7) {
		play = strings.ReplaceAll(pick(p.r, plays), "W", pick(p.r, words))
	}
	switch p.r.IntN(8) {
	case 0:
		a.Kicker = play
	case 1, 2:
		a.Kicker, a.Title = a.Title, play
	default:
		a.Title, a.Deck = play, a.Title
	}
	return true
}

// words of two characters that the title and the text have, in more than one company:
// what has always the same neighbour is a part of a longer word.
func (a *Article) words() []string {
	var out []string
	text := []rune(strings.Join(a.Paragraphs[:min(4, len(a.Paragraphs))], "。"))
	r := []rune(a.Title)
	for i := 0; i+1 < len(r); i++ {
		if !unicode.Is(unicode.Han, r[i]) || !unicode.Is(unicode.Han, r[i+1]) || junction.Begins(r[i], r[i+1]) <= 0 {
			continue
		}
		before, after := map[rune]bool{}, map[rune]bool{}
		for k := 1; k+2 < len(text); k++ {
			if text[k] == r[i] && text[k+1] == r[i+1] {
				before[text[k-1]], after[text[k+2]] = true, true
			}
		}
		if len(before) > 1 && len(after) > 1 {
			out = append(out, string(r[i:i+2]))
		}
	}
	return out
}

// phrase draws a phrase and fills in its places, numbers and things, which may be the
// article's own words.
func (p *page) phrase(from []string, own ...string) string {
	var b strings.Builder
	for _, r := range pick(p.r, from) {
		switch r {
		case 'P':
			b.WriteString(p.someplace())
		case 'N':
			b.WriteString(pick(p.r, []string{"3", "5", "12", "20", "36", "85", "120", "300", "4600", "1.2", "8.7", "96.4"}))
		case 'M':
			b.WriteString(pick(p.r, strings.Split("一二三四五六七八九十", "")))
		case 'T':
			if len(own) > 0 && p.chance(.7) {
				b.WriteString(pick(p.r, own))
			} else {
				b.WriteString(pick(p.r, inventedThings))
			}
		case 'G':
			b.WriteString(pick(p.r, gatherings))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (p *page) someplace() string {
	if p.chance(.5) {
		return pick(p.r, []string{"我市", "全市", "我县", "全县", "我省", "全省", "我区", "我州"})
	}
	return pick(p.r, inventedPlaces) + pick(p.r, []string{"市", "县", "区", "镇", "村", ""})
}

// series is the name of a run of reports.
func (p *page) series() string {
	name := pick(p.r, []string{"聚焦", "走进", "见证", "奋进", "寻访", "贯彻", "讲述", "行走", "图说", "学习", ""}) +
		pick(p.r, []string{"乡村振兴", "高质量发展", "老城新貌", "新征程", "民生实事", "全会精神", "黄河岸边", "最美基层人", "非遗里的中国", "“十四五”", "重点项目", "营商环境", "文明创建", "家乡年味"})
	switch p.r.IntN(6) {
	case 0:
		return name + p.phrase([]string{"（M）", "之M", "系列报道之M", "·一线篇"})
	case 1:
		return name + pick(p.r, []string{"进行时", "在行动", "一线见闻", "调研行", "看变化"})
	}
	return name
}

// Phrases of headlines. P stands for a place, N for a figure, M for a numeral, T for a
// thing that offices do, G for a gathering, W for a word of the article.
var (
	gatherings = strings.Fields("农村工作会议 经济运行分析会 安全生产工作会 民营企业座谈会 乡村振兴现场推进会 招商引资推介会 道德模范颁奖典礼 防汛抗旱调度会 干部大会 项目集中开工仪式 专题读书班 新闻发布会 党代会 人大常委会会议 文化旅游节 农民丰收节 读书月 科技活动周 运动会 博览会 采摘节 书香节")

	leaderKickers = []string{"在P调研时强调", "在PG上强调", "主持召开专题G议强调", "到P督导时指出", "在与企业家座谈时表示", "调研T时要求", "在督导检查时要求", "看望慰问困难群众时强调", "在市委常委会会议上强调", "宣布", "在PG上指出", "就T作出批示", "在接受本报记者专访时表示", "深入P检查T时强调"}

	kickers = []string{"P召开G强调", "PG要求", "PG介绍", "市委理论学习中心组集中学习时强调", "市防汛抗旱指挥部要求", "市文明办向全体市民发出倡议", "P第M届G启幕", "第N届PG闭幕", "PG召开", "P出台M条措施", "P举行G",
		"PT成绩单出炉", "总投资N亿元", "历时N个月建设", "时隔N年", "全长N公里", "惠及N万人", "前M个月同比增长N%", "PT观察", "从今年秋季学期开始", "入冬以来首场降雪过后", "国庆长假首日", "在全国教师节到来之际",
		"T怎么做", "一张清单管到底", "P人大代表建议办理追踪", "从“跑多M”到“一M办”", "在P，有这样一群人", "省委宣讲团来P宣讲", "N家企业齐聚P", "P入选全国试点", "面对罕见旱情", "为了P群众的期盼"}

	genreDecks = []string{"PT工作综述", "P推进T纪实", "PT见闻", "P第一中学的故事", "写在PG召开之际", "PT一线观察", "PT现场扫描", "来自PT一线的报告", "PT调查", "P集体经济发展启示", "系列报道之M", "PG侧记", "访P农业农村局负责人", "PT巡礼", "记者走访P看T", "记者探访PT现场", "追记P退休教师", "记P的T人", "跟着记者看T", "来自P的调查", "PT五年记", "P干部群众热议G"}

	decks = []string{"N月1日起施行", "计划明年底建成", "涉及N个小区N户居民", "最高补贴N万元", "新增床位N张", "P累计投入N亿元", "N家企业现场签约", "比去年同期增长N%", "PN名选手参赛", "全长N公里，设站N座", "首批N名志愿者上岗", "市民可网上预约", "预计惠及群众N万人", "PT走在前列", "N项惠企政策落P",
		"T让群众得实惠", "以T带动村民增收", "P探索T新路子", "小区里有了“老娘舅”", "N名学生受助圆梦", "专家提醒：出门要防滑", "老人说：这下方便了", "P用T撬动大市场", "本周末在P揭幕"}

	slogans = []string{"向新而行", "家门口的幸福", "看得见的变化", "一枝一叶总关情", "风正好扬帆", "不负春光", "向美而行", "老手艺 新活力", "凝心聚力 真抓实干", "踔厉奋发 勇毅前行", "乘势而上 提质增效", "久久为功", "守正创新 奋楫扬帆", "山乡巨变", "一路花开", "山梁上的读书声", "大山里的“土专家”", "老戏台 新唱腔", "荒坡变成“花果山”", "三代人 一个梦", "四十年只做一件事", "指尖上的手艺", "下足“绣花功夫”", "最后一公里的温暖", "“数”说这五年", "此心安处是吾乡"}

	plays = []string{"W跑出“加速度”", "小W 大民生", "让W更有温度", "W里的大文章", "点亮W", "W背后的故事", "W之变", "W暖民心", "擦亮W名片", "W“活”起来", "当W遇上年轻人", "做好W这篇大文章", "W搭起“连心桥”", "“W”添新彩", "W照亮回家路", "一个W的坚守", "守护W的人", "一块“W”的热销路", "W办到心坎上", "小小W撑起“致富伞”", "W，不止一面", "W来了，准备好了吗", "给W把把脉", "W有了“新管家”", "从“W”看变化", "把W送到家门口", "我的W我做主", "W路上的“逆行者”"}
)

// attendance says who took part.
func (p *page) attendance() string {
	deck := p.name() + pick(p.r, []string{"出席", "主持", "讲话", "参加", "出席并讲话", "主持会议", "主持会议并讲话", "致辞", "参加活动", "作工作报告", "宣读表彰决定", "陪同调研"})
	switch p.r.IntN(6) {
	case 0, 1:
		deck = p.name() + " " + deck
	case 2:
		deck = p.name() + pick(p.r, []string{"主持 ", "出席 ", "讲话 "}) + deck
	}
	return deck
}

// facts are clauses of the text that can stand by themselves.
func (a *Article) facts() []string {
	var out []string
	for _, text := range a.Paragraphs[:min(4, len(a.Paragraphs))] {
		for _, c := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("，。；：！？", r) }) {
			r := []rune(c)
			if n := len(r); n >= 8 && n <= 22 && !strings.ContainsAny(c, "“”‘’《》（）、") && !strings.ContainsRune(noFirst, r[0]) && !strings.ContainsRune("后时中说称示介为下前里来的了和绍", r[n-1]) {
				out = append(out, c)
			}
		}
	}
	return out
}

// twoClauses are facts of the text that take two clauses to tell.
func (a *Article) twoClauses() []string {
	var out []string
	for _, text := range a.Paragraphs[:min(4, len(a.Paragraphs))] {
		for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("。；！？", r) }) {
			clauses := strings.Split(sentence, "，")
			for i := 0; i+1 < len(clauses); i++ {
				both := clauses[i] + "，" + clauses[i+1]
				r := []rune(both)
				if n := len(r); length(clauses[i]) >= 5 && length(clauses[i+1]) >= 5 && n <= 32 && !strings.ContainsAny(both, "‘’《》（）") && strings.Count(both, "“") == strings.Count(both, "”") && !strings.ContainsRune(noFirst, r[0]) {
					out = append(out, both)
				}
			}
		}
	}
	return out
}

// Characters that no fact begins with.
const noFirst = "并而但将也还就都其这那把从在以对为据与和"

var (
	timeFirst = regexp.MustCompile(`^(?:今年以来|今年|目前|近年来|近期|近日|昨天|今天|当天|当日|同时|此外|截至目前)`)
	spare     = regexp.MustCompile(`进一步|积极|不断|持续|全面|大力|已经|累计|正在|先后|分别|共有|约为|一批|等地|有效|深入|扎实|更加|[已均了]`)
)

// retold is a fact in fewer words, as editors write it; now and then they copy.
func (p *page) retold(fact string) string {
	if p.chance(.25) {
		return fact
	}
	short := timeFirst.ReplaceAllString(fact, "")
	short = spare.ReplaceAllStringFunc(short, func(word string) string {
		if p.chance(.5) {
			return ""
		}
		return word
	})
	if length(short) < 6 {
		return fact
	}
	return short
}
