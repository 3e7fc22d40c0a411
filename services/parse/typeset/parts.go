package typeset

import (
	"fmt"
	"strings"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/eval"
)

// furniture sets lines that belong to no article.
func (p *page) furniture(n int) {
	day, form := p.gold.Date, p.style.form()
	month, date := strings.TrimLeft(day[5:7], "0"), strings.TrimLeft(day[8:], "0")
	week := "星期" + pick(p.r, []string{"一", "二", "三", "四", "五", "六", "日"})
	page := p.gold.Page
	section := pick(p.r, []string{"要闻", "综合", "民生", "时政", "经济", "文化", "社会", "国内新闻", "县区新闻", "专题"})
	paper := pick(p.r, []string{"清源日报", "河阳晚报", "海城日报", "临江都市报", "清源法治报", "临江科技报"})
	all := []string{
		"第" + page + "版", fmt.Sprintf("%02s版 %s", page, section), section + "·" + page, paper, section + "新闻", page, section, fmt.Sprintf("A%02s", page),
		fmt.Sprintf("%s年%s月%s日 %s", day[:4], month, date, week), fmt.Sprintf("%s.%s.%s %s", day[:4], day[5:7], day[8:], week),
		fmt.Sprintf("%s %s年%s月%s日 %s 第%s版", paper, day[:4], month, date, week, page), week + " 农历九月初六",
		"责任编辑：" + p.name() + " 版式设计：" + p.name(), "新闻热线：0358-1234567", "本报地址：清源县滨河路18号 邮编：030000",
		"国内统一连续出版物号 CN 14-0099", "责编：" + p.name() + " 校对：" + p.name(), "今日8版 总第4321期", "责编/" + p.name() + " 美编/" + p.name(),
		"中共清源县委主管主办", "今日天气 多云转晴 8℃～19℃ 东北风3级", "E-mail：news@example.org", "投稿邮箱：news@example.org", "本版编辑 " + p.name() + " 电话：1234567",
		"零售每份1元", "编辑 " + p.name() + " 组版 " + p.name(), section + " " + page, "QINGYUAN DAILY",
		spread(section), page + " " + section, "校对：" + p.name(), "编辑：" + p.name() + " 美编：" + p.name(), paper + " " + section, section + "版", "邮箱：news@example.org",
	}
	p.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, text := range all[:n] {
		p.put(piece{{form(text), ownerFurniture, eval.RoleFurniture, newBlock}})
	}
}

// advertisement sets lines of an advertisement. They count for nobody.
func (p *page) advertisement() piece {
	form := p.style.form()
	lines := []string{
		pick(p.r, []string{"阳光花园 盛大开盘", "欢乐购物节 全场五折起", "名师辅导班招生", "健康体检 优惠进行中", "新春家电特卖会"}),
		pick(p.r, []string{"一席难求 敬请品鉴", "活动时间：即日起至月底", "好礼送不停", "品质生活 从这里开始"}),
		"咨询热线：0358-7654321", "地址：清源县新华街100号", pick(p.r, []string{"本广告解释权归商家所有", "交通便利 设施齐全", "清源县宏达商贸有限公司"}),
	}
	var out piece
	for i, l := range lines[:2+p.r.IntN(len(lines)-1)] {
		gap := newParagraph
		if i == 0 {
			gap = newArticle
		}
		out = append(out, setLine{form(l), ownerAd, eval.RoleAd, gap})
	}
	return out
}

