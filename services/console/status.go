package console

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/console/ledger"
)

// How long a status may take: for the servers to answer, and for the ledger to
// read what the streams held when it was asked for.
const (
	statusTimeout = 3 * time.Second
	catchUpTime   = 300 * time.Millisecond
	tries         = 3 // to see ledger and streams at the same moment
)

// nearlyFull is the part of a stream's storage from which people are told.
const nearlyFull = 0.8

// objectStream is the stream behind the object store.
const objectStream = "OBJ_" + event.Objects

// Status is the balance of everything received, and the flow. It is answered
// from the ledger alone while NATS is away; Problems says so.
func (s *Service) Status(ctx context.Context) (api.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	var f flow
	var summary ledger.Summary
	var err error
	same := false
	for try := 0; try < tries && !same && f.err == nil; try++ {
		f = s.flow(ctx)
		if summary, err = s.caughtUp(ctx, f.streams); err != nil {
			return api.Status{}, err
		}
		same = f.err == nil && !ahead(summary, f.streams)
	}
	other := false
	if f.err == nil && !same {
		// Under load the ledger is ahead of what the streams said a moment ago. Of
		// what they say now it is not, or they are other streams.
		now := s.flow(ctx)
		other = now.err == nil && ahead(summary, now.streams)
	}
	out := api.Status{Time: s.now().UTC(), Problems: []string{}, Accounting: summary.Accounting, Unresolved: summary.Unresolved}
	out.Streams, out.Consumers, out.Ledger = f.api(summary)
	out.Stages = s.stages(ctx, f, summary)
	s.account(&out, f, same, other)
	s.problems(ctx, &out, f)
	s.compareIndex(ctx, &out)
	return out, nil
}

// compareIndex holds what is live against what readers find, once nothing waits:
// before that the two differ by what is under way.
func (s *Service) compareIndex(ctx context.Context, out *api.Status) {
	if !out.Accounting.Settled || !out.Accounting.Exact || s.compare == nil {
		return
	}
	c, err := s.compare.fresh(ctx)
	if err != nil {
		out.Problems = append(out.Problems, "what is live cannot be compared with what readers find: "+reason(err))
	}
	if c == nil {
		return
	}
	out.Index = &c.Comparison
	if c.lasting() {
		out.Accounting.Differences = append(out.Accounting.Differences, fmt.Sprintf(
			"readers find %d articles, %d are live: %d are missing, %d are too many", c.Documents, c.Live, c.Missing, c.Extra))
	}
}

// flow is what the servers say of streams and consumers at one moment.
type flow struct {
	streams   map[string]bus.StreamState
	consumers map[event.Consumer]bus.ConsumerState
	err       error
}

func (s *Service) flow(ctx context.Context) flow {
	names := []string{objectStream}
	for _, stream := range event.Streams {
		names = append(names, stream.Name)
	}
	streams, consumers := make([]bus.StreamState, len(names)), make([]bus.ConsumerState, len(event.Consumers))
	// The consumers first: what has left a queue by then is in the streams.
	f := flow{streams: map[string]bus.StreamState{}, consumers: map[event.Consumer]bus.ConsumerState{}}
	group, groupCtx := errgroup.WithContext(ctx)
	for i, c := range event.Consumers {
		group.Go(func() (err error) { consumers[i], err = s.bus.ConsumerState(groupCtx, c); return err })
	}
	if f.err = group.Wait(); f.err != nil {
		return f
	}
	group, groupCtx = errgroup.WithContext(ctx)
	for i, name := range names {
		group.Go(func() (err error) { streams[i], err = s.bus.StreamState(groupCtx, name); return err })
	}
	if f.err = group.Wait(); f.err != nil {
		return f
	}
	for i, name := range names {
		f.streams[name] = streams[i]
	}
	for i, c := range event.Consumers {
		f.consumers[c] = consumers[i]
	}
	return f
}

// behind is how many messages the ledger has not read. In a stream that holds
// nothing there is nothing to be read, however large its last number.
func behind(p api.Position, state bus.StreamState) uint64 {
	if state.Messages == 0 || p.Position >= state.Last {
		return 0
	}
	return min(state.Last-p.Position, state.Messages)
}

// ahead reports whether the ledger has read more than was there when the streams
// were looked at.
func ahead(summary ledger.Summary, streams map[string]bus.StreamState) bool {
	for name, p := range summary.Positions {
		if p.Position > streams[name].Last {
			return true
		}
	}
	return false
}

// caughtUp reads the ledger once it has read what the streams hold, or a moment
// later in any case.
func (s *Service) caughtUp(ctx context.Context, streams map[string]bus.StreamState) (ledger.Summary, error) {
	patience := time.NewTimer(catchUpTime)
	defer patience.Stop()
	for {
		changed := s.ledger.Changed()
		summary, err := s.ledger.Summary()
		if err != nil {
			return summary, err
		}
		missing := uint64(0)
		for name, p := range summary.Positions {
			missing += behind(p, streams[name])
		}
		if missing == 0 {
			return summary, nil
		}
		select {
		case <-changed:
		case <-patience.C:
			return summary, nil
		case <-ctx.Done():
			return summary, nil
		}
	}
}

