package parse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"broadsheet/pkg/newspaper"
)

// jumping is an article for the matching of jump lines.
func jumping(id, page, to, from, headline, body string) piece {
	a := newspaper.Article{URI: id, Bodies: []newspaper.Body{{Value: body}}, Print: newspaper.Print{Continues: &newspaper.Jump{To: to, From: from}}}
	if headline != "" {
		a.Headlines = []newspaper.Headline{{Role: newspaper.Main, Value: headline}}
	}
	return newPiece(page, 0, &a)
}

func TestAssemble(t *testing.T) {
	for name, c := range map[string]struct {
		pieces []piece
		want   [][]string
	}{
		"the headline is repeated": {[]piece{
			jumping("a", "01", "03", "", "河阳县秋粮颗粒归仓", "全县四十二万亩秋粮"),
			jumping("b", "03", "", "01", "河阳县秋粮颗粒归仓", "单产比上年提高"),
		}, [][]string{{"a", "b"}}},
		"two from the same page to the same page": {[]piece{
			jumping("a", "01", "03", "", "河阳县秋粮颗粒归仓", "全县四十二万亩秋粮"),
			jumping("b", "01", "03", "", "柳湾大桥今日合龙", "横跨柳湾河的大桥"),
			jumping("c", "03", "", "01", "柳湾大桥合龙", "两岸居民"),
			jumping("d", "03", "", "01", "秋粮颗粒归仓", "单产比上年提高"),
		}, [][]string{{"a", "d"}, {"b", "c"}}},
		"the only two, one without a headline": {[]piece{
			jumping("a", "01", "03", "", "河阳县秋粮颗粒归仓", "全县四十二万亩秋粮"),
			jumping("b", "03", "", "01", "", "单产比上年提高百分之三"),
		}, [][]string{{"a", "b"}}},
		"the only two, about other things": {[]piece{
			jumping("a", "01", "03", "", "河阳县秋粮颗粒归仓", "全县四十二万亩秋粮"),
			jumping("b", "03", "", "01", "城南图书馆延长开放时间", "每晚延长开放两小时"),
		}, nil},
		"a headline of its own that the first part speaks of": {[]piece{
			jumping("a", "01", "02", "", "全力打好秋收这一仗", "河阳县抢收抢种现场会昨日召开，部署抢收抢种工作"),
			jumping("b", "02", "", "01", "部署抢收抢种", "会议要求各乡镇"),
		}, [][]string{{"a", "b"}}},
		"over three pages": {[]piece{
			jumping("a", "01", "03", "", "河阳县秋粮颗粒归仓", "一"),
			jumping("b", "03", "05", "01", "河阳县秋粮颗粒归仓", "二"),
			jumping("c", "05", "", "03", "秋粮颗粒归仓", "三"),
		}, [][]string{{"a", "b", "c"}}},
		"two without headlines for one": {[]piece{
			jumping("a", "01", "03", "", "河阳县秋粮颗粒归仓", "全县四十二万亩秋粮"),
			jumping("b", "03", "", "01", "", "单产比上年提高百分之三"),
			jumping("c", "03", "", "01", "", "两岸居民出行时间将缩短一半"),
		}, nil},
		"it goes on, but nothing comes from there": {[]piece{
			jumping("a", "01", "03", "", "河阳县秋粮颗粒归仓", "全县四十二万亩秋粮"),
			jumping("b", "03", "", "02", "河阳县秋粮颗粒归仓", "单产比上年提高"),
		}, nil},
		"letters are left out within a section": {[]piece{
			jumping("a", "A01", "3", "", "河阳县秋粮颗粒归仓", "全县四十二万亩秋粮"),
			jumping("b", "A03", "", "01", "河阳县秋粮颗粒归仓", "单产比上年提高"),
			jumping("c", "B03", "", "A1", "河阳县秋粮颗粒归仓", "单产比上年提高"),
		}, [][]string{{"a", "b"}}},
		"round in a circle": {[]piece{
			jumping("a", "01", "03", "03", "河阳县秋粮颗粒归仓", ""),
			jumping("b", "03", "01", "01", "河阳县秋粮颗粒归仓", ""),
		}, nil},
		"no page at all": {[]piece{jumping("a", "01", "9999", "?", "河阳县秋粮颗粒归仓", "")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				got := assemble(slices.Clone(c.pieces))
				n := 0
				for _, whole := range c.want {
					for _, id := range whole {
						n++
						var ids []string
						for _, p := range got[id] {
							ids = append(ids, p.URI)
						}
						if !slices.Equal(ids, whole) {
							t.Errorf("%s is part of %v, want %v", id, ids, whole)
						}
					}
				}
				if len(got) != n {
					t.Errorf("%d pieces are joined, want %d: %v", len(got), n, fmt.Sprint(got))
				}
				rand.Shuffle(len(c.pieces), func(i, k int) { c.pieces[i], c.pieces[k] = c.pieces[k], c.pieces[i] })
			}
		})
	}
}
