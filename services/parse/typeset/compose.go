package typeset

import (
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/eval"
)

// compose sets a page's worth of articles.
func (p *page) compose() {
	s := p.style
	furnished := p.chance(s.Furniture)
	if furnished {
		p.furniture(1 + p.r.IntN(4))
	}
	n := s.Articles[0] + p.r.IntN(s.Articles[1]-s.Articles[0]+1)
	if p.chance(s.Grid) {
		p.grid(n)
	} else {
		p.flow(n)
	}
	if furnished && p.chance(.5) {
		p.furniture(1 + p.r.IntN(2))
	}
}

// flow sets n items one after the other.
func (p *page) flow(n int) {
	s := p.style
	extras := p.extras(n)
	var late piece // a headline that stands beyond the next item
	for i := range n {
		if !p.chance(s.SameWidth) {
			p.width = pick(p.r, s.Widths)
		}
		items := p.item(extras[i])
		if len(items) > 1 && p.chance(s.Away) && items[0][0].role != eval.RolePara && late == nil {
			late, items = items[0], items[1:]
			p.put(items...)
		} else {
			p.put(items...)
			if late != nil {
				p.put(late)
				late = nil
			}
		}
		if p.chance(s.MidFurniture / float64(n)) {
			p.furniture(1)
		}
		if p.chance(s.Captions) {
			p.caption(p.take())
		}
	}
	if late != nil {
		p.put(late)
	}
}

// extras draws what besides articles the page has, by item.
func (p *page) extras(n int) []string {
	out := make([]string, n)
	for _, x := range []struct {
		name   string
		chance float64
	}{{"briefs", p.style.Briefs}, {"ad", p.style.Ads}, {"poem", p.style.Poems}, {"notice", p.style.Notices}, {"list", p.style.Notices / 2}, {"letter", p.style.Notices / 2}} {
		if p.chance(x.chance) {
			out[p.r.IntN(n)] = x.name
		}
	}
	return out
}

// item sets one item of the page.
func (p *page) item(name string) []piece {
	switch name {
	case "briefs":
		return []piece{p.briefs()}
	case "ad":
		return []piece{p.advertisement()}
	case "poem":
		return []piece{p.poem()}
	case "notice":
		return []piece{p.notice()}
	case "list":
		return []piece{p.list()}
	case "letter":
		return []piece{p.letter()}
	}
	if p.chance(p.style.Pieces) {
		return p.pieces()
	}
	return p.article(p.take())
}

// pieces sets an article in two pieces with another article, or a piece of another,
// between.
func (p *page) pieces() []piece {
	first := p.tear(joinPieces(p.article(p.take())))
	if !p.chance(p.style.SameWidth) {
		p.width = pick(p.r, p.style.Widths)
	}
	other := []piece{joinPieces(p.article(p.take()))}
	if len(first) > 1 && p.chance(.2) {
		other = p.tear(other[0])
	}
	out := []piece{first[0], other[0]}
	return append(append(out, first[1:]...), other[1:]...)
}

// tear takes an article apart where its body may be, if anywhere.
func (p *page) tear(lines piece) []piece {
	var cuts []int
	for i := 2; i < len(lines)-2; i++ {
		body := lines[i].role == eval.RolePara || lines[i].role == eval.RoleCont && lines[i-1].role == eval.RoleCont
		if body && (lines[i].gap == newParagraph || p.chance(p.style.torn)) {
			cuts = append(cuts, i)
		}
	}
	if len(cuts) == 0 {
		return []piece{lines}
	}
	cut := pick(p.r, cuts)
	rest := append(piece(nil), lines[cut:]...)
	rest[0].gap = newBlock
	return []piece{lines[:cut], rest}
}

func joinPieces(parts []piece) piece {
	var out piece
	for _, q := range parts {
		out = append(out, q...)
	}
	return out
}

// article sets an article and files its gold. It returns the headline and body in
// the order of the page.
func (p *page) article(a Article) []piece {
	owner := len(p.gold.Articles)
	p.gold.Articles = append(p.gold.Articles, newspaper.Article{Type: newspaper.TypeText, Language: p.style.language()})
	g := newspaper.Article{Type: newspaper.TypeText, Language: p.style.language(), Headlines: []newspaper.Headline{}}
	low, high := p.style.ShortestParagraphs, p.style.LongestParagraphs
	paras := a.Paragraphs[:min(len(a.Paragraphs), low+p.r.IntN(high-low+1))]
	position := p.position()
	if a.Title == "" {
		position = newspaper.HeadlineNone
	}
	var heads piece
	if position != newspaper.HeadlineNone {
		heads = p.heads(a, owner, &g)
	}
	body := p.body(paras, owner, &g, position)
	if author := p.author(&g, position); author != "" {
		heads = append(heads, setLine{author, owner, eval.RoleByline, newParagraph})
	}
	body = p.illustrate(body, Article{Paragraphs: paras}, owner, &g)
	g.Print.HeadlinePosition = position
	p.gold.Articles[owner] = g
	return p.place(heads, body, position)
}

