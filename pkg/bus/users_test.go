package bus_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// flow runs the stages of a page as the services do, each as its own user.
type flow struct {
	*deployment
	ingest, parse, index *bus.Bus
	failed               atomic.Int32
}

// once fails a message's first attempt, so that it is counted and tried again.
func (f *flow) once(m *bus.Message) error {
	if m.Attempt == 1 {
		f.failed.Add(1)
		return fault.New(fault.Internal, "the first time it fails")
	}
	return nil
}

// poison is a page that every stage buries.
var poison = newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "99"}

func (f *flow) upload(ctx context.Context, m *bus.Message) error {
	if err := f.once(m); err != nil {
		return err
	}
	k, err := event.KeyOfSubject(m.Subject)
	if err != nil {
		return err
	}
	if err := f.ingest.Headroom(ctx); err != nil {
		return err
	}
	sha, err := f.ingest.PutObject(ctx, m.Data)
	if err != nil {
		return err
	}
	_, guard, err := f.ingest.Page(ctx, k)
	if err != nil {
		return err
	}
	p := page(k, 1)
	p.Revisions[0].SHA256 = sha
	if err := f.ingest.CommitReceived(ctx, p, guard, ""); err != nil {
		return err
	}
	return f.ingest.Reply(m.Headers[event.HeaderReceiptTo], "application/json", []byte("{}"))
}

func (f *flow) page(ctx context.Context, m *bus.Message) error {
	if err := f.once(m); err != nil {
		return err
	}
	e, err := m.Event()
	if err != nil {
		return err
	}
	p, err := event.DataAs[newspaper.Page](e, event.PageReceived)
	if err != nil {
		return err
	}
	if p.Key == poison {
		return fault.New(fault.Unsupported, "poison")
	}
	data, err := f.parse.Object(ctx, p.Current().SHA256)
	if err != nil {
		return err
	}
	if _, err := f.parse.PutObject(ctx, append(data, " read"...)); err != nil {
		return err
	}
	_, guard, err := f.parse.Manifest(ctx, p.Key)
	if err != nil {
		return err
	}
	changes, manifest := articles(f.t, p.Key, 3, 1)
	if err := f.parse.CommitPage(ctx, changes, manifest, guard, ""); err != nil {
		return err
	}
	return f.issue(ctx, p.Key)
}

// issue announces the page's issue as ingest does, and completes it as parse does.
func (f *flow) issue(ctx context.Context, k newspaper.PageKey) error {
	_, guard, err := f.ingest.Announcement(ctx, k.Issue())
	if err != nil {
		return err
	}
	a := newspaper.Announcement{Issue: k.Issue(), Pages: []newspaper.PageKey{k}, Announced: time.Now()}
	if err := f.ingest.Announce(ctx, a, guard, ""); err != nil {
		return err
	}
	if pages, err := f.parse.CommittedPages(ctx, k.Issue()); err != nil || len(pages) != 1 || pages[0] != k {
		return fault.Wrap(fault.Internal, err, "the committed pages are %v", pages)
	}
	if _, guard, err = f.parse.CompletedIssue(ctx, k.Issue()); err != nil {
		return err
	}
	return f.parse.CompleteIssue(ctx, newspaper.CompletedIssue{Issue: k.Issue(), Sequence: 1}, guard, "")
}

func (f *flow) articles(ctx context.Context, batch []*bus.Message) []error {
	verdicts := make([]error, len(batch))
	for i, m := range batch {
		verdicts[i] = f.article(ctx, m)
	}
	return verdicts
}

func (f *flow) article(ctx context.Context, m *bus.Message) error {
	if err := f.once(m); err != nil {
		return err
	}
	e, err := m.Event()
	if err != nil || e.Type != event.ArticleParsed {
		return err
	}
	if strings.HasSuffix(e.Subject, "2") {
		return fault.New(fault.Invalid, "the index refuses the third article")
	}
	if _, err := f.index.MessageAt(ctx, m.Stream, m.StreamSeq); err != nil {
		return err
	}
	subject, err := event.ArticleSubject(event.ArticleIndexed, e.Subject)
	if err != nil {
		return err
	}
	done, err := event.New(event.ArticleIndexed, "index", e.ID+"#indexed", e.Subject, time.Now(), event.Indexed{URI: e.Subject, StreamSeq: m.StreamSeq, Outcome: event.Applied})
	if err != nil {
		return err
	}
	return f.index.PublishBatch(ctx, []bus.Outgoing{{Subject: subject, Event: done}})
}

// buildAnew does what the index service does to build an index beside the first,
// and for one that was lost.
func (f *flow) buildAnew() {
	f.t.Helper()
	if err := f.index.Stand(f.t.Context(), event.IndexArticles, "a"); err != nil {
		f.t.Fatal(err)
	}
	if err := f.index.Begin(f.t.Context(), event.IndexNext, "b"); err != nil {
		f.t.Fatal(err)
	}
	again := make(chan uint64, 100)
	handler := bus.Each(func(_ context.Context, m *bus.Message) error {
		if m.Deliveries == 1 {
			return fault.New(fault.Internal, "not at the first attempt")
		}
		again <- m.StreamSeq
		return nil
	})
	run(f.t, f.index, bus.Subscription{Consumer: event.IndexNext}, handler)
	first := <-again
	if err := f.index.Rewind(f.t.Context(), event.IndexNext, "c"); err != nil {
		f.t.Fatal(err)
	}
	for <-again != first {
	}
	if err := f.index.Drop(f.t.Context(), event.IndexNext); err != nil {
		f.t.Fatal(err)
	}
}

