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
	paper := pick(p.r, []string{"清源日报", "河阳晚报", "海城日报", "临江都市报"})
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
	title := pick(p.r, []string{"公告", "通告", "遗失声明", "停电通知", "招标公告", "关于滨河路封闭施工的通告", "致全县人民的一封信"})
	text := pick(p.r, []string{
		"因滨河路雨污分流改造，自本月15日起至月底，滨河路新华街口至桥东段全封闭施工，过往车辆请绕行，不便之处敬请谅解。",
		"本人不慎将身份证遗失，号码尾数为1234，自登报之日起声明作废，由此产生的一切后果与本人无关。",
		"为保证电网安全，定于本周六8时至18时对10千伏城东线路检修，届时城东社区、柳湾村等地停电，请相关用户做好准备。",
		"清源县第二小学教学楼维修工程已经批准建设，现对该项目施工进行公开招标，有意者请于10日内到县公共资源交易中心报名。",
	})
	signed := pick(p.r, []string{"清源县公安局交通警察大队", "清源县供电公司", "清源县住房和城乡建设局", "声明人"})
	g := newspaper.Article{Type: newspaper.TypeText, Language: p.style.language(), Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: form(title)}}}
	g.Print.HeadlinePosition = newspaper.HeadlineBefore
	date := fmt.Sprintf("%s年%s月%s日", p.gold.Date[:4], strings.TrimLeft(p.gold.Date[5:7], "0"), strings.TrimLeft(p.gold.Date[8:], "0"))
	values := []string{form(text), form(signed), form(date)}
	g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: strings.Join(values, "\n")}}
	p.gold.Articles = append(p.gold.Articles, g)
	out := piece{{form(title), owner, eval.RoleMain, newArticle}}
	out = append(out, p.paragraph(form(text), owner, newParagraph)...)
	return append(out, setLine{form(signed), owner, eval.RoleKept, newParagraph}, setLine{form(date), owner, eval.RoleKept, newParagraph})
}

// poem sets an invented poem: a title, its author, lines that stay lines.
func (p *page) poem() piece {
	form := p.style.form()
	owner := len(p.gold.Articles)
	openings := []string{"春风", "秋雨", "晨光", "远山", "长河", "麦田", "老屋", "归雁", "炊烟", "明月"}
	endings := []string{"吹过故乡的田野", "落在母亲的窗前", "唤醒沉睡的村庄", "流进游子的梦里", "染红漫山的树叶", "照亮回家的小路"}
	title := pick(p.r, []string{"故乡", "秋日私语", "致远方", "麦子熟了", "清源河"})
	author := form(p.name())
	out := piece{{form(title), owner, eval.RoleMain, newArticle}, {author, owner, eval.RoleByline, newParagraph}}
	var values []string
	for range 6 + p.r.IntN(10) {
		l := form(pick(p.r, openings) + pick(p.r, endings))
		if p.r.IntN(4) == 0 {
			l += pick(p.r, []string{"，", "。"})
		}
		values = append(values, l)
		out = append(out, setLine{l, owner, eval.RoleKept, newParagraph})
	}
	g := newspaper.Article{Type: newspaper.TypeText, Language: p.style.language(), Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: form(title)}}, By: author}
	g.Creators = []newspaper.Creator{{Role: newspaper.Contributor, Name: author}}
	g.Print.HeadlinePosition = newspaper.HeadlineBefore
	g.Bodies = []newspaper.Body{{Role: "main", ContentType: "text/plain", Value: strings.Join(values, "\n")}}
	p.gold.Articles = append(p.gold.Articles, g)
	return out
}
