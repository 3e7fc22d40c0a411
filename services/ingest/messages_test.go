package ingest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// inbox is what a script has: a plain connection that speaks NATS and waits for
// receipts on a subject of its own.
type inbox struct {
	t       testing.TB
	subject string
	conn    net.Conn
	lines   *textproto.Reader
}

func newInbox(t testing.TB, server *bustest.Server) *inbox {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	in := &inbox{t, "_INBOX.script", conn, textproto.NewReader(bufio.NewReader(conn))}
	in.send("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1}\r\nSUB _INBOX.> 1\r\nPING\r\n")
	for line := in.line(); line != "PONG"; line = in.line() {
	}
	return in
}

func (in *inbox) send(s string) {
	in.t.Helper()
	if _, err := io.WriteString(in.conn, s); err != nil {
		in.t.Fatal(err)
	}
}

func (in *inbox) line() string {
	in.t.Helper()
	_ = in.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	line, err := in.lines.ReadLine()
	if err != nil {
		in.t.Fatal(err)
	}
	return line
}

// next waits for a message and returns its header's block and its body.
func (in *inbox) next() (header, body string) {
	in.t.Helper()
	for {
		fields := strings.Fields(in.line())
		switch fields[0] {
		case "PING":
			in.send("PONG\r\n")
			continue
		case "MSG", "HMSG":
		default:
			continue
		}
		total, err := strconv.Atoi(fields[len(fields)-1])
		if err != nil {
			in.t.Fatal(err)
		}
		data := make([]byte, total+2)
		if _, err := io.ReadFull(in.lines.R, data); err != nil {
			in.t.Fatal(err)
		}
		if fields[0] == "MSG" {
			return "", string(data[:total])
		}
		n, err := strconv.Atoi(fields[len(fields)-2])
		if err != nil {
			in.t.Fatal(err)
		}
		return string(data[:n]), string(data[n:total])
	}
}

// publish sends an upload by hand and waits for JetStream's acknowledgement.
func (in *inbox) publish(subject, data string, headers ...string) {
	in.t.Helper()
	block := "NATS/1.0\r\n"
	for _, h := range headers {
		block += h + "\r\n"
	}
	block += "\r\n"
	in.send(fmt.Sprintf("HPUB %s _INBOX.ack %d %d\r\n%s%s\r\n", subject, len(block), len(block)+len(data), block, data))
	if _, body := in.next(); !strings.Contains(body, `"stream":"UPLOADS"`) {
		in.t.Fatalf("not stored: %s", body)
	}
}

