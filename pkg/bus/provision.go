package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// attemptsBucket counts the attempts of messages that were delivered before.
const attemptsBucket = "attempts"

// The streams that buckets are kept in.
const (
	objectsStream  = "OBJ_" + event.Objects
	attemptsStream = "KV_" + attemptsBucket
)

// Layout says how a deployment keeps the streams of the table.
type Layout struct {
	// Storage is the bytes the deployment gives to JetStream; every stream gets
	// its share, so that none can starve another. 0: what is there is left as it
	// is; nothing can be created.
	Storage int64
	// Replicas is on how many servers of a cluster each message is kept: 1, 3 or
	// 5. 0: what is there is left as it is, new streams are kept on one.
	Replicas int
}

// Change is a difference between the table and what the server has.
type Change struct {
	Name    string   // PAGES, or PAGES/parse for a consumer
	Verb    string   // create, update, or replace: delete and create
	Details []string // each setting that changes: "max bytes 1.0 GiB, not 2.0 GiB"
	Loses   string   // what data goes; empty: none
	Fix     string   // how to get there without losing it

	apply func(context.Context) error
}

// String says it for a person.
func (c Change) String() string {
	s := c.Verb + " " + c.Name
	if len(c.Details) > 0 {
		s += ": " + strings.Join(c.Details, "; ")
	}
	return s
}

// Provision creates or updates the streams, consumers and buckets of the table,
// unless that loses data. storage is Layout.Storage. It returns what it changed.
// Running it again changes nothing.
func (b *Bus) Provision(ctx context.Context, storage int64) ([]string, error) {
	plan, err := b.Plan(ctx, Layout{Storage: storage})
	if err != nil {
		return nil, err
	}
	return b.Apply(ctx, plan, nil)
}

// Plan returns what Apply has to do until the server has what the table says.
func (b *Bus) Plan(ctx context.Context, l Layout) ([]Change, error) {
	var plan []Change
	missing := map[string]bool{}
	for _, want := range configs(l) {
		info, err := b.streamInfo(ctx, want.Name)
		if err != nil {
			return nil, err
		}
		missing[want.Name] = info == nil
		c := b.planStream(want, info, l)
		if c == nil {
			continue
		}
		if c.Verb == verbCreate && l.Storage <= 0 {
			return nil, fault.New(fault.Invalid, "there is no stream %s, and without a storage size none can be made", want.Name).
				On("storage").Fix("say how many bytes the deployment gives to JetStream")
		}
		plan = append(plan, *c)
		missing[want.Name] = c.Verb != verbUpdate
	}
	for _, consumer := range event.Consumers {
		c, err := b.planConsumer(ctx, consumer, missing[consumer.Stream])
		if err != nil {
			return nil, err
		}
		if c != nil {
			plan = append(plan, *c)
		}
	}
	return plan, nil
}

// Apply carries out a plan. A change that loses data is refused, and all others
// with it, unless its name is in lose. It returns what it changed.
func (b *Bus) Apply(ctx context.Context, plan []Change, lose []string) ([]string, error) {
	for _, c := range plan {
		if c.Loses != "" && !slices.Contains(lose, c.Name) {
			return nil, fault.New(fault.Conflict, "to %s loses data: %s", c, c.Loses).On(c.Name).Fix("%s", c.Fix)
		}
	}
	var done []string
	for _, c := range plan {
		if err := classify(c.apply(ctx), "%s %s", c.Verb, c.Name); err != nil {
			if fault.Is(err, fault.Full) {
				err = fault.Wrap(fault.Full, err, "the server cannot promise that much to %s", c.Name).
					Fix("raise max_file_store of the server (BROADSHEET_STORAGE in its environment), or ask for less storage")
			}
			return done, err
		}
		done = append(done, map[string]string{verbCreate: "created ", verbUpdate: "updated ", verbReplace: "replaced "}[c.Verb]+c.Name)
	}
	return done, nil
}

// The verbs of changes.
const (
	verbCreate  = "create"
	verbUpdate  = "update"
	verbReplace = "replace"
)

// configs are the streams of the table and those of the buckets.
func configs(l Layout) []jetstream.StreamConfig {
	var out []jetstream.StreamConfig
	for _, s := range event.Streams {
		out = append(out, streamConfig(s, l.Storage))
	}
	// Buckets are streams that the client library lays out: this is how.
	bucket := jetstream.StreamConfig{
		Storage: jetstream.FileStorage, MaxMsgs: -1, MaxMsgSize: -1, MaxConsumers: -1,
		Discard: jetstream.DiscardNew, AllowRollup: true, AllowDirect: true, Duplicates: 2 * time.Minute,
	}
	objects, attempts := bucket, bucket
	objects.Name, objects.Subjects = objectsStream, []string{"$O." + event.Objects + ".C.>", "$O." + event.Objects + ".M.>"}
	objects.Description, objects.MaxBytes, objects.MaxMsgsPerSubject = "page bytes and texts, named by their sha256", share(l.Storage, event.ObjectsShare), -1
	attempts.Name, attempts.Subjects = attemptsStream, []string{"$KV." + attemptsBucket + ".>"}
	attempts.Description, attempts.MaxBytes, attempts.MaxMsgsPerSubject = "attempts of messages that were delivered before", share(l.Storage, attemptsShare), 1
	attempts.MaxAge, attempts.DenyDelete = 7*24*time.Hour, true
	out = append(out, objects, attempts)
	for i := range out {
		out[i].Replicas = l.Replicas
	}
	return out
}

