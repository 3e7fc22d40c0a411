package parse

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"broadsheet/pkg/bus/bustest"
	"go.uber.org/zap/zaptest"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/segment"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.UpstreamLeak()) }

// paragraphs is a segmenter whose result a test can read off its input: every
// block between blank lines is an article, its first line the headline, unless
// that is "-". A line "to N" or "from N" is a jump line.
type paragraphs struct{}

func (paragraphs) Segment(lines []document.Line, _ segment.Options) segment.Page {
	var p segment.Page
	var block []document.Line
	end := func() {
		if len(block) == 0 {
			return
		}
		var body []string
		var jump *newspaper.Jump
		for _, l := range block[1:] {
			if page, ok := strings.CutPrefix(l.Text, "to "); ok {
				jump = &newspaper.Jump{To: page}
			} else if page, ok := strings.CutPrefix(l.Text, "from "); ok {
				jump = &newspaper.Jump{From: page}
			} else {
				body = append(body, l.Text)
			}
		}
		text := strings.Join(body, "\n")
		p.Articles = append(p.Articles, newspaper.Article{
			Type:      newspaper.TypeText,
			Headlines: []newspaper.Headline{{Role: newspaper.Main, Value: block[0].Text}},
			Bodies:    []newspaper.Body{{Role: "main", ContentType: "text/plain", CharCount: len([]rune(text)), Value: text}},
			Print: newspaper.Print{
				Position: len(p.Articles) + 1, Confidence: 1, HeadlinePosition: newspaper.HeadlineBefore,
				Lines: []newspaper.LineRange{{block[0].Number, block[len(block)-1].Number}}, Continues: jump,
			},
		})
		if block[0].Text == "-" {
			p.Articles[len(p.Articles)-1].Headlines = nil
		}
		block = nil
	}
	for _, l := range lines {
		if strings.TrimSpace(l.Text) == "" {
			end()
			continue
		}
		block = append(block, l)
	}
	end()
	return p
}

var pageKey = newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}

// newService is a service with the paragraphs segmenter.
func newService(t *testing.T, b Bus) *Service {
	t.Helper()
	s, err := New(Options{Bus: b, Logger: zaptest.NewLogger(t), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	s.parser.segmenter = paragraphs{}
	return s
}

const (
	harvest = "河阳县秋粮颗粒归仓\n截至昨日，河阳县秋粮收获已近尾声，全县四十二万亩秋粮颗粒归仓，单产比上年提高百分之三。"
	bridge  = "柳湾大桥今日合龙\n经过二十个月的施工，横跨柳湾河的大桥昨天上午顺利合龙，预计年底通车，两岸居民出行时间将缩短一半。"
	library = "城南图书馆延长开放时间\n自下月起，城南图书馆每晚延长开放两小时，周末不闭馆，读者可凭身份证借阅图书。"
	// The same article after a correction in its middle.
	libraryCorrected = "城南图书馆延长开放时间\n自下月起，城南图书馆每晚延长开放三小时，周末不闭馆，读者可凭身份证借阅图书。"
)

func text(articles ...string) []byte { return []byte(strings.Join(articles, "\n\n") + "\n") }

func parsed(t *testing.T, articles ...string) Parsed {
	t.Helper()
	catalogue, err := newspaper.NewCatalogue(false)
	if err != nil {
		t.Fatal(err)
	}
	p := NewParser(catalogue, nil)
	p.segmenter = paragraphs{}
	out, err := p.Parse(t.Context(), text(articles...), "text/plain", pageKey)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

var _ Bus = (*bus.Bus)(nil)
