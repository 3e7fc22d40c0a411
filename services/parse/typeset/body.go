package typeset

import (
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/eval"
)

// body sets the paragraphs with byline, subheads, jump line and signature, and
// files them in the gold.
func (p *page) body(paras []string, owner int, g *newspaper.Article, position string) piece {
	var out piece
	values := make([]string, 0, len(paras))
	said := p.credits(g)
	if p.chance(p.style.Jumps / 2) {
		g.Print.Continues = &newspaper.Jump{From: "0" + p.gold.Page[:1]}
		out = append(out, setLine{pick(p.r, []string{"（上接第", "上接第", "(上接"}) + p.gold.Page[:1] + pick(p.r, []string{"版）", "版", "版)"}), ownerNeutral, eval.RoleJump, newArticle})
	}
	for _, text := range said.lines {
		out = append(out, setLine{text, owner, eval.RoleByline, newParagraph})
	}
	subheads := p.chance(p.style.Subheads) && len(paras) > 3
	section, before := 2+p.r.IntN(2), pick(p.r, []string{"", "", "", "■", "【"})
	for i, text := range paras {
		if subheads && i > 0 && i%section == 0 {
			if sub := p.subhead(paras[i:min(len(paras), i+section)], i/section, before); sub != "" {
				out = append(out, setLine{sub, owner, eval.RoleSubhead, newParagraph})
				values = append(values, sub)
			}
		}
		if i > 0 && p.chance(p.style.WidthChanges) {
			p.width = pick(p.r, p.style.Widths)
		}
		values = append(values, text)
		if i == 0 {
			text = said.opening + text
		}
		if i == len(paras)-1 {
			text += said.closing
		}
		out = append(out, p.paragraph(text, owner, newParagraph)...)
	}
	for _, text := range said.last {
		out = append(out, setLine{text, owner, eval.RoleSignature, newParagraph})
	}
	if p.chance(p.style.Jumps / 2) {
		to := pick(p.r, []string{"2", "3", "4", "5", "8"})
		g.Print.Continues = &newspaper.Jump{To: "0" + to}
		out = append(out, setLine{pick(p.r, []string{"（下转第" + to + "版）", "下转第" + to + "版", "（下转" + to + "版）", "▶下转第" + to + "版"}), ownerNeutral, eval.RoleJump, newParagraph})
	}
	g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: length(strings.Join(values, "\n")), Value: strings.Join(values, "\n")}}
	out[0].gap = newArticle
	if p.chance(p.style.FrameSpace) {
		out[0].text = " " + out[0].text
	}
	return out
}

// subhead makes the name of a section from a clause of one of its paragraphs, most
// words of which it keeps: editors don't copy.
func (p *page) subhead(section []string, n int, before string) string {
	sub := clauseOf(pick(p.r, section))
	if r := []rune(sub); len(r) > 7 && p.chance(.6) {
		at := p.r.IntN(len(r) - 4)
		sub = string(r[:at]) + string(r[at+2:])
	}
	if sub == "" {
		return ""
	}
	switch {
	case before == "【":
		return "【" + sub + "】"
	case before != "":
		return before + sub
	case p.style.house%5 == 0:
		return p.style.form()(string([]rune("一二三四五六七八九十")[min(n, 9)]) + "、" + sub)
	}
	return sub
}

// clauseOf finds a clause that may be the name of a section, not the first.
func clauseOf(text string) string {
	clauses := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("，。；：、！？,;:", r) })
	for i := len(clauses) - 1; i > 0; i-- {
		if n := length(clauses[i]); n >= 5 && n <= 14 && !strings.ContainsAny(clauses[i], "“”‘’「」《》（）()") {
			return clauses[i]
		}
	}
	return ""
}