// receipt waits for the answer to an upload: a receipt or a problem.
func (in *inbox) receipt() (newspaper.Receipt, *fault.Problem) {
	in.t.Helper()
	header, body := in.next()
	var r newspaper.Receipt
	var p fault.Problem
	into := any(&r)
	if strings.Contains(header, "application/problem+json") {
		into = &p
	} else if !strings.Contains(header, "application/json") {
		in.t.Fatalf("%s%s", header, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		in.t.Fatal(err)
	}
	if p.Kind != "" {
		return r, &p
	}
	return r, nil
}

// settled waits until ingest has nothing left.
func (f *fixture) settled() {
	f.t.Helper()
	eventually(f.t, "everything settled", func() bool {
		for _, c := range []event.Consumer{event.IngestUploads, event.IngestCommands} {
			s, err := f.bus.ConsumerState(f.t.Context(), c)
			if err != nil || s.Pending > 0 || s.AckPending > 0 {
				return false
			}
		}
		return true
	})
}

func (f *fixture) upload(key newspaper.PageKey, data string, headers map[string]string) {
	f.t.Helper()
	if err := f.bus.Upload(f.t.Context(), key, []byte(data), headers); err != nil {
		f.t.Fatal(err)
	}
}

func TestReceiptsOverNATS(t *testing.T) {
	server := bustest.Start(t)
	f := newFixture(t, server.Bus(t, "ingest"), Options{})
	in := newInbox(t, server)
	// Header names in any case; the page number as people write it.
	in.publish("uploads.heyang-ribao.2026-03-02.main.1", harvest, "broadsheet-receipt-to: "+in.subject, "Broadsheet-Upload-Id: first", "Content-Type: text/plain")
	f.run()
	r, p := in.receipt()
	if p != nil || r.Key != pageKey || r.Number != 1 || r.UploadID != "first" || r.SHA256 != sumOf([]byte(harvest)) || r.Duplicate || r.Follow == "" {
		t.Fatalf("%+v %+v", r, p)
	}
	f.upload(pageKey, harvest, map[string]string{event.HeaderReceiptTo: in.subject})
	if again, p := in.receipt(); p != nil || !again.Duplicate || again.Revision != r.Revision {
		t.Fatalf("%+v %+v", again, p)
	}
	f.upload(pageKey, harvest, map[string]string{event.HeaderReceiptTo: in.subject, event.HeaderSupersede: "true"})
	if r, p := in.receipt(); p != nil || r.Number != 2 {
		t.Fatalf("%+v %+v", r, p)
	}
	f.upload(pageKey, bridge, map[string]string{event.HeaderReceiptTo: in.subject, event.HeaderUploadID: "first"})
	if r, p := in.receipt(); p == nil || p.Kind != fault.Conflict || p.Field != "uploadId" || p.Remedy == "" {
		t.Fatalf("%+v %+v", r, p)
	}
	f.settled()
	if got := f.taken(200, pageKey, harvest); got.Number != 2 {
		t.Fatalf("HTTP and NATS disagree: %+v", got)
	}
}

func TestUploadsOfAPageKeepTheirOrder(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	for i := range 30 {
		f.upload(pageNo(1+i%3), fmt.Sprint(i, harvest), nil)
	}
	f.run()
	f.settled()
	for n := range 3 {
		page := f.page(pageNo(n + 1))
		if len(page.Revisions) != 10 {
			t.Fatalf("%d revisions", len(page.Revisions))
		}
		for i, r := range page.Revisions {
			if r.SHA256 != sumOf([]byte(fmt.Sprint(3*i+n, harvest))) {
				t.Fatalf("page %d: revision %d has other bytes", n+1, i+1)
			}
		}
	}
}

// Every refused upload becomes one dead letter that keeps its bytes; its
// neighbours are taken.
func TestRefusedOverNATS(t *testing.T) {
	server := bustest.Start(t)
	f := newFixture(t, server.Bus(t, "ingest"), Options{MaxBytes: 1 << 20})
	in := newInbox(t, server)
	type want struct {
		kind       fault.Kind
		field, sha string
	}
	wanted := map[string]want{} // by upload id
	send := func(id, subject, data string, kind fault.Kind, field string, headers ...string) {
		w := want{kind, field, ""}
		if data != "" {
			w.sha = sumOf([]byte(data))
		}
		wanted[id] = w
		in.publish(subject, data, append(headers, "Broadsheet-Upload-Id: "+id)...)
	}
	subject := "uploads." + pageKey.Subject()
	n := 0
	for _, tt := range bad() {
		n++
		send(fmt.Sprint("bad-", n), subject, string(tt.data), tt.kind, tt.field, "Content-Type: "+tt.declared)
	}
	send("large", subject, strings.Repeat("Broadsheet 8 KiB", 70_000), fault.TooLarge, "body")
	for i, tt := range []struct{ key, field string }{
		{"heyang-ribao.2022-02-30.main.01", "date"},
		{"Heyang.2026-03-02.main.01", "publication"},
		{"heyang-ribao.2026-03-02.main.0", "page"},
		{"heyang-ribao.2026-03-02.main", "subject"},
		{"heyang-ribao.2026-03-02.main.01.02", "subject"},
		{"$.2026-03-02.main.01", "publication"},
	} {
		send(fmt.Sprint("key-", i), "uploads."+tt.key, harvest, fault.Invalid, tt.field)
	}
	send("two words", subject, harvest, fault.Invalid, event.HeaderUploadID)
	send("supersede", subject, harvest, fault.Invalid, event.HeaderSupersede, "Broadsheet-Supersede: perhaps")
	for i, to := range []string{"commands.parse.x", "pages.received.heyang-ribao.2026-03-02.main.01", "uploads.x", "a.*", "$SYS.x"} {
		send(fmt.Sprint("to-", i), subject, harvest, fault.Invalid, event.HeaderReceiptTo, "Broadsheet-Receipt-To: "+to)
	}
	f.upload(pageNo(7), library, nil)
	f.run()
	f.settled()
	letters := f.letters()
	if len(letters) != len(wanted) {
		t.Errorf("%d letters for %d refused uploads", len(letters), len(wanted))
	}
	for _, l := range letters {
		id := l.Headers[event.HeaderUploadID]
		w, ok := wanted[id]
		if !ok || l.Kind != w.kind || l.Field != w.field || l.SHA256 != w.sha || l.Service != "ingest" || l.Message == "" || l.Remedy == "" || l.Attempts != 1 {
			t.Errorf("%s: %+v, want %+v", id, l, w)
		}
		delete(wanted, id)
		if l.SHA256 != "" && !f.exists(l.SHA256) {
			t.Errorf("%s: its bytes are not kept", id)
		}
	}
	if len(f.page(pageKey).Revisions) != 0 || len(f.page(pageNo(7)).Revisions) != 1 {
		t.Error("a refused upload was recorded, or a sound one was not")
	}
	if state, err := f.bus.StreamState(t.Context(), event.Commands); err != nil || state.Last != 0 {
		t.Errorf("a receipt went into a stream of ours: %+v %v", state, err)
	}
}

func TestOddPagesAreKeptOverNATS(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	n, want := 0, map[newspaper.PageKey]string{}
	for _, tt := range odd(t) {
		n++
		want[pageNo(n)] = tt.mediaType
		f.upload(pageNo(n), tt.data, nil)
	}
	f.run()
	f.settled()
	for key, mediaType := range want {
		if page := f.page(key); len(page.Revisions) != 1 || page.Current().MediaType != mediaType {
			t.Errorf("%+v, want %s", page, mediaType)
		}
	}
	if l := f.letters(); len(l) != 0 {
		t.Errorf("%+v", l)
	}
}

// A dead upload can be taken again once its reason is gone. One that dies again
// says as much as before.
func TestRetryOfADeadUpload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "publications.yaml")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("strict: true\n")
	catalogue, err := newspaper.OpenCatalogue(path)
	if err != nil {
		t.Fatal(err)
	}
	server := bustest.Start(t)
	f := newFixture(t, server.Bus(t, "ingest"), Options{Catalogue: catalogue})
	f.run()
	in := newInbox(t, server)
	f.upload(pageKey, harvest, map[string]string{event.HeaderReceiptTo: in.subject, "Content-Type": "text/plain"})
	refused := func() {
		t.Helper()
		if _, p := in.receipt(); p == nil || p.Field != "publication" {
			t.Fatalf("%+v", p)
		}
		f.settled()
	}
	retry := func(l event.Letter) {
		t.Helper()
		if err := f.bus.RetryLetter(t.Context(), event.LetterSubject(l.Service, l.Stream, l.StreamSeq)); err != nil {
			t.Fatal(err)
		}
	}
	refused()
	first := f.letters()[0]
	retry(first)
	refused() // the publication is missing still
	var second event.Letter
	for _, l := range f.letters() {
		if l.Stream == event.Commands {
			second = l
		}
	}
	if second.Key != pageKey || second.SHA256 != first.SHA256 || fmt.Sprint(second.Headers) != fmt.Sprint(first.Headers) {
		t.Fatalf("%+v", second)
	}
	write("strict: true\npublications:\n  - {slug: heyang-ribao, name: 河阳日报}\n")
	if err := catalogue.Reload(); err != nil {
		t.Fatal(err)
	}
	retry(second)
	r, p := in.receipt()
	if p != nil || r.Key != pageKey || r.Number != 1 || r.UploadID != first.Headers[event.HeaderUploadID] || r.SHA256 != sumOf([]byte(harvest)) {
		t.Fatalf("%+v %+v", r, p)
	}
	f.settled()
	if n := len(f.letters()); n != 2 {
		t.Errorf("%d letters", n)
	}
}

