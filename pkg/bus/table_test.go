package bus_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
)

// jetStream asks the server itself, past the package.
func jetStream(t *testing.T, url string) (jetstream.JetStream, func()) {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js, nc.Close
}

// checkTable asks the server itself what it keeps and how.
func checkTable(t *testing.T, url string) {
	t.Helper()
	js, done := jetStream(t, url)
	defer done()
	for _, row := range event.Streams {
		stream, err := js.Stream(t.Context(), row.Name)
		if err != nil {
			t.Fatal(err)
		}
		c := stream.CachedInfo().Config
		if c.Storage != jetstream.FileStorage {
			t.Errorf("%s is not kept in files", row.Name)
		}
		if row.Retention != event.Window && c.MaxAge != 0 {
			t.Errorf("%s forgets after %v: a record is for ever, what is in transit must not vanish", row.Name, c.MaxAge)
		}
		if row.Retention != event.Window && c.Discard != jetstream.DiscardNew {
			t.Errorf("%s drops its oldest messages when it is full", row.Name)
		}
		if (row.Retention == event.WorkQueue) != (c.Retention == jetstream.WorkQueuePolicy) {
			t.Errorf("%s has retention %v", row.Name, c.Retention)
		}
		if c.AllowAtomicPublish != row.Atomic {
			t.Errorf("%s takes atomic batches: %v", row.Name, c.AllowAtomicPublish)
		}
		if c.DenyDelete != row.Append || c.DenyPurge != row.Append {
			t.Errorf("%s can be deleted from: %v, purged: %v", row.Name, !c.DenyDelete, !c.DenyPurge)
		}
		if c.MaxBytes <= 0 {
			t.Errorf("%s may fill the disk", row.Name)
		}
	}
	for _, row := range event.Consumers {
		consumer, err := js.Consumer(t.Context(), row.Stream, row.Durable)
		if err != nil {
			t.Fatal(err)
		}
		c := consumer.CachedInfo().Config
		if len(c.FilterSubjects) > 0 || !strings.HasSuffix(c.FilterSubject, ".>") {
			t.Errorf("%s has the filters %q %q, not one wildcard", row.Durable, c.FilterSubject, c.FilterSubjects)
		}
		if c.MaxDeliver != -1 || c.AckPolicy != jetstream.AckExplicitPolicy || c.InactiveThreshold != 0 {
			t.Errorf("%s: %+v", row.Durable, c)
		}
	}
}
