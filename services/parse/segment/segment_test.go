package segment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

// page is an invented page as real text layers look: a blank line after every
// line, the headline after its body, before it with a caption between, and none.
const page = ` 本报讯 （记者 程小舟 通讯员 何 田） 5 月

6 日，清源县召开春耕生产现场会，安排

部署下一阶段春耕工作。副县长陆明远

参加会议并讲话。

会议指出，春耕生产关系全年收成，

各乡镇要抢抓农时，组织好种子、化肥

和 农 机 的 供 应 ， 做 好 技 术 服 务 ，

确保应种尽种。

清源县召开春耕生产现场会

陆明远讲话

新华社海城5月 5日电 （记者 罗青）

记者5日从海城港获悉，今年前四个月，该港

完成货物吞吐量同比增长 12%，新开通集装

箱航线 3 条，其中远洋航线 1 条。

港口负责人表示，将继续优化流程，让货物

进得来、出得去。

海城港前四个月吞吐量增长 12%

云溪图书馆新馆
六月起向市民开放

 “读书月”里，孩子们在云溪图书馆的阅览室里挑选绘本。图为5月4日，志愿者为孩子们讲

故事。 记者 卫 宁 摄

本报讯 云溪图书馆新馆建设已近尾声，六月

起向市民开放。新馆设有儿童阅览室、方志馆

和二十四小时书房。

据介绍，新馆藏书八十万册，市民凭身份证

就可以借阅图书，“一卡通行 全城借还”。

（高 远）

新闻热线：0000-1234567
`

func segmentText(text string) Page {
	key, err := newspaper.NewPageKey("qingyuan-bao", "2023-05-07", "main", "1")
	if err != nil {
		panic(err)
	}
	return New().Segment(document.Lines(text), Options{Key: key})
}

func TestSegmentPage(t *testing.T) {
	p := segmentText(page)
	if len(p.Articles) != 3 {
		for _, a := range p.Articles {
			t.Logf("%s %v %v %q", a.Type, a.Print.Lines, a.Headlines, a.Text())
		}
		t.Fatalf("%d articles, want 3", len(p.Articles))
	}
	a, b, c := p.Articles[0], p.Articles[1], p.Articles[2]
	same(t, "headline", a.MainHeadline(), "清源县召开春耕生产现场会")
	same(t, "deck", a.Headlines[1], newspaper.Headline{Role: newspaper.Deck, Value: "陆明远讲话"})
	same(t, "by", a.By, "本报讯 （记者 程小舟 通讯员 何田）")
	same(t, "creators", a.Creators, []newspaper.Creator{{Role: newspaper.Reporter, Name: "程小舟"}, {Role: newspaper.Correspondent, Name: "何田"}})
	same(t, "body", a.Text(), "5月6日，清源县召开春耕生产现场会，安排部署下一阶段春耕工作。副县长陆明远参加会议并讲话。\n会议指出，春耕生产关系全年收成，各乡镇要抢抓农时，组织好种子、化肥和农机的供应，做好技术服务，确保应种尽种。")
	same(t, "position", a.Print.HeadlinePosition, newspaper.HeadlineAfter)
	same(t, "located", b.Located, "海城")
	same(t, "created", b.ContentCreated, "2023-05-05")
	same(t, "sources", b.InfoSources, []newspaper.InfoSource{{Role: "agency", Name: "新华社"}})
	same(t, "headline", b.MainHeadline(), "海城港前四个月吞吐量增长12%")
	same(t, "headline", c.MainHeadline(), "云溪图书馆新馆六月起向市民开放")
	same(t, "position", c.Print.HeadlinePosition, newspaper.HeadlineBefore)
	same(t, "creators", c.Creators, []newspaper.Creator{{Role: newspaper.Contributor, Name: "高远"}})
	if !strings.HasSuffix(c.Text(), "“一卡通行 全城借还”。") {
		t.Errorf("the printed space or the signature is wrong: %q", c.Text())
	}
	same(t, "pictures", len(c.Associations), 1)
	same(t, "photographer", c.Associations[0].By, "卫宁")
	same(t, "description", c.Descriptions[0].Value, c.Associations[0].Descriptions[0].Value)
	same(t, "caption", c.Associations[0].Descriptions[0].Value, "“读书月”里，孩子们在云溪图书馆的阅览室里挑选绘本。图为5月4日，志愿者为孩子们讲故事。")
	same(t, "furniture", len(p.Furniture), 1)
	same(t, "rest", len(p.Rest), 0)
}

