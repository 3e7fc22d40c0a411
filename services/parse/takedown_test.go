package parse

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// give has parse carry out a command, and waits until it has.
func give(t *testing.T, b *bus.Bus, c event.Command) {
	t.Helper()
	if c.Key.IsZero() {
		c.Key = pageKey
	}
	c.Run, c.Who = event.NewRun(time.Now()), "chief editor"
	if err := b.Command(t.Context(), "parse", c); err != nil {
		t.Fatal(err)
	}
	settled(t, b)
}

func auditLog(t *testing.T, b *bus.Bus) (out []event.Audit) {
	t.Helper()
	if err := b.AuditLog(t.Context(), "", func(a event.Audit) error { out = append(out, a); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// letters are the unresolved dead letters.
func letters(t *testing.T, b *bus.Bus) (out []event.Letter) {
	t.Helper()
	err := b.Read(t.Context(), event.DeadLetters, "", func(m *bus.Message) error {
		l, err := bus.DataOf[event.Letter](m, event.LetterWritten)
		if err == nil {
			out = append(out, l)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// alive are the uris of what is live, sorted.
func alive(t *testing.T, b *bus.Bus) (out []string) {
	t.Helper()
	for uri := range live(t, b) {
		out = append(out, uri)
	}
	slices.Sort(out)
	return out
}

// What is withdrawn stays hidden through a re-parse and the same text in a new
// revision, and comes back with its next version when it is reinstated.
func TestWithdrawHoldsAndReinstateTakesItBack(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	start(t, newService(t, b))
	receive(t, b, text(harvest, bridge))
	settled(t, b)
	uri, other := manifest(t, b).Articles[0].URI, manifest(t, b).Articles[1].URI
	give(t, b, event.Command{Action: event.Withdraw, URI: uri, Reason: "失实"})
	give(t, b, event.Command{Action: event.Reparse})
	receive(t, b, text(library, harvest, bridge))
	settled(t, b)
	if got := alive(t, b); len(got) != 2 || slices.Contains(got, uri) {
		t.Fatalf("live: %v", got)
	}
	// The page is withdrawn as a whole and reinstated: what was withdrawn for its
	// own sake stays hidden.
	give(t, b, event.Command{Action: event.Withdraw, Reason: "整版撤回"})
	if got := alive(t, b); len(got) != 0 {
		t.Fatalf("live: %v", got)
	}
	give(t, b, event.Command{Action: event.Reinstate, URI: other, Reason: "x"})
	if l := letters(t, b); len(l) != 1 || l[0].Kind != fault.Conflict {
		t.Fatalf("an article of a page that is withdrawn was reinstated: %+v", l)
	}
	give(t, b, event.Command{Action: event.Reinstate, Reason: "核实无误"})
	if got := alive(t, b); len(got) != 2 || slices.Contains(got, uri) {
		t.Fatalf("live: %v", got)
	}
	give(t, b, event.Command{Action: event.Reinstate, URI: uri, Reason: "核实无误"})
	if got := live(t, b); len(got) != 3 || got[uri].Version != "3" || got[other].Version != "3" {
		t.Fatalf("live: %v", got)
	}
	var did []string
	for _, a := range auditLog(t, b) {
		did = append(did, string(a.Action))
		if a.Who != "chief editor" || a.Reason == "" || a.Time.IsZero() {
			t.Errorf("%+v", a)
		}
	}
	if got := strings.Join(did, " "); got != "withdraw withdraw reinstate reinstate" {
		t.Errorf("audited: %s", got)
	}
}

// A withdrawal for a time ends by itself, also when its day comes while nothing runs.
func TestWithdrawUntil(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	s := newService(t, b)
	stop := start(t, s)
	receive(t, b, text(harvest, bridge))
	settled(t, b)
	uri := manifest(t, b).Articles[0].URI
	give(t, b, event.Command{Action: event.Withdraw, URI: uri, Reason: "embargo", Until: time.Now().AddDate(0, 0, 2).Format(time.DateOnly)})
	if err := s.keepOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	settled(t, b)
	if len(alive(t, b)) != 1 {
		t.Fatal("it came back before its day")
	}
	stop()
	later := newService(t, b)
	later.now = func() time.Time { return time.Now().AddDate(0, 0, 2) }
	start(t, later)
	eventually(t, "it is back", func() bool { return slices.Contains(alive(t, b), uri) })
	settled(t, b)
	if err := later.keepOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	settled(t, b)
	if log := auditLog(t, b); len(log) != 2 || log[1].Action != event.Reinstate || log[1].Who != "broadsheet" {
		t.Errorf("%+v", log)
	}
	give(t, b, event.Command{Action: event.Withdraw, URI: uri, Reason: "x", Until: "2026-02-30"})
	if l := letters(t, b); len(l) != 1 || l[0].Kind != fault.Invalid {
		t.Errorf("%+v", l)
	}
}

// marked is an article whose text holds a marker.
const (
	marker = "MARKER7c2f"
	secret = "机密消息\n" + marker + "这段文字必须彻底删除。\n第二段也有" + marker + "。"
)

// inFiles lists the files below a directory that hold the marker.
func inFiles(t *testing.T, dir string) (in []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(marker)) {
				in = append(in, path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// inStreams lists the messages and objects that hold the marker.
func inStreams(t *testing.T, b *bus.Bus) (in []string) {
	t.Helper()
	for _, s := range event.Streams {
		if s.Retention == event.WorkQueue {
			continue // empty when everything is settled
		}
		err := b.Read(t.Context(), s.Name, "", func(m *bus.Message) error {
			if bytes.Contains(m.Data, []byte(marker)) {
				in = append(in, m.Subject)
			}
			return nil
		})
		if err != nil {
			in = append(in, s.Name+" cannot be read: "+err.Error()) // not nothing: a busy server may answer the next time
		}
	}
	objects, err := b.Objects(t.Context())
	if err != nil {
		in = append(in, "objects cannot be listed: "+err.Error())
	}
	for _, o := range objects {
		if data, err := b.Object(t.Context(), o.SHA256); err == nil && bytes.Contains(data, []byte(marker)) {
			in = append(in, "object "+o.SHA256)
		}
	}
	return in
}

// After an erasure no byte of the text is in a stream, the object store, or their
// files; nor when it comes again in another revision. The page's other articles stay.
func TestEraseLeavesNoByte(t *testing.T) {
	server := bustest.Start(t)
	b := server.Bus(t, "parse")
	start(t, newService(t, b))
	receive(t, b, text(harvest, secret))
	settled(t, b)
	receive(t, b, text(bridge, secret+"改", harvest)) // an older version and an older manifest
	settled(t, b)
	uri := ""
	for _, k := range manifest(t, b).Articles {
		if strings.HasPrefix(k.Headline, "机密") {
			uri = k.URI
		}
	}
	give(t, b, event.Command{Action: event.Erase, URI: pageKey.ArticleURI("00000000"), Reason: "x"})
	if l := letters(t, b); len(l) != 1 || l[0].Kind != fault.NotFound || len(auditLog(t, b)) != 0 {
		t.Fatalf("erasing what is not there: %+v", l)
	}
	if len(inFiles(t, server.Store())) == 0 || len(inStreams(t, b)) < 4 {
		t.Fatal("the marker is not there to begin with: the test shows nothing")
	}
	give(t, b, event.Command{Action: event.Erase, URI: uri, Reason: "法院判决"})
	if in := inStreams(t, b); len(in) > 0 {
		t.Fatalf("the marker is in %v", in)
	}
	if got := alive(t, b); len(got) != 2 || slices.Contains(got, uri) {
		t.Fatalf("live: %v", got)
	}
	m := manifest(t, b)
	if len(m.Erasures) != 1 || m.Erasures[0].URI != uri || m.Erasures[0].Who != "chief editor" || m.Erasures[0].Reason != "法院判决" || len(m.Erased) != 2 {
		t.Fatalf("the tombstone: %+v", m)
	}
	// Bytes that come back by another way than ingest's are hidden, and go again.
	receive(t, b, text(secret+"改", library))
	settled(t, b)
	if in := inStreams(t, b); len(in) > 0 {
		t.Fatalf("the marker came back in %v", in)
	}
	if got := alive(t, b); len(got) != 1 || slices.Contains(got, uri) {
		t.Fatalf("live: %v", got)
	}
	give(t, b, event.Command{Action: event.Reparse})
	give(t, b, event.Command{Action: event.Reinstate, URI: uri, Reason: "x"})
	if l := letters(t, b); len(l) != 2 || l[0].Kind != fault.Gone || l[1].Kind != fault.Gone {
		t.Fatalf("a re-parse and a reinstatement of what was erased: %+v", l)
	}
	server.Kill()
	if in := inFiles(t, server.Store()); len(in) > 0 {
		t.Errorf("the marker is in the files %v", in)
	}
	server.Restart()
}

// A page whose bytes another page has as well keeps them for that one, until that
// one is erased too; a page that could not be parsed can be erased.
func TestErasePages(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	start(t, newService(t, b))
	data := text(harvest, secret)
	receive(t, b, data)
	sha, err := b.PutObject(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	twin := pageKey
	twin.Page = "02"
	page := newspaper.Page{Key: twin, Revisions: []newspaper.Revision{{Number: 1, SHA256: sha, Size: int64(len(data)), MediaType: "text/plain", UploadID: "t", Received: time.Now().UTC()}}}
	if err := b.CommitReceived(t.Context(), page, 0, "00-11111111111111111111111111111111-2222222222222222-01"); err != nil {
		t.Fatal(err)
	}
	settled(t, b)
	give(t, b, event.Command{Action: event.Erase, Reason: "x"})
	if got := alive(t, b); len(got) != 2 || inStreams(t, b) == nil {
		t.Fatalf("the other page's articles: %v", got)
	}
	if _, err := b.Object(t.Context(), sha); err != nil {
		t.Fatalf("the other page's bytes: %v", err)
	}
	give(t, b, event.Command{Action: event.Erase, Key: twin, Reason: "x"})
	if in := inStreams(t, b); len(in) > 0 || len(alive(t, b)) > 0 {
		t.Fatalf("the marker is in %v", in)
	}
	receive(t, b, text(bridge)) // past ingest
	settled(t, b)
	if len(alive(t, b)) != 0 {
		t.Fatal("an erased page shows what is uploaded to it")
	}
	give(t, b, event.Command{Action: event.Reinstate, Reason: "taken in anew"})
	if len(alive(t, b)) != 1 {
		t.Fatalf("a reinstated page: %v", alive(t, b))
	}
}

func TestErasePageThatCannotBeParsed(t *testing.T) {
	b := bustest.Start(t).Bus(t, "parse")
	start(t, newService(t, b))
	receive(t, b, []byte("%PDF-1.4\n"+marker))
	settled(t, b)
	if len(letters(t, b)) != 1 {
		t.Fatal("it was parsed")
	}
	give(t, b, event.Command{Action: event.Erase, Reason: "x"})
	if in := inStreams(t, b); len(in) > 0 || len(letters(t, b)) > 0 {
		t.Fatalf("the marker is in %v, letters %+v", in, letters(t, b))
	}
}

// dyingBus fails for good at its n-th write, as a killed process does.
type dyingBus struct {
	*bus.Bus
	left atomic.Int32
}

var errKilled = errors.New("killed")

func (d *dyingBus) step() error {
	if d.left.Add(-1) < 0 {
		return errKilled
	}
	return nil
}

func (d *dyingBus) Audit(ctx context.Context, a event.Audit, trace string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Bus.Audit(ctx, a, trace)
}

func (d *dyingBus) CommitPage(ctx context.Context, articles []event.Event, m event.Event, guard uint64, trace string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Bus.CommitPage(ctx, articles, m, guard, trace)
}

func (d *dyingBus) Scrub(ctx context.Context, stream, subject string, before uint64, seen func(*bus.Message) error) (int, error) {
	return d.Bus.Scrub(ctx, stream, subject, before, func(m *bus.Message) error {
		if seen != nil {
			if err := seen(m); err != nil {
				return err
			}
		}
		return d.step()
	})
}

func (d *dyingBus) EraseObject(ctx context.Context, sha string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Bus.EraseObject(ctx, sha)
}

func (d *dyingBus) Command(ctx context.Context, service string, c event.Command) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Bus.Command(ctx, service, c)
}

// An erasure that is stopped between any two of its steps is completed by the next
// delivery of its command.
func TestEraseIsResumed(t *testing.T) {
	for steps := int32(0); ; steps++ {
		b := bustest.Start(t).Bus(t, "parse")
		stop := start(t, newService(t, b))
		receive(t, b, text(harvest, secret))
		settled(t, b)
		give(t, b, event.Command{Action: event.Reparse})
		stop()
		page, _, err := b.Page(t.Context(), pageKey)
		if err != nil {
			t.Fatal(err)
		}
		c := event.Command{Action: event.Erase, Key: pageKey, URI: manifest(t, b).Articles[1].URI, Run: event.NewRun(time.Now()), Who: "x", Reason: "y"}
		j := job{key: pageKey, revision: page.Current(), run: c.Run, trace: "t"}
		dying := &dyingBus{Bus: b}
		dying.left.Store(steps)
		first := newService(t, dying).erase(t.Context(), j, c)
		if first != nil && !errors.Is(first, errKilled) {
			t.Fatal(first)
		}
		if err := newService(t, b).erase(t.Context(), j, c); err != nil {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		if in := inStreams(t, b); len(in) > 0 || len(auditLog(t, b)) != 1 || len(manifest(t, b).Erasures) != 1 {
			t.Fatalf("after %d steps: the marker is in %v, %+v", steps, in, auditLog(t, b))
		}
		if first == nil {
			if steps < 7 {
				t.Fatalf("only %d steps", steps)
			}
			return
		}
	}
}

// A stream that is restored from a backup older than a takedown does not bring back
// what was taken down: the audit log knows.
func TestRestoredStreamForgetsNoTakedown(t *testing.T) {
	server := bustest.Start(t)
	b := server.Bus(t, "parse")
	stop := start(t, newService(t, b))
	receive(t, b, text(harvest, bridge, secret))
	settled(t, b)
	m := manifest(t, b)
	stop()
	streams := filepath.Join(server.Store(), "jetstream", "$G", "streams")
	restored := []string{event.Pages, event.Articles, "OBJ_" + event.Objects}
	backup := t.TempDir()
	server.Kill()
	for _, s := range restored {
		if err := os.CopyFS(filepath.Join(backup, s), os.DirFS(filepath.Join(streams, s))); err != nil {
			t.Fatal(err)
		}
	}
	server.Restart()
	eventually(t, "connected again", func() bool { return b.Ready() == nil })
	stop = start(t, newService(t, b))
	give(t, b, event.Command{Action: event.Withdraw, URI: m.Articles[0].URI, Reason: "失实"})
	give(t, b, event.Command{Action: event.Erase, URI: m.Articles[2].URI, Reason: "法院判决"})
	stop()
	server.Kill()
	for _, s := range restored {
		if err := os.RemoveAll(filepath.Join(streams, s)); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(streams, s), os.DirFS(filepath.Join(backup, s))); err != nil {
			t.Fatal(err)
		}
	}
	server.Restart()
	eventually(t, "connected again", func() bool { return b.Ready() == nil })
	if len(alive(t, b)) != 3 || inStreams(t, b) == nil {
		t.Fatal("the backup was not restored: the test shows nothing")
	}
	start(t, newService(t, b))
	eventually(t, "what was taken down is hidden again", func() bool { return slices.Equal(alive(t, b), []string{m.Articles[1].URI}) })
	eventually(t, "no byte of what was erased is left", func() bool { return inStreams(t, b) == nil })
}
