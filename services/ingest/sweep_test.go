package ingest

import (
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func (f *fixture) object(text string) string {
	f.t.Helper()
	sha, err := f.bus.PutObject(f.t.Context(), []byte(text))
	if err != nil {
		f.t.Fatal(err)
	}
	return sha
}

// namedObjects makes an object of every sort that something names, and returns them.
func (f *fixture) namedObjects() []string {
	f.t.Helper()
	r := f.taken(201, pageKey, harvest)
	f.taken(201, pageKey, bridge) // the first revision is named still
	text := f.object("the text of a page")
	manifest, err := event.New(event.PageParsed, "parse", "m1", pageKey.String(), time.Now(), newspaper.Manifest{Key: pageKey, Revision: 1, Text: text, Sequence: 1})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.bus.CommitPage(f.t.Context(), nil, manifest, 0, ""); err != nil {
		f.t.Fatal(err)
	}
	return []string{r.SHA256, sumOf([]byte(bridge)), text}
}

// letter writes a dead letter that names an object.
func (f *fixture) letter(seq uint64, text, resolution string, resolved time.Time) string {
	f.t.Helper()
	sha := f.object(text)
	kind := event.LetterWritten
	if resolution != "" {
		kind = event.LetterResolved
	}
	subject := event.LetterSubject("ingest", event.Uploads, seq)
	e, err := event.New(kind, "ingest", subject, "", time.Now(), event.Letter{SHA256: sha, Resolution: resolution, Resolved: resolved})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.bus.Publish(f.t.Context(), bus.Outgoing{Subject: subject, Event: e}); err != nil {
		f.t.Fatal(err)
	}
	return sha
}

func (f *fixture) exists(sha string) bool {
	f.t.Helper()
	_, err := f.bus.Object(f.t.Context(), sha)
	if err != nil && !fault.Is(err, fault.Corrupt) {
		f.t.Fatal(err)
	}
	return err == nil
}

func (f *fixture) swept(want int) {
	f.t.Helper()
	if n, err := f.sweep(f.t.Context()); n != want || err != nil {
		f.t.Fatalf("swept %d, want %d: %v", n, want, err)
	}
}

func TestSweepTakesOnlyWhatNothingNames(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	later := time.Now().Add(25 * time.Hour)
	keep := append(f.namedObjects(),
		f.letter(1, "waits for a person", "", time.Time{}),
		f.letter(2, "retried lately", event.Retried, later.Add(-time.Hour)),
	)
	gone := []string{
		f.object("nobody names this"),
		f.letter(3, "discarded", event.Discarded, later.Add(-time.Hour)),
		f.letter(4, "retried long ago", event.Retried, later.Add(-8*24*time.Hour)),
	}
	f.swept(0) // all are young
	f.now = func() time.Time { return later }
	f.swept(len(gone))
	for _, sha := range keep {
		if !f.exists(sha) {
			t.Errorf("object %s was taken", sha)
		}
	}
	for _, sha := range gone {
		if f.exists(sha) {
			t.Errorf("object %s was left", sha)
		}
	}
	f.swept(0)
}

// What comes into use while a sweep goes on is written anew and spared.
func TestSweepSparesWhatComesIntoUse(t *testing.T) {
	f := newFixture(t, connected(t), Options{})
	sha := f.object(harvest)
	later := time.Now().Add(25 * time.Hour)
	f.now = func() time.Time { return later }
	listings := 0
	f.Service.bus = &faulty{Bus: f.bus, objects: func(all []bus.ObjectInfo) {
		if listings++; listings == 2 {
			all[0].Modified = later
		}
	}}
	f.swept(0)
	if !f.exists(sha) {
		t.Error("it was taken")
	}
	f.swept(1)
}

// As long as one entry cannot be read nothing is deleted: it may name anything.
func TestSweepIsBrokenOffByWhatItCannotRead(t *testing.T) {
	for stream, subject := range map[string]string{
		event.Pages:       event.ReceivedSubject(pageNo(9)),
		event.Articles:    event.ManifestSubject(pageNo(9)),
		event.DeadLetters: event.LetterSubject("parse", event.Pages, 9),
	} {
		t.Run(stream, func(t *testing.T) {
			f := newFixture(t, connected(t), Options{})
			f.object("nobody names this")
			f.now = func() time.Time { return time.Now().Add(25 * time.Hour) }
			e, err := event.New("broadsheet.of.the.future.v2", "parse", "x", "", time.Now(), map[string]string{})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.bus.Publish(t.Context(), bus.Outgoing{Subject: subject, Event: e}); err != nil {
				t.Fatal(err)
			}
			if n, err := f.sweep(t.Context()); n != 0 || !fault.Is(err, fault.Unsupported) {
				t.Fatalf("swept %d: %v", n, err)
			}
		})
	}
}

func TestSweepsByItself(t *testing.T) {
	f := newFixture(t, connected(t), Options{SweepEvery: 20 * time.Millisecond, SweepAge: time.Nanosecond})
	keep := f.namedObjects()
	f.object("nobody names this")
	f.run()
	eventually(t, "it is swept", func() bool { return f.objects() == len(keep) })
	for _, sha := range keep {
		if !f.exists(sha) {
			t.Errorf("object %s was taken", sha)
		}
	}
}