// attemptsShare is the counts' part of the storage.
const attemptsShare = 0.01

func share(storage int64, part float64) int64 { return int64(float64(storage) * part) }

func streamConfig(s event.Stream, storage int64) jetstream.StreamConfig {
	c := jetstream.StreamConfig{
		Name: s.Name, Description: s.About, Subjects: s.Subjects,
		Storage: jetstream.FileStorage, MaxBytes: share(storage, s.Share), MaxMsgsPerSubject: -1,
		MaxMsgs: -1, MaxMsgSize: -1, MaxConsumers: -1,
		// A full stream refuses: whoever publishes is told and nothing is lost.
		Discard:            jetstream.DiscardNew,
		AllowAtomicPublish: s.Atomic,
		// Reads of a subject's last message must come from the leader: they are
		// the guard of the next commit.
		AllowDirect: false,
		Duplicates:  2 * time.Minute,
	}
	switch s.Retention {
	case event.WorkQueue:
		c.Retention = jetstream.WorkQueuePolicy
	case event.Record:
		c.Retention = jetstream.LimitsPolicy
	case event.Window:
		c.Retention = jetstream.LimitsPolicy
		c.MaxAge = s.MaxAge
		c.Discard = jetstream.DiscardOld
	}
	if s.Latest {
		c.MaxMsgsPerSubject = 1
	}
	c.DenyDelete, c.DenyPurge = s.Append, s.Append
	return c
}

// streamInfo returns a stream, nil when there is none.
func (b *Bus) streamInfo(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	stream, err := b.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, classify(err, "stream %s", name)
	}
	return stream.CachedInfo(), nil
}

// planStream compares a stream with what it has to be; nil: it is.
func (b *Bus) planStream(want jetstream.StreamConfig, info *jetstream.StreamInfo, l Layout) *Change {
	if info == nil {
		return &Change{Name: want.Name, Verb: verbCreate, Details: []string{size(want.MaxBytes)}, apply: func(ctx context.Context) error { return b.createStream(ctx, want) }}
	}
	have := info.Config
	if l.Storage <= 0 {
		want.MaxBytes = have.MaxBytes
	}
	if l.Replicas <= 0 {
		want.Replicas = have.Replicas
	}
	details := differences(have, want)
	if len(details) == 0 {
		return nil
	}
	c := &Change{Name: want.Name, Verb: verbUpdate, Details: details}
	c.Loses, c.Fix = losses(info, want)
	if have.Retention != want.Retention && (have.Retention == jetstream.WorkQueuePolicy || want.Retention == jetstream.WorkQueuePolicy) || have.Storage != want.Storage {
		c.Verb = verbReplace
		if info.State.Msgs > 0 {
			c.Loses = fmt.Sprintf("its %d messages, because the server cannot change this on a stream that exists", info.State.Msgs)
			c.Fix = "it does not come from this version of Broadsheet: move it away or use another NATS account"
		}
		c.apply = func(ctx context.Context) error {
			if err := b.js.DeleteStream(ctx, want.Name); err != nil {
				return err
			}
			return b.createStream(ctx, want)
		}
		return c
	}
	c.apply = func(ctx context.Context) error { _, err := b.js.UpdateStream(ctx, merge(have, want)); return err }
	return c
}

func (b *Bus) createStream(ctx context.Context, want jetstream.StreamConfig) error {
	var err error
	switch want.Name {
	case objectsStream:
		_, err = b.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: event.Objects, Description: want.Description,
			Storage: want.Storage, MaxBytes: want.MaxBytes, Replicas: want.Replicas})
	case attemptsStream:
		_, err = b.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: attemptsBucket, Description: want.Description,
			Storage: want.Storage, MaxBytes: want.MaxBytes, TTL: want.MaxAge, Replicas: want.Replicas})
	default:
		_, err = b.js.CreateStream(ctx, want)
	}
	return err
}

// losses says what an update would take away.
func losses(info *jetstream.StreamInfo, want jetstream.StreamConfig) (loses, fix string) {
	have, state := info.Config, info.State
	if over := int64(state.Bytes) - want.MaxBytes; want.MaxBytes > 0 && over > 0 {
		return fmt.Sprintf("it holds %s, more than the %s it would get", size(int64(state.Bytes)), size(want.MaxBytes)),
			"give JetStream more storage; shrinking it would lose data"
	}
	if want.MaxAge > 0 && (have.MaxAge == 0 || have.MaxAge > want.MaxAge) && state.Msgs > 0 && time.Since(state.FirstTime) > want.MaxAge {
		return fmt.Sprintf("its messages that are older than %v", want.MaxAge), "keep a copy of them first, if they matter"
	}
	if want.MaxMsgsPerSubject > 0 && (have.MaxMsgsPerSubject <= 0 || have.MaxMsgsPerSubject > want.MaxMsgsPerSubject) && state.Msgs > state.NumSubjects*uint64(want.MaxMsgsPerSubject) {
		return fmt.Sprintf("all but the last %d messages of each subject", want.MaxMsgsPerSubject), "keep a copy of them first, if they matter"
	}
	return "", ""
}
