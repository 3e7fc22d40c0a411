package console

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/internal/play"
)

// townPage is a made-up page: two articles, a picture, furniture and a rest.
func townPage() play.Reading {
	lines := []string{
		"柳河晚报  2022年10月30日  星期日  第1版  责任编辑：温小川",
		"",
		"柳河老桥修缮完工 今晨恢复通行",
		"本报讯（记者 陆明远）昨天上午，历时四个月的柳河老桥",
		"修缮工程完工，今天六时起恢复通行。市交通局局长",
		"韩立新介绍，桥面加宽两米，人行道铺设了防滑砖。",
		"",
		"图书馆夜读时间延长",
		"从下月起，市图书馆阅览室开放至二十二时。馆长",
		"白若溪说，夜间到馆的读者比去年多了三成。",
		"",
		"图为修缮后的柳河老桥。  摄影：江一帆",
		"",
		"热线电话：0000-1234567",
		"<script>document.title='broken'</script>",
	}
	bridge := play.Article("柳河老桥修缮完工 今晨恢复通行", "昨天上午，历时四个月的柳河老桥修缮工程完工，今天六时起恢复通行。\n市交通局局长韩立新介绍，桥面加宽两米，人行道铺设了防滑砖。", 3, 6)
	bridge.By, bridge.Creators = "本报讯（记者 陆明远）", []newspaper.Creator{{Role: newspaper.Reporter, Name: "陆明远"}}
	bridge.People = []newspaper.Person{{Name: "韩立新", Titles: []string{"市交通局局长"}, Count: 1}}
	bridge.Organisations, bridge.Places = []newspaper.Named{{Name: "市交通局", Count: 1}}, []newspaper.Named{{Name: "柳河老桥", Count: 2}}
	bridge.Mentions = mentions(bridge.Text(), map[string]string{"柳河老桥": newspaper.LOC, "市交通局": newspaper.ORG, "韩立新": newspaper.PER})
	bridge.Print.Confidence = 0.94
	library := play.Article("图书馆夜读时间延长", "从下月起，市图书馆阅览室开放至二十二时。馆长白若溪说，夜间到馆的读者比去年多了三成。", 8, 10)
	library.People = []newspaper.Person{{Name: "白若溪", Titles: []string{"馆长"}, Count: 1}}
	library.Organisations = []newspaper.Named{{Name: "市图书馆", Count: 1}}
	library.Print.Confidence = 0.9
	picture := play.Article("", "", 12, 12)
	picture.Type, picture.Bodies, picture.By = newspaper.TypePicture, nil, "江一帆"
	picture.Descriptions = []newspaper.Description{{Role: "caption", Value: "图为修缮后的柳河老桥。"}}
	return play.Reading{
		Text: strings.Join(lines, "\n") + "\n", Articles: []newspaper.Article{bridge, library, picture},
		Furniture: []newspaper.LineRange{{1, 1}, {14, 14}}, Rest: []newspaper.LineRange{{15, 15}},
	}
}

// mentions finds the first place of each name in a text.
func mentions(text string, names map[string]string) []newspaper.Mention {
	var out []newspaper.Mention
	for name, kind := range names {
		before, _, found := strings.Cut(text, name)
		if !found {
			continue
		}
		start := len([]rune(before))
		out = append(out, newspaper.Mention{Field: newspaper.FieldBody, Type: kind, Text: name, Start: start, End: start + len([]rune(name))})
	}
	return out
}

// A page that is published while somebody watches appears without a reload, and
// goes through its fates.
func TestBrowserLive(t *testing.T) {
	s := open(t, nil)
	b := s.browser()
	b.visit("/")
	b.has("#link", "live")
	b.has("#recent", "No page was received yet")
	b.do(chromedp.Evaluate[chromedp.Void](`window.unreloaded = true`))

	key := play.Key(t, "liuhe-wanbao", "01")
	reading := townPage()
	s.Receive(key, reading.Text)
	b.has("#recent", "2022-10-30 01")
	b.has("#recent", "waiting")
	b.has("#balance", "Exact, not settled")
	b.has("#accounting .mark", "not settled")
	events := s.Commit(key, reading)
	b.has("#recent", "committed")
	b.has("#stage-parse", "1 page in the last minute")
	s.Confirm(event.Applied, events...)
	b.has("#stage-index", "3 articles in the last minute")
	b.has("#balance", "nothing waits")
	b.has("#accounting", "柳河晚报")
	b.has("#accounting .mark", "exact")
	if !value[bool](b, `window.unreloaded === true`) {
		t.Error("the page was loaded again")
	}
	b.fits()
}

// The stream of events comes back by itself after the console was away.
func TestBrowserReconnects(t *testing.T) {
	s := open(t, nil)
	b := s.browser()
	b.visit("/")
	b.has("#link", "live")
	s.web.CloseClientConnections()
	s.Receive(play.Key(t, "liuhe-wanbao", "01"), "甲\n")
	b.has("#recent", "2022-10-30 01")
	b.has("#link", "live")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = nil // the browser reports the connection that was cut
}