// briefs sets a column of briefs: a name over it, short articles in one measure.
func (p *page) briefs() piece {
	var out piece
	form := p.style.form()
	name := form(pick(p.r, []string{"简讯", "要闻速览", "一句话新闻", "新闻速递", "快讯", "短讯", "简明新闻", "新闻简报", "国内简讯", "要闻简报"}))
	name = pick(p.r, []string{"", "", "", "■", "【"}) + name
	if strings.HasPrefix(name, "【") {
		name += "】"
	}
	out = append(out, setLine{name, ownerNeutral, eval.RoleTag, newArticle})
	mark := pick(p.r, []string{"", "", "", "●", "◆", "▲"})
	headless := p.r.IntN(2) == 0
	bare := headless && p.chance(.35)   // nothing says who wrote any of them
	runIn := mark == "" && p.chance(.2) // 【title】 before the text, in its line
	for range 3 + p.r.IntN(4) {
		a := p.take()
		a.Kicker, a.Deck = "", ""
		owner := len(p.gold.Articles)
		g := newspaper.Article{Type: newspaper.TypeText, Language: p.style.language(), Headlines: []newspaper.Headline{}}
		text := a.Paragraphs[0]
		if len([]rune(text)) > 220 {
			text = firstSentences(text, 120)
		}
		g.Headlines = append(g.Headlines, newspaper.Headline{Role: newspaper.Kicker, Value: strings.Trim(name, "■【】")})
		g.Print.HeadlinePosition = newspaper.HeadlineNone
		opening, said := "", credits{}
		switch {
		case runIn:
			g.Headlines = append(g.Headlines, newspaper.Headline{Role: newspaper.Main, Value: a.Title})
			g.Print.HeadlinePosition = newspaper.HeadlineBefore
			opening = "【" + a.Title + "】"
		case headless:
			opening = mark
			if mark == "" && !bare {
				said = p.credits(&g)
			}
		default:
			heads := p.heads(Article{Title: a.Title}, owner, &g)
			heads[0].gap, heads[0].text = newArticle, mark+heads[0].text
			out = append(out, heads...)
			g.Print.HeadlinePosition = newspaper.HeadlineBefore
		}
		g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: text}}
		p.gold.Articles = append(p.gold.Articles, g)
		for _, l := range said.lines {
			out = append(out, setLine{l, owner, eval.RoleByline, newParagraph})
		}
		gap := newArticle
		if !headless && !runIn {
			gap = newParagraph
		}
		out = append(out, p.paragraph(opening+said.opening+text+said.closing, owner, gap)...)
		for _, l := range said.last {
			out = append(out, setLine{l, owner, eval.RoleSignature, newParagraph})
		}
	}
	return out
}

// firstSentences cuts a text after the first sentence that ends beyond n
// characters, or after the first of all.
func firstSentences(text string, n int) string {
	out := ""
	for _, s := range strings.SplitAfter(text, "。") {
		if out != "" && length(out+s) > n {
			break
		}
		out += s
	}
	if out == "" || strings.Count(out, "“") != strings.Count(out, "”") {
		return text
	}
	return out
}

// caption sets a stand-alone picture's caption.
func (p *page) caption(a Article) { p.put(p.picture(a)) }

// picture sets a stand-alone picture's caption from an article's first sentences;
// nothing where they make none.
func (p *page) picture(a Article) piece {
	owner := len(p.gold.Articles)
	lines, text, who := p.captionLines(firstSentences(a.Paragraphs[0], 40+p.r.IntN(60)), owner)
	if lines == nil || length(text) <= aloneSaid {
		return nil
	}
	g := newspaper.Article{Type: newspaper.TypePicture, Language: p.style.language(), Headlines: []newspaper.Headline{}}
	if who != "" {
		g.Creators = []newspaper.Creator{{Role: newspaper.Photographer, Name: who}}
	}
	g.Descriptions = []newspaper.Description{{Role: "caption", Value: text}}
	g.Print.HeadlinePosition = newspaper.HeadlineNone
	if p.chance(.35) && a.Title != "" {
		heads := p.heads(Article{Title: a.Title}, owner, &g)
		heads[0].gap, lines[0].gap = newArticle, newBlock
		lines, g.Print.HeadlinePosition = append(heads, lines...), newspaper.HeadlineBefore
	}
	p.gold.Articles = append(p.gold.Articles, g)
	return lines
}

// aloneSaid is what a picture that stands by itself says more than, in characters:
// 图为活动现场。 is some article's.
const aloneSaid = 30

