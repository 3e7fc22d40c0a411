package segment

import (
	"strings"
	"testing"
)

func TestTighten(t *testing.T) {
	for in, want := range map[string]string{
		"动 城 市 高 质 量 发 展 的 动 力 源 泉 。":     "动城市高质量发展的动力源泉。",
		"申 领 社 保 卡 等 事 项 实 现“ 一 件 事 ”打 包": "申领社保卡等事项实现“一件事”打包",
		"10 月 28 日，":       "10月28日，",
		"紧抓 72小时黄金期":       "紧抓72小时黄金期",
		"3 种 10 个版本":       "3种10个版本",
		"我爱我村 我爱我岗 我爱我家":   "我爱我村 我爱我岗 我爱我家",
		"岗 我爱我家”主题摄影作品":    "岗 我爱我家”主题摄影作品",
		"Open AI 发布 GPT":   "Open AI发布GPT",
		"国产大飞机C 919 首航":    "国产大飞机C919首航",
		"吕 梁":              "吕梁",
		"Windows 10":       "Windows 10",
		"国庆期间在北 京公园举行，市民":  "国庆期间在北京公园举行，市民",
		"收 入 增 长 50 % 以 上": "收入增长50%以上",
	} {
		if got, _ := tighten(collapse(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestUnwrap(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"清源县召开", "现场会"}, "清源县召开现场会"},
		{[]string{"the green", "fields of", "corn"}, "the green fields of corn"},
		{[]string{"agri-", "culture"}, "agriculture"},
		{[]string{"COVID-", "19疫情"}, "COVID-19疫情"},
		{[]string{"总量为8", "00万吨"}, "总量为800万吨"},
	} {
		if got := unwrap(c.lines); got != c.want {
			t.Errorf("%q: got %q, want %q", c.lines, got, c.want)
		}
	}
}

func TestBylines(t *testing.T) {
	for _, c := range []struct {
		text, by, located, day, creators, rest string
	}{
		{"本报讯 （记者 李雅萍） 10 月 28 日，市委书记", "本报讯 （记者 李雅萍）", "", "", "reporter 李雅萍", "10 月 28 日，市委书记"},
		{"本报讯（记者 程小舟 通讯员 何 田）昨天", "本报讯（记者 程小舟 通讯员 何田）", "", "", "reporter 程小舟, correspondent 何田", "昨天"},
		{"新华社北京10月 28日电 （记者史竞男）28日", "新华社北京10月28日电 （记者史竞男）", "北京", "28", "reporter 史竞男", "28日"},
		{"据新华社华盛顿3月1日电 （记者 熊茂伶、孙丁）美国", "据新华社华盛顿3月1日电 （记者 熊茂伶、孙丁）", "华盛顿", "1", "reporter 熊茂伶, reporter 孙丁", "美国"},
		{"本报讯 记者 蔡琳 冯雅萍 经营了22年的市场", "本报讯 记者 蔡琳 冯雅萍", "", "", "reporter 蔡琳, reporter 冯雅萍", "经营了22年的市场"},
		{"本报讯 记者丁云飞报道：一进云雾乡", "本报讯 记者丁云飞报道", "", "", "reporter 丁云飞", "一进云雾乡"},
		{"记者孟东倩报道：市热力集团通知", "记者孟东倩报道", "", "", "reporter 孟东倩", "市热力集团通知"},
		{"【本报讯】（记者 郭华树）昨天", "【本报讯】（记者 郭华树）", "", "", "reporter 郭华树", "昨天"},
		{"◆晨报讯（记者邱新娟）堆放", "晨报讯（记者邱新娟）", "", "", "reporter 邱新娟", "堆放"},
		{"【記者韓健台南報導】受颱風", "【記者韓健台南報導】", "台南", "", "reporter 韓健", "受颱風"},
		{"【本報記者賀曉玲／新加坡報導】受颱風", "【本報記者賀曉玲／新加坡報導】", "新加坡", "", "reporter 賀曉玲", "受颱風"},
		{"（中央社台中3日電）清明", "（中央社台中3日電）", "台中", "3", "", "清明"},
		{"（中央社記者林宏翰洛杉磯3日專電）清明", "（中央社記者林宏翰洛杉磯3日專電）", "洛杉磯", "3", "reporter 林宏翰", "清明"},
		{"（中央社華盛頓2日綜合外電報導）清明", "（中央社華盛頓2日綜合外電報導）", "華盛頓", "2", "", "清明"},
		{"（吉隆坡21日讯）警方", "（吉隆坡21日讯）", "吉隆坡", "21", "", "警方"},
		{"（台北9月21日法新電）警方", "（台北9月21日法新電）", "台北", "21", "", "警方"},
		{"（截至10月3日讯问结束）警方", "", "", "", "", ""},
		{"记者连日来的报道，引起关注", "", "", "", "", ""},
		{"本報訊（見習記者 苏梓宇）5月", "本報訊（見習記者 苏梓宇）", "", "", "reporter 苏梓宇", "5月"},
		{"〔記者林書豪／南嶼報導〕受颱風", "〔記者林書豪／南嶼報導〕", "", "", "reporter 林書豪", "受颱風"},
		{"本报讯（全媒体记者 王洋 文/图）日前", "本报讯（全媒体记者 王洋 文/图）", "", "", "reporter 王洋, photographer 王洋", "日前"},
		{"本报讯（记者 尤佳/文 孔令飞/摄）一把", "本报讯（记者 尤佳/文 孔令飞/摄）", "", "", "reporter 尤佳, photographer 孔令飞", "一把"},
		{"本报太原4月2日讯（特约记者 欧阳雪）", "本报太原4月2日讯（特约记者 欧阳雪）", "太原", "2", "reporter 欧阳雪", ""},
		{"新华社记者从有关部门获悉，", "", "", "", "", ""},
		{"本报讯（王梅彦）挪威", "本报讯（王梅彦）", "", "", "contributor 王梅彦", "挪威"},
		{"本报讯（记者 胡 晨 侯 柏）9月", "本报讯（记者 胡晨 侯柏）", "", "", "reporter 胡晨, reporter 侯柏", "9月"},
		{"本报讯（记者任雪婷 袁 红卢丽国）春耕", "本报讯（记者任雪婷 袁红 卢丽国）", "", "", "reporter 任雪婷, reporter 袁红, reporter 卢丽国", "春耕"},
		{"本报讯（记者 古丽娜尔 扎西次仁）春耕", "本报讯（记者 古丽娜尔 扎西次仁）", "", "", "reporter 古丽娜尔, reporter 扎西次仁", "春耕"},
		{"人民网讯飞公司", "", "", "", "", ""},
		{"机组并网发电 首台", "", "", "", "", ""},
	} {
		got, n := takeOpening(c.text)
		names := ""
		for i, p := range got.creators {
			if i > 0 {
				names += ", "
			}
			names += p.Role + " " + p.Name
		}
		if got.by != c.by || got.located != c.located || got.day != c.day || names != c.creators {
			t.Errorf("%q: got %+v", c.text, got)
		}
		if rest := dropVisible(c.text, n); n > 0 && tightened(rest) != tightened(" "+c.rest) && rest != " "+c.rest && rest != c.rest {
			t.Errorf("%q: left %q, want %q", c.text, rest, c.rest)
		}
	}
}

func TestGroupNames(t *testing.T) {
	for text, want := range map[string]string{
		"康 桂 芳 罗 丽": "康桂芳 罗丽", "姜 凯": "姜凯", "武 松 上官达松 贾 然": "武松 上官达松 贾然", "赵永昕 乔刚帆谭 学": "赵永昕 乔刚帆 谭学", "陈安建傅涛黄俊庆": "陈安建 傅涛 黄俊庆",
		"杜 涛邹 诗": "杜涛 邹诗", "王明李强": "王明 李强", "司马静晶": "司马静晶", "才让卓玛": "才让卓玛", "王洋 李雅萍": "王洋 李雅萍", "": "",
	} {
		same(t, text, strings.Join(groupNames(strings.Fields(text)), " "), want)
	}
}

func TestAgencies(t *testing.T) {
	for text, want := range map[string]string{
		"（中央社台中3日電）清明": "中央社", "（台北21日法新電）警方": "法新社", "（吉隆坡21日讯）警方": "", "（香港2日综合电）警方": "",
		"据新华社电 开了": "新华社", "本报讯 开了": "",
	} {
		got, _ := takeOpening(text)
		name := ""
		for _, s := range got.sources {
			name += s.Name
		}
		same(t, text, name, want)
	}
	for text, want := range map[string]int{"新华社记者 汤子华": 1, "本报记者 汤子华": 0} {
		var c credit
		c.fromNames(text)
		same(t, text, len(c.sources), want)
	}
}

func TestSignatures(t *testing.T) {
	for text, want := range map[string]string{
		"新的贡献！（李建龙）": "李建龙", "见闻。（记者 张三）": "记者 张三", "结束。（据新华社电）": "据新华社电", "得出。（王 洋）": "王 洋",
		"条例（试行）": "", "他说（笑）。": "", "共三项。（完）": "", "先后到（清源县）": "",
	} {
		inside, _, ok := takeSignature(text)
		if ok != (want != "") || ok && inside != want {
			t.Errorf("%q: got %q %v", text, inside, ok)
		}
	}
}

func TestPhotoCredits(t *testing.T) {
	for text, want := range map[string]string{
		"医护人员行走在滨河南路上。 记者 刘亮亮 摄": "医护人员行走在滨河南路上。|刘亮亮",
		"选手在比赛中。（新华社发 张三 摄）":     "选手在比赛中。|张三",
		"选手在比赛中。新华社发（蔡俊志 摄）":     "选手在比赛中。|蔡俊志",
		"花海。摄影：赵英强":              "花海。|赵英强",
		"上河村村民采摘香菇。 何文涛摄":        "上河村村民采摘香菇。|何文涛",
		"图为活动现场。":                "图为活动现场。|",
		"采茶忙。 记者 卫 宁 摄":          "采茶忙。|卫宁",
	} {
		c, rest := takePhotoCredit(text)
		got := rest + "|"
		for _, p := range c.creators {
			got += p.Name
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func tightened(text string) string {
	tight, _ := tighten(text)
	return tight
}
