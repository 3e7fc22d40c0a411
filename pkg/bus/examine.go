package bus

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	Good Level = "ok"
	Odd  Level = "warn" // works, but somebody should look
	Bad  Level = "bad"  // does not work, or will soon lose what it promises
)

// Finding is one thing that was looked at.
type Finding struct {
	About string `json:"about"` // server, clock, storage, a stream, a consumer
	Level Level  `json:"level"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"` // empty when there is nothing to do
}

// Examine looks at everything a deployment needs of NATS. Layout values of 0 are
// not compared. It fails only when the server does not answer.
func (b *Bus) Examine(ctx context.Context, l Layout) ([]Finding, error) {
	x := &examination{Bus: b, layout: l}
	for _, step := range []func(context.Context) error{x.server, x.storage, x.streams, x.consumers} {
		if err := step(ctx); err != nil {
			return x.findings, err
		}
	}
	return x.findings, nil
}

type examination struct {
	*Bus
	layout   Layout
	findings []Finding
	clock    bool // has been compared
}

func (x *examination) good(about, format string, args ...any) {
	x.findings = append(x.findings, Finding{about, Good, fmt.Sprintf(format, args...), ""})
}

func (x *examination) odd(about, do, format string, args ...any) {
	x.findings = append(x.findings, Finding{about, Odd, fmt.Sprintf(format, args...), do})
}

func (x *examination) bad(about, do, format string, args ...any) {
	x.findings = append(x.findings, Finding{about, Bad, fmt.Sprintf(format, args...), do})
}

// The oldest server that commits pages in atomic batches.
const (
	leastMajor = 2
	leastMinor = 12
)

// goodPayload is the size of messages that uploads over NATS are documented with.
const goodPayload = 8 << 20

func (x *examination) server(context.Context) error {
	version := x.nc.ConnectedServerVersion()
	if recent(version) {
		x.good("server", "nats-server %s", version)
	} else {
		x.bad("server", fmt.Sprintf("install nats-server %d.%d or later", leastMajor, leastMinor),
			"nats-server %s is too old: pages are committed in atomic batches, which it does not know", version)
	}
	if most := x.nc.MaxPayload(); most < goodPayload {
		x.odd("server", "set max_payload: 8MB in its configuration", "takes messages up to %s: larger uploads over NATS and pages with long articles fail", size(most))
	}
	return nil
}

// recent reports whether a version is at least the least that works. Strange
// versions, as of builds from source, are taken for recent.
func recent(version string) bool {
	parts := strings.SplitN(version, ".", 3)
	major, err := strconv.Atoi(parts[0])
	if err != nil || len(parts) < 2 {
		return true
	}
	minor, err := strconv.Atoi(parts[1])
	return err != nil || major > leastMajor || major == leastMajor && minor >= leastMinor
}

// The filling from which a storage is looked at, and from which it is too full.
const oddFrom = 0.6

func (x *examination) storage(ctx context.Context) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	account, err := x.js.AccountInfo(ctx)
	if err != nil {
		return classify(err, "account")
	}
	if account.Limits.MaxStore > 0 {
		x.filled("storage", "raise the account's limit or erase what is not needed", account.Store, account.Limits.MaxStore, "of the account")
	} else {
		x.good("storage", "%s used, %s promised to streams; the account has no limit of its own", held(account.Store), held(account.ReservedStore))
	}
	if account.Limits.MaxStreams > 0 && account.Streams > account.Limits.MaxStreams {
		x.bad("storage", "raise the account's limit of streams", "%d streams, more than the account may have", account.Streams)
	}
	return nil
}

func (x *examination) filled(about, do string, used uint64, limit int64, of string) {
	part := float64(used) / float64(limit)
	text := fmt.Sprintf("%.0f %%, %s of %s, %s", 100*part, held(used), size(limit), of)
	switch {
	case part >= fullAt:
		x.bad(about, do, "%s", text)
	case part >= oddFrom:
		x.odd(about, do+" before it is 80 % full", "%s", text)
	default:
		x.good(about, "%s", text)
	}
}

// held is a number of bytes that are there; size takes 0 for no limit.
func held(n uint64) string {
	if n == 0 {
		return "0 KiB"
	}
	return size(int64(n))
}

const provision = "run broadsheet provision (with --dry-run it shows first what it would do)"

