package segment

import (
	"testing"

	"broadsheet/services/parse/document"
)

// TestRowOfHeadlines: the headlines of two articles side by side, and then their bodies.
func TestRowOfHeadlines(t *testing.T) {
	const text = `清源县春耕生产现场会召开
云溪图书馆新馆六月开放

本报讯（记者 程小舟）5月6日，清源县召开春耕生
产现场会，安排部署下一阶段春耕工作。副县长陆明远
参加会议并讲话，要求各乡镇抢抓农时。
会议指出，春耕生产关系全年收成，要组织好种子、化
肥和农机的供应，确保应种尽种。

本报讯（记者 何田）云溪图书馆新馆建设已近尾声，
六月起向市民开放。新馆设有儿童阅览室、方志馆和二
十四小时书房。
据介绍，图书馆新馆藏书八十万册，市民凭身份证就可
以借阅图书。
`
	p := New().Segment(document.Lines(text), Options{})
	if len(p.Articles) != 2 {
		t.Fatalf("%d articles", len(p.Articles))
	}
	same(t, "first headline", p.Articles[0].MainHeadline(), "清源县春耕生产现场会召开")
	same(t, "second headline", p.Articles[1].MainHeadline(), "云溪图书馆新馆六月开放")
	same(t, "rest", len(p.Rest), 0)
}
