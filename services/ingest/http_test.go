package ingest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func TestRevisions(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	before := time.Now()
	got := f.put(pageKey, harvest, "Content-Type", "text/plain; charset=utf-8", event.HeaderUploadID, "first")
	r := got.receipt
	if got.status != http.StatusCreated || got.header.Get("Location") != "/v1/pages/heyang-ribao/2026-03-02/main/01" {
		t.Fatalf("%d %v", got.status, got.header)
	}
	if r.Key != pageKey || r.Number != 1 || r.SHA256 != sumOf([]byte(harvest)) || r.Size != int64(len(harvest)) || r.MediaType != "text/plain" ||
		r.UploadID != "first" || r.Duplicate || r.Follow != got.header.Get("Location") || r.Received.Before(before.Add(-time.Second)) || r.Received.After(time.Now()) {
		t.Fatalf("%+v", r)
	}
	// The same bytes are the same revision, whoever sends them.
	for _, id := range []string{"first", "other", ""} {
		again := f.taken(http.StatusOK, pageKey, harvest, event.HeaderUploadID, id)
		if !again.Duplicate || again.Revision != r.Revision {
			t.Fatalf("%+v", again)
		}
	}
	if r := f.taken(http.StatusCreated, pageKey, bridge, "Idempotency-Key", `"second"`); r.Number != 2 || r.UploadID != "second" {
		t.Fatalf("%+v", r)
	}
	if r := f.taken(http.StatusOK, pageKey, harvest); r.Number != 1 || !r.Duplicate {
		t.Fatalf("an old revision: %+v", r)
	}
	// Known bytes become a new revision when they are to supersede, once.
	for _, status := range []int{http.StatusCreated, http.StatusOK} {
		if r := f.taken(status, pageKey, harvest, event.HeaderSupersede, "true", event.HeaderUploadID, "third"); r.Number != 3 {
			t.Fatalf("%+v", r)
		}
	}
	conflict := f.put(pageKey, library, event.HeaderUploadID, "second")
	if conflict.status != http.StatusConflict || conflict.problem.Field != "uploadId" || conflict.problem.Remedy == "" {
		t.Fatalf("%d %s", conflict.status, conflict.body)
	}
	// The id is the page's: another page may use it.
	f.taken(http.StatusCreated, pageNo(2), library, event.HeaderUploadID, "second")
	page := f.page(pageKey)
	if len(page.Revisions) != 3 || page.Revisions[0] != r.Revision {
		t.Fatalf("%+v", page)
	}
	for _, revision := range page.Revisions {
		if data, err := f.bus.Object(t.Context(), revision.SHA256); err != nil || int64(len(data)) != revision.Size {
			t.Errorf("revision %d: %d bytes, %v", revision.Number, len(data), err)
		}
	}
}

// A page whose bytes got lost is repaired by uploading it again.
func TestLostObjectIsStoredAgain(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	r := f.taken(http.StatusCreated, pageKey, harvest)
	if err := f.bus.DeleteObject(t.Context(), r.SHA256); err != nil {
		t.Fatal(err)
	}
	f.taken(http.StatusOK, pageKey, harvest)
	if _, err := f.bus.Object(t.Context(), r.SHA256); err != nil {
		t.Fatal(err)
	}
}

func TestManyUploadsOfOnePageAtOnce(t *testing.T) {
	server := bustest.Start(t)
	// Two processes: the guard keeps them apart, not a lock.
	processes := []*fixture{newFixture(t, server.Bus(t, "ingest"), Options{}), newFixture(t, server.Bus(t, "ingest2"), Options{})}
	for _, tt := range []struct {
		name string
		n    int
		text func(i int) string
		want int // revisions
	}{
		{"two", 2, func(i int) string { return fmt.Sprint(harvest, i) }, 2},
		{"fifty", 50, func(i int) string { return fmt.Sprint(harvest, i) }, 50},
		{"fifty of the same bytes", 50, func(int) string { return harvest }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := pageKey
			key.Edition = strings.ReplaceAll(tt.name, " ", "-")
			replies := make([]reply, tt.n)
			var all sync.WaitGroup
			for i := range tt.n {
				all.Go(func() { replies[i] = processes[i%2].put(key, tt.text(i)) })
			}
			all.Wait()
			created := map[int]bool{}
			for i, r := range replies {
				if r.status != http.StatusCreated && r.status != http.StatusOK || r.receipt.SHA256 != sumOf([]byte(tt.text(i))) {
					t.Fatalf("%d %s", r.status, r.body)
				}
				if r.status == http.StatusCreated {
					created[r.receipt.Number] = true
				}
			}
			page := processes[0].page(key)
			if len(created) != tt.want || len(page.Revisions) != tt.want {
				t.Fatalf("%d created, %d revisions, want %d", len(created), len(page.Revisions), tt.want)
			}
			for i, r := range page.Revisions {
				if r.Number != i+1 {
					t.Fatalf("revision %d stands at %d", r.Number, i+1)
				}
			}
		})
	}
}

func TestKeys(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	for path, field := range map[string]string{
		"heyang-ribao/2022-02-30/main/01":               "date",
		"heyang-ribao/30-10-2022/main/01":               "date",
		"Heyang-Ribao/2026-03-02/main/01":               "publication",
		"heyang%20ribao/2026-03-02/main/01":             "publication",
		"heyang.ribao/2026-03-02/main/01":               "publication",
		"%2e%2e/2026-03-02/main/01":                     "publication",
		"heyang%2Fribao/2026-03-02/main/01":             "publication",
		"heyang-ribao/2026-03-02/*/01":                  "edition",
		"heyang-ribao/2026-03-02/%3E/01":                "edition",
		"heyang-ribao/2026-03-02/..%2Fmain/01":          "edition",
		"heyang-ribao/2026-03-02/main/0":                "page",
		"heyang-ribao/2026-03-02/main/01%0a":            "page",
		"heyang-ribao/2026-03-02/main/%E4%B8%80":        "page",
		"heyang-ribao/2026-03-02/main/%ff":              "page",
		"heyang-ribao/2026-03-02/main":                  "key",
		"heyang-ribao/2026-03-02/main/01/02":            "key",
		"heyang-ribao/2026-03-02/../main/01":            "key", // cleaned by the way
		"heyang-ribao%2F2026-03-02%2Fmain%2F01":         "key",
		"":                                              "key",
		strings.Repeat("a", 70) + "/2026-03-02/main/01": "publication",
	} {
		got := f.do(http.MethodPut, "/v1/pages/"+path, strings.NewReader(harvest))
		if got.status != http.StatusBadRequest || got.problem.Kind != fault.Invalid || got.problem.Field != field || got.problem.Remedy == "" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	f.untouched()
	for path, want := range map[string]string{"1": "01", "001": "01", "a1": "A01", "123": "123"} {
		got := f.do(http.MethodPut, "/v1/pages/heyang-ribao/2026-03-02/main/"+path, strings.NewReader(harvest+want))
		if got.status >= 300 || got.receipt.Key.Page != want {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// The routes live beside the console's on one mux, and leave other methods alone.
func TestRoutesBesideTheConsole(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	mux := http.NewServeMux()
	console := http.NotFoundHandler()
	for _, pattern := range []string{
		"GET /v1/pages/{publication}/{date}/{edition}/{page}", "GET /v1/pages/{key...}", "GET /v1/pages", "GET /v1/articles/{uri}", "POST /v1/pages/{publication}/{date}/{edition}/{page}/reparse", "/", "GET /{$}",
	} {
		mux.Handle(pattern, console)
	}
	f.Register(mux)
	if got := f.do(http.MethodDelete, "/v1/pages/"+pageKey.String(), nil); got.status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", got.status)
	}
}

// bad are pages that are refused, by HTTP status.
func bad() map[string]struct {
	data     []byte
	declared string
	kind     fault.Kind
	field    string
} {
	type row = struct {
		data     []byte
		declared string
		kind     fault.Kind
		field    string
	}
	random := make([]byte, 200<<10)
	chaos := rand.NewChaCha8([32]byte{1})
	_, _ = chaos.Read(random)
	return map[string]row{
		"empty":                   {nil, "text/plain", fault.Invalid, "body"},
		"a picture called text":   {png, "text/plain", fault.Unsupported, "body"},
		"a picture":               {png, "image/png", fault.Unsupported, "Content-Type"},
		"random bytes":            {random, "", fault.Unsupported, "body"},
		"JSON":                    {[]byte(`{"headline":"河阳"}`), "", fault.Unsupported, "body"},
		"a ZIP":                   {[]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00abcdefgh\x00\x00\x00\x00"), "", fault.Unsupported, "body"},
		"text called PDF":         {[]byte(harvest), "application/pdf", fault.Corrupt, "body"},
		"a malformed declaration": {[]byte(harvest), "text plain", fault.Invalid, "Content-Type"},
	}
}

// odd are pages that are strange but kept: parse decides what becomes of them.
func odd(t testing.TB) map[string]struct{ data, mediaType string } {
	encode := func(name string) string {
		data, err := encodings[name].NewEncoder().String(strings.Repeat(harvest, 3))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	return map[string]struct{ data, mediaType string }{
		"only blank lines":            {"\n \n\t\n　\n\n", "text/plain"},
		"a NUL inside":                {harvest + "\x00" + bridge, "text/plain"},
		"invalid UTF-8":               {harvest + "\xff\xfe\xe6" + strings.Repeat(bridge, 5), "text/plain"},
		"a line of a million":         {strings.Repeat("河", 1_000_000) + "\n", "text/plain"},
		"200,000 lines":               {strings.Repeat("河阳县\n", 200_000), "text/plain"},
		"a byte order mark":           {"\ufeff" + harvest, "text/plain"},
		"one character":               {"河", "text/plain"},
		"text that looks like bitmap": {"BM " + harvest, "text/plain"},
		"UTF-16 little":               {encode("utf-16le"), "text/plain"},
		"UTF-16 big":                  {encode("utf-16be"), "text/plain"},
		"GB18030":                     {encode("gb18030"), "text/plain"},
		"Big5":                        {encodeBig5(t), "text/plain"},
		"PDF":                         {"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n", "application/pdf"},
		"XML":                         {`<?xml version="1.0" encoding="UTF-8"?><alto><Layout/></alto>`, "application/xml"},
		"HTML":                        {"<!DOCTYPE html><html><body><p>河阳</p></body></html>", "text/html"},
	}
}

func TestRefusedOverHTTP(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	for name, tt := range bad() {
		got := f.do(http.MethodPut, "/v1/pages/"+pageKey.String(), bytes.NewReader(tt.data), "Content-Type", tt.declared)
		if got.status != tt.kind.Policy().Status || got.problem.Kind != tt.kind || got.problem.Field != tt.field || got.problem.Remedy == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for _, tt := range []struct {
		header, value string
		status        int
	}{
		{event.HeaderUploadID, "two words", 400},
		{event.HeaderUploadID, strings.Repeat("x", 129), 400},
		{"Idempotency-Key", "河", 400},
		{event.HeaderSupersede, "perhaps", 400},
		{"Content-Encoding", "gzip", 415},
		{"Content-Range", "bytes 0-9/100", 400},
	} {
		got := f.put(pageKey, harvest, tt.header, tt.value)
		if got.status != tt.status || got.problem.Field != tt.header || got.problem.Remedy == "" {
			t.Errorf("%s: %s: %d %s", tt.header, tt.value, got.status, got.body)
		}
	}
	f.untouched()
}

func TestOddPagesAreKeptOverHTTP(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	for name, tt := range odd(t) {
		got := f.put(pageKey, tt.data)
		if got.status != http.StatusCreated || got.receipt.MediaType != tt.mediaType {
			t.Errorf("%s: %d %s", name, got.status, got.body)
			continue
		}
		if data, err := f.bus.Object(t.Context(), got.receipt.SHA256); err != nil || string(data) != tt.data {
			t.Errorf("%s: stored otherwise (%v)", name, err)
		}
	}
}

func TestStrictCatalogue(t *testing.T) {
	catalogue, err := newspaper.NewCatalogue(true, newspaper.Publication{Slug: "heyang-ribao", Editions: []string{"main"}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, connected(t), Options{Catalogue: catalogue})
	f.taken(http.StatusCreated, pageKey, harvest)
	for field, key := range map[string]newspaper.PageKey{
		"publication": {Publication: "other", Date: "2026-03-02", Edition: "main", Page: "01"},
		"edition":     {Publication: "heyang-ribao", Date: "2026-03-02", Edition: "evening", Page: "01"},
	} {
		if got := f.put(key, harvest); got.status != http.StatusBadRequest || got.problem.Field != field {
			t.Errorf("%s: %d %s", field, got.status, got.body)
		}
	}
}

// endless is a body without an announced length.
type endless struct {
	unit []byte
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.unit[(e.left-n)%len(e.unit):])
	}
	n = min(n, e.left)
	e.left -= n
	return n, nil
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestTooLarge(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	garbage := make([]byte, 4<<10)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(garbage)
	const size = 64 << 20
	for _, tt := range []struct {
		name   string
		body   io.Reader
		status int
		most   uint64 // bytes allocated, the client's included
	}{
		{"64 MiB of garbage, unannounced", &endless{garbage, size}, http.StatusUnsupportedMediaType, 4 << 20},
		{"64 MiB of text, unannounced", &endless{[]byte("Broadsheet\n"), size}, http.StatusRequestEntityTooLarge, 160 << 20},
		{"33 MiB, announced", bytes.NewReader(make([]byte, 33<<20)), http.StatusRequestEntityTooLarge, 4 << 20},
	} {
		var got reply
		used := allocated(func() { got = f.do(http.MethodPut, "/v1/pages/"+pageKey.String(), tt.body) })
		if got.status != tt.status || got.problem.Remedy == "" {
			t.Errorf("%s: %d %s", tt.name, got.status, got.body)
		}
		if used > tt.most {
			t.Errorf("%s: allocated %d bytes", tt.name, used)
		}
		t.Logf("%s: allocated %d KiB", tt.name, used>>10)
	}
	f.untouched()
	// The largest page that is allowed.
	f.taken(http.StatusCreated, pageKey, strings.Repeat("Broadsheet 8 KiB", 2<<20))
}

// hangUp sends the head of a PUT and a part of its body.
func hangUp(t *testing.T, f *fixture) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(c, "PUT /v1/pages/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n%s", pageKey, harvest)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A client that asks before it sends gets its answer too: curl does so for
// whatever is large or has no length.
func TestRefusedAfterContinue(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	c, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	const size = 16 << 20
	if _, err := fmt.Fprintf(c, "PUT /v1/pages/%s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", pageKey, size); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("%q %v", line, err)
	}
	if line, err := in.ReadString('\n'); err != nil || line != "\r\n" {
		t.Fatalf("%q %v", line, err)
	}
	// It looks at the answer only when it has sent everything.
	garbage := make([]byte, 4<<10)
	_, _ = rand.NewChaCha8([32]byte{3}).Read(garbage)
	if _, err := io.Copy(c, &endless{garbage, size}); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUnsupportedMediaType {
		t.Error(response.Status)
	}
	f.untouched()
}

func TestClientStopsInMidBody(t *testing.T) {
	f := newFixture(t, connected(t), Options{Concurrency: 1, BodyPause: 200 * time.Millisecond})
	// One that hangs up.
	c := hangUp(t, f)
	eventually(t, "it is being read", func() bool { return len(f.slots) == 1 })
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its place is free", func() bool { return len(f.slots) == 0 })
	// One that stays silent.
	c = hangUp(t, f)
	defer func() { _ = c.Close() }()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	f.untouched()
	f.taken(http.StatusCreated, pageKey, harvest)
}

func TestBusy(t *testing.T) {
	f := newFixture(t, connected(t), Options{Concurrency: 1, Queue: 1, QueueWait: 10 * time.Second})
	body, writer := io.Pipe()
	var all sync.WaitGroup
	var held, queued reply
	all.Go(func() { held = f.do(http.MethodPut, "/v1/pages/"+pageNo(1).String(), body) })
	if _, err := io.WriteString(writer, harvest); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the place is taken", func() bool { return len(f.slots) == 1 })
	all.Go(func() { queued = f.put(pageNo(2), bridge) })
	eventually(t, "one waits", func() bool { return f.waiting.Load() == 1 })
	got := f.put(pageNo(3), library)
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.problem.Kind != fault.Unavailable {
		t.Errorf("%d %s", got.status, got.body)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if held.status != http.StatusCreated || queued.status != http.StatusCreated {
		t.Errorf("%s %s", held.body, queued.body)
	}
	f.o.QueueWait = time.Millisecond
	f.slots <- struct{}{}
	if got := f.put(pageNo(3), library); got.status != http.StatusServiceUnavailable {
		t.Errorf("waited too long: %d %s", got.status, got.body)
	}
	<-f.slots
}

func TestOutage(t *testing.T) {
	server := bustest.Start(t)
	f := newFixture(t, server.Bus(t, "ingest"), Options{})
	f.taken(http.StatusCreated, pageNo(1), harvest)
	server.Kill()
	eventually(t, "the connection is seen to be lost", func() bool { return f.bus.Ready() != nil })
	got := f.put(pageNo(2), bridge)
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	server.Restart()
	eventually(t, "connected again", func() bool { return f.bus.Ready() == nil })
	eventually(t, "taken again", func() bool { return f.put(pageNo(2), bridge).status < 300 })
	if len(f.page(pageNo(1)).Revisions) != 1 || len(f.page(pageNo(2)).Revisions) != 1 {
		t.Error("not one revision each")
	}
}

// A store that runs full refuses, with head-room and without, and loses nothing
// that was acknowledged.
func TestFull(t *testing.T) {
	server := bustest.Start(t)
	small, err := bus.Connect(t.Context(), bus.Options{URL: server.URL, Name: "ingest"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(small.Close)
	if _, err := small.Provision(t.Context(), 24<<20); err != nil { // objects get 8.4 MiB
		t.Fatal(err)
	}
	f := newFixture(t, small, Options{})
	var acknowledged []newspaper.Receipt
	var got reply
	for i := 1; i < 100 && got.status < 300; i++ {
		text := fmt.Sprint(i, "\n", strings.Repeat(harvest, 2000)) // 0.4 MB
		if got = f.put(pageNo(i), text); got.status < 300 {
			acknowledged = append(acknowledged, got.receipt)
		}
	}
	if got.status != http.StatusInsufficientStorage || got.header.Get("Retry-After") == "" || got.problem.Remedy == "" || len(acknowledged) < 5 {
		t.Fatalf("after %d pages: %d %s", len(acknowledged), got.status, got.body)
	}
	if r := f.taken(http.StatusOK, pageNo(1), fmt.Sprint(1, "\n", strings.Repeat(harvest, 2000))); !r.Duplicate {
		t.Errorf("what is known is still answered: %+v", r)
	}
	// Storage itself at its end: the objects' stream refuses.
	eventually(t, "no byte more fits", func() bool {
		data := make([]byte, 400<<10)
		_, _ = rand.NewChaCha8([32]byte{byte(f.objects())}).Read(data)
		_, err := f.bus.PutObject(t.Context(), data)
		return fault.Is(err, fault.Full)
	})
	for _, r := range acknowledged {
		if data, err := f.bus.Object(t.Context(), r.SHA256); err != nil || int64(len(data)) != r.Size {
			t.Errorf("page %s: %v", r.Key, err)
		}
		if page := f.page(r.Key); !slices.Contains(page.Revisions, r.Revision) {
			t.Errorf("page %s is not in the registry", r.Key)
		}
	}
}