// api is the flow as it is answered, in the order of the stream table.
func (f flow) api(summary ledger.Summary) (streams []api.Stream, consumers []api.Consumer, positions []api.Position) {
	streams, consumers, positions = []api.Stream{}, []api.Consumer{}, []api.Position{}
	names := []string{}
	for _, s := range event.Streams {
		names = append(names, s.Name)
	}
	for _, name := range append(names, objectStream) {
		state, known := f.streams[name]
		if p, read := summary.Positions[name]; read {
			p.Last, p.Behind = state.Last, behind(p, state)
			positions = append(positions, p)
		}
		if !known {
			continue
		}
		out := api.Stream{Name: name, Messages: state.Messages, Bytes: state.Bytes, MaxBytes: state.MaxBytes}
		if state.MaxBytes > 0 {
			out.Used = float64(state.Bytes) / float64(state.MaxBytes)
		}
		streams = append(streams, out)
	}
	for _, c := range event.Consumers {
		if state, known := f.consumers[c]; known {
			consumers = append(consumers, api.Consumer{
				Stream: c.Stream, Durable: c.Durable, Pending: state.Pending, AckPending: state.AckPending,
				Redelivered: state.Redelivered, AckFloor: state.AckFloor,
			})
		}
	}
	return streams, consumers, positions
}

// account decides whether the books balance. same: ledger and streams were seen
// at one moment, so that messages can be counted against facts. other: the ledger
// is that of other streams.
func (s *Service) account(out *api.Status, f flow, same, other bool) {
	a := &out.Accounting
	a.Differences = []string{}
	for _, name := range slices.Sorted(maps.Keys(a.Publications)) {
		if c := a.Publications[name]; !c.Balanced() {
			a.Differences = append(a.Differences, fmt.Sprintf("the sums of %s do not hold: %+v", name, c))
		}
	}
	read := f.err == nil && !other && s.ledger.Ready() == nil
	unreadable := map[string]int{}
	for _, p := range out.Ledger {
		read = read && p.Behind == 0
		unreadable[p.Stream] = p.Unreadable
	}
	if read && same {
		for stream, counted := range map[string]int{event.Pages: a.All.Pages.Received, event.Articles: a.All.Articles.Events + a.All.Manifests} {
			// Of messages that an erasure has taken out of the stream the ledger knows
			// those that it had read before.
			counted += unreadable[stream]
			kept, erased := int(f.streams[stream].Messages), int(f.streams[stream].Last-f.streams[stream].Messages)
			if counted < kept || counted > kept+erased {
				a.Differences = append(a.Differences, fmt.Sprintf("%s keeps %d messages, %d are accounted for", stream, kept, counted))
			}
		}
	}
	slices.Sort(a.Differences)
	a.Exact = read && len(a.Differences) == 0
	// What is still in a work queue waits as well, though nobody has counted it.
	a.Settled = a.Settled && f.err == nil && f.streams[event.Uploads].Messages == 0 && f.streams[event.Commands].Messages == 0
}

// stages describes the flow through each service.
func (s *Service) stages(ctx context.Context, f flow, summary ledger.Summary) []api.Stage {
	load := func(consumers ...event.Consumer) (backlog, inProgress int) {
		for _, c := range consumers {
			backlog += int(f.consumers[c].Pending)
			inProgress += int(f.consumers[c].AckPending)
		}
		return backlog, inProgress
	}
	stage := func(name, unit string, tick ledger.Tick, oldest *ledger.Oldest, consumers ...event.Consumer) api.Stage {
		out := api.Stage{Name: name, Unit: unit, PerMinute: s.ledger.PerMinute(tick), Paused: s.health.paused(ctx, name)}
		out.Backlog, out.InProgress = load(consumers...)
		if oldest != nil {
			out.Oldest, out.OldestAge = oldest.At.UTC(), max(0, s.now().Sub(oldest.At).Seconds())
			if !oldest.Key.IsZero() {
				out.OldestPage = &oldest.Key
			}
		}
		return out
	}
	return []api.Stage{
		stage(api.StageIngest, "pages", ledger.PageReceived, s.uploads.look(ctx, s.bus, f.streams[event.Uploads]), event.IngestUploads),
		stage(api.StageParse, "pages", ledger.PageCommitted, summary.OldestPage, event.ParsePages, event.ParseCommands),
		stage(api.StageIndex, "articles", ledger.ArticleIndexed, summary.OldestEvent, event.IndexArticles),
	}
}

// problems collects what a person should know.
func (s *Service) problems(ctx context.Context, out *api.Status, f flow) {
	say := func(format string, args ...any) { out.Problems = append(out.Problems, fmt.Sprintf(format, args...)) }
	if f.err != nil {
		say("the streams cannot be seen, the figures are those of the ledger: %s", reason(f.err))
	} else if err := s.ledger.Ready(); err != nil {
		say("the ledger does not follow the streams: %s", reason(err))
	}
	for _, c := range s.health.failing(ctx) {
		if strings.HasPrefix(c.Name, "console ") {
			continue // said above
		}
		say("%s: %s", c.Name, c.Reason)
	}
	for _, stream := range out.Streams {
		if stream.Used >= nearlyFull {
			say("%s is filled to %.0f %%: uploads are refused until there is room", stream.Name, 100*stream.Used)
		}
	}
	for _, p := range out.Ledger {
		if p.Unreadable > 0 {
			say("%s no event of ours in %s; see the log of the console", plural(p.Unreadable, "message is", "messages are"), p.Stream)
		}
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// reason is an error in a person's words.
func reason(err error) string { return fault.ProblemOf(err).Detail }

// page returns what is known of a page: of the ledger or, when that has not read
// so far yet, of the registry itself.
func (s *Service) page(ctx context.Context, key newspaper.PageKey) (api.Page, error) {
	page, err := s.ledger.Page(key)
	if !fault.Is(err, fault.NotFound) && (err != nil || len(page.Revisions) > 0) {
		return page, err
	}
	registered, _, registryErr := s.bus.Page(ctx, key)
	if registryErr == nil && len(registered.Revisions) > 0 {
		return ledger.Provisional(registered), nil
	}
	return page, err
}