func (x *examination) streams(ctx context.Context) error {
	for _, want := range configs(x.layout) {
		asked := time.Now()
		info, err := x.streamInfo(ctx, want.Name)
		if err != nil {
			return err
		}
		if info == nil {
			x.bad(want.Name, provision, "is missing")
			continue
		}
		x.compareClock(asked, info.TimeStamp)
		if c := x.planStream(want, info, x.layout); c != nil {
			x.bad(want.Name, provision, "differs from what it has to be: %s", strings.Join(c.Details, "; "))
		}
		if info.State.Lost != nil {
			x.bad(want.Name, "restore the server's storage from a copy, or upload the pages again", "%d messages are damaged on the server's disk", len(info.State.Lost.Msgs))
		}
		x.replicas(want.Name, info.Cluster)
		if info.Config.MaxBytes <= 0 {
			x.bad(want.Name, provision+" with --storage", "has no limit and may fill the disk")
			continue
		}
		do := "give JetStream more storage (broadsheet provision --storage), or erase what is not needed"
		if info.Config.Discard == jetstream.DiscardOld {
			x.good(want.Name, "%d messages, %s of %s; its oldest make room", info.State.Msgs, held(info.State.Bytes), size(info.Config.MaxBytes))
			continue
		}
		x.filled(want.Name, do, info.State.Bytes, info.Config.MaxBytes, fmt.Sprintf("%d messages", info.State.Msgs))
	}
	return nil
}

// The difference of clocks that is looked at, and that does harm: versions of
// articles are times.
const (
	oddSkew = 2 * time.Second
	badSkew = time.Minute
)

// compareClock compares this machine's clock with the server's, once.
func (x *examination) compareClock(asked time.Time, server time.Time) {
	if x.clock || server.IsZero() {
		return
	}
	x.clock = true
	trip := time.Since(asked)
	skew := (server.Sub(asked) - trip/2).Round(time.Millisecond)
	do := "let both machines keep time by NTP: the version of an article is the time of its commit"
	switch {
	case skew.Abs() > badSkew+trip:
		x.bad("clock", do, "this machine and the server are %v apart", skew.Abs())
	case skew.Abs() > oddSkew+trip:
		x.odd("clock", do, "this machine and the server are %v apart", skew.Abs())
	default:
		x.good("clock", "this machine and the server are %v apart, a request takes %v", skew.Abs(), trip.Round(100*time.Microsecond))
	}
}

func (x *examination) replicas(name string, c *jetstream.ClusterInfo) {
	if c == nil {
		return
	}
	if c.Leader == "" {
		x.bad(name, "bring the servers of the cluster back", "has no leader: nobody can write")
	}
	for _, r := range c.Replicas {
		if r.Offline || !r.Current {
			x.odd(name, "bring that server back before another one fails", "its copy on %s is not current", r.Name)
		}
	}
}

func (x *examination) consumers(ctx context.Context) error {
	for _, c := range event.Consumers {
		name := c.Stream + "/" + c.Durable
		info, err := x.takenInfo(ctx, c)
		if err != nil {
			return err
		}
		if info == nil {
			x.bad(name, provision, "is missing")
			continue
		}
		if details, _ := consumerDifferences(info.Config, x.consumerConfig(c)); len(details) > 0 {
			x.bad(name, provision, "differs from what it has to be: %s", strings.Join(details, "; "))
		}
		x.lag(name, service(c), info)
	}
	return nil
}

// service is whose consumer it is.
func service(c event.Consumer) string {
	name, _, _ := strings.Cut(c.Durable, "-")
	return name
}

// taken reports whether somebody works a consumer off at the moment.
func taken(info *jetstream.ConsumerInfo) bool { return info.NumWaiting > 0 || info.NumAckPending > 0 }

// takenInfo looks a few times: between two fetches nobody waits.
func (x *examination) takenInfo(ctx context.Context, c event.Consumer) (*jetstream.ConsumerInfo, error) {
	for try := 0; ; try++ {
		info, err := x.consumerInfo(ctx, c)
		if err != nil || info == nil || taken(info) || try == 3 {
			return info, err
		}
		Sleep(ctx, 50*time.Millisecond)
	}
}

// stuckAfter is how long nothing may be settled while something waits.
const stuckAfter = 5 * time.Minute

func (x *examination) lag(name, service string, info *jetstream.ConsumerInfo) {
	text := fmt.Sprintf("%d wait, %d in work, %d of them not for the first time", info.NumPending, info.NumAckPending, info.NumRedelivered)
	quiet := info.TimeStamp.Sub(info.Created)
	if info.AckFloor.Last != nil {
		quiet = info.TimeStamp.Sub(*info.AckFloor.Last)
	}
	backlog := info.NumPending > 0 || info.NumAckPending > 0
	switch {
	case info.Paused:
		x.bad(name, "resume the consumer: nats consumer resume", "was paused by somebody, for another %v", info.PauseRemaining.Round(time.Second))
	case !taken(info) && backlog:
		x.bad(name, "start the "+service+" service, and look into its log if it runs", "nobody takes from it: %s", text)
	case !taken(info):
		x.odd(name, "start the "+service+" service", "nobody takes from it; nothing waits")
	case backlog && quiet > stuckAfter:
		x.bad(name, "ask the "+service+" service why: GET /readyz, and its log", "nothing was settled for %v: %s", quiet.Round(time.Second), text)
	default:
		x.good(name, "%s", text)
	}
}
