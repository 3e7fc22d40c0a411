// Package prints makes articles to measure on how prints of the same agency copy
// are found: copies, prints of them as papers make them, and what looks like a
// print and is none. All of it is invented.
package prints

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"broadsheet/pkg/newspaper"
)

// Article is an article and the copy that it is a print of. Articles with the
// same Copy are prints of each other; 0 is printed nowhere else.
type Article struct {
	newspaper.Article
	Copy int
	Kind string // how it was made, for reports
}

// Set is the articles of n copies, each printed by two to four papers, and twice
// as many that are nobody's print.
func Set(seed uint64, n int) []Article {
	m := &maker{r: rand.New(rand.NewPCG(seed, 1))}
	var out []Article
	for id := 1; id <= n; id++ {
		title, paragraphs := m.story(3 + m.r.IntN(6))
		out = append(out, m.article(id, "agency", title, paragraphs))
		for range 1 + m.r.IntN(3) {
			out = append(out, m.print(id, title, paragraphs))
		}
	}
	for i := range n {
		out = append(out, m.formulaic(i), m.formulaic(i+n))
	}
	for range n / 4 {
		out = append(out, m.series()...)
	}
	m.r.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

// Filler is the nth of many articles that are nobody's print: one in ten is
// formulaic.
func Filler(n int) newspaper.Article {
	m := &maker{r: rand.New(rand.NewPCG(uint64(n), 2)), made: n}
	if n%10 == 0 {
		return m.formulaic(n / 10).Article
	}
	title, paragraphs := m.story(2 + m.r.IntN(6))
	return m.article(0, "filler", title, paragraphs).Article
}

// Printed is a print of a made-up copy and the copy itself.
func Printed(seed uint64) (copy, print newspaper.Article) {
	m := &maker{r: rand.New(rand.NewPCG(seed, 3)), made: int(seed)}
	title, paragraphs := m.story(5)
	return m.article(1, "agency", title, paragraphs).Article, m.print(1, title, paragraphs).Article
}

type maker struct {
	r    *rand.Rand
	made int
}

func (m *maker) of(words []string) string { return words[m.r.IntN(len(words))] }

// article puts a text on a page of its own.
func (m *maker) article(id int, kind, title string, paragraphs []string) Article {
	m.made++
	day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, m.r.IntN(1500))
	key := newspaper.PageKey{Publication: m.of(papers), Date: day.Format(time.DateOnly), Edition: "main", Page: fmt.Sprintf("%02d", 1+m.r.IntN(8))}
	body := strings.Join(paragraphs, "\n")
	return Article{Copy: id, Kind: kind, Article: newspaper.Article{
		URI: key.ArticleURI(fmt.Sprintf("%08x", m.made)), Type: newspaper.TypeText, Version: "1", VersionCreated: day, PubStatus: newspaper.Usable,
		Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: title}},
		Bodies:    []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: utf8.RuneCountInString(body), Value: body}},
		Print: newspaper.Print{Publication: key.Publication, Name: key.Publication, Date: key.Date, Edition: key.Edition, Page: key.Page, Position: 1,
			Confidence: 1, HeadlinePosition: newspaper.HeadlineBefore},
	}}
}

// print is a copy as a paper prints it: edited in two or three ways.
func (m *maker) print(id int, title string, paragraphs []string) Article {
	text := append([]string{}, paragraphs...)
	kinds := map[string]bool{}
	for range 2 + m.r.IntN(2) {
		switch m.r.IntN(6) {
		case 0:
			title = m.of(openers) + m.of(objects)
			kinds["retitled"] = true
		case 1:
			if keep := (len(text) + 1) / 2; len(text) > 2 && !kinds["cut"] {
				text = text[:keep+m.r.IntN(len(text)-keep)]
				kinds["cut"] = true
			}
		case 2:
			if len(text) > 3 && !kinds["cut"] {
				at := 1 + m.r.IntN(len(text)-2)
				text = append(append([]string{}, text[:at]...), text[at+1:]...)
				kinds["cut"] = true
			}
		case 3:
			if !kinds["lead"] {
				text = append([]string{"本报讯（记者 " + m.of(names) + "）" + m.sentence()}, text...)
				kinds["lead"] = true
			}
		case 4:
			text = m.styled(text)
			kinds["styled"] = true
		case 5:
			text = m.wrapped(text)
			kinds["wrapped"] = true
		}
	}
	kind := "print"
	for _, k := range []string{"retitled", "cut", "lead", "styled", "wrapped"} {
		if kinds[k] {
			kind += " " + k
		}
	}
	return m.article(id, kind, title, text)
}