// TestPictures: what says too little to stand alone is a picture of the article that it
// stands beside; a story in a caption, and one under a headline of its own, is a picture by
// itself.
func TestPictures(t *testing.T) {
	short := "图为活动现场。 记者 卫宁 摄"
	story := "昨天，北山村的村民把今年第一批枇杷装上冷链车，发往南方六个城市。这个村去年种下枇杷三百亩，请农技员驻村指导，今年亩产超过八百公斤，头茬果子已经全部订出。 记者 卫宁 摄"
	end := "（高 远）\n"
	for _, want := range []struct {
		caption  string
		pictures int // of articles
		headline string
	}{
		{short, 1, ""},
		{story, 0, ""},
		{"枇杷下山\n\n" + story, 0, "枇杷下山"},
	} {
		over, rest, _ := strings.Cut(page, " “读书月”")
		_, under, _ := strings.Cut(rest, "摄\n")
		p := segmentText(over + strings.Replace(under, end, end+"\n"+want.caption+"\n", 1))
		n := 0
		for _, a := range p.Articles {
			n += len(a.Associations)
		}
		same(t, "pictures of articles", n, want.pictures)
		if last := p.Articles[len(p.Articles)-1]; want.pictures == 0 {
			same(t, "type", last.Type, newspaper.TypePicture)
			if same(t, "headline", last.MainHeadline(), want.headline); last.MainHeadline() != want.headline {
				for _, a := range p.Articles {
					t.Logf("%s %v %v %q", a.Type, a.Print.Lines, a.Headlines, a.Text())
				}
				t.Log(p.Rest)
			}
		}
	}
}

// TestLinesInTheWrongOrder: two lines that an extractor exchanged, one of them the
// last of its paragraph, stay in their paragraph.
func TestLinesInTheWrongOrder(t *testing.T) {
	right := strings.Split(page, "\n")
	for _, want := range []struct{ line, articles int }{{3, 3}, {11, 3}, {25, 3}} {
		lines := slices.Clone(right)
		lines[want.line-1], lines[want.line+1] = lines[want.line+1], lines[want.line-1]
		p := segmentText(strings.Join(lines, "\n"))
		same(t, "articles", len(p.Articles), want.articles)
		same(t, "lines of the first", p.Articles[0].Print.Lines, segmentText(page).Articles[0].Print.Lines)
	}
}

// TestDatelineStaysBeforeItsText: of two articles of the same words, by
// the junctions alone, what goes on from 本报讯 might stand over it.
func TestDatelineStaysBeforeItsText(t *testing.T) {
	p := segmentText(`平川县阅读有序推进

　　本报讯（记者 陈建国）连日来，平川县阅读
工作迎来新变化，档案编号bj4be3n104a1
。
　　平川县县文化馆负责人周丽华在现场说，今年
的阅读比往年准备得更早，各项工作都已经安排到
人。
　　据了解，平川县的阅读由县文化馆牵头，周丽
华带着工作人员挨家挨户上门，把政策讲给大家听
。
　　“村里的路好走了，日子也更有盼头。”平川
县居民周丽华说，县文化馆给他们解决了多年的难
题，阅读的事大家都看在眼里。

柳林乡义诊全面展开

　　本报讯（记者 王丽华）连日来，柳林乡义诊
工作全面展开，档案编号bj4be3n104a2
。
　　柳林乡市图书馆负责人赵建国在现场说，今年
的义诊比往年准备得更早，各项工作都已经安排到
人。
　　据了解，柳林乡的义诊由市图书馆牵头，赵建
国带着工作人员挨家挨户上门，把政策讲给大家听
。
　　“村里的路好走了，日子也更有盼头。”柳林
乡居民赵建国说，市图书馆给他们解决了多年的难
题，义诊的事大家都看在眼里。
`)
	if len(p.Articles) != 2 || p.Articles[1].Headlines[0].Value != "柳林乡义诊全面展开" {
		t.Errorf("%+v", p.Articles)
	}
}