// notice sets a notice: a title, a text, a signature and a date, kept in lines.
func (p *page) notice() piece {
	form := p.style.form()
	owner := len(p.gold.Articles)
	title := pick(p.r, []string{"公告", "通告", "遗失声明", "停电通知", "停水通知", "招标公告", "拍卖公告", "注销公告", "招聘启事", "更正", "关于滨河路封闭施工的通告", "致全县人民的一封信"})
	text := pick(p.r, []string{
		"因滨河路雨污分流改造，自本月15日起至月底，滨河路新华街口至桥东段全封闭施工，过往车辆请绕行，不便之处敬请谅解。",
		"本人不慎将身份证遗失，号码尾数为1234，自登报之日起声明作废，由此产生的一切后果与本人无关。",
		"为保证电网安全，定于本周六8时至18时对10千伏城东线路检修，届时城东社区、柳湾村等地停电，请相关用户做好准备。",
		"清源县第二小学教学楼维修工程已经批准建设，现对该项目施工进行公开招标，有意者请于10日内到县公共资源交易中心报名。",
	})
	signed := pick(p.r, []string{"清源县公安局交通警察大队", "清源县供电公司", "清源县住房和城乡建设局", "声明人", "清源县自来水公司", "临江拍卖有限公司"})
	texts := []string{text}
	switch p.r.IntN(4) {
	case 0: // losses, one after the other
		title, texts, signed = "遗失声明", nil, ""
		for range 2 + p.r.IntN(4) {
			texts = append(texts, p.name()+pick(p.r, []string{"遗失身份证，号码尾数", "遗失教师资格证，编号", "不慎遗失购房发票一张，票号"})+fmt.Sprint(1000+p.r.IntN(9000))+"，声明作废。")
		}
	case 1: // points
		title, signed = "停水通知", "清源县自来水公司"
		texts = []string{"因供水管网改造，定于本周六8时至18时暂停供水，现将有关事项通知如下：", "一、范围：建设路以东、解放路以南各小区。", "二、请提前做好储水准备，听从现场人员指挥。"}
		if p.chance(.5) {
			title, signed = "招聘启事", "临江拍卖有限公司"
			texts = []string{"因业务发展需要，现面向社会公开招聘工作人员三名，有关事项公告如下：", "一、报名时间：即日起至月底，节假日除外。", "二、报名地点：清源县滨河路18号二楼。"}
		}
		if p.chance(.6) {
			texts = append(texts, "三、联系电话：0358-7654321。")
		}
	}
	g := newspaper.Article{Type: newspaper.TypeText, Language: p.style.language(), Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: form(title)}}}
	g.Print.HeadlinePosition = newspaper.HeadlineBefore
	date := fmt.Sprintf("%s年%s月%s日", p.gold.Date[:4], strings.TrimLeft(p.gold.Date[5:7], "0"), strings.TrimLeft(p.gold.Date[8:], "0"))
	var values []string
	for _, text := range texts {
		values = append(values, form(text))
	}
	if signed != "" {
		values = append(values, form(signed), form(date))
	}
	g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: strings.Join(values, "\n")}}
	p.gold.Articles = append(p.gold.Articles, g)
	shown := form(title)
	if length(shown) <= 6 && p.chance(.3) {
		shown = spread(shown)
	}
	out := piece{{shown, owner, eval.RoleMain, newArticle}}
	for _, text := range texts {
		out = append(out, p.paragraph(form(text), owner, newParagraph)...)
	}
	if signed == "" {
		return out
	}
	return append(out, setLine{form(signed), owner, eval.RoleKept, newParagraph}, setLine{form(date), owner, eval.RoleKept, newParagraph})
}

// letter sets a reader's letter to the editor.
func (p *page) letter() piece {
	form := p.style.form()
	a := p.take()
	a.Kicker, a.Deck = "", ""
	owner := len(p.gold.Articles)
	p.gold.Articles = append(p.gold.Articles, newspaper.Article{})
	g := newspaper.Article{Type: newspaper.TypeText, Language: p.style.language(), Headlines: []newspaper.Headline{}}
	heads := p.heads(a, owner, &g)
	values := append([]string{form(pick(p.r, []string{"编辑同志：", "编辑同志：", "编辑部：", "编辑你好：", "尊敬的编辑："}))}, a.Paragraphs[:min(len(a.Paragraphs), 1+p.r.IntN(3))]...)
	var body piece
	for _, text := range values {
		body = append(body, p.paragraph(text, owner, newParagraph)...)
	}
	name := form(p.name())
	if p.chance(.5) {
		g.By, g.Creators = form("读者 ")+name, []newspaper.Creator{{Role: newspaper.Contributor, Name: name}}
		body = append(body, setLine{pick(p.r, []string{form("（读者 ") + name + "）", "（" + name + "）"}), owner, eval.RoleSignature, newParagraph})
	} else {
		for _, l := range append(pick(p.r, [][]string{{"此致", "敬礼"}, {"此致", "敬礼！"}, {"此致 敬礼"}, {"敬礼！"}}), pick(p.r, []string{"读者 ", p.someplace() + "读者 ", "城东区 ", ""})+p.name()) {
			values = append(values, form(l))
			body = append(body, setLine{form(l), owner, eval.RoleKept, newParagraph})
		}
	}
	g.Print.HeadlinePosition = newspaper.HeadlineBefore
	value := strings.Join(values, "\n")
	g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: length(value), Value: value}}
	p.gold.Articles[owner] = g
	return joinPieces(p.place(heads, body, newspaper.HeadlineBefore))
}

