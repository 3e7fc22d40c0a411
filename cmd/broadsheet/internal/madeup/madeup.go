// Package madeup makes newspaper pages for tests and measurements: any number of
// them, the same for the same seed, with a word in each article that occurs
// nowhere else.
package madeup

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"broadsheet/pkg/newspaper"
)

// Page is a made-up page.
type Page struct {
	Key     newspaper.PageKey
	Text    string
	Markers []string // one in the body of each article
}

// New makes page number n (0, 1, …) of a run. Another revision of it has other
// text in its last article. Pages have the given number of articles.
func New(seed uint64, n, revision, articles int) Page {
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	day := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/16)
	p := Page{Key: newspaper.PageKey{
		Publication: "ceshi-bao", Date: day.Format(time.DateOnly), Edition: newspaper.DefaultEdition, Page: fmt.Sprintf("%02d", n%16+1),
	}}
	var b strings.Builder
	for i := range articles {
		marker := fmt.Sprintf("bj%xn%da%d", seed&0xffff, n, i+1)
		if i == articles-1 && revision > 1 {
			marker += fmt.Sprintf("r%d", revision)
		}
		p.Markers = append(p.Markers, marker)
		b.WriteString(article(random, marker))
		b.WriteString("\n\n")
	}
	p.Text = b.String()
	return p
}

var (
	towns    = []string{"青石县", "临河市", "白杨镇", "东岭区", "柳林乡", "平川县", "北山市", "南湖镇"}
	bodies   = []string{"县农业农村局", "市总工会", "区教育局", "市水务局", "县文化馆", "镇卫生院", "市图书馆"}
	surnames = []string{"张", "王", "李", "赵", "陈", "杨", "周", "吴"}
	given    = []string{"明远", "丽华", "建国", "晓梅", "志强", "海燕", "文博", "秀英"}
	topics   = []string{"秋收", "供暖", "阅读", "修路", "植树", "义诊", "培训", "防汛"}
	verbs    = []string{"全面展开", "有序推进", "惠及乡亲", "再添新绿", "走进社区", "迎来新变化"}
	said     = []string{
		"%s%s负责人%s在现场说，今年的%s比往年准备得更早，各项工作都已经安排到人。",
		"据了解，%s的%s由%s牵头，%s带着工作人员挨家挨户上门，把政策讲给大家听。",
		"“村里的路好走了，日子也更有盼头。”%s居民%s说，%s给他们解决了多年的难题，%s的事大家都看在眼里。",
	}
)

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func article(r *rand.Rand, marker string) string {
	town, office, topic := pick(r, towns), pick(r, bodies), pick(r, topics)
	name := pick(r, surnames) + pick(r, given)
	paragraphs := []string{
		fmt.Sprintf("本报讯（记者 %s）连日来，%s%s工作%s，档案编号%s。", pick(r, surnames)+pick(r, given), town, topic, pick(r, verbs), marker),
		fmt.Sprintf(said[0], town, office, name, topic),
		fmt.Sprintf(said[1], town, topic, office, name),
		fmt.Sprintf(said[2], town, name, office, topic),
	}
	lines := []string{town + topic + pick(r, verbs), ""}
	for _, p := range paragraphs {
		lines = append(lines, wrap(p, 22)...)
	}
	return strings.Join(lines, "\n")
}

// wrap sets a paragraph in lines of a width in characters, its first one indented.
// It does not break the marker, which stands at the end of the first paragraph.
func wrap(p string, width int) []string {
	runes := []rune("　　" + p)
	var lines []string
	for len(runes) > 0 {
		n := min(width, len(runes))
		for n < len(runes) && latin(runes[n-1]) && latin(runes[n]) {
			n++
		}
		lines = append(lines, string(runes[:n]))
		runes = runes[n:]
	}
	return lines
}

func latin(r rune) bool { return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' }
