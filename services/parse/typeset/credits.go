package typeset

import (
	"fmt"
	"strconv"
	"strings"

	"broadsheet/pkg/newspaper"
)

// credits is where an article says who wrote it.
type credits struct {
	opening string   // before the first paragraph, in its line: 本报讯（记者 张三）
	lines   []string // over the body: 本报记者 张三
	closing string   // after the last paragraph, in its line: （张三）
	last    []string // under the body
}

// credits invents the article's byline, dateline or signature and files it.
func (p *page) credits(g *newspaper.Article) credits {
	form := p.style.form()
	switch {
	case !p.chance(p.style.bylines):
		if !p.chance(p.style.Signed) {
			return credits{}
		}
		return p.signature(g, form)
	case p.chance(p.style.OwnLine):
		return p.ownByline(g, form)
	case p.r.IntN(4) == 0:
		return p.dateline(g, form)
	}
	return p.paperByline(g, form)
}

// author puts the name of who wrote an article under its headline, as essays have
// it, if nothing else names anybody. It returns the line.
func (p *page) author(g *newspaper.Article, position string) string {
	if position != newspaper.HeadlineBefore || g.By != "" || !p.chance(p.style.Signed) {
		return ""
	}
	form := p.style.form()
	name := form(p.name())
	g.By, g.Creators = name, []newspaper.Creator{{Role: newspaper.Contributor, Name: name}}
	if r := []rune(name); len(r) == 2 && p.chance(.7) {
		name = string(r[0]) + " " + string(r[1])
	}
	switch p.style.house % 9 {
	case 0, 1:
		return pick(p.r, []string{"□", "□ ", "◆", "○ ", "■"}) + name
	case 2:
		return form(pick(p.r, []string{"作者：", "文/"})) + name
	}
	return name
}

// paperByline: 本报讯（记者 张三 通讯员 李四）.
func (p *page) paperByline(g *newspaper.Article, form func(string) string) credits {
	head := "本报讯"
	switch p.style.house % 14 {
	case 0, 7:
		head = pick(p.r, []string{"本报讯", "本网讯", "本刊讯"})
	case 1:
		head = "【本报讯】"
	case 2:
		head = []string{"晨报讯", "晚报讯", "商报讯", "日报讯"}[p.style.house/14%4]
	}
	if p.r.IntN(14) == 0 {
		return p.reports(g, form, head)
	}
	if p.style.traditional && p.style.house%2 == 0 {
		// 〔記者林書豪／南嶼報導〕
		name := form(p.name())
		g.Creators = []newspaper.Creator{{Role: newspaper.Reporter, Name: name}}
		g.By = "〔" + form("记者") + name + "／" + form(pick(p.r, []string{"台北", "南屿", "综合", "高雄"})+"报导") + "〕"
		return credits{opening: g.By}
	}
	inside := form(p.reporters(g))
	if p.r.IntN(9) == 0 {
		g.Creators, g.By = nil, form(head)
		return credits{opening: form(head) + pick(p.r, []string{" ", "　"})}
	}
	space := ""
	if p.style.spaceBracket {
		space = " "
	}
	g.By = form(head + space + "（" + inside + "）")
	after := pick(p.r, []string{"", "", " "})
	return credits{opening: form(head+space+"（") + p.looseNames(inside) + form("）") + after}
}

// reports: 本报讯 记者张三报道：, 本报记者 李四报道：.
func (p *page) reports(g *newspaper.Article, form func(string) string, head string) credits {
	name := form(p.name())
	g.Creators = []newspaper.Creator{{Role: newspaper.Reporter, Name: name}}
	who := pick(p.r, []string{"记者", "记者 "})
	if p.chance(.5) {
		head += pick(p.r, []string{" ", "　"})
	} else {
		head = pick(p.r, []string{"", "本报"})
	}
	g.By = form(head+who) + name + form("报道")
	return credits{opening: g.By + form("：")}
}

