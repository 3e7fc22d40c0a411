package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// Made-up articles: the vocabulary is small enough for common words to be as
// common as in a paper, and the rare ones come from numbers.
var (
	places  = []string{"河阳县", "柳湾市", "青石镇", "东山区", "南坪乡", "北川县", "白鹭湖", "临江新区"}
	bodies  = []string{"县委", "市人大常委会", "教育局", "交通运输局", "农业农村局", "税务局", "商会", "水利局", "气象台"}
	actions = []string{"召开会议部署", "检查了", "公布了", "启动", "推进", "完成", "听取汇报并研究", "走访慰问", "调研"}
	objects = []string{"秋粮收购工作", "安全生产", "城区道路改造", "春季造林", "预算执行情况", "防汛抗旱", "招商引资项目", "医疗保险缴费", "文化惠民演出"}
	tails   = []string{"群众反映良好", "进展顺利", "预计年底完工", "比上年增长百分之三", "各项指标稳中向好", "要求压实责任", "下一步将扩大范围"}
	family  = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
	given   = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文辉建国华玲红志")
)

// Made returns the nth of a number of made-up articles of about 700 characters,
// twenty to a paper, always the same.
func Made(n int) newspaper.Article {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	person := func() string {
		name := string(family[r.IntN(len(family))])
		for range 1 + r.IntN(2) {
			name += string(given[r.IntN(len(given))])
		}
		return name
	}
	key := newspaper.PageKey{
		Publication: "heyang-ribao", Date: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/20).Format(time.DateOnly),
		Edition: "main", Page: fmt.Sprintf("%02d", 1+n%20/5),
	}
	var body strings.Builder
	who := person()
	for body.Len() < 2100 {
		fmt.Fprintf(&body, "%s%s%s%s，%s。", pick(places), pick(bodies), pick(actions), pick(objects), pick(tails))
		if r.IntN(6) == 0 {
			fmt.Fprintf(&body, "负责人%s说，%d年共投入%d万元。\n", who, 2010+r.IntN(15), r.IntN(90_000))
		}
	}
	place, organisation := pick(places), pick(bodies)
	a := Article(key, n, place+organisation+pick(actions)+pick(objects), fmt.Sprintf("编号%d的消息。%s", n, body.String()))
	a.People = []newspaper.Person{{Name: who, Count: 2}}
	a.Places, a.Organisations = []newspaper.Named{{Name: place, Count: 2}}, []newspaper.Named{{Name: organisation, Count: 3}}
	a.Print.Position = 1 + n%5
	return a
}

// BenchmarkWrite measures documents written in batches of 256.
func BenchmarkWrite(b *testing.B, s Subject) {
	const batch = 256
	for n := 0; b.Loop(); n += batch {
		b.StopTimer()
		writes := make([]search.Write, batch)
		for i := range writes {
			writes[i] = Write(b, Made(n+i), int64(n+i+1))
		}
		b.StartTimer()
		for _, v := range s.Store.Write(b.Context(), writes) {
			if v.Err != nil || v.Outcome != event.Applied {
				b.Fatalf("%+v", v)
			}
		}
	}
	b.ReportMetric(batch*float64(b.N)/b.Elapsed().Seconds(), "documents/s")
}

// Fill writes made-up articles up to a number.
func Fill(b testing.TB, s Subject, n int) {
	b.Helper()
	const batch = 512
	for from := 0; from < n; from += batch {
		writes := make([]search.Write, 0, batch)
		for i := from; i < min(from+batch, n); i++ {
			writes = append(writes, Write(b, Made(i), int64(i+1)))
		}
		for _, v := range s.Store.Write(b.Context(), writes) {
			if v.Err != nil {
				b.Fatal(v.Err)
			}
		}
	}
	if s.Refresh != nil {
		if err := s.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSearch measures searches of several sorts over what Fill wrote. It
// reports the median and the 99th percentile of each.
func BenchmarkSearch(b *testing.B, s Subject) {
	for name, params := range map[string]string{
		"all":         "",
		"common word": "q=安全生产",
		"rare word":   "q=编号777的消息",
		"one sign":    "q=王",
		"three words": "q=河阳县 预算执行情况 群众反映良好",
		"filters":     "place=柳湾市&from=2016-01-01&to=2016-12-31",
		"word+filter": "q=防汛抗旱&organisation=水利局&sort=newest",
		"mixed":       "q=2020年共投入",
	} {
		b.Run(name, func(b *testing.B) {
			q := query(b, params)
			var took []time.Duration
			total := 0
			for b.Loop() {
				began := time.Now()
				r, err := s.Store.Search(b.Context(), q)
				if err != nil {
					b.Fatal(err)
				}
				took, total = append(took, time.Since(began)), r.Total
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(total), "hits")
		})
	}
}
