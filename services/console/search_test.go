package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"broadsheet/pkg/fault"
	"broadsheet/services/console/search"
)

// shows checks that a page has some texts and not others, which begin with a "!".
func (s *site) shows(code int, path string, texts ...string) string {
	s.t.Helper()
	got, body := s.ask(http.MethodGet, path)
	if got != code {
		s.t.Errorf("%s: %d, not %d", path, got, code)
	}
	for _, text := range texts {
		if unwanted, not := strings.CutPrefix(text, "!"); strings.Contains(body, unwanted) == not {
			s.t.Errorf("%s: %q\n%s", path, text, body)
		}
	}
	return body
}

// Without JavaScript a form finds, narrows down and goes on.
func TestSearchPage(t *testing.T) {
	s := openLibrary(t)
	q := url.QueryEscape
	body := s.shows(http.StatusOK, "/search?q="+q("馆长")+"&from=&person=", "1 article<", "<mark>馆长</mark>", `href="/articles/`+libraryURI+`"`, "白若溪",
		`href="/search?person=`+q("白若溪")+"&amp;q="+q("馆长")+`"`, "&lt;b&gt;", "!<b>", "!"+hostile, `format=atom`)
	if strings.Contains(body, "from=&") {
		t.Error("an address to share has what was left empty")
	}
	s.shows(http.StatusOK, "/search?q="+q("馆长")+"&person="+q("白若溪"), `href="/search?q=`+q("馆长")+`"`, `type="hidden" name="person" value="白若溪"`, `aria-current="true"`)
	s.shows(http.StatusOK, "/search", "3 articles", `href="/search?cursor=n"`, "柳河老桥修缮完工")
	s.shows(http.StatusOK, "/search?cursor=n", "图书馆夜读时间延长", "First page")
	s.shows(http.StatusOK, "/search?q=nothing", "Nothing answers to this", "Use fewer or shorter words")
	s.shows(http.StatusBadRequest, "/search?q="+q("坏"), "a query that is wrong", "write another", `value="坏"`)
	s.shows(http.StatusOK, "/search?person="+q("韩立新"), "1 article<")
}

func TestArticlePage(t *testing.T) {
	s := openLibrary(t)
	s.shows(http.StatusOK, "/articles/"+bridgeURI, `<span class="in per" title="person">韩立新</span>`, `<span class="in loc" title="place">柳河老桥</span>修缮完工`, `<span class="in org" title="organisation">市交通局</span>`,
		`<span class="in date" title="date">昨天上午</span>`, "page 01, this part", ":03:00000002", "玉山日报", "Related", "图书馆夜读时间延长", `class="line article c1" id="L3"`, `class="line" id="L8"`, "&lt;script&gt;", "!Back to the search")
	s.shows(http.StatusGone, "/articles/"+withdrawnURI, "Withdrawn", "作者要求", "!"+hostile, `name="q"`)
	s.shows(http.StatusNotFound, "/articles/"+bridgeURI+"0", "there is no article", "search for it")
	s.shows(http.StatusBadRequest, "/articles/urn:other:1", "What to do")
	_, body := s.ask(http.MethodGet, "/articles/"+bridgeURI, "Referer", s.web.URL+"/search?q="+url.QueryEscape("老桥")+"&sort=oldest")
	if !strings.Contains(body, `href="/search?q=`+url.QueryEscape("老桥")+`&amp;sort=oldest"`) || !strings.Contains(body, `value="老桥"`) {
		t.Errorf("no way back: %s", body)
	}
	if _, body := s.ask(http.MethodGet, "/articles/"+bridgeURI, "Referer", "http://evil.example/search?q=x"); strings.Contains(body, "Back to") {
		t.Error("a way to another site")
	}
}

// An index that nobody named, or that is away, is said to be, with what to do.
func TestSearchWithoutIndex(t *testing.T) {
	s := open(t, nil)
	s.shows(http.StatusServiceUnavailable, "/search?q=x", "was not told where the index is", "--index", `value="x"`)
	s.shows(http.StatusServiceUnavailable, "/articles/"+bridgeURI, "was not told where the index is")
}