// TestBylineOfPhotographer: who wrote and took the pictures opens an article; it is not
// the end of a caption.
func TestBylineOfPhotographer(t *testing.T) {
	p := segmentText("清源县召开春耕生产现场会\n5月6日，清源县召开春耕生产现场会，安排部\n署下一阶段春耕工作。副县长参加会议并讲话。\n本报讯（记者 程小舟 文/图）\n云溪图书馆新馆建设已近尾声，六月起向市民\n开放。新馆设有儿童阅览室、方志馆和自习室。\n云溪图书馆新馆六月起向市民开放\n")
	if len(p.Articles) != 2 {
		t.Fatalf("%d articles, want 2", len(p.Articles))
	}
	same(t, "lines", p.Articles[0].Print.Lines, []newspaper.LineRange{{1, 3}})
	same(t, "by", p.Articles[1].By, "本报讯（记者 程小舟 文/图）")
}

// TestReadingOrder: lines that were exchanged are read the other way round, and those
// that were not are left alone.
// TestBylineOfTextAndPictures: a line that names who wrote and took the pictures is no
// photo credit under a headline, but may be one under a caption.
func TestBylineOfTextAndPictures(t *testing.T) {
	for by, names := range map[string]int{"本报记者 高博 文/图": 2, "文/本报记者 江洋杰 图/邱玲桂": 2, "记者 余嘉 文/图": 2} {
		p := segmentText("沈水根开了三十四年的闸\n" + by + "\n　　船还在两公里外，沈水根就听出来了。单机，柴油机\n有点喘，怕是装了黄沙，吃水深。他放下茶杯，把望远镜\n递给徒弟。\n")
		if len(p.Articles) != 1 {
			t.Fatalf("%s: %d articles", by, len(p.Articles))
		}
		same(t, "by", p.Articles[0].By, by)
		same(t, "names of "+by, len(p.Articles[0].Creators), names)
	}
}

func TestReadingOrder(t *testing.T) {
	text := []string{"清源县农业农", "村局组织技术人员深入田间地", "头，指导群众科学施肥，推进高标准农田建", "设，保障全县粮食安全，促进农民增收致", "富，为乡村振兴打下坚实基础。"}
	s := New()
	for at := range len(text) - 1 {
		lines := slices.Clone(text)
		if at > 0 {
			lines[at], lines[at+1] = lines[at+1], lines[at]
		}
		read := ""
		for _, l := range s.readLines(document.Lines(strings.Join(lines, "\n")), new(desk)) {
			read += l.text
		}
		same(t, "read", read, strings.Join(text, ""))
	}
}

// TestBrokenCredits: the column's end breaks a photo credit anywhere.
func TestBrokenCredits(t *testing.T) {
	for text, who := range map[string]string{
		"图为5月4日，志愿者在云溪图书馆为孩子们讲故事。（程小舟 摄影\n报道）": "程小舟", "图为5月4日，志愿者在云溪图书馆为孩子们讲故事。 新华社记\n者 钟雪 摄": "钟雪",
		"5月4日，志愿者在云溪图书馆的阅览室里为孩子们讲\n故事。\n卫宁 摄": "卫宁", "图为5月4日，志愿者在云溪图书馆的阅览室里为孩\n图为5月4日，志愿者在云溪图书馆的阅览室里为孩\n子们讲故事。 卫宁 摄": "卫宁",
	} {
		p := segmentText(text)
		if len(p.Articles) != 1 || len(p.Articles[0].Creators) != 1 {
			t.Fatalf("%q: %+v", text, p.Articles)
		}
		same(t, text, p.Articles[0].Creators[0].Name, who)
	}
}

func TestEveryLineHasOnePlace(t *testing.T) {
	source := strings.Split(page, "\n")
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		lines := make([]string, 0, len(source))
		for _, l := range source {
			switch r.IntN(12) {
			case 0: // dropped
			case 1:
				lines = append(lines, l, l)
			case 2:
				lines = append(lines, source[r.IntN(len(source))])
			default:
				lines = append(lines, l)
			}
		}
		checkAccount(t, document.Lines(strings.Join(lines, "\n")))
	}
}