func (p *page) place(heads, body piece, position string) []piece {
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
		rest := append(piece(nil), body[cut:]...)
		rest[0].gap = newBlock
		return []piece{body[:cut], heads, rest}
	}
	return []piece{body}
}

func (d drawn) language() string {
	if d.traditional {
		return "zh-Hant"
	}
	return "zh-Hans"
}

// insideCut finds where a headline may stand inside a body: between paragraphs, or
// between any lines.
func (p *page) insideCut(body piece) int {
	var cuts []int
	for i := 2; i < len(body)-1; i++ {
		if body[i].gap == newParagraph && body[i-1].role != eval.RoleSubhead || p.chance(p.style.torn/2) {
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
	measure := max(14, int(float64(p.width)*p.style.headScale)+p.r.IntN(9)-4)
	if !p.chance(p.style.WrapHeads) {
		measure = 200
	}
	var out piece
	add := func(role, text string, measure int) {
		if text == "" {
			return
		}
		g.Headlines = append(g.Headlines, newspaper.Headline{Role: role, Value: text})
		lines := p.wrapHead
		if role != newspaper.Main && length(text) > 24 && p.chance(.3) {
			measure, lines = max(20, p.width), p.wrapText // small type runs down its column
		}
		for i, l := range lines(text, measure) {
			gap := inHead
			if i == 0 {
				gap = newPart
			}
			out = append(out, setLine{l, owner, role, gap})
		}
	}
	all := p.chance(p.style.Kickers)
	wide := int(float64(measure) * p.style.smallType) // kicker and deck are set in smaller type
	switch {
	case all && a.Kicker != "":
		add(newspaper.Kicker, a.Kicker, wide)
	case p.chance(p.style.Columns):
		add(newspaper.Kicker, p.columnTitle(), 200)
	}
	add(newspaper.Main, a.Title, measure)
	if all {
		deck := a.Deck
		if deck != "" && !strings.HasPrefix(deck, "——") && p.chance(.35) {
			deck = "——" + deck
		}
		add(newspaper.Deck, deck, wide+p.r.IntN(6))
	}
	return out
}

// columnTitle invents the name of a running column: 记者走基层, 灯下谈, 港城旧事.
func (p *page) columnTitle() string {
	form := p.style.form()
	name := pick(p.r, columnNames)
	if p.chance(.5) {
		name = pick(p.r, columnThings) + pick(p.r, columnKinds)
	}
	name = form(name)
	mark := pick(p.r, []string{"■", "●", "▍", "◆", "◎"})
	switch p.r.IntN(9) {
	case 0:
		return "【" + name + "】"
	case 1:
		return pick(p.r, []string{"[" + name + "]", "〔" + name + "〕"})
	case 2:
		return mark + name
	case 3:
		return pick(p.r, []string{mark + name + mark, name + mark})
	}
	return name
}

var (
	columnNames  = strings.Fields("奋进新征程 记者走基层 乡村振兴进行时 民生关注 身边榜样 经济观察 文明创建在行动 一线见闻 热点追踪 我们的节日 清廉故事 百姓话题 特写 人物 来信 对话 评论 书评 影评 聚焦 热线追踪 本期话题 今日谈 编读往来 新春走基层 在希望的田野上 老照片 读者来信 新闻特写 调查 探访 现场 专访 随笔 新闻链接 以案说法 半年报解读 寻找手艺人 走近劳模")
	columnThings = strings.Fields("财经 海外 公司 城市 乡村 校园 社区 市场 文化 法治 健康 科技 教育 体坛 三农 古城 老城 河畔 山里 街头 灯下 窗前 田间 车间 矿山 港口 夜班 一周 银发 青春 两会 假日 周末 民生 党建 基层")
	columnKinds  = strings.Fields("观察 时评 快评 漫谈 人物 旧事 故事 日志 手记 见闻 纪事 之窗 论坛 话题 调查 来信 扫描 热点 视点 行 谈 记 说 录 速览 提醒 服务")
)