// poem sets an invented poem: a title, mostly its author, lines that stay lines, of
// one measure or free.
func (p *page) poem() piece {
	form := p.style.form()
	owner := len(p.gold.Articles)
	openings := []string{"春风", "秋雨", "晨光", "远山", "长河", "麦田", "老屋", "归雁", "炊烟", "明月"}
	endings := []string{"吹过故乡的田野", "落在母亲的窗前", "唤醒沉睡的村庄", "流进游子的梦里", "染红漫山的树叶", "照亮回家的小路"}
	free := []string{"我数着门前的台阶", "数到一半就忘了", "灯还亮着", "父亲不说话", "把镰刀磨了又磨", "谁在河对岸喊我的乳名", "一声", "又一声", "麦子黄了", "风从坡上慢慢走下来",
		"像一封迟到的信", "那些年的雨水", "都存在瓦罐里", "火车只停两分钟", "足够把故乡再看一遍", "石榴熟透", "裂开一道红", "孩子们跑远了", "桥还站在原地", "等最后一班渡船"}
	title := form(pick(p.r, []string{"故乡", "秋日私语", "致远方", "麦子熟了", "清源河", "老屋", "村口", "夜宿山中", "信", "渡口旧事"}))
	author := form(p.name())
	g := newspaper.Article{Type: newspaper.TypeText, Language: p.style.language(), Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: title}}}
	if length(title) <= 4 && p.chance(.3) {
		title = spread(title)
	}
	heads := piece{{title, owner, eval.RoleMain, newArticle}}
	if p.chance(.8) {
		g.By, g.Creators = author, []newspaper.Creator{{Role: newspaper.Contributor, Name: author}}
		heads = append(heads, setLine{pick(p.r, []string{"", "", "□", "○ ", "◆"}) + author, owner, eval.RoleByline, newParagraph})
	}
	measured, marks := p.chance(.4), p.chance(.3)
	var body piece
	var values []string
	for i := range 6 + p.r.IntN(12) {
		l := pick(p.r, openings) + pick(p.r, endings)
		if !measured {
			l = pick(p.r, free)
			if p.chance(.15) {
				l = pick(p.r, openings) + " " + l
			}
		}
		l = form(l)
		if marks {
			l += form([]string{"，", "。"}[i%2])
		} else if measured && p.r.IntN(4) == 0 {
			l += form(pick(p.r, []string{"，", "。"}))
		}
		gap := newParagraph
		if p.chance(.12) {
			gap = newBlock // the next stanza
		}
		values = append(values, l)
		body = append(body, setLine{p.style.indent + l, owner, eval.RoleKept, gap})
	}
	g.Print.HeadlinePosition = newspaper.HeadlineBefore
	g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: strings.Join(values, "\n")}}
	p.gold.Articles = append(p.gold.Articles, g)
	return append(heads, body...)
}

