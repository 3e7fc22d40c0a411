package typeset

import (
	"fmt"
	"strconv"
	"strings"

	"broadsheet/pkg/newspaper"
)

// compose sets a page's worth of articles.
func (p *page) compose(take func() Article) {
	s := p.style
	furnished := p.chance(s.Furniture)
	if furnished {
		p.furniture(1 + p.r.IntN(4))
	}
	n := s.Articles[0] + p.r.IntN(s.Articles[1]-s.Articles[0]+1)
	briefsAt := -1
	if p.chance(s.Briefs) {
		briefsAt = p.r.IntN(n)
	}
	for i := 0; i < n; i++ {
		if !p.chance(s.SameWidth) {
			p.width = pick(p.r, s.Widths)
		}
		switch {
		case i == briefsAt:
			p.briefs(take)
		case p.chance(s.Pieces) && i+1 < n:
			p.pieces(take)
			i++
		default:
			p.put2(p.article(take(), true))
		}
		if p.chance(s.MidFurniture / float64(n)) {
			p.furniture(1)
		}
		if p.chance(s.Captions) {
			p.caption(take())
		}
	}
	if furnished && p.chance(.5) {
		p.furniture(1 + p.r.IntN(2))
	}
}

// piece is a run of lines that stays together.
type piece []setLine

func (p *page) put2(pieces []piece) {
	for _, q := range pieces {
		p.lines = append(p.lines, q...)
	}
}

// pieces sets an article in two pieces with another between.
func (p *page) pieces(take func() Article) {
	parts := p.article(take(), true)
	lines := joinPieces(parts)
	cuts := []int{}
	for i := 2; i < len(lines)-2; i++ {
		if lines[i].gap == newParagraph {
			cuts = append(cuts, i)
		}
	}
	other := joinPieces(p.article(take(), true))
	if len(cuts) == 0 {
		p.lines = append(append(p.lines, lines...), other...)
		return
	}
	cut := pick(p.r, cuts)
	lines[cut].gap = newBlock
	p.lines = append(append(append(p.lines, lines[:cut]...), other...), lines[cut:]...)
}

func joinPieces(parts []piece) []setLine {
	var out []setLine
	for _, q := range parts {
		out = append(out, q...)
	}
	return out
}

// article sets an article and files its gold. It returns the headline and body in
// the order of the page.
func (p *page) article(a Article, byline bool) []piece {
	owner := len(p.gold.Articles)
	g := newspaper.Article{Type: newspaper.TypeText, Language: "zh-Hans"}
	paras := a.Paragraphs[:min(len(a.Paragraphs), 1+p.r.IntN(p.style.LongestParagraphs))]
	paras = cleanAll(paras)
	position := p.position()
	var heads piece
	if position != newspaper.HeadlineNone && a.Title != "" {
		heads = p.heads(a, owner, &g)
	} else {
		position = newspaper.HeadlineNone
	}
	body := p.body(paras, owner, byline && p.chance(p.style.bylines), &g, length(strings.Join(paras, "")) > 500)
	g.Print.HeadlinePosition = position
	p.gold.Articles = append(p.gold.Articles, g)
	switch position {
	case newspaper.HeadlineBefore:
		body[0].gap = newBlock
		heads[0].gap = newArticle
		return []piece{heads, body}
	case newspaper.HeadlineAfter:
		heads[0].gap = newBlock
		return []piece{body, heads}
	case newspaper.HeadlineInside:
		cut := p.insideCut(body)
		heads[0].gap = newBlock
		if cut == 0 {
			return []piece{body, heads}
		}
		body[cut].gap = newBlock
		return []piece{body[:cut], heads, body[cut:]}
	}
	return []piece{body}
}

// insideCut finds where a headline may stand inside a body: between paragraphs,
// seldom between any lines.
func (p *page) insideCut(body piece) int {
	var cuts []int
	for i := 2; i < len(body)-1; i++ {
		if body[i].gap == newParagraph || p.chance(.05) {
			cuts = append(cuts, i)
		}
	}
	if len(cuts) == 0 {
		return 0
	}
	return pick(p.r, cuts)
}

func (p *page) position() string {
	s := p.style
	x := p.r.Float64() * (s.before + s.after + s.inside + s.none)
	switch {
	case x < s.before:
		return newspaper.HeadlineBefore
	case x < s.before+s.after:
		return newspaper.HeadlineAfter
	case x < s.before+s.after+s.inside:
		return newspaper.HeadlineInside
	}
	return newspaper.HeadlineNone
}