// styled changes words to the paper's own and signs to other widths.
func (m *maker) styled(text []string) []string {
	out := make([]string, len(text))
	for i, p := range text {
		p = strings.Replace(p, "今天", "昨日", 1)
		p = strings.Replace(p, "记者了解到", "本报记者获悉", 1)
		p = strings.Replace(p, "表示", "介绍", 1)
		out[i] = strings.NewReplacer("，", ",", "0", "０", "1", "１", "%", "％", "“", "\"", "”", "\"").Replace(p)
	}
	return out
}

// wrapped puts paragraphs together, or takes one apart at a sentence's end.
func (m *maker) wrapped(text []string) []string {
	all := strings.Join(text, "")
	var out []string
	for _, s := range strings.SplitAfter(all, "。") {
		if s == "" {
			continue
		}
		if len(out) == 0 || m.r.IntN(2) == 0 {
			out = append(out, s)
		} else {
			out[len(out)-1] += " " + s
		}
	}
	return out
}

// story is a text of some paragraphs.
func (m *maker) story(paragraphs int) (title string, text []string) {
	for range paragraphs {
		var p strings.Builder
		for range 2 + m.r.IntN(3) {
			p.WriteString(m.sentence())
		}
		text = append(text, p.String())
	}
	return m.of(places) + m.of(actions) + m.of(objects), text
}

func (m *maker) number() string {
	switch m.r.IntN(4) {
	case 0:
		return fmt.Sprintf("%d.%d%%", 1+m.r.IntN(90), m.r.IntN(10))
	case 1:
		return fmt.Sprintf("%d万元", 10+m.r.IntN(9000))
	case 2:
		return fmt.Sprintf("%d户", 10+m.r.IntN(3000))
	}
	return fmt.Sprintf("%d个", 2+m.r.IntN(400))
}

// sentence is one of several builds with other words in it.
func (m *maker) sentence() string {
	switch m.r.IntN(7) {
	case 0:
		return m.of(openers) + m.of(places) + m.of(bodies) + m.of(actions) + m.of(objects) + "，" + m.of(results) + m.number() + "。"
	case 1:
		return m.of(names) + "表示，" + m.of(ways) + m.of(actions) + m.of(objects) + "，" + m.of(ways) + m.of(results) + m.number() + "。"
	case 2:
		return "记者了解到，" + m.of(places) + m.of(ways) + m.of(actions) + m.of(objects) + "，" + m.of(bodies) + m.of(ways) + m.of(results) + m.number() + "。"
	case 3:
		return "在" + m.of(places) + m.of(scenes) + "，" + m.of(names) + m.of(scenes2) + "，“" + m.of(objects) + m.of(results) + m.number() + "。”"
	case 4:
		return m.of(openers) + m.of(bodies) + m.of(ways) + m.of(results) + m.number() + "，其中" + m.of(objects) + m.of(results) + m.number() + "。"
	case 5:
		return m.of(objects) + "是" + m.of(places) + m.of(ways) + m.of(actions) + m.of(objects) + "的一项内容，" + m.of(names) + m.of(scenes2) + "。"
	}
	return m.of(places) + "与" + m.of(places) + m.of(ways) + m.of(actions) + m.of(objects) + "，" + m.of(bodies) + "为此" + m.of(results) + m.number() + "。"
}

