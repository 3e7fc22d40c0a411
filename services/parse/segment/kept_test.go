package segment

import (
	"slices"
	"strings"
	"testing"

	"broadsheet/services/parse/document"
)

const keptPage = `本报讯（记者 张三）近日，清源县农业农村局组织技术人员深入
田间地头，指导农户开展春耕备耕工作，确保粮食生产稳定发展。
目前，全县已播种小麦三万亩，农资储备充足，农机检修完毕。
清源县春耕备耕有序推进

故乡的河
李秋生
春风吹过故乡的田野
秋雨落在母亲的窗前
晨光唤醒沉睡的村庄
远山流进游子的梦里
长河染红漫山的树叶
麦田照亮回家的小路
老屋吹过门前的田野
归雁停在母亲的梦前
炊烟唤醒打盹的村庄
明月流进异乡的酒里

停电通知
因设备检修，定于本周六8时至18时对城东社区、柳湾村等地停
电，请相关用户做好准备，不便之处敬请谅解。
清源县供电公司
2022年1月26日

盼修一修站牌
编辑同志：
三中门口的公交站牌被太阳晒得发白，站名和首末班时间一个字也看
不清。外地来的人在站前转来转去，只好逐辆上前打听。
换一块站牌花不了多少钱，却能给许多人方便。
此致
敬礼
城西读者 武梅

本周菜价
品名 产地 元/公斤
牛肉（去骨） 本地 76.31
菠菜 柳湾 6.60
西红柿 城东 6.10
花生油 本地 25.35

全县教育工作会议召开
本报讯（记者 李四）4月17日，全县教育工作会议召开，会议总
结了去年的教育工作，安排部署今年任务，表彰了先进集体。
会议要求，各学校要抓好教学质量，办好人民满意的教育。
`

func TestLinesThatStayLines(t *testing.T) {
	page := New().Segment(document.Lines(keptPage), Options{})
	texts := map[string]string{}
	for _, a := range page.Articles {
		texts[a.MainHeadline()] = a.Text()
	}
	verse := strings.Split(keptPage, "\n")[7:17]
	if got, want := texts["本周菜价"], "品名 产地 元/公斤\n牛肉（去骨） 本地 76.31\n菠菜 柳湾 6.60\n西红柿 城东 6.10\n花生油 本地 25.35"; got != want {
		t.Errorf("table: %q", got)
	}
	if got := texts["盼修一修站牌"]; !strings.HasPrefix(got, "编辑同志：\n三中门口") || !strings.HasSuffix(got, "许多人方便。\n此致\n敬礼\n城西读者 武梅") {
		t.Errorf("letter: %q", got)
	}
	if got := texts["故乡的河"]; got != strings.Join(verse, "\n") {
		t.Errorf("poem: %q", got)
	}
	if got := texts["停电通知"]; !strings.HasSuffix(got, "谅解。\n清源县供电公司\n2022年1月26日") {
		t.Errorf("notice: %q", got)
	}
	if got := texts["全县教育工作会议召开"]; !strings.HasPrefix(got, "4月17日") {
		t.Errorf("the article after the notice: %q", got)
	}
	if len(page.Articles) != 6 || len(page.Rest) != 0 {
		t.Errorf("%d articles, rest %v", len(page.Articles), page.Rest)
	}
}

func TestPoemUnderItsAuthor(t *testing.T) {
	const text = keptPage + `
小站
□邹梅华
列车只停两分钟
足够一个人
把故乡看完
站台上的灯
是母亲留的那盏
亮着，不催促
也不熄灭

征文比赛获奖名单
一等奖：毛龙海 蔡林 周子涵
二等奖：姚海婷 何秀倩 孔鹏文 吕林秀
三等奖：欧阳军 尹佳欣 江林志 谢刚艳 汤清立
`
	texts := map[string]string{}
	page := New().Segment(document.Lines(text), Options{})
	for _, a := range page.Articles {
		texts[a.MainHeadline()] = a.Text()
		if a.MainHeadline() == "小站" && (len(a.Creators) != 1 || a.Creators[0].Name != "邹梅华") {
			t.Errorf("who wrote the poem: %v", a.Creators)
		}
	}
	lines := strings.Split(text, "\n")
	at := func(line string) int { return slices.Index(lines, line) }
	same(t, "poem", texts["小站"], strings.Join(lines[at("列车只停两分钟"):at("也不熄灭")+1], "\n"))
	list := at("征文比赛获奖名单")
	same(t, "list", texts["征文比赛获奖名单"], strings.Join(lines[list+1:list+4], "\n"))
}