// reporters draws who is named and how, and files them: 记者 张三 通讯员 李四.
func (p *page) reporters(g *newspaper.Article) string {
	form := p.style.form()
	add := func(role string, n int) string {
		var names []string
		for range n {
			name := p.name()
			names = append(names, name)
			g.Creators = append(g.Creators, newspaper.Creator{Role: role, Name: form(name)})
		}
		return strings.Join(names, pick(p.r, []string{" ", " ", "、"}))
	}
	word := "记者 "
	switch p.style.house % 5 {
	case 0:
		word = "全媒体记者 "
	case 1:
		word = pick(p.r, []string{"记者 ", "融媒体记者 ", "首席记者 ", "见习记者 ", "特约记者 "})
	case 2:
		word = "记者"
	}
	switch p.r.IntN(10) {
	case 0, 1:
		return word + add(newspaper.Reporter, 2)
	case 2, 3:
		return word + add(newspaper.Reporter, 1) + " 通讯员 " + add(newspaper.Correspondent, 1+p.r.IntN(2))
	case 4:
		return pick(p.r, []string{"通讯员 ", "特约通讯员 "}) + add(newspaper.Correspondent, 1+p.r.IntN(2))
	case 5:
		if p.style.house%3 == 0 {
			text := word + add(newspaper.Reporter, 1) + " 文/图"
			g.Creators = append(g.Creators, newspaper.Creator{Role: newspaper.Photographer, Name: g.Creators[0].Name})
			return text
		}
	}
	return word + add(newspaper.Reporter, 1)
}

// dateline: 新华社北京10月28日电（记者 张三）.
func (p *page) dateline(g *newspaper.Article, form func(string) string) credits {
	month, _ := strconv.Atoi(p.gold.Date[5:7])
	day, _ := strconv.Atoi(p.gold.Date[8:])
	day = max(1, day-p.r.IntN(3))
	city := form(pick(p.r, []string{"北京", "上海", "太原", "郑州", "华盛顿", "成都", "海口", "联合国", "巴黎", "哈尔滨", "石家庄", "莫斯科", "内罗毕", "香港", "酒泉"}))
	agency := form(pick(p.r, []string{"新华社", "新华社", "新华社", "中新社", "本报", "人民日报", "新华网"}))
	end := "电"
	if agency == "本报" || agency == "本報" {
		end = pick(p.r, []string{"电", "讯"})
	} else {
		g.InfoSources = []newspaper.InfoSource{{Role: "agency", Name: agency}}
	}
	prefix := ""
	if agency == "新华社" && p.r.IntN(5) == 0 {
		prefix = "据"
	}
	var said string
	if p.r.IntN(12) == 0 && len(g.InfoSources) > 0 {
		said = form(prefix+agency) + form("电")
	} else {
		g.Located, g.ContentCreated = city, fmt.Sprintf("%s-%02d-%02d", p.gold.Date[:4], month, day)
		said = form(fmt.Sprintf("%s%s%s%d月%d日%s", prefix, agency, city, month, day, end))
	}
	g.By = said
	said = p.style.spaced(p, said)
	if p.r.IntN(5) == 0 {
		return credits{opening: said + pick(p.r, []string{" ", "　"})}
	}
	space := ""
	if p.style.spaceBracket {
		space = " "
	}
	inside := form(p.reporters(g))
	g.By += form(space + "（" + inside + "）")
	return credits{opening: said + form(space+"（") + p.looseNames(inside) + form("）") + pick(p.r, []string{"", "", " "})}
}

// ownByline stands on a line of its own: 本报记者 张三.
func (p *page) ownByline(g *newspaper.Article, form func(string) string) credits {
	head := "本报记者 "
	switch p.style.house % 6 {
	case 0:
		head = pick(p.r, []string{"□", "□ ", "◆", "◎", "● ", "■ "}) + "本报记者 "
	case 1:
		head = pick(p.r, []string{"本报全媒体记者 ", "本报首席记者 ", "本报记者 "})
	case 2:
		head = pick(p.r, []string{"记者 ", "新华社记者 ", "本报记者 "})
	case 3:
		head = "□ 记者 "
	case 4:
		head = pick(p.r, []string{"晚报记者 ", "本报见习记者 ", "本报通讯员 "}[:2])
	}
	n := 1
	if p.r.IntN(4) == 0 {
		n = 2
	}
	var names []string
	for range n {
		name := form(p.name())
		names = append(names, name)
		g.Creators = append(g.Creators, newspaper.Creator{Role: newspaper.Reporter, Name: name})
	}
	text := head + strings.Join(names, " ")
	if p.r.IntN(4) == 0 {
		name := form(p.name())
		g.Creators = append(g.Creators, newspaper.Creator{Role: newspaper.Correspondent, Name: name})
		text += " 通讯员 " + name
	}
	text = form(text)
	g.By = text
	if strings.HasPrefix(text, "□") && p.r.IntN(2) == 0 {
		g.By = strings.TrimSpace(strings.TrimPrefix(text, "□"))
		text = "□ " + g.By
	}
	if len(g.Creators) == 1 && p.r.IntN(8) == 0 {
		text += form(" 文/图")
		g.By += form(" 文/图")
		g.Creators = append(g.Creators, newspaper.Creator{Role: newspaper.Photographer, Name: g.Creators[0].Name})
	}
	if p.r.IntN(5) == 0 {
		g.By = form("（") + strings.TrimLeft(text, "□ ") + form("）")
		return credits{last: []string{g.By}}
	}
	return credits{lines: []string{p.looseNames(text)}}
}