// table invents a table of figures, mostly with a row over it that says what its columns are.
func (p *page) table() (title string, rows []string) {
	goods := pick(p.r, [][]string{strings.Fields("大白菜 土豆 黄瓜 西红柿 豆角 青椒 茄子 猪肉 牛肉 羊肉 鸡蛋 带鱼 鲤鱼 苹果 香蕉 大米"), strings.Fields("清源县 河阳区 柳湾镇 青石乡 云岭县 临江区 白塔镇 安澜县 石桥镇 双河县 金坪区 古渡镇")})
	p.r.Shuffle(len(goods), func(i, k int) { goods[i], goods[k] = goods[k], goods[i] })
	figure := func() string { return fmt.Sprintf("%d.%d", 1+p.r.IntN(90), p.r.IntN(10)) }
	change := func() string {
		return pick(p.r, []string{"+", "-", ""}) + fmt.Sprintf("%d.%d%%", p.r.IntN(9), p.r.IntN(10))
	}
	kinds := []struct {
		titles string
		head   string
		row    func(name string) string
	}{
		{"昨日主要农副产品价格 今日菜价 农贸市场行情 一周市场价格监测", "品名 单位 均价 涨跌", func(name string) string {
			return name + " " + pick(p.r, []string{"元/500克", "元/公斤", "元/斤"}) + " " + figure() + " " + change()
		}},
		{"农产品批发价格行情 市场参考价", "品名 价格", func(name string) string { return name + " " + figure() + pick(p.r, []string{"", "元"}) }},
		{"各县区空气质量排名 上月水质监测结果 企业用电量统计", "名称 本月 上月 同比", func(name string) string { return name + " " + figure() + " " + figure() + " " + change() }},
	}
	kind := pick(p.r, kinds)
	if p.chance(.7) {
		rows = append(rows, kind.head)
	}
	for _, name := range goods[:5+p.r.IntN(6)] {
		rows = append(rows, kind.row(name))
	}
	return pick(p.r, strings.Fields(kind.titles)), rows
}

// list sets a list: who was honoured, in groups, what leaves when, or figures.
func (p *page) list() piece {
	form := p.style.form()
	owner := len(p.gold.Articles)
	title, rows := p.groups()
	if p.chance(.4) {
		title, rows = p.table()
	}
	g := newspaper.Article{Type: newspaper.TypeText, Language: p.style.language(), Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: form(title)}}}
	out := piece{{form(title), owner, eval.RoleMain, newArticle}}
	for i, row := range rows {
		rows[i] = form(row)
		out = append(out, setLine{p.style.indent + rows[i], owner, eval.RoleKept, newParagraph})
	}
	g.Print.HeadlinePosition = newspaper.HeadlineBefore
	g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: strings.Join(rows, "\n")}}
	p.gold.Articles = append(p.gold.Articles, g)
	return out
}

// groups invents a list of names under what they won, or of times and places.
func (p *page) groups() (title string, rows []string) {
	year := p.gold.Date[:4]
	title = pick(p.r, []string{"清源县" + year + "年度优秀教师名单", "征文比赛获奖名单", year + "年拟表彰对象公示", "道德模范候选人名单", "无偿献血光荣榜", "爱心捐款明细", "城乡公交时刻表", "招聘岗位一览"})
	labels := pick(p.r, [][]string{{"一等奖", "二等奖", "三等奖", "优秀奖"}, {"城东区", "城西区", "高新区", "柳湾镇", "市直"}, {"先进集体", "先进个人", "最美家庭"}})
	times := strings.HasSuffix(title, "表") || strings.HasSuffix(title, "览")
	inLine := p.chance(.5) // 一等奖：张三 李四
	a := p.r.IntN(3)
	for i := range 3 + p.r.IntN(3) {
		if times {
			for range 1 + p.r.IntN(2) {
				rows = append(rows, pick(p.r, []string{
					fmt.Sprintf("%d路 首班6:%02d 末班20:%02d", 1+p.r.IntN(30), p.r.IntN(60), p.r.IntN(60)),
					fmt.Sprintf("城东站—柳湾镇 每日%d班 票价%d元", 2+p.r.IntN(9), 2+p.r.IntN(9)),
					fmt.Sprintf("质检员 %d名 月薪%d元起", 1+p.r.IntN(9), 3000+500*p.r.IntN(6)),
				}))
			}
			continue
		}
		label := labels[(a+i)%len(labels)]
		n := 2 + p.r.IntN(9)
		var names []string
		for range n {
			names = append(names, p.name())
		}
		if inLine {
			rows = append(rows, label+"："+strings.Join(names[:min(n, 6)], " "))
			continue
		}
		rows = append(rows, fmt.Sprintf("%s（%d名）", label, n))
		for at, wide := 0, 3+p.r.IntN(3); at < n; at += wide {
			rows = append(rows, strings.Join(names[at:min(n, at+wide)], " "))
		}
	}
	return title, rows
}