// A dead letter says why, and is retried and discarded by its buttons.
func TestBrowserDeadLetters(t *testing.T) {
	s := open(t, nil)
	b := s.browser()
	b.visit("/")
	first := s.bury(play.Key(t, "liuhe-wanbao", "02"), fault.Unsupported, "application/pdf is not read yet", "send the page's text "+hostile)
	second := s.bury(play.Key(t, "liuhe-wanbao", "03"), fault.Corrupt, "the object is missing", "upload the page again")
	b.has("#letters", "application/pdf is not read yet")
	b.has("#letters", "send the page's text "+hostile)
	b.fits()
	b.picture("live-letters")

	b.do(chromedp.Click(chromedp.CSS(selector("retry", first))))
	b.eventually(fmt.Sprintf(`!document.querySelector(%q)`, selector("retry", first)))
	s.resolved(first, event.Retried)

	b.visit("/deadletters")
	b.has("#letterlist", "retried")
	b.do(chromedp.Focus(chromedp.CSS(selector("discard", second))), chromedp.KeyEvent(kb.Enter)) // by keyboard
	b.has(selector("discard", second), "for good?")
	s.resolved(second, "")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.has("#letterlist", "discarded")
	s.resolved(second, event.Discarded)

	b.visit("/pages/liuhe-wanbao/2022-10-30/main/03")
	b.has("#fate", "discarded")
	b.has("#fate", "the object is missing")
	b.has("#reading", "not parsed yet")
}

func selector(action, id string) string { return fmt.Sprintf(`[id="%s-%s"]`, action, id) }

func (s *site) resolved(id, want string) {
	s.t.Helper()
	s.eventually("a letter that is "+want, func() bool {
		l, err := s.service.ledger.Letter(id)
		return err == nil && l.Resolution == want
	})
}

// An article stands beside the lines it came from.
func TestBrowserPage(t *testing.T) {
	s := open(t, nil)
	key := play.Key(t, "liuhe-wanbao", "01")
	reading := townPage()
	s.Receive(key, reading.Text)
	s.Confirm(event.Applied, s.Commit(key, reading)...)
	s.settled()
	b := s.browser()
	b.screen(1280, 900, false)
	b.visit("/pages/" + key.String())
	b.has("#link", "live")
	b.has("#reading .card:nth-of-type(1)", "柳河老桥修缮完工")
	b.has("#reading .card:nth-of-type(1)", "市交通局局长")
	b.has("#reading .source", "15 lines: 8 in articles, 2 furniture, 1 rest")
	b.has("#L15", "<script>document.title='broken'</script>")
	if title := value[string](b, `document.title`); strings.Contains(title, "broken") {
		t.Error("the page's text was run")
	}
	card := value[map[string]float64](b, `(({x, y}) => ({x, y}))(document.querySelector(".card").getBoundingClientRect())`)
	lines := value[map[string]float64](b, `(({x, y}) => ({x, y}))(document.querySelector(".lines").getBoundingClientRect())`)
	if lines["x"] < card["x"]+300 {
		t.Errorf("not side by side: article at %v, lines at %v", card, lines)
	}

	chosen := `[...document.querySelectorAll(".line.chosen")].map((l) => l.id).join()`
	b.do(chromedp.Click(chromedp.CSS(`.card:nth-of-type(2) a.show`)))
	b.eventually(chosen + ` === "L8,L9,L10"`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.eventually(chosen + ` === ""`)
	b.do(chromedp.Focus(chromedp.CSS(`.card:nth-of-type(1) a.show`)), chromedp.KeyEvent(kb.Enter))
	b.eventually(chosen + ` === "L3,L4,L5,L6"`)
	b.do(chromedp.Click(chromedp.CSS(`#L9 .text`)))
	b.eventually(`document.querySelector(".card.chosen")?.innerText.includes("图书馆")`)
	b.picture("page")

	// The same again, as after a connection that broke, puts nothing in anew: a
	// click that is under way and text that is selected stay.
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#L9").kept = true; void fetch(location.href).then((a) => a.text()).then((text) => {
		replace("reading", new DOMParser().parseFromString(text, "text/html").getElementById("reading").innerHTML);
		window.again = true;
	})`))
	b.eventually(`window.again && document.querySelector("#L9").kept`)
	reading.Articles[1].Headlines[0].Value = "图书馆夜读延至二十二时"
	s.Commit(key, reading) // parsed again: what is shown changes, what is chosen stays
	b.has("#reading .card:nth-of-type(2)", "图书馆夜读延至二十二时")
	b.eventually(chosen + ` === "L8,L9,L10"`)

	b.screen(360, 740, false)
	b.fits()
	b.picture("page-phone")
	b.screen(1280, 900, true)
	b.picture("page-dark")
}

// Every page fits a phone, in the light and in the dark.
func TestBrowserPhone(t *testing.T) {
	s := openLibrary(t)
	for i := range 3 {
		key := play.Key(t, "liuhe-wanbao", fmt.Sprintf("%02d", i+1))
		reading := townPage()
		s.Receive(key, reading.Text)
		s.Confirm(event.Applied, s.Commit(key, reading)...)
	}
	s.Receive(play.Key(t, "yushan-ribao", "A01"), "甲\n")
	s.bury(play.Key(t, "a-publication-with-a-slug-that-is-very-long-indeed-sixty-three", "02"), fault.Unsupported, strings.Repeat("verylongword", 20), "send the page's text")
	b := s.browser()
	for _, scheme := range []struct {
		name string
		dark bool
	}{{"light", false}, {"dark", true}} {
		for name, path := range map[string]string{
			"live": "/", "pages": "/pages", "letters": "/deadletters", "search": "/search", "article": "/articles/" + bridgeURI, "page": "/pages/liuhe-wanbao/2022-10-30/main/01",
		} {
			b.screen(320, 640, scheme.dark) // the narrowest there is
			b.visit(path)
			b.fits()
			b.screen(360, 740, scheme.dark)
			b.fits()
			b.picture("phone-" + name + "-" + scheme.name)
			b.screen(1280, 900, scheme.dark)
			b.fits()
			b.picture("wide-" + name + "-" + scheme.name)
		}
	}
}