// signature closes an article: （李建龙）.
func (p *page) signature(g *newspaper.Article, form func(string) string) credits {
	name := form(p.name())
	role, text := newspaper.Contributor, name
	switch p.r.IntN(6) {
	case 0:
		role, text = newspaper.Reporter, form("记者 ")+name
	case 1:
		role, text = newspaper.Correspondent, form("通讯员 ")+name
	case 2:
		other := form(p.name())
		g.Creators = []newspaper.Creator{{Role: role, Name: other}}
		text = other + " " + name
	case 4:
		where := form(pick(p.r, []string{"城东区", "柳湾镇", "清源县教育局", "县第一中学", ""}))
		g.Creators, g.By = []newspaper.Creator{{Role: role, Name: name}}, strings.TrimSpace(where+" "+name)
		return credits{last: []string{g.By}} // a letter's or essay's writer, without brackets
	case 3:
		g.InfoSources = []newspaper.InfoSource{{Role: "agency", Name: form("新华社")}}
		g.By = form("据新华社")
		return p.closing(form("（据新华社电）"))
	}
	g.Creators = append(g.Creators, newspaper.Creator{Role: role, Name: name})
	g.By = text
	return p.closing(form("（") + p.looseNames(text) + form("）"))
}

func (p *page) closing(text string) credits {
	if p.r.IntN(2) == 0 {
		return credits{last: []string{text}}
	}
	return credits{closing: text}
}

// looseNames spreads names of two characters, as justified setting does: 张三
// becomes 张 三.
func (p *page) looseNames(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		r := []rune(w)
		if len(r) == 2 && len(words) > 1 && i > 0 && cells(r[0]) == 2 && p.chance(.2) {
			words[i] = string(r[0]) + " " + string(r[1])
		}
	}
	return strings.Join(words, " ")
}

func (p *page) photoCredit(who string) string {
	if p.chance(.3) {
		who = p.looseNames("x " + who)[2:]
	}
	return pick(p.r, []string{
		"记者 " + who + " 摄", "本报记者 " + who + " 摄", "（记者 " + who + " 摄）", who + " 摄", "（" + who + " 摄）",
		"新华社记者 " + who + " 摄", "新华社发（" + who + " 摄）", "通讯员 " + who + " 摄", "本报通讯员 " + who + "摄", "摄影：" + who,
		"记者" + who + "摄", "图/" + who, who + " 供图", "（" + who + " 摄影报道）", "记者 " + who + " 摄影报道",
	})
}

var (
	surnames = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文靳尚樊路岳庞牛巩关")
	givens   = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红娥玲芬燕彩春菊兰凤洁梅琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉志国建文永海波宁光亮鹏飞宇浩凯健俊帆晓晨思雨欣怡梓轩子涵生德福成龙江山水金银大小东南西北新中")
	doubles  = []string{"欧阳", "司马", "上官", "诸葛", "皇甫", "令狐"}
)

func (p *page) name() string {
	name := string(pick(p.r, surnames))
	if p.r.IntN(60) == 0 {
		name = pick(p.r, doubles)
	}
	name += string(pick(p.r, givens))
	if p.r.IntN(3) > 0 {
		name += string(pick(p.r, givens))
	}
	return name
}