// captionText is what the caption of an article's picture says: the first sentences of a
// paragraph, of about n characters, no more than a clause of the article, or what any
// picture shows.
func (p *page) captionText(a Article, paragraph string, n int) string {
	if p.chance(.25) {
		return p.style.form()(pick(p.r, []string{"资料图片。", "施工现场。", "活动现场。", "比赛现场。", "村民在采摘果实。", "孩子们在上课。", "新落成的文化广场。"}))
	}
	if facts := a.facts(); len(facts) > 0 && p.chance(.3) {
		return pick(p.r, facts) + p.style.form()("。")
	}
	return firstSentences(paragraph, n)
}

// captionLines sets a caption: named as one (图为), credited, or both.
func (p *page) captionLines(text string, owner int) (lines piece, caption, who string) {
	if n := length(text); n > 150 || n < 5 || strings.ContainsAny(text, "“「") && p.chance(.8) {
		return nil, "", ""
	}
	form := p.style.form()
	who = form(p.name())
	named := false
	switch p.r.IntN(5) {
	case 0, 1:
		name := pick(p.r, []string{"图为", "图为", "图为", "图为", "上图：", "图片："})
		text, named = form(name)+strings.TrimPrefix(text, form("图为")), true
	case 2:
		last := pick(p.r, []string{"图为活动现场。", "图为现场一角。", "图为村民们在田间劳作。", "图为10月29日，工作人员在现场作业。", "图为市民在现场参观。", "图为施工现场。", "图为志愿者在忙碌。"})
		text, named = text+form(last), true
	}
	credit := ""
	if !named || p.chance(.75) {
		credit = form(p.photoCredit(who))
	} else {
		who = ""
	}
	width, first := p.width, p.style.shortFirst
	p.width = pick(p.r, []int{p.width, p.width, 48, 60, 84})
	if p.chance(.4) {
		p.style.shortFirst = 0 // captions often have no indent
	}
	arrow := ""
	if p.chance(.2) {
		arrow = pick(p.r, []string{"▲", "▲", "↑", "◀", "▶", "→", "△", "▲ "})
	}
	if credit != "" && p.chance(.15) {
		lines = append(p.paragraph(arrow+text, owner, newArticle), setLine{credit, owner, eval.RoleCaption, inText})
	} else {
		if credit != "" && (!strings.HasPrefix(credit, "（") || p.chance(.3)) {
			credit = " " + credit
		}
		lines = p.paragraph(arrow+text+credit, owner, newArticle)
	}
	lines[0].role = eval.RoleCaption
	p.width, p.style.shortFirst = width, first
	return lines, text, who
}

// illustrate puts a picture into an article's lines: its own, whose caption belongs
// to it and may stand over or under all of them, or one that stands by itself.
func (p *page) illustrate(body piece, a Article, owner int, g *newspaper.Article) piece {
	if len(body) < 6 || !p.chance(p.style.InnerPhotos) {
		return body
	}
	var lines piece
	at := 1 + p.r.IntN(len(body)-2)
	for k := at; k < len(body)-1 && p.chance(.6); k++ {
		if body[k].gap == newParagraph {
			at = k
			break
		}
	}
	if p.chance(.7) {
		from := a.Paragraphs[p.r.IntN(len(a.Paragraphs))]
		own, text, who := p.captionLines(p.captionText(a, from, 20+p.r.IntN(30)), owner)
		if own == nil {
			return body
		}
		g.Descriptions = []newspaper.Description{{Role: "caption", Value: text}}
		g.Associations = []newspaper.Association{{Type: newspaper.TypePicture, Descriptions: g.Descriptions, By: who}}
		lines = own
		switch p.r.IntN(5) {
		case 0:
			at = 0
		case 1:
			at = len(body)
		}
	} else if lines = p.picture(p.take()); lines == nil {
		return body
	}
	out := append(piece(nil), body[:at]...)
	out = append(out, lines...)
	rest := append(piece(nil), body[at:]...)
	if len(rest) > 0 {
		rest[0].gap = newBlock
	}
	return append(out, rest...)
}
