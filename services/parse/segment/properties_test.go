package segment_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/segment"
	"broadsheet/services/parse/typeset"
)

// checked segments a page and checks what must hold of any: every non-blank line
// is in exactly one place, bodies are made of their lines' characters in order,
// the page gives the same result twice.
func checked(t *testing.T, text string) segment.Page {
	t.Helper()
	lines := document.Lines(text)
	s := segment.New()
	p := s.Segment(lines, segment.Options{})
	owners := make([]int, len(lines)+1)
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
	for _, l := range lines {
		if owners[l.Number] != 1 && !l.Blank() {
			t.Fatalf("line %d %q is in %d places", l.Number, l.Text, owners[l.Number])
		}
	}
	for _, a := range p.Articles {
		if !inOrder(a, lines) {
			t.Fatalf("the body of %v is not of its lines in order: %q", a.Print.Lines, a.Text())
		}
		if a.Print.Confidence <= 0 || a.Print.Confidence > 1 {
			t.Fatalf("confidence %v", a.Print.Confidence)
		}
	}
	if len(lines) > 5000 {
		return p // once is enough
	}
	if again := s.Segment(lines, segment.Options{}); !reflect.DeepEqual(again, p) {
		t.Fatal("a second run differs")
	}
	return p
}

// inOrder reports that an article's body is a subsequence of its lines.
func inOrder(a newspaper.Article, lines []document.Line) bool {
	var printed strings.Builder
	for _, r := range a.Print.Lines {
		for n := r[0]; n <= r[1]; n++ {
			printed.WriteString(lines[n-1].Text)
		}
	}
	rest := []rune(printed.String())
	for _, want := range a.Text() {
		if unicode.IsSpace(want) {
			continue
		}
		i := 0
		for i < len(rest) && rest[i] != want {
			i++
		}
		if i == len(rest) {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

func TestPropertiesOnTypesetPages(t *testing.T) {
	articles := typeset.Invent(120, 3)
	for _, style := range append(append([]typeset.Style{}, typeset.Families...), typeset.HeldOut...) {
		for _, c := range typeset.Pages(articles, style, 4, 11) {
			checked(t, string(c.Text))
		}
	}
}

// TestPropertiesOnMuddledPages: the same where an extractor exchanged lines.
func TestPropertiesOnMuddledPages(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	articles := typeset.Invent(200, 3)
	for _, style := range typeset.Families[:3] {
		for _, c := range typeset.Pages(articles, style, 15, 12) {
			lines := strings.Split(string(c.Text), "\n")
			for i := 0; i+2 < len(lines); i++ {
				if r.IntN(8) == 0 {
					k := i + 1 + r.IntN(2)
					lines[i], lines[k] = lines[k], lines[i]
				}
			}
			checked(t, strings.Join(lines, "\n"))
		}
	}
}

// TestOrderOfArticles: articles that have nothing to do with each other come out
// the same in any order, but for few.
func TestOrderOfArticles(t *testing.T) {
	style, _ := typeset.StyleNamed("seed")
	style.Articles = [2]int{1, 1}
	style.Captions = 0
	style.Before, style.After, style.None = typeset.Range{1, 1}, typeset.Range{}, typeset.Range{}
	var texts []string
	for _, c := range typeset.Pages(typeset.Invent(200, 5), style, 40, 5) {
		texts = append(texts, string(c.Text))
	}
	r := rand.New(rand.NewPCG(5, 5))
	kept, all := 0, 0
	for range 12 {
		some := make([]string, 6)
		for i, n := range r.Perm(len(texts))[:6] {
			some[i] = texts[n]
		}
		before := bodies(some)
		r.Shuffle(len(some), func(i, k int) { some[i], some[k] = some[k], some[i] })
		after := bodies(some)
		for text := range before {
			all++
			if after[text] {
				kept++
			}
		}
	}
	if kept*100 < all*90 {
		t.Errorf("%d of %d articles are the same after shuffling", kept, all)
	}
}

func bodies(texts []string) map[string]bool {
	out := map[string]bool{}
	for _, a := range segment.New().Segment(document.Lines(strings.Join(texts, "\n")), segment.Options{}).Articles {
		out[a.MainHeadline()+"\n"+a.Text()] = true
	}
	return out
}

// TestTimeIsLinear: a line costs no more among many than among few.
func TestTimeIsLinear(t *testing.T) {
	s := segment.New()
	cost := func(pages int) time.Duration {
		lines := document.Lines(pageOf(pages))
		best := time.Hour
		for range 2 {
			began := processorTime()
			s.Segment(lines, segment.Options{})
			best = min(best, processorTime()-began)
		}
		return best / time.Duration(len(lines))
	}
	small, large := cost(2), cost(32)
	if large > 4*small+time.Microsecond {
		t.Errorf("a line of 2 pages costs %v, one of 32 pages %v", small, large)
	}
}

// TestUsedAgain: what a segmenter has read before, or reads at the same time, does not
// matter.
func TestUsedAgain(t *testing.T) {
	used := segment.New()
	for i, style := range typeset.Families {
		t.Run(style.Name, func(t *testing.T) {
			t.Parallel()
			for k, size := range []int{3, 1, 2} {
				var text strings.Builder
				for _, page := range typeset.Pages(typeset.Invent(40, uint64(i)), style, size, uint64(k)) {
					text.Write(page.Text)
				}
				lines := document.Lines(text.String())
				if got, want := used.Segment(lines, segment.Options{}), segment.New().Segment(lines, segment.Options{}); !reflect.DeepEqual(got, want) {
					t.Errorf("%d pages: other articles than a new segmenter gives", size)
				}
			}
		})
	}
}

// TestBadInput: pages that are no newspaper pages give sensible articles or an
// honest rest, and never an error.
func TestBadInput(t *testing.T) {
	advertisement := "阳光花园 盛大开盘\n一席难求 敬请品鉴\n咨询热线：0358-7654321\n地址：清源县新华街100号\n开发商：清源县宏达置业有限公司\n"
	var headlines strings.Builder
	for _, a := range typeset.Invent(30, 8) {
		headlines.WriteString(a.Title + "\n\n")
	}
	english := strings.Repeat("The committee met on Tuesday to discuss the water\nsupply of the valley, and agreed that further work\nwas needed before the spring.\n\n", 20)
	mongolian := strings.Repeat("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ ᠰᠣᠨᠢᠨ ᠰᠡᠳᠭᠦᠯ\n", 40)
	tibetan := strings.Repeat("བོད་ཡིག་གི་ཚགས་པར། བཀྲ་ཤིས་བདེ་ལེགས།\n", 40)
	web := "首页 | 新闻 | 体育 | 财经\nhttps://news.example.org/2025/04/18.html\n您所在的位置：首页 > 新闻 > 正文\n清源县召开春耕生产现场会\n2025-04-18 09:30 来源：清源网 作者：程小舟\n  4月17日，清源县召开春耕生产现场会，安排部署下一阶段春耕工作，副县长陆明远参加会议并讲话。\n  会议指出，春耕生产关系全年收成，各乡镇要抢抓农时，做好技术服务，确保应种尽种。\n分享到：微信 微博\n相关阅读\nCopyright © 2025 清源网 All Rights Reserved\n"
	article := "清源县召开春耕生产现场会\n本报讯（记者 程小舟）5月6日，清源县召开春\n耕生产现场会，安排部署下一阶段春耕工作。副\n县长陆明远参加会议并讲话。\n"
	vertical := strings.Join(strings.Split("清源县召开春耕生产现场会，安排部署下一阶段春耕工作。副县长陆明远参加会议并讲话。", ""), "\n")
	long := strings.Repeat(article, 5000)
	for name, text := range map[string]string{
		"advertisement": advertisement, "headlines": headlines.String(), "english": english, "mongolian": mongolian, "tibetan": tibetan,
		"web": web, "twice": article + "\n" + article, "vertical": vertical, "empty": "", "blank": "\n \n\u3000\n", "controls": "\x00\x01\n\u2028\n\u0085\n\ufeff\n",
		"one line": strings.Repeat("清源县召开春耕生产现场会。", 3000), "20000 lines": long, "20000 headlines": strings.Repeat("清源县召开春耕\n", 20000),
		"20000 lines of running text": strings.Repeat("会议指出，春耕生产关系全年收成，各乡镇要抢抓农时，\n", 20000),
	} {
		t.Run(name, func(t *testing.T) {
			p := checked(t, text)
			switch name {
			case "advertisement", "vertical", "mongolian", "tibetan":
				for _, a := range p.Articles {
					if a.Print.Confidence >= .9 {
						t.Errorf("sure of %v %q", a.Headlines, a.Text())
					}
				}
			case "twice":
				if len(p.Articles) != 2 || p.Articles[0].Text() != p.Articles[1].Text() {
					t.Errorf("%d articles", len(p.Articles))
				}
			case "headlines":
				if len(p.Articles) > 3 {
					t.Errorf("%d articles made of headlines", len(p.Articles))
				}
			case "web":
				if len(p.Articles) != 1 || !strings.Contains(p.Articles[0].Text(), "会议指出，春耕生产关系全年收成") {
					t.Errorf("%+v", p.Articles)
				}
			}
		})
	}
}

func FuzzProperties(f *testing.F) {
	for i, style := range typeset.Families {
		f.Add(string(typeset.Pages(typeset.Invent(30, uint64(i)), style, 1, 1)[0].Text))
	}
	f.Add("本报记者\n\n（\n）\n下转第\n简讯\n\u00a0\n\u200b\n图为 摄\n〔記者／\n张 三\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		checked(t, strings.ToValidUTF8(text, "\uFFFD"))
	})
}

func ExampleSegmenter_Segment() {
	page := segment.New().Segment(document.Lines("清源县召开春耕生产现场会\n\n本报讯（记者 程小舟）5月6日，清源县召开春\n耕生产现场会，安排部署下一阶段春耕工作。副\n县长陆明远参加会议并讲话。\n"), segment.Options{})
	for _, a := range page.Articles {
		fmt.Println(a.MainHeadline(), "|", a.By, "|", a.Text())
	}
	// Output: 清源县召开春耕生产现场会 | 本报讯（记者 程小舟） | 5月6日，清源县召开春耕生产现场会，安排部署下一阶段春耕工作。副县长陆明远参加会议并讲话。
}