// checkAccount fails when a non-blank line is nowhere or in two places, and when
// two runs differ.
func checkAccount(t *testing.T, source []document.Line) {
	t.Helper()
	p := New().Segment(source, Options{})
	owners := make([]int, len(source)+1)
	count := func(ranges []newspaper.LineRange) {
		for _, r := range ranges {
			for n := r[0]; n <= r[1]; n++ {
				owners[n]++
			}
		}
	}
	for _, a := range p.Articles {
		count(a.Print.Lines)
	}
	count(p.Furniture)
	count(p.Rest)
	for _, l := range source {
		if owners[l.Number] != 1 && !l.Blank() {
			t.Fatalf("line %d %q is in %d places", l.Number, l.Text, owners[l.Number])
		}
	}
	same(t, "second run", New().Segment(source, Options{}), p)
}

func FuzzSegment(f *testing.F) {
	f.Add(page)
	f.Add("本报记者\n\n（\n）\n下转第\n简讯\n\u00a0\n\u200b\n图为 摄")
	f.Add(strings.Repeat("字", 5000) + "\n。\n")
	f.Fuzz(func(t *testing.T, text string) {
		checkAccount(t, document.Lines(strings.ToValidUTF8(text, "\uFFFD")))
	})
}

// TestBylinesUnderHeadlines: where headlines stand after their bodies, a byline under one
// may be its article's or that of the text which follows. The page says which: here its
// last byline has no text under it.
func TestBylinesUnderHeadlines(t *testing.T) {
	const text = `5月6日，清源县召开春耕生产现场会，安排部署下一阶段春
耕工作。副县长陆明远参加会议并讲话，要求抢抓农时。
会议指出，春耕生产关系全年收成，要组织好种子、化肥和
农机的供应，确保应种尽种。

清源县召开春耕生产现场会

本报记者 程小舟

云溪图书馆新馆建设已近尾声，六月起向市民开放。新馆设
有儿童阅览室、方志馆和二十四小时书房。
据介绍，新馆藏书八十万册，市民凭身份证就可以借阅图书。

云溪图书馆新馆六月开放

本报记者 何 田
`
	p := segmentText(text)
	if len(p.Articles) != 2 {
		t.Fatalf("%d articles", len(p.Articles))
	}
	same(t, "first", p.Articles[0].Creators, []newspaper.Creator{{Role: newspaper.Reporter, Name: "程小舟"}})
	same(t, "second", p.Articles[1].Creators, []newspaper.Creator{{Role: newspaper.Reporter, Name: "何田"}})
	same(t, "rest", len(p.Rest), 0)

	// So does a text that names who wrote it itself: it wants no other.
	signed, _, _ := strings.Cut(text, "\n本报记者 何 田")
	p = segmentText(strings.Replace(signed, "云溪图书馆新馆建设", "本报讯（记者 何田）云溪图书馆新馆建设", 1))
	same(t, "the headline's", p.Articles[0].Creators, []newspaper.Creator{{Role: newspaper.Reporter, Name: "程小舟"}})
	same(t, "its own", p.Articles[1].Creators, []newspaper.Creator{{Role: newspaper.Reporter, Name: "何田"}})
}

// TestHeadlineInItsText: 【…】 before a brief's text is its headline; shorter ones are
// names of columns and stay.
func TestHeadlineInItsText(t *testing.T) {
	for text, want := range map[string][2]string{
		"【江滩公园昨起试开放】江滩公园昨天起试开放，市民可以免费入园。": {"江滩公园昨起试开放", "江滩公园昨天起试开放，市民可以免费入园。"},
		"【天象预告】8月12日夜里，英仙座流星雨迎来极大。":       {"", "【天象预告】8月12日夜里，英仙座流星雨迎来极大。"},
	} {
		headline, rest := takeRunIn(text)
		same(t, text, [2]string{headline, rest}, want)
	}
}