func TestIndexThatFails(t *testing.T) {
	what := ""
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch what {
		case "html":
			http.Error(w, "<html>", http.StatusBadGateway)
		case "kind":
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte(`{"kind":"tea","detail":"short and stout"}`))
		case "cut":
			_, _ = w.Write([]byte(`{"total":`))
		}
	}))
	c := search.New(web.URL+"/", web.Client())
	for _, what = range []string{"html", "kind", "cut"} {
		if _, err := c.Find(t.Context(), nil); !fault.Is(err, fault.Unavailable) || fault.ProblemOf(err).Remedy == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	web.Close()
	if _, err := c.Article(t.Context(), bridgeURI); !fault.Is(err, fault.Unavailable) {
		t.Errorf("away: %v", err)
	}
}

// A reader searches, narrows down, opens an article and comes back, with the mouse
// and with keys alone.
func TestBrowserSearch(t *testing.T) {
	s := openLibrary(t)
	b := s.browser()
	b.screen(1280, 900, false)
	b.visit("/search")
	if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Text: "/"}); err != nil {
		t.Fatal(err)
	}
	b.eventually(`document.activeElement.id === "q"`)
	b.do(chromedp.SendKeys(chromedp.CSS("#q"), "老桥"+kb.Enter))
	b.has("#found", "1 article")
	b.has("#hits mark", "老桥")
	b.eventually(`location.search === "?q=" + encodeURIComponent("老桥")`)
	b.do(chromedp.Click(chromedp.CSS("#facet-person a")))
	b.has(".chosen-filters", "韩立新")
	b.eventually(`document.querySelector("#facet-person a").getAttribute("aria-current") === "true"`)
	b.picture("search")
	searched := value[string](b, `location.search`)

	b.do(chromedp.Click(chromedp.CSS("#hits h3 a")))
	b.has(".whole h1", "柳河老桥修缮完工")
	for kind, text := range map[string]string{"per": "韩立新", "org": "市交通局", "loc": "柳河老桥", "date": "昨天上午"} {
		b.has(".body .in."+kind, text)
	}
	styles := value[[]string](b, `[...document.querySelectorAll(".entities .in")].map((e) => getComputedStyle(e).textDecorationStyle)`)
	if slices.Sort(styles); len(styles) != 4 || len(slices.Compact(styles)) != 4 {
		t.Errorf("types of names that look alike without colours: %v", styles)
	}
	if lines := value[string](b, `[...document.querySelectorAll(".line.article")].map((l) => l.id).join()`); lines != "L3,L4,L5,L6" {
		t.Errorf("beside the lines %s", lines)
	}
	b.picture("article")
	b.screen(320, 640, true)
	b.fits()
	b.picture("article-phone")
	b.do(chromedp.Click(chromedp.CSS("#back")))
	b.eventually(`location.pathname === "/search" && location.search === ` + quoted(searched))
	b.has(".chosen-filters", "韩立新")
	b.fits()
	b.do(chromedp.Evaluate[chromedp.Void](`history.back()`))
	b.has(".whole h1", "柳河老桥修缮完工")
	b.do(chromedp.Evaluate[chromedp.Void](`history.back()`))
	b.eventually(`location.search === ` + quoted(searched) + ` && document.querySelector("#q").value === "老桥"`)

	b.visit("/search")
	b.do(chromedp.SendKeys(chromedp.CSS("#q"), "馆 韩"))
	b.has("#suggestions", "韩立志")
	b.fits()
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowUp))
	b.eventually(`document.getElementById(document.querySelector("#q").getAttribute("aria-activedescendant")).innerText.includes("韩立新")`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.has(".chosen-filters", "韩立新")
	b.eventually(`document.querySelector("#q").value === "馆"`)
}

// quoted is a text in JavaScript.
func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }
