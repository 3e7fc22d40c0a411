package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// part is a part of a form.
type part struct {
	name, file, text string
	header           map[string]string
}

func form(t testing.TB, parts ...part) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		for k, v := range p.header {
			h.Set(k, v)
		}
		disposition := fmt.Sprintf(`form-data; name="%s"`, p.name)
		if p.file != "" {
			disposition += fmt.Sprintf(`; filename="%s"`, p.file)
		}
		h.Set("Content-Disposition", disposition)
		into, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := into.Write([]byte(p.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

func (f *fixture) post(query string, body *bytes.Buffer, contentType string, header ...string) (reply, Verdicts) {
	f.t.Helper()
	got := f.do(http.MethodPost, "/v1/pages"+query, body, append(header, "Content-Type", contentType)...)
	var v Verdicts
	if got.header.Get("Content-Type") == "application/json" {
		if err := json.Unmarshal([]byte(got.body), &v); err != nil {
			f.t.Fatal(err)
		}
	}
	return got, v
}

func TestEveryPartGetsItsVerdict(t *testing.T) {
	f := newFixture(t, connected(t), Options{MaxBytes: 1 << 20})
	body, contentType := form(t,
		part{name: pageNo(1).String(), file: "a.txt", text: harvest},
		part{name: pageNo(1).String(), text: harvest},
		part{name: pageNo(1).String(), text: bridge, header: map[string]string{event.HeaderUploadID: "own"}},
		part{name: "heyang-ribao/2022-02-30/main/01", text: harvest},
		part{name: pageNo(2).String(), text: string(png), header: map[string]string{"Content-Type": "text/plain"}},
		part{name: pageNo(2).String(), text: strings.Repeat("Broadsheet 8 KiB", 70_000)},
		part{name: pageNo(2).String(), text: ""},
		part{name: "somewhere", text: harvest},
		part{name: "page", file: "heyang-ribao.2026-03-02.main.3.txt", text: library},
		part{name: pageNo(1).String(), text: library, header: map[string]string{event.HeaderUploadID: "own"}},
		part{name: pageNo(1).String(), text: harvest, header: map[string]string{event.HeaderSupersede: "true", event.HeaderUploadID: "again"}},
	)
	got, v := f.post("", body, contentType)
	want := []int{201, 200, 201, 400, 415, 413, 400, 400, 201, 409, 201}
	if got.status != http.StatusMultiStatus || len(v.Verdicts) != len(want) || v.Accepted != 4 || v.Duplicates != 1 || v.Refused != 6 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for i, v := range v.Verdicts {
		if v.Part != i+1 || v.Status != want[i] || (v.Receipt == nil) == (v.Problem == nil) {
			t.Errorf("%+v, want %d", v, want[i])
		}
		if v.Problem != nil && (v.Problem.Field == "" || v.Problem.Remedy == "") {
			t.Errorf("%+v", v.Problem)
		}
	}
	if v.Verdicts[0].File != "a.txt" || v.Verdicts[2].Receipt.UploadID != "own" || v.Verdicts[8].Receipt.Key != pageNo(3) || v.Verdicts[10].Receipt.Number != 3 {
		t.Errorf("%s", got.body)
	}
	// All well is 200; the query says what the names leave open, the request's
	// headers what the parts do.
	body, contentType = form(t, part{name: "4", text: harvest}, part{name: "file", file: "05.txt", text: bridge})
	got, v = f.post("?publication=heyang-ribao&date=2026-03-02", body, contentType, event.HeaderUploadID, "batch")
	if got.status != http.StatusOK || v.Accepted != 2 || v.Verdicts[1].Receipt.Key != pageNo(5) || v.Verdicts[1].Receipt.UploadID != "batch" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestMultipartLimits(t *testing.T) {
	f := newFixture(t, connected(t), Options{MaxParts: 2, MaxRequest: 64 << 10})
	whole := func(n int) []part {
		var out []part
		for i := range n {
			out = append(out, part{name: pageNo(i + 1).String(), text: harvest})
		}
		return out
	}
	body, contentType := form(t, whole(5)...)
	got, v := f.post("", body, contentType)
	if got.status != http.StatusMultiStatus || len(v.Verdicts) != 3 || v.Verdicts[2].Status != http.StatusRequestEntityTooLarge {
		t.Errorf("too many parts: %d %s", got.status, got.body)
	}
	body, contentType = form(t, part{name: pageNo(1).String(), text: strings.Repeat(harvest, 1000)})
	if got, _ := f.post("", body, contentType); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too many bytes, announced: %d %s", got.status, got.body)
	}
	got = f.do(http.MethodPost, "/v1/pages", &unannounced{body}, "Content-Type", contentType)
	if got.status != http.StatusRequestEntityTooLarge && got.status != http.StatusMultiStatus {
		t.Errorf("too many bytes, unannounced: %d %s", got.status, got.body)
	}
	// A request that is cut off keeps the verdicts so far.
	body, contentType = form(t, whole(2)...)
	body.Truncate(body.Len() - len(harvest))
	got, v = f.post("", body, contentType)
	if got.status != http.StatusMultiStatus || len(v.Verdicts) != 2 || v.Accepted+v.Duplicates != 1 || v.Verdicts[1].Status != http.StatusBadRequest {
		t.Errorf("cut off: %d %s", got.status, got.body)
	}
	body, contentType = form(t)
	if got, _ := f.post("", body, contentType); got.status != http.StatusBadRequest || got.problem.Field != "body" {
		t.Errorf("no part: %d %s", got.status, got.body)
	}
	if got, _ := f.post("", bytes.NewBufferString(harvest), "text/plain"); got.status != http.StatusUnsupportedMediaType || got.problem.Field != "Content-Type" {
		t.Errorf("no multipart: %d %s", got.status, got.body)
	}
	if got, _ := f.post("", bytes.NewBufferString(harvest), "multipart/form-data; boundary=x"); got.status != http.StatusMultiStatus && got.status != http.StatusBadRequest {
		t.Errorf("no boundary within: %d %s", got.status, got.body)
	}
}

// unannounced hides a body's length from the client.
type unannounced struct{ *bytes.Buffer }

func (u *unannounced) Read(p []byte) (int, error) { return u.Buffer.Read(p) }

// While storage is away, the parts get their verdict without being tried.
func TestPartsDuringAnOutage(t *testing.T) {
	server := bustest.Start(t)
	f := newFixture(t, server.Bus(t, "ingest"), Options{})
	server.Kill()
	t.Cleanup(server.Restart) // before the bus is closed
	eventually(t, "the connection is seen to be lost", func() bool { return f.bus.Ready() != nil })
	body, contentType := form(t, part{name: pageNo(1).String(), text: harvest}, part{name: pageNo(2).String(), text: harvest})
	got, v := f.post("", body, contentType)
	if got.status != http.StatusMultiStatus || got.header.Get("Retry-After") == "" || len(v.Verdicts) != 2 || v.Verdicts[1].Status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestPartKey(t *testing.T) {
	query := url.Values{"publication": {"heyang-ribao"}, "date": {"2026-03-02"}}
	evening := url.Values{"publication": {"heyang-ribao"}, "date": {"2026-03-02"}, "edition": {"evening"}}
	for _, tt := range []struct {
		name, file string
		query      url.Values
		want       string // key, or the field at fault
	}{
		{"heyang-ribao/2026-03-02/main/1", "", nil, "heyang-ribao/2026-03-02/main/01"},
		{"heyang-ribao/2026-03-02/main/1", "x.txt", evening, "heyang-ribao/2026-03-02/main/01"},
		{"a1", "x.txt", evening, "heyang-ribao/2026-03-02/evening/A01"},
		{"page", "heyang-ribao.2026-03-02.main.01.txt", nil, "heyang-ribao/2026-03-02/main/01"},
		{"page", "heyang-ribao.2026-03-02.main.01", nil, "heyang-ribao/2026-03-02/main/01"},
		{"files[]", `C:\pages\02.txt`, query, "heyang-ribao/2026-03-02/main/02"},
		{"", "02", query, "heyang-ribao/2026-03-02/main/02"},
		{"01", "", nil, "name"},
		{"file", "01.txt", nil, "filename"},
		{"file", "", query, "page"},
		{"heyang-ribao/main/1", "", query, "key"},
		{"../2026-03-02/main/1", "", nil, "publication"},
	} {
		key, err := partKey(tt.name, tt.file, tt.query)
		got := key.String()
		if err != nil {
			got = fault.ProblemOf(err).Field
		}
		if got != tt.want {
			t.Errorf("%q %q: %s (%v), want %s", tt.name, tt.file, got, err, tt.want)
		}
	}
}

func FuzzPartKey(f *testing.F) {
	f.Add("heyang-ribao/2026-03-02/main/01", "", "", "", "")
	f.Add("01", "01.txt", "heyang-ribao", "2026-03-02", "")
	f.Add("page", "heyang-ribao.2026-03-02.main.01.txt", "", "", "main")
	f.Fuzz(func(t *testing.T, name, file, publication, date, edition string) {
		key, err := partKey(name, file, url.Values{"publication": {publication}, "date": {date}, "edition": {edition}})
		if err != nil {
			if p := fault.ProblemOf(err); p.Kind != fault.Invalid || p.Field == "" || p.Remedy == "" {
				t.Fatalf("%+v", p)
			}
			return
		}
		if again, err := newspaper.ParsePageKey(key.String()); err != nil || again != key {
			t.Fatalf("%s: %v", key, err)
		}
	})
}