// heads sets kicker, main headline and deck.
func (p *page) heads(a Article, owner int, g *newspaper.Article) piece {
	measure := max(16, p.width+p.r.IntN(24)-8)
	if !p.chance(p.style.WrapHeads) {
		measure = 200
	}
	var out piece
	add := func(role, text string) {
		if text == "" {
			return
		}
		text = strings.Join(strings.Fields(text), " ")
		g.Headlines = append(g.Headlines, newspaper.Headline{Role: role, Value: text})
		for i, l := range p.wrapHead(text, measure) {
			gap := inHead
			if i == 0 {
				gap = newParagraph
			}
			out = append(out, setLine{l, owner, gap})
		}
	}
	kickers := p.chance(p.style.Kickers)
	if kickers {
		add(newspaper.Kicker, a.Kicker)
	}
	add(newspaper.Main, a.Title)
	if kickers {
		deck := a.Deck
		if deck != "" && p.chance(.3) {
			deck = "——" + deck
		}
		add(newspaper.Deck, deck)
	}
	return out
}

// body sets the paragraphs with byline, subheads and signature.
func (p *page) body(paras []string, owner int, byline bool, g *newspaper.Article, long bool) piece {
	var out piece
	g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: strings.Join(paras, "\n")}}
	prefix := ""
	if byline {
		prefix = p.byline(g)
		if g.Located == "" && len(g.InfoSources) == 0 && p.chance(p.style.OwnLine) && len(g.Creators) > 0 {
			own := "本报记者 " + g.Creators[0].Name
			g.By = own
			g.Creators = g.Creators[:1]
			prefix = ""
			out = append(out, setLine{own, owner, newBlock})
		}
	}
	subheads := p.chance(p.style.Subheads) && long
	for i, text := range paras {
		if i > 0 {
			prefix = ""
		}
		gap := newParagraph
		if i == 0 {
			gap = newArticle
			if len(out) > 0 {
				gap = newParagraph
			}
		}
		if subheads && i > 0 && i%3 == 0 {
			sub := []rune(strings.SplitN(text, "，", 2)[0])
			if n := len(sub); n >= 5 && n <= 14 {
				out = append(out, setLine{string(sub), owner, newParagraph})
				g.Bodies[0].Value = strings.Replace(g.Bodies[0].Value, text, string(sub)+"\n"+text, 1)
			}
		}
		signed := ""
		if i == len(paras)-1 && len(g.Creators) == 0 && g.Located == "" && p.chance(p.style.Signed) {
			signed = p.name()
			g.Creators = []newspaper.Creator{{Role: newspaper.Contributor, Name: signed}}
			g.By = signed
		}
		ownLine := signed != "" && p.r.IntN(2) == 0
		if signed != "" && !ownLine {
			text += "（" + signed + "）"
		}
		out = append(out, p.paragraph(prefix+text, owner, gap)...)
		if ownLine {
			out = append(out, setLine{"（" + signed + "）", owner, newParagraph})
		}
	}
	if p.chance(p.style.FrameSpace) {
		out[0].text = " " + out[0].text
	}
	return out
}

// byline invents a byline or dateline and returns the text that opens the body.
func (p *page) byline(g *newspaper.Article) string {
	space := ""
	if p.style.spaceBracket {
		space = " "
	}
	reporter := p.name()
	g.Creators = []newspaper.Creator{{Role: newspaper.Reporter, Name: reporter}}
	inside := "记者 " + reporter
	switch p.r.IntN(8) {
	case 0:
		second := p.name()
		inside += " " + second
		g.Creators = append(g.Creators, newspaper.Creator{Role: newspaper.Reporter, Name: second})
	case 1:
		second := p.name()
		inside += " 通讯员 " + second
		g.Creators = append(g.Creators, newspaper.Creator{Role: newspaper.Correspondent, Name: second})
	}
	month, _ := strconv.Atoi(p.gold.Date[5:7])
	day, _ := strconv.Atoi(p.gold.Date[8:])
	day = max(1, day-p.r.IntN(3))
	if p.r.IntN(4) == 0 {
		city := pick(p.r, []string{"北京", "上海", "太原", "郑州", "华盛顿", "成都", "海口"})
		g.Located, g.ContentCreated = city, fmt.Sprintf("%s-%02d-%02d", p.gold.Date[:4], month, day)
		agency := pick(p.r, []string{"新华社", "新华社", "中新社", "本报"})
		if agency != "本报" {
			g.InfoSources = []newspaper.InfoSource{{Role: "agency", Name: agency}}
		}
		g.By = fmt.Sprintf("%s%s%d月%d日电 （%s）", agency, city, month, day, inside)
		return p.style.spaced(p, g.By[:strings.Index(g.By, " （")]) + space + "（" + inside + "）"
	}
	if p.r.IntN(9) == 0 {
		g.Creators, g.By = nil, "本报讯"
		return "本报讯 "
	}
	g.By = "本报讯 （" + inside + "）"
	return "本报讯" + space + "（" + inside + "）"
}

