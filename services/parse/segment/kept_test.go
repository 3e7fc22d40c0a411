package segment

import (
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
	if got := texts["故乡的河"]; got != strings.Join(verse, "\n") {
		t.Errorf("poem: %q", got)
	}
	if got := texts["停电通知"]; !strings.HasSuffix(got, "谅解。\n清源县供电公司\n2022年1月26日") {
		t.Errorf("notice: %q", got)
	}
	if got := texts["全县教育工作会议召开"]; !strings.HasPrefix(got, "4月17日") {
		t.Errorf("the article after the notice: %q", got)
	}
	if len(page.Articles) != 4 || len(page.Rest) != 0 {
		t.Errorf("%d articles, rest %v", len(page.Articles), page.Rest)
	}
}
