package console

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser is a tab of a real Chromium. What its console complains of fails the
// test.
type browser struct {
	t   *testing.T
	ctx context.Context
	web string // base address

	reading    sync.WaitGroup
	mu         sync.Mutex
	complaints []string
}

// chromium finds a browser, or says loudly that there is none.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const why = "NO BROWSER TEST WAS RUN: there is no Chromium on this machine. Install one (apt-get install chromium) or name it in CHROMIUM."
	if os.Getenv("REQUIRE_BROWSER") == "1" {
		t.Fatal(why)
	}
	banner := fmt.Sprintf("\n%s\n%s: %s\n%[1]s\n", strings.Repeat("!", 100), t.Name(), why)
	fmt.Fprint(os.Stderr, banner)
	if tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil { // go test hides the output of a package that passes
		_, _ = fmt.Fprint(tty, banner)
		_ = tty.Close()
	}
	t.Skip(why)
	return ""
}

// open starts a browser for the site.
func (s *site) browser() *browser {
	t := s.t
	t.Helper()
	path := chromium(t)
	profile, err := os.MkdirTemp("", "broadsheet-browser-")
	if err != nil {
		t.Fatal(err)
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-default-apps", true), chromedp.Flag("disable-extensions", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.WSURLReadTimeout(time.Minute),
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	bounded, stop := context.WithTimeout(context.Background(), 4*time.Minute)
	allocator, endAllocator := chromedp.NewExecAllocator(bounded, options...)
	ctx, endTab := chromedp.NewContext(allocator)
	b := &browser{t: t, ctx: ctx, web: s.web.URL}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process
		endTab()
		endAllocator()
		stop()
		b.reading.Wait()
		if err := os.RemoveAll(profile); err != nil {
			t.Log(err) // a helper process may still be writing
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, c := range b.complaints {
			t.Errorf("the browser's console: %s", c)
		}
	})
	b.do(chromedp.Navigate("about:blank")) // starts it
	b.reading.Go(b.listen)
	return b
}

// listen collects what the console complains of until the tab is closed.
func (b *browser) listen() {
	for m, err := range chromedp.Console(b.ctx) {
		if err != nil {
			return
		}
		switch m.Type {
		case chromedp.ConsoleLog, "info", "debug":
			continue
		}
		b.mu.Lock()
		b.complaints = append(b.complaints, fmt.Sprintf("%s: %s", m.Type, m.Text))
		b.mu.Unlock()
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("browser: %v\n%s", err, b.html())
	}
}

// html is the page, for a failure's message.
func (b *browser) html() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	html, _ := chromedp.Run(ctx, chromedp.OuterHTML(chromedp.CSS("main")))
	return html
}

func (b *browser) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.web+path), chromedp.WaitVisible(chromedp.CSS("main")))
}

// eventually waits until a JavaScript expression is true, also over a change of
// the page.
func (b *browser) eventually(expression string) {
	b.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if ok {
			return
		}
		if time.Now().After(deadline) || b.ctx.Err() != nil {
			b.t.Fatalf("%s never holds: %v\n%s", expression, err, b.html())
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// value evaluates a JavaScript expression.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// has waits for a text inside the first element that a selector finds.
func (b *browser) has(selector, text string) {
	b.t.Helper()
	b.eventually(fmt.Sprintf(`(document.querySelector(%q)?.innerText ?? "").includes(%q)`, selector, text))
}

// screen sets the size of the window, and the scheme of colours.
func (b *browser) screen(width, height int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.do(chromedp.EmulateViewport(width, height))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}, // a click must not aim at what is still scrolling by
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// fits checks that nothing makes the page wider than its window.
func (b *browser) fits() {
	b.t.Helper()
	if wide := value[[]string](b, `(() => {
		const limit = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= limit) return [];
		return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > limit + 0.5)
			.map((e) => e.tagName + "." + e.className + " " + Math.round(e.getBoundingClientRect().right));
	})()`); len(wide) > 0 {
		b.t.Errorf("wider than the window: %v", wide)
	}
}

// picture keeps a screenshot where CONSOLE_SCREENSHOTS says, for people.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("CONSOLE_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, fs.FileMode(0o644)); err != nil {
		b.t.Fatal(err)
	}
}