// briefs sets a column of briefs: a name over it, short articles in one measure.
func (p *page) briefs(take func() Article) {
	p.put(pick(p.r, []string{"简讯", "要闻速览", "一句话新闻", "新闻速递", "快讯"}), ownerNeutral, newArticle)
	headless := p.r.IntN(2) == 0
	for range 3 + p.r.IntN(4) {
		a := take()
		owner := len(p.gold.Articles)
		g := newspaper.Article{Type: newspaper.TypeText, Language: "zh-Hans"}
		text := cleanAll(a.Paragraphs[:1])
		var heads piece
		g.Print.HeadlinePosition = newspaper.HeadlineNone
		if !headless {
			a.Kicker, a.Deck = "", ""
			heads = p.heads(a, owner, &g)
			heads[0].gap = newArticle
			g.Print.HeadlinePosition = newspaper.HeadlineBefore
		}
		g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: text[0]}}
		prefix := ""
		if headless {
			prefix = p.byline(&g)
		}
		p.gold.Articles = append(p.gold.Articles, g)
		p.lines = append(p.lines, heads...)
		p.lines = append(p.lines, p.paragraph(prefix+text[0], owner, newArticle)...)
	}
}

// caption sets a stand-alone picture's caption.
func (p *page) caption(a Article) {
	owner := len(p.gold.Articles)
	text := cleanAll(a.Paragraphs[:1])[0]
	text = strings.SplitAfter(text, "。")[0]
	if length(text) > 80 || length(text) < 12 || strings.HasSuffix(text, "，") {
		return
	}
	who := p.name()
	text = "图为" + text
	g := newspaper.Article{Type: newspaper.TypePicture, Language: "zh-Hans", Descriptions: []newspaper.Description{{Role: "caption", Value: text}}}
	g.Creators = []newspaper.Creator{{Role: newspaper.Photographer, Name: who}}
	g.Print.HeadlinePosition = newspaper.HeadlineNone
	p.gold.Articles = append(p.gold.Articles, g)
	kept := p.width
	p.width = pick(p.r, []int{p.width, 48, 60, 84})
	p.lines = append(p.lines, p.paragraph(text+" "+pick(p.r, []string{"记者 ", "本报记者 ", "", "通讯员 "})+who+" 摄", owner, newArticle)...)
	p.width = kept
}

// furniture sets lines that belong to no article.
func (p *page) furniture(n int) {
	day := p.gold.Date
	all := []string{
		"第" + p.gold.Page + "版", "0" + p.gold.Page + "版 要闻", "要闻·" + p.gold.Page, "清源日报", "综合新闻",
		fmt.Sprintf("%s年%s月%s日 星期%s", day[:4], strings.TrimLeft(day[5:7], "0"), strings.TrimLeft(day[8:], "0"), pick(p.r, []string{"一", "二", "三", "四", "五", "六", "日"})),
		"责任编辑：" + p.name() + " 版式设计：" + p.name(), "新闻热线：0358-1234567", "本报地址：清源县滨河路18号 邮编：030000",
		"国内统一连续出版物号 CN 14-0099", "责编：" + p.name() + " 校对：" + p.name(), "今日8版 总第4321期",
	}
	p.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, text := range all[:n] {
		p.put(text, ownerFurniture, newBlock)
	}
}

var (
	surnames = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文")
	givens   = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红娥玲芬燕彩春菊兰凤洁梅琳素云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉志国建文永海波宁光亮鹏飞宇浩凯健俊帆晓晨思雨欣怡梓轩子涵")
)

func (p *page) name() string {
	name := string(pick(p.r, surnames)) + string(pick(p.r, givens))
	if p.r.IntN(3) > 0 {
		name += string(pick(p.r, givens))
	}
	return name
}

func cleanAll(paras []string) []string {
	out := make([]string, 0, len(paras))
	for _, t := range paras {
		out = append(out, strings.Join(strings.Fields(t), ""))
	}
	return out
}