// Every user does all it needs: a page flows from the uploader to the consumer,
// with failures, retries and dead letters on its way.
func TestEveryUserDoesItsWork(t *testing.T) {
	d := deploy(t)
	f := &flow{deployment: d, ingest: d.as("ingest"), parse: d.as("parse"), index: d.as("index")}
	console, operator := d.as("console"), d.as("operator")
	commanded := map[string]*atomic.Int32{"ingest": {}, "parse": {}, "index": {}}
	command := func(service string) bus.Handler {
		return bus.Each(func(_ context.Context, m *bus.Message) error { commanded[service].Add(1); return f.once(m) })
	}
	for _, c := range []struct {
		b       *bus.Bus
		durable event.Consumer
		handler bus.Handler
	}{
		{f.ingest, event.IngestUploads, bus.Each(f.upload)}, {f.ingest, event.IngestCommands, command("ingest")},
		{f.parse, event.ParsePages, bus.Each(f.page)}, {f.parse, event.ParseCommands, command("parse")},
		{f.parse, event.ParseIssues, bus.Each(func(_ context.Context, m *bus.Message) error { return f.once(m) })},
		{f.index, event.IndexArticles, f.articles}, {f.index, event.IndexCommands, command("index")},
	} {
		run(t, c.b, bus.Subscription{Consumer: c.durable, Batch: 16}, c.handler)
	}
	receipts := d.uploadPages(key(t, 1), poison)
	for i, sub := range receipts {
		if _, err := sub.NextMsgWithContext(t.Context()); err != nil {
			t.Fatalf("receipt %d: %v", i, err)
		}
	}
	eventually(t, "the letters of parse and index", func() bool { return messages(t, console, event.DeadLetters) == 2 })
	eventually(t, "the confirmations", func() bool { return messages(t, console, event.IndexedName) == 2 })
	for _, b := range []*bus.Bus{f.parse, console} {
		if err := b.Audit(t.Context(), event.Audit{Run: event.NewRun(time.Now()), Who: "somebody", Action: event.Withdraw, Key: key(t, 1)}, ""); err != nil {
			t.Error(err)
		}
	}
	f.buildAnew()
	f.look(console, operator)
	for _, b := range []*bus.Bus{d.as("provision"), operator} {
		if findings, err := b.Examine(t.Context(), full); err != nil || len(findings) == 0 {
			t.Errorf("%v, %v", findings, err)
		}
		if p, err := b.Plan(t.Context(), full); err != nil || len(p) > 0 {
			t.Errorf("%v, %v", p, err)
		}
	}
	f.sweep()
	eventually(t, "the commands", func() bool {
		return commanded["ingest"].Load() > 1 && commanded["parse"].Load() > 2 && commanded["index"].Load() > 1
	})
	d.consume()
}

// uploadPages uploads as the uploader, and returns where the receipts arrive: an
// inbox and a subject of receipts.
func (d *deployment) uploadPages(keys ...newspaper.PageKey) []*nats.Subscription {
	d.t.Helper()
	nc, _ := d.raw("uploader")
	uploader := d.as("uploader")
	var subs []*nats.Subscription
	for i, k := range keys {
		to := nc.NewInbox()
		if i > 0 {
			to = fmt.Sprint("receipts.test.", i)
		}
		sub, err := nc.SubscribeSync(to)
		if err != nil {
			d.t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			d.t.Fatal(err)
		}
		if err := uploader.Upload(d.t.Context(), k, append([]byte(k.String()), make([]byte, 3<<20)...), map[string]string{event.HeaderReceiptTo: to}); err != nil {
			d.t.Fatal(err)
		}
		subs = append(subs, sub)
	}
	return subs
}

