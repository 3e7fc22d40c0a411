package bus_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// must is what users must not do, but for the exceptions in may.
var must = struct{ publish, subscribe []string }{
	publish: []string{
		"uploads.p.2026-01-01.main.01",
		"pages.received.p.2026-01-01.main.01",
		"articles.parsed.p.2026-01-01.main.01.1",
		"articles.withdrawn.p.2026-01-01.main.01.1",
		"pages.parsed.p.2026-01-01.main.01",
		"articles.indexed.p.2026-01-01.main.01.1",
		"deadletters.ingest.UPLOADS.1",
		"deadletters.parse.PAGES.1",
		"deadletters.index.ARTICLES.1",
		"commands.ingest.p.2026-01-01.main.01",
		"commands.parse.p.2026-01-01.main.01",
		"commands.index.p.2026-01-01.main.01",
		"$O.pages.C.1",
		"$KV.attempts.UPLOADS.ingest.1.1",
		"$KV.attempts.PAGES.parse.1.1",
		"$KV.attempts.ARTICLES.index.1.1",
		"$JS.ACK.UPLOADS.ingest.1.1.1.1.0",
		"$JS.ACK.PAGES.parse.1.1.1.1.0",
		"$JS.ACK.ARTICLES.index.1.1.1.1.0",
		"$JS.API.CONSUMER.MSG.NEXT.UPLOADS.ingest",
		"$JS.API.CONSUMER.MSG.NEXT.PAGES.parse",
		"$JS.API.CONSUMER.MSG.NEXT.ARTICLES.index",
		"$JS.API.CONSUMER.CREATE.UPLOADS.x",
		"$JS.API.CONSUMER.CREATE.PAGES.parse",
		"$JS.API.CONSUMER.CREATE.PAGES.parse.pages.received.>",
		"$JS.API.CONSUMER.CREATE.ARTICLES.index",
		"$JS.API.CONSUMER.CREATE.ARTICLES.index.articles.>",
		"$JS.API.CONSUMER.DURABLE.CREATE.PAGES.parse",
		"$JS.API.CONSUMER.DURABLE.CREATE.ARTICLES.index",
		"$JS.API.CONSUMER.DELETE.UPLOADS.ingest",
		"$JS.API.CONSUMER.DELETE.PAGES.parse",
		"$JS.API.CONSUMER.DELETE.ARTICLES.index",
		"$JS.API.CONSUMER.PAUSE.ARTICLES.index",
		"$JS.API.STREAM.MSG.GET.UPLOADS",
		"$JS.API.STREAM.MSG.GET.PAGES",
		"$JS.API.STREAM.CREATE.PAGES",
		"$JS.API.STREAM.UPDATE.PAGES",
		"$JS.API.STREAM.DELETE.PAGES",
		"$JS.API.STREAM.DELETE.ARTICLES",
		"$JS.API.STREAM.PURGE.UPLOADS",
		"$JS.API.STREAM.PURGE.PAGES",
		"$JS.API.STREAM.PURGE.ARTICLES",
		"$JS.API.STREAM.PURGE.DEADLETTERS",
		"$JS.API.STREAM.PURGE.OBJ_pages",
		"$JS.API.STREAM.MSG.DELETE.PAGES",
		"$JS.API.STREAM.MSG.DELETE.ARTICLES",
		"$JS.API.STREAM.MSG.DELETE.AUDIT",
		"$JS.API.STREAM.PURGE.AUDIT",
		"$JS.API.STREAM.DELETE.AUDIT",
		"audit.p.2026-01-01.main.01.r",
		"$JS.API.STREAM.SNAPSHOT.PAGES",
		"$JS.API.STREAM.RESTORE.PAGES",
		"$JS.API.META.LEADER.STEPDOWN",
		"$JS.API.ACCOUNT.PURGE.BROADSHEET",
		"_INBOX_parse.x",
		"_INBOX_console.x",
	},
	subscribe: []string{
		">", "uploads.>", "pages.>", "commands.>", "deadletters.>", "articles.>", "receipts.>", "$JS.>", "$O.pages.>",
		"_INBOX.>", "_INBOX_ingest.>", "_INBOX_parse.>", "_INBOX_index.>", "_INBOX_console.>", "_INBOX_provision.>", "_INBOX_operator.>", "_INBOX_uploader.>", "_INBOX_consumer.>",
	},
}

// may are the exceptions, by user: patterns of subjects to publish on, or, after
// "subscribe ", to subscribe to.
var may = map[string][]string{
	"ingest": {`^pages\.received\.`, `^deadletters\.ingest\.`, `^\$O\.pages\.`, `^\$KV\.attempts\.UPLOADS\.`, `^\$JS\.ACK\.UPLOADS\.`,
		`MSG\.NEXT\.UPLOADS\.ingest$`, `MSG\.GET\.PAGES$`, `PURGE\.OBJ_pages$`},
	"parse": {`^articles\.(parsed|withdrawn)\.`, `^pages\.parsed\.`, `^deadletters\.parse\.`, `^\$O\.pages\.C`, `^\$KV\.attempts\.PAGES\.`, `^\$JS\.ACK\.PAGES\.`,
		`MSG\.NEXT\.PAGES\.parse$`, `MSG\.GET\.PAGES$`, `PURGE\.OBJ_pages$`,
		`^audit\.`, `^deadletters\.`, `^commands\.(parse|index)\.`, `MSG\.DELETE\.ARTICLES$`}, // to take down and to erase
	"index": {`^articles\.indexed\.`, `^deadletters\.index\.`, `^\$KV\.attempts\.ARTICLES\.`, `^\$JS\.ACK\.ARTICLES\.index\.`, `MSG\.NEXT\.ARTICLES\.index$`,
		`CONSUMER\.CREATE\.ARTICLES\.index\.articles\.>$`, `CONSUMER\.DELETE\.ARTICLES\.index$`},
	"console":   {`^audit\.`, `^commands\.`, `^deadletters\.`, `MSG\.GET\.(PAGES|UPLOADS)$`},
	"operator":  {`^commands\.`, `MSG\.GET\.PAGES$`},
	"provision": {`STREAM\.(CREATE|UPDATE)\.`, `CONSUMER\.CREATE\.`},
	"uploader":  {`^uploads\.p\.`, `subscribe ^receipts\.>$`},
	"webhook":   {},
	"consumer":  {`subscribe ^articles\.>$`},
}

