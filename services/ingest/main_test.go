package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.UpstreamLeak()) }

var pageKey = newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}

const (
	harvest = "河阳县秋粮颗粒归仓\n截至昨日，河阳县秋粮收获已近尾声，全县四十二万亩秋粮颗粒归仓，单产比上年提高百分之三。\n"
	bridge  = "柳湾大桥今日合龙\n经过二十个月的施工，横跨柳湾河的大桥昨天上午顺利合龙，预计年底通车。\n"
	library = "城南图书馆延长开放时间\n自下月起，城南图书馆每晚延长开放两小时，周末不闭馆，读者可凭身份证借阅图书。\n"
)

// fixture is a service at a real server, with its routes on a real listener.
type fixture struct {
	*Service
	t    testing.TB
	bus  *bus.Bus
	http *httptest.Server
}

// newFixture makes a service with the given options; Run is for the test to call.
func newFixture(t testing.TB, b *bus.Bus, o Options) *fixture {
	t.Helper()
	o.Bus = b
	if o.Logger == nil {
		o.Logger = zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel))
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Register(mux)
	f := &fixture{s, t, b, httptest.NewServer(mux)}
	t.Cleanup(func() {
		f.http.CloseClientConnections()
		f.http.Close()
	})
	return f
}

func connected(t testing.TB) *bus.Bus {
	t.Helper()
	return bustest.Start(t).Bus(t, "ingest")
}

// run runs the service until the returned function is called or the test ends.
func (f *fixture) run() (stop func()) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				f.t.Errorf("Run: %v", err)
			}
		})
	}
	f.t.Cleanup(stop)
	return stop
}

// reply is an answer over HTTP.
type reply struct {
	status  int
	header  http.Header
	receipt newspaper.Receipt
	problem fault.Problem
	body    string
}

func (f *fixture) do(method, path string, body io.Reader, header ...string) reply {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.http.URL+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := f.http.Client().Do(r)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	out := reply{status: response.StatusCode, header: response.Header, body: string(data)}
	switch response.Header.Get("Content-Type") {
	case "application/problem+json":
		out.problem, err = newspaper.Decode[fault.Problem](data)
	case "application/json":
		if method == http.MethodPut {
			out.receipt, err = newspaper.Decode[newspaper.Receipt](data)
		}
	}
	if err != nil {
		f.t.Fatalf("%s: %v", data, err)
	}
	return out
}

func (f *fixture) put(key newspaper.PageKey, text string, header ...string) reply {
	f.t.Helper()
	return f.do(http.MethodPut, "/v1/pages/"+key.String(), strings.NewReader(text), header...)
}

// taken puts a page and wants a status with a receipt.
func (f *fixture) taken(status int, key newspaper.PageKey, text string, header ...string) newspaper.Receipt {
	f.t.Helper()
	got := f.put(key, text, header...)
	if got.status != status {
		f.t.Fatalf("%s: %d, want %d: %s", key, got.status, status, got.body)
	}
	return got.receipt
}

func (f *fixture) page(key newspaper.PageKey) newspaper.Page {
	f.t.Helper()
	page, _, err := f.bus.Page(f.t.Context(), key)
	if err != nil {
		f.t.Fatal(err)
	}
	return page
}

func (f *fixture) objects() int {
	f.t.Helper()
	objects, err := f.bus.Objects(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return len(objects)
}

// untouched wants that nothing was recorded.
func (f *fixture) untouched() {
	f.t.Helper()
	for _, stream := range []string{event.Pages, event.DeadLetters} {
		state, err := f.bus.StreamState(f.t.Context(), stream)
		if err != nil || state.Messages != 0 {
			f.t.Errorf("%s holds %d messages (%v)", stream, state.Messages, err)
		}
	}
	if n := f.objects(); n != 0 {
		f.t.Errorf("%d objects were left", n)
	}
}

func (f *fixture) letters() []event.Letter {
	f.t.Helper()
	var out []event.Letter
	err := f.bus.Read(f.t.Context(), event.DeadLetters, "", func(m *bus.Message) error {
		l, err := bus.LetterOf(m)
		out = append(out, l)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// pageNo is page n of the paper.
func pageNo(n int) newspaper.PageKey {
	key, err := newspaper.NewPageKey(pageKey.Publication, pageKey.Date, pageKey.Edition, strconv.Itoa(n))
	if err != nil {
		panic(err)
	}
	return key
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// png is the smallest picture.
var png = append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"), bytes.Repeat([]byte{0, 1, 2, 250}, 16)...)
