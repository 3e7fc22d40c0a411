package segment

import (
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
)

func TestJumpLines(t *testing.T) {
	to, from := func(p string) *newspaper.Jump { return &newspaper.Jump{To: p} }, func(p string) *newspaper.Jump { return &newspaper.Jump{From: p} }
	for text, want := range map[string]*newspaper.Jump{
		"（下转第3版）": to("03"), "下转第三版": to("03"), "（下转第 ３ 版）": to("03"), "下转A04版": to("A04"), "▶下转2版": to("02"), "（下转第十二版）": to("12"), "（下轉第八版）": to("08"),
		"（转3版）": to("03"), "下转第2、3版": to("02"), "（下转第４版·要闻）": to("04"), "（下转Ａ０２版）": to("A02"), "下转第6版▶▶": to("06"), "(下转5版": to("05"),
		"上接A01版": from("A01"), "（上接第1版）": from("01"), "（紧接第一版）": from("01"), "紧接1版": from("01"), "（上接第一版《清源县供水管网改造全面启动》）": from("01"), "(上接第1版)": from("01"), "（接一版）": from("01"),
		"上接第二版":    from("02"),
		"公交换乘请转3路": nil, "转3": nil, "接2": nil, "他接第一个电话": nil, "下转": nil, "": nil, "（上接云岭，下连沙洲）": nil,
	} {
		same(t, text, jumpOf(text), want)
	}
}

// TestJumpsInTheText: jumps in the lines of the text itself are taken out of it.
func TestJumpsInTheText(t *testing.T) {
	const goes = `清源县供水管网改造全面启动
本报讯（记者 程小舟）近日，清源县供水管网改造
工程全面启动，共涉及老旧小区十二个，更换供水管
网四十公里，预计年底前完工，惠及居民八千余户。
县水务局负责人说，施工期间将分段停水，并提前张
贴通知，请市民做好储水准备。（下转第三版）
`
	const came = `清源县供水管网改造全面启动
（上接第１版）据了解，县供水管网改造工程采用新型
管材，漏损率将由百分之二十降到百分之八，每年节约
用水三十万吨，停水期间由送水车为居民供水。
工程投资两千三百万元，由县财政和水务公司分担，供
水管网改造明年还将延伸到城郊三个村。
`
	for text, want := range map[string]*newspaper.Jump{goes: {To: "03"}, came: {From: "01"}} {
		p := New().Segment(document.Lines(text), Options{})
		if len(p.Articles) != 1 {
			t.Fatalf("%d articles: %v", len(p.Articles), p.Articles)
		}
		a := p.Articles[0]
		same(t, "continues", a.Print.Continues, want)
		for _, r := range a.Text() {
			if r == '版' {
				t.Errorf("the jump is still in the text: %q", a.Text())
			}
		}
	}
}