func TestCommandsThatAreNoRetry(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	f.run()
	lost := event.Letter{SHA256: strings.Repeat("0", 64), Headers: map[string]string{headerSubject: "uploads." + pageKey.Subject()}}
	for _, c := range []event.Command{
		{Action: event.Reparse, Key: pageKey, Run: "1"},
		{Action: event.Retry, Key: pageKey, Run: "2"},
		{Action: event.Retry, Key: pageKey, Run: "3", Letter: &lost},
	} {
		if err := f.bus.Command(t.Context(), "ingest", c); err != nil {
			t.Fatal(err)
		}
	}
	f.settled()
	got := map[fault.Kind]int{}
	for _, l := range f.letters() {
		got[l.Kind]++
	}
	if len(got) != 3 || got[fault.Unsupported] != 1 || got[fault.Invalid] != 1 || got[fault.Corrupt] != 1 {
		t.Errorf("%v", got)
	}
}

// An upload that is delivered again, because its acknowledgement went missing,
// is the same upload even when it supersedes and has no id.
func TestRedelivery(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	f.taken(201, pageKey, harvest)
	m := &bus.Message{Subject: "uploads." + pageKey.Subject(), Data: []byte(harvest), Stream: event.Uploads, StreamSeq: 7, Published: time.Now(),
		Headers: map[string]string{event.HeaderSupersede: "true"}}
	for range 3 {
		for _, err := range f.uploads(t.Context(), []*bus.Message{m}) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(f.page(pageKey).Revisions); n != 2 {
		t.Errorf("%d revisions", n)
	}
}

// faulty is the real bus with a fault that the real one cannot be made to show.
type faulty struct {
	*bus.Bus
	page    func(newspaper.PageKey) error
	objects func([]bus.ObjectInfo)
}

func (b *faulty) Page(ctx context.Context, key newspaper.PageKey) (newspaper.Page, uint64, error) {
	if b.page != nil {
		if err := b.page(key); err != nil {
			return newspaper.Page{}, 0, err
		}
	}
	return b.Bus.Page(ctx, key)
}

func (b *faulty) Objects(ctx context.Context) ([]bus.ObjectInfo, error) {
	all, err := b.Bus.Objects(ctx)
	if b.objects != nil {
		b.objects(all)
	}
	return all, err
}

// What has to wait is not overtaken by a later upload of its page, and a panic
// is blamed on its message alone.
func TestVerdictsOfABatch(t *testing.T) {
	f := newFixture(t, connected(t), Options{Logger: zap.NewNop()})
	f.Service.bus = &faulty{Bus: f.bus, page: func(key newspaper.PageKey) error {
		switch key {
		case pageNo(1):
			return fault.New(fault.Unavailable, "away")
		case pageNo(2):
			panic("a mistake")
		}
		return nil
	}}
	var batch []*bus.Message
	for i, n := range []int{1, 2, 3, 1, 3} {
		batch = append(batch, &bus.Message{Subject: "uploads." + pageNo(n).Subject(), Data: []byte(fmt.Sprint(i, harvest)), StreamSeq: uint64(i + 1)})
	}
	var got []fault.Kind
	for _, err := range f.uploads(t.Context(), batch) {
		got = append(got, fault.KindOf(err))
	}
	if fmt.Sprint(got) != fmt.Sprint([]fault.Kind{fault.Unavailable, fault.Internal, "", fault.Unavailable, ""}) {
		t.Errorf("%v", got)
	}
}
