package typeset

import (
	"regexp"
	"strings"
)

// splitTitle makes kicker, title and deck of a title of several phrases, as the
// page's editors like: 引题 正题 副题. What says that words follow, or who took part,
// is no part of a main headline in any paper; of the rest editors differ.
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

var (
	saysThat = regexp.MustCompile(`(?:强调|指出|要求|号召|表示|批示|指示)$`)
	tookPart = regexp.MustCompile(`^[\p{Han}]{2,4}(?:[、 ][\p{Han}]{2,4})*(?:出席|主持|宣读|参加|陪同|作出批示|致辞|讲话|作报告)`)
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
// them: who took part, where it was said, a fact out of the text.
func (a *Article) enrich(p *page) {
	if a.Kicker != "" && a.Deck != "" || !p.chance(p.style.Extra) {
		return
	}
	kicker, deck := "", ""
	switch p.r.IntN(9) {
	case 0, 1:
		deck = p.attendance()
	case 2:
		kicker = p.name() + pick(p.r, []string{"在清源县调研时强调", "在全市农村工作会议上强调", "主持召开专题会议强调", "到柳湾镇督导时指出", "在与企业家座谈时表示", "调研重点项目时要求", "号召广大青年",
			"在督导检查时要求", "看望慰问困难群众时强调", "在市委常委会会议上强调", "宣布"})
	case 3:
		kicker = pick(p.r, []string{"市委常委会召开会议强调", "全市招商引资推进会要求", "市政府新闻发布会介绍", "县委理论学习中心组集中学习时强调", "市防汛抗旱指挥部要求", "市文明办向全体市民发出倡议",
			"第五届清源书香节启幕", "清源县第三届人代会闭幕", "重点工程建设年·现场", "清源县出台十条措施", "“十四五”看变化", "我市优化营商环境行动进行时", "学习贯彻全会精神", "全市上半年成绩单出炉", "聚焦民生实事（二）"})
	case 4:
		deck = pick(p.r, []string{"——", "", "——我市"}) + pick(p.r, []string{"清源县乡村振兴工作综述", "我市推进重点项目建设纪实", "柳湾镇产业发展见闻", "记清源县第一中学教师" + p.name(), "写在防汛工作会议召开之际", "基层治理一线观察", "我市优化营商环境见闻",
			"清源县推动文旅融合侧记", "老旧小区改造现场扫描", "访市农业农村局负责人" + p.name(), "来自春耕一线的报告", "清源县数字乡村建设调查", "河阳村集体经济发展启示", "系列报道之三"})
	case 5:
		if facts := a.facts(); len(facts) > 1 {
			deck = pick(p.r, facts) + pick(p.r, []string{"，", " ", "；"}) + pick(p.r, facts)
		}
	default:
		facts := a.facts()
		switch {
		case len(facts) == 0:
		case p.r.IntN(4) > 0:
			deck = pick(p.r, facts)
		default:
			kicker = pick(p.r, facts)
		}
	}
	if a.Kicker == "" {
		a.Kicker = kicker
	}
	if a.Deck == "" {
		a.Deck = deck
	}
}

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
			if n := len(r); n >= 8 && n <= 22 && !strings.ContainsAny(c, "“”‘’《》（）、") && !strings.ContainsRune("并而但将也还就都其这那把从在以对为据与和", r[0]) && !strings.ContainsRune("后时中说称示介为下前里来的了和绍", r[n-1]) {
				out = append(out, c)
			}
		}
	}
	return out
}