// formulaic is the nth text that says other things in the same words.
func (m *maker) formulaic(n int) Article {
	r := m.r
	switch n % 4 {
	case 0:
		sky := []string{"晴", "多云", "阴", "小雨", "多云转晴", "阴转小雨", "雷阵雨"}
		var p []string
		for _, place := range places[:6] {
			p = append(p, fmt.Sprintf("%s：今天白天%s，偏%s风%d到%d级，最高气温%d℃；今天夜间%s，最低气温%d℃，相对湿度%d%%。",
				place, m.of(sky), m.of([]string{"南", "北", "东", "西"}), 1+r.IntN(3), 4+r.IntN(3), 10+r.IntN(25), m.of(sky), r.IntN(12)-4, 20+r.IntN(70)))
		}
		return m.article(0, "weather", "今日天气", append([]string{"市气象台今天早晨六点发布天气预报，请市民合理安排出行，注意添减衣物。"}, p...))
	case 1:
		var p []string
		for _, crop := range []string{"白菜", "萝卜", "土豆", "西红柿", "黄瓜", "茄子", "青椒", "猪肉", "鸡蛋", "豆腐"} {
			p = append(p, fmt.Sprintf("%s每公斤最高价%d.%02d元，最低价%d.%02d元，平均价%d.%02d元，比昨日%s%d.%d%%。", crop, 2+r.IntN(20), r.IntN(100), 1+r.IntN(9), r.IntN(100),
				1+r.IntN(15), r.IntN(100), m.of([]string{"上涨", "下降"}), r.IntN(9), r.IntN(10)))
		}
		return m.article(0, "market", "农贸市场行情", p)
	case 2:
		name, other := m.of(names), m.of(names)
		return m.article(0, "notice", "公告", []string{
			fmt.Sprintf("%s：本院受理原告%s与你%s纠纷一案，已审理终结。因你下落不明，依照《中华人民共和国民事诉讼法》第九十五条的规定，向你公告送达（%d）民初字第%d号民事判决书，判决你于本判决生效后十日内偿还原告借款本金%d元及利息。",
				name, other, m.of([]string{"民间借贷", "买卖合同", "劳务合同", "租赁合同", "离婚"}), 2015+r.IntN(10), 100+r.IntN(9000), 1000*(1+r.IntN(500))),
			fmt.Sprintf("自公告之日起经过三十日即视为送达。如不服本判决，可在公告期满后十五日内向本院递交上诉状及副本，上诉于%s中级人民法院，逾期本判决即发生法律效力。%s人民法院", m.of(places), m.of(places)),
		})
	}
	return m.article(0, "list", "干部任前公示", []string{
		fmt.Sprintf("根据《党政领导干部选拔任用工作条例》的有关规定，现将拟任职干部%s的有关情况公示如下：", m.of(names)),
		fmt.Sprintf("%s，%s，%d年%d月生，%s学历，现任%s%s，拟任%s%s。", m.of(names), m.of([]string{"男", "女"}), 1965+r.IntN(30), 1+r.IntN(12), m.of([]string{"大学", "研究生", "大专"}),
			m.of(places), m.of(bodies), m.of(places), m.of(bodies)),
		fmt.Sprintf("公示时间为%d月%d日至%d月%d日。如对公示对象有异议，请在公示期内向市委组织部反映，联系电话%d。", 1+r.IntN(12), 1+r.IntN(28), 1+r.IntN(12), 1+r.IntN(28), 3000000+r.IntN(900000)),
	})
}

// series are the parts of a series: the same opening, and then each its own story.
func (m *maker) series() []Article {
	opening := "【编者按】" + m.sentence() + "本报今起推出系列报道，敬请关注。"
	title := m.of(objects)
	var out []Article
	for part := range 3 {
		_, text := m.story(3 + m.r.IntN(3))
		out = append(out, m.article(0, "series", fmt.Sprintf("%s系列报道之%d", title, part+1), append([]string{opening}, text...)))
	}
	return out
}