// look does what console and operator do.
func (f *flow) look(console, operator *bus.Bus) {
	f.t.Helper()
	for _, b := range []*bus.Bus{console, operator} {
		for _, s := range event.Streams {
			if _, err := b.StreamState(f.t.Context(), s.Name); err != nil {
				f.t.Error(err)
			}
			if s.Retention == event.WorkQueue {
				continue
			}
			read := 0
			if err := b.Read(f.t.Context(), s.Name, "", func(*bus.Message) error { read++; return nil }); err != nil || read == 0 {
				f.t.Errorf("%s: %d messages, %v", s.Name, read, err)
			}
		}
		for _, c := range event.Consumers {
			if _, err := b.ConsumerState(f.t.Context(), c); err != nil {
				f.t.Error(err)
			}
		}
		p, _, err := b.Page(f.t.Context(), key(f.t, 1))
		if err != nil || len(p.Revisions) != 1 {
			f.t.Fatal(p, err)
		}
		for service := range map[string]bool{"ingest": true, "parse": true, "index": true} {
			if err := b.Command(f.t.Context(), service, event.Command{Action: event.Retry, Key: key(f.t, 1), Run: event.NewRun(time.Now())}); err != nil {
				f.t.Error(err)
			}
		}
	}
	if _, err := console.MessageAt(f.t.Context(), event.Uploads, 1); !fault.Is(err, fault.NotFound) {
		f.t.Errorf("an upload that was taken: %v", err)
	}
	p, _, _ := console.Page(f.t.Context(), key(f.t, 1))
	for _, b := range []*bus.Bus{console, operator} {
		if _, err := b.Object(f.t.Context(), p.Current().SHA256); err != nil {
			f.t.Error(err)
		}
	}
	for i, l := range letters(f.t, console) {
		resolve := console.RetryLetter
		if i > 0 {
			resolve = console.DiscardLetter
		}
		if err := resolve(f.t.Context(), event.LetterSubject(l.Service, l.Stream, l.StreamSeq)); err != nil {
			f.t.Error(err)
		}
	}
}

// takeDown does what parse does when it erases, on a page of its own, and what the
// keeping of the audit log needs.
func (f *flow) takeDown() {
	f.t.Helper()
	k := key(f.t, 7)
	_, manifest := articles(f.t, k, 0, 1)
	if err := f.parse.CommitPage(f.t.Context(), nil, manifest, 0, ""); err != nil {
		f.t.Fatal(err)
	}
	if n, err := f.parse.Scrub(f.t.Context(), event.Articles, event.ManifestSubject(k), 0, nil); n != 1 || err != nil {
		f.t.Error(n, err)
	}
	sha, err := f.parse.PutObject(f.t.Context(), []byte("to be erased"))
	if err == nil {
		err = f.parse.EraseObject(f.t.Context(), sha)
	}
	if err != nil {
		f.t.Error(err)
	}
	for _, l := range letters(f.t, f.parse) {
		if err := f.parse.EraseLetter(f.t.Context(), l); err != nil {
			f.t.Error(err)
		}
	}
	for stream, filter := range map[string]string{event.Pages: "", event.Articles: "pages.parsed.>", event.AuditLog: ""} {
		if err := f.parse.Read(f.t.Context(), stream, filter, func(*bus.Message) error { return nil }); err != nil {
			f.t.Error(err)
		}
		if _, err := f.parse.StreamState(f.t.Context(), stream); err != nil {
			f.t.Error(err)
		}
	}
	for _, service := range []string{"parse", "index"} {
		if err := f.parse.Command(f.t.Context(), service, event.Command{Action: event.Reinstate, Key: k, Run: event.NewRun(time.Now())}); err != nil {
			f.t.Error(err)
		}
	}
}

// sweep does what services do once in a while: ingest reads what is recorded,
// lists the objects, deletes one.
func (f *flow) sweep() {
	f.t.Helper()
	f.takeDown()
	for stream, filter := range map[string]string{event.Pages: "", event.Articles: "pages.parsed.>", event.DeadLetters: ""} {
		if err := f.ingest.Read(f.t.Context(), stream, filter, func(*bus.Message) error { return nil }); err != nil {
			f.t.Error(err)
		}
	}
	objects, err := f.ingest.Objects(f.t.Context())
	if err != nil || len(objects) != 3 {
		f.t.Fatal(objects, err)
	}
	if err := f.ingest.DeleteObject(f.t.Context(), objects[0].SHA256); err != nil {
		f.t.Error(err)
	}
}

// consume does what programs of others do with their own clients.
func (d *deployment) consume() {
	d.t.Helper()
	nc, forbidden := d.raw("consumer")
	js, err := jetstream.New(nc)
	if err != nil {
		d.t.Fatal(err)
	}
	mine, err := js.CreateOrUpdateConsumer(d.t.Context(), event.Articles, jetstream.ConsumerConfig{Durable: "mine", FilterSubject: "articles.>"})
	if err != nil {
		d.t.Fatal(err)
	}
	batch, err := mine.Fetch(3, jetstream.FetchMaxWait(10*time.Second))
	if err != nil {
		d.t.Fatal(err)
	}
	got := 0
	for m := range batch.Messages() {
		got++
		if err := m.DoubleAck(d.t.Context()); err != nil {
			d.t.Error(err)
		}
	}
	confirmed := 0
	if err := d.as("consumer").Read(d.t.Context(), event.IndexedName, "", func(*bus.Message) error { confirmed++; return nil }); err != nil {
		d.t.Error(err)
	}
	if _, err := nc.SubscribeSync("articles.parsed.heyang-ribao.>"); err != nil {
		d.t.Error(err)
	}
	_ = nc.Flush()
	if err := js.DeleteConsumer(d.t.Context(), event.Articles, "mine"); err != nil {
		d.t.Error(err)
	}
	if got != 3 || confirmed != 2 || len(forbidden) > 0 {
		d.t.Errorf("%d articles, %d confirmations, %d times forbidden", got, confirmed, len(forbidden))
	}
}
