package bus_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// hand returns a client for what people do to a server by hand.
func hand(t *testing.T, s *bustest.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// unprovisioned returns a bus to an empty server.
func unprovisioned(t *testing.T) (*bustest.Server, *bus.Bus) {
	t.Helper()
	s := bustest.Start(t)
	b, err := bus.Connect(t.Context(), bus.Options{URL: s.URL, Name: "provision"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return s, b
}

func plan(t *testing.T, b *bus.Bus, l bus.Layout) []bus.Change {
	t.Helper()
	p, err := b.Plan(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var full = bus.Layout{Storage: bustest.Storage}

// A plan says all that is missing and does nothing; applied, it leaves nothing to
// do.
func TestPlan(t *testing.T) {
	s, b := unprovisioned(t)
	if _, err := b.Plan(t.Context(), bus.Layout{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("streams without a size: %v", err)
	}
	p := plan(t, b, full)
	if want := len(event.Streams) + 2 + len(event.Consumers); len(p) != want {
		t.Errorf("%d changes, not %d: %v", len(p), want, p)
	}
	if p[0].String() != "create UPLOADS: 409.6 MiB" {
		t.Error(p[0])
	}
	if names := hand(t, s).StreamNames(t.Context()); len(names.Name()) > 0 {
		t.Error("a plan makes streams")
	}
	done, err := b.Apply(t.Context(), p, nil)
	if err != nil || len(done) != len(p) || done[0] != "created UPLOADS" {
		t.Fatal(done, err)
	}
	for _, l := range []bus.Layout{full, {}, {Storage: bustest.Storage, Replicas: 1}} {
		if p := plan(t, b, l); len(p) > 0 {
			t.Errorf("still to do for %+v: %v", l, p)
		}
	}
	checkTable(t, s.URL)
}

// What somebody changed by hand is named, setting by setting, and put right; what
// is the deployment's own affair stays.
func TestDriftIsPutRight(t *testing.T) {
	s, b := unprovisioned(t)
	if _, err := b.Provision(t.Context(), bustest.Storage); err != nil {
		t.Fatal(err)
	}
	js := hand(t, s)
	stream, err := js.Stream(t.Context(), event.Articles)
	if err != nil {
		t.Fatal(err)
	}
	c := stream.CachedInfo().Config
	c.MaxAge, c.Discard, c.MaxMsgs, c.AllowDirect, c.Compression, c.MaxBytes = time.Hour, jetstream.DiscardOld, 1000, true, jetstream.S2Compression, 1<<30
	if _, err := js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := js.UpdateConsumer(t.Context(), event.Articles, jetstream.ConsumerConfig{Durable: "index", FilterSubject: "articles.parsed.>",
		AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: 3, AckWait: 10 * time.Second, MaxAckPending: 2000}); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(plan(t, b, full))
	for _, want := range []string{"update ARTICLES: ", "max age none, not 1h0m0s", "when full DiscardNew, not DiscardOld", "max messages unlimited, not 1000", "direct reads false, not true",
		"max bytes 1.4 GiB, not 1.0 GiB", "update ARTICLES/index: filter articles.>, not articles.parsed.>", "most deliveries unlimited, not 3"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	bad := examined(t, b, bus.Bad)
	if !strings.Contains(bad, "ARTICLES: differs") || !strings.Contains(bad, "ARTICLES/index: differs") || !strings.Contains(bad, "max age none") {
		t.Errorf("the examination does not see it: %s", bad)
	}
	if _, err := b.Apply(t.Context(), plan(t, b, full), nil); err != nil {
		t.Fatal(err)
	}
	if p := plan(t, b, full); len(p) > 0 {
		t.Error(p)
	}
	checkTable(t, s.URL)
	if stream, err = js.Stream(t.Context(), event.Articles); err != nil || stream.CachedInfo().Config.Compression != jetstream.S2Compression {
		t.Errorf("compression is not left alone: %v", err)
	}
}

// refusesToLose checks that a plan is refused as a whole, and carried out when the
// loss is asked for by name.
func refusesToLose(t *testing.T, b *bus.Bus, l bus.Layout, name string, parts ...string) {
	t.Helper()
	p := plan(t, b, l)
	_, err := b.Apply(t.Context(), p, []string{"SOMETHING"})
	says(t, err, fault.Conflict, append(parts, "loses data", name)...)
	if again := plan(t, b, l); len(again) != len(p) {
		t.Errorf("a part of a refused plan was carried out: %v became %v", p, again)
	}
	if done, err := b.Apply(t.Context(), p, []string{name}); err != nil || len(done) != len(p) {
		t.Errorf("%v, %v", done, err)
	}
	if p := plan(t, b, l); len(p) > 0 {
		t.Errorf("still to do: %v", p)
	}
}

func TestShrinkingBelowWhatIsUsed(t *testing.T) {
	_, b := server(t)
	receive(t, b, 50)
	refusesToLose(t, b, bus.Layout{Storage: 100_000}, event.Pages, "it holds", "7.8 KiB it would get", "more storage")
}

func TestRetentionChange(t *testing.T) {
	s, b := unprovisioned(t)
	js := hand(t, s)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: event.Pages, Subjects: []string{"pages.received.>"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "pages.received.x", nil); err != nil {
		t.Fatal(err)
	}
	refusesToLose(t, b, full, event.Pages, "replace PAGES", "its 1 messages", "another NATS account")
	checkTable(t, s.URL)
}

func TestLatestAndAge(t *testing.T) {
	s, b := unprovisioned(t)
	js := hand(t, s)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: event.DeadLetters, Subjects: []string{"deadletters.>"}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := js.Publish(t.Context(), "deadletters.x", nil); err != nil {
			t.Fatal(err)
		}
	}
	refusesToLose(t, b, full, event.DeadLetters, "the last 1 messages of each subject")
}

func TestConsumerOfAnotherKind(t *testing.T) {
	s, b := server(t)
	js := hand(t, s)
	if err := js.DeleteConsumer(t.Context(), event.Pages, "parse"); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateConsumer(t.Context(), event.Pages, jetstream.ConsumerConfig{Durable: "parse", FilterSubject: "pages.received.>", AckPolicy: jetstream.AckNonePolicy}); err != nil {
		t.Fatal(err)
	}
	refusesToLose(t, b, full, "PAGES/parse", "replace PAGES/parse", "its place in the stream")
	checkTable(t, s.URL)
}

// examined returns the findings of a level, a line each.
func examined(t *testing.T, b *bus.Bus, level bus.Level) string {
	t.Helper()
	findings, err := b.Examine(t.Context(), full)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range findings {
		if f.Level == level {
			fmt.Fprintf(&out, "%s: %s | %s\n", f.About, f.Says, f.Do)
		}
		if (f.Level == bus.Good) == (f.Do != "") {
			t.Errorf("what is to be done about %+v?", f)
		}
	}
	return out.String()
}

func TestExamine(t *testing.T) {
	s, b := unprovisioned(t)
	if bad := examined(t, b, bus.Bad); strings.Count(bad, "is missing | run broadsheet provision") != len(event.Streams)+2+len(event.Consumers) {
		t.Errorf("an empty server: %s", bad)
	}
	b = s.Bus(t, "parse")
	if bad := examined(t, b, bus.Bad); bad != "" {
		t.Error(bad)
	}
	if odd := examined(t, b, bus.Odd); strings.Count(odd, "nobody takes from it; nothing waits | start the") != len(event.Consumers) {
		t.Errorf("nobody consumes: %s", odd)
	}
	receive(t, b, 3)
	if bad := examined(t, b, bus.Bad); !strings.Contains(bad, "PAGES/parse: nobody takes from it: 3 wait") {
		t.Errorf("nobody parses: %s", bad)
	}
	hold := make(chan struct{})
	run(t, b, bus.Subscription{Consumer: event.ParsePages}, bus.Each(func(context.Context, *bus.Message) error { <-hold; return nil }))
	eventually(t, "parse is seen at work", func() bool { return strings.Contains(examined(t, b, bus.Good), "PAGES/parse: 2 wait, 1 in work") })
	close(hold)
	eventually(t, "parse has nothing to do", func() bool { return strings.Contains(examined(t, b, bus.Good), "PAGES/parse: 0 wait, 0 in work") })
	for _, want := range []string{"server: nats-server 2.", "clock: this machine and the server are", "storage: ", "KiB of 327.7 MiB, 3 messages"} {
		if good := examined(t, b, bus.Good); !strings.Contains(good, want) {
			t.Errorf("%q is missing in %s", want, good)
		}
	}
}

// A storage that fills up is seen before it is full.
func TestExamineFilling(t *testing.T) {
	_, b := server(t)
	if _, err := b.PutObject(t.Context(), make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	for part, level := range map[float64]bus.Level{0.7: bus.Odd, 0.9: bus.Bad} {
		l := bus.Layout{Storage: int64(float64(1<<20) / part / event.ObjectsShare)}
		if _, err := b.Apply(t.Context(), plan(t, b, l), nil); err != nil {
			t.Fatal(err)
		}
		findings, err := b.Examine(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(findings, func(f bus.Finding) bool { return f.About == "OBJ_pages" })
		if f := findings[i]; f.Level != level || !strings.Contains(f.Says, fmt.Sprintf("%.0f %%, 1.0 MiB of", part*100)) || !strings.Contains(f.Do, "--storage") {
			t.Errorf("%+v", f)
		}
	}
}

func TestServerVersions(t *testing.T) {
	for version, want := range map[string]bool{"2.12.0": true, "2.15.2": true, "3.0.0-beta.1": true, "2.12.0-RC.1": true, "2.11.9": false, "1.4.1": false, "dev": true} {
		if bus.Recent(version) != want {
			t.Errorf("%s is recent enough: %v", version, !want)
		}
	}
}

func TestClocks(t *testing.T) {
	for ahead, want := range map[time.Duration]bus.Level{0: bus.Good, time.Second: bus.Good, 5 * time.Second: bus.Odd, -5 * time.Second: bus.Odd, time.Hour: bus.Bad, -time.Hour: bus.Bad} {
		f := bus.CompareClock(ahead)
		if len(f) != 1 || f[0].Level != want {
			t.Errorf("%v ahead: %+v", ahead, f)
		}
	}
}