func TestFurnitureByItsWords(t *testing.T) {
	for text, want := range map[string]bool{
		"校对：尹桂浩": true, "读者热线：96409": true, "河阳晚报·经济": true, "第A16版": true, "第13版 一线": true, "7 版 周末副刊": true, "www.example.org": true, "文 体": true,
		"湘东晚报 3版 法治": true, "高原日报 2024年09月07日 周六": true, "2024.10.16 1": true, "2025年4月8日 第14259号": true, "□责编 杜静 □美编 戴建 □校对 朱敏佳": true,
		"扫码关注健康新报微信公众号": true, "主办：中共泗州市委 主管：泗州市委宣传部": true, "运河晚报社出版 代号25-84": true, "農曆六月初三": true, "四版": true, "版權所有 未經授權不得轉載": true, "版权保护成果丰硕": false, "集团公司主管主办": true,
		"拨打服务热线报门牌号预": false, "责任编辑钱逸说，稿子上那": false, "5月16日出版的第10期《求是》杂志发表": false, "守联合国大会第2758号决": false, "由东川戏剧家协会主办": false,
		"芦川大学出版": false, "2024年5月28日上午10时": false, "1958年12月26日夜，": false, "农历四月到七月农忙，除": false, "市气象台预报，今天白天": false,
		"一线": false, "夜茶闲话": false, "12人落网": false, "市场监管局通报": false, "读者来信": false,
	} {
		l := line{raw: collapse(text)}
		l.measure()
		same(t, text, isFurniture(&l), want)
	}
	for text, want := range map[string]bool{"汀溪法治报": true, "二〇二四年五月二十四日 星期五": true, "一次会议的通报": false, "天气预报": false} {
		l := line{raw: collapse(text)}
		l.measure()
		same(t, text, isMasthead(&l), want)
	}
}

func TestNamesInLinesOfTheirOwn(t *testing.T) {
	for text, want := range map[string]bool{"□宋 佑": true, "作者：龚杰源": true, "文/邹红可": true, "文 范春娟": true, "本报记者直击": false, "本报记者 秦晓子 孙亦芳": true,
		"孙巧亚/文": true, "□孙巧亚／文": true, "作者：方 志": true, "文\\雷美婷": true, "特约撰稿 马达安、胡昕洋": true, "新华社记者 阎 德 石 远": true, "■ 朱思慧 秦学静 周晓涵": true} {
		lines := measureLines(document.Lines("标题\n"+text+"\n正文从这里开始。"), new(desk))
		markKinds(lines)
		same(t, text, lines[1].kind == byline, want)
	}
	names := measureLines(document.Lines("□宋 佑\n□李 明\n□王小英"), new(desk))
	markKinds(names)
	for _, l := range names {
		same(t, "of a list: "+l.text, l.kind == byline, false)
	}
}

// TestBriefsThatNothingBegins: in a column of briefs every paragraph is an item, also
// where none says who wrote it and none has a headline.
func TestBriefsThatNothingBegins(t *testing.T) {
	page := New().Segment(document.Lines(`快讯

　　县食品药品监督管理局消息，康沐药业生产的一批复方甘草口服
液因部分产品出现沉淀，企业已启动三级召回，市民可凭实物办理退货。

　　原设于山下口村委会的预防接种门诊，本月起迁至汇泉路社区卫
生服务中心一楼，每周一、三、五接种，无需重新建档。

　　县中医院在门诊楼前举行颈肩腰腿痛义诊，九名专家坐诊，前八
十名可免费测骨密度，请带好既往的片子。
`), Options{})
	same(t, "items", len(page.Articles), 3)
	for i, a := range page.Articles {
		same(t, fmt.Sprintf("kicker of item %d", i), a.Headlines[0].Value, "快讯")
	}
}

// TestNoTextGoesOnWithADateline: an article whose headline is as wide as the column over
// it, which stands in the middle of another's sentence.
func TestNoTextGoesOnWithADateline(t *testing.T) {
	page := New().Segment(document.Lines(`新华社太原4月23日电（记者
朱立海）盐史著作大多从盐场写起，
写灶户，写引票，写盐商的园林。谷
维桢的新著却从路的另一头动笔：一
户山里人家，怎样在一年里吃到八斤
盐。她大量使用歇店的流水簿、桥会
的捐款碑和分家文书。其中一份道光
不用垫钱，不用来回寄一摞发票
滨岳两市的医保卡昨起可互相刷
新华社广州4月23日电（记者
谭晓学）在滨江帮女儿带孩子的退休
工人谷玉兰，昨天上午成为滨州路社
区医院第一个刷异地医保卡住院的人。
她患肺炎，预计花费七千元，出院时
只需交自付的一千六百元医保费用。
`), Options{})
	same(t, "articles", len(page.Articles), 2)
	same(t, "sender of the second", page.Articles[1].Located, "广州")
}