func allowed(user, subject string, subscribing bool) bool {
	if subscribing && subject == "_INBOX_"+user+".>" {
		return true
	}
	for _, pattern := range may[user] {
		pattern, forSubscribing := strings.CutPrefix(pattern, "subscribe ")
		if forSubscribing == subscribing && regexp.MustCompile(pattern).MatchString(subject) {
			return true
		}
	}
	return false
}

// Every user is refused what it must not do, by the server itself.
func TestEveryUserIsRefusedTheRest(t *testing.T) {
	d := deploy(t)
	for user := range may {
		t.Run(user, func(t *testing.T) {
			nc, forbidden := d.raw(user)
			refused := 0
			try := func(what, subject string, subscribing bool, do func() error) {
				t.Helper()
				if err := do(); err != nil {
					t.Fatal(err)
				}
				if err := nc.Flush(); err != nil {
					t.Fatal(err)
				}
				var why error
				if allowed(user, subject, subscribing) {
					select {
					case why = <-forbidden:
						t.Errorf("%s %s is refused: %v", what, subject, why)
					default:
					}
					return
				}
				select {
				case why = <-forbidden:
				case <-time.After(2 * time.Second):
				}
				if why == nil || !strings.Contains(why.Error(), `"`+subject+`"`) {
					t.Errorf("%s %s is not refused: %v", what, subject, why)
				}
				refused++
			}
			for _, s := range must.subscribe {
				try("subscribing to", s, true, func() error { _, err := nc.SubscribeSync(s); return err })
			}
			for _, s := range must.publish {
				// Nothing that reaches the server does harm: an empty request is none.
				try("publishing on", s, false, func() error { return nc.Publish(s, nil) })
			}
			if refused < 40 {
				t.Errorf("only %d refusals: the test tries too little", refused)
			}
			t.Logf("%d refusals", refused)
		})
	}
}

// The consumers of the services are out of reach for whoever may make consumers
// of his own on the same stream. One more in the table needs its lines in the file.
func TestConsumersOfServicesAreOutOfReach(t *testing.T) {
	d := deploy(t)
	for user, streams := range map[string][]string{
		"parse": {event.Articles}, "ingest": {event.Pages, event.Articles}, "console": {event.Pages, event.Articles}, "operator": {event.Pages, event.Articles}, "consumer": {event.Articles}, "webhook": {event.Articles, event.Commands},
	} {
		nc, forbidden := d.raw(user)
		for _, c := range event.Consumers {
			for _, stream := range streams {
				if c.Stream != stream {
					continue
				}
				for _, verb := range []string{"CREATE.%s.%s", "CREATE.%s.%s." + c.Filter, "DURABLE.CREATE.%s.%s", "MSG.NEXT.%s.%s", "DELETE.%s.%s", "PAUSE.%s.%s", "UNPIN.%s.%s", "RESET.%s.%s"} {
					subject := "$JS.API.CONSUMER." + fmt.Sprintf(verb, c.Stream, c.Durable)
					if err := nc.Publish(subject, nil); err != nil {
						t.Fatal(err)
					}
					select {
					case <-forbidden:
					case <-time.After(2 * time.Second):
						t.Errorf("%s may publish on %s", user, subject)
					}
				}
			}
		}
	}
}

// Wrong passwords, unknown users and nobody are told so.
func TestWrongPassword(t *testing.T) {
	d := deploy(t)
	for user := range may {
		err := connect(t, bus.Options{URL: d.URL, Name: user, Auth: bus.Auth{User: user, Password: "wrong"}})
		says(t, err, fault.Unauthorized, "refuses user "+user, "BROADSHEET_NATS_PASSWORD")
	}
	says(t, connect(t, bus.Options{URL: d.URL, Name: "parse"}), fault.Unauthorized, "refuses us")
	says(t, connect(t, bus.Options{URL: strings.Replace(d.URL, "nats://", "nats://parse:wrong@", 1), Name: "parse"}), fault.Unauthorized, "parse:***@")
}

// What a user is forbidden shows in its readiness, with what to do.
func TestForbiddenShowsInReadiness(t *testing.T) {
	d := deploy(t)
	b, err := bus.Connect(t.Context(), bus.Options{URL: d.URL, Name: "index", Auth: bus.Auth{User: "index", Password: password("index")}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Ready(); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := b.CommitReceived(short, page(key(t, 1), 1), 0, ""); err == nil {
		t.Error("index may write the registry")
	}
	eventually(t, "readiness says it", func() bool { return b.Ready() != nil })
	says(t, b.Ready(), fault.Forbidden, "pages.received", "deploy/nats/nats.conf")
}

// The server does not start with a password missing, rather than without one.
func TestNoPasswordNoServer(t *testing.T) {
	d := deploy(t) // the binary is built now
	cmd := exec.CommandContext(t.Context(), d.Binary(), "-store", t.TempDir(), "-config", deployed)
	cmd.Env = append(os.Environ(), "BROADSHEET_STORAGE=4294967296")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "BROADSHEET_NATS_INGEST_PASSWORD") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := nats.Connect(d.URL); err == nil {
		t.Error("nobody in particular may connect")
	}
}
