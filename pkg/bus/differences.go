package bus

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
)

// settings are what the table decides about a stream. What is not here, such as
// placement and compression, is the deployment's own affair and kept on an update.
var settings = []struct {
	name string
	of   func(*jetstream.StreamConfig) any // a pointer to it
}{
	{"description", func(c *jetstream.StreamConfig) any { return &c.Description }},
	{"subjects", func(c *jetstream.StreamConfig) any { return &c.Subjects }},
	{"retention", func(c *jetstream.StreamConfig) any { return &c.Retention }},
	{"storage", func(c *jetstream.StreamConfig) any { return &c.Storage }},
	{"max bytes", func(c *jetstream.StreamConfig) any { return &c.MaxBytes }},
	{"max messages", func(c *jetstream.StreamConfig) any { return &c.MaxMsgs }},
	{"max messages of a subject", func(c *jetstream.StreamConfig) any { return &c.MaxMsgsPerSubject }},
	{"when a subject is full", func(c *jetstream.StreamConfig) any { return &c.DiscardNewPerSubject }},
	{"max message size", func(c *jetstream.StreamConfig) any { return &c.MaxMsgSize }},
	{"max consumers", func(c *jetstream.StreamConfig) any { return &c.MaxConsumers }},
	{"max age", func(c *jetstream.StreamConfig) any { return &c.MaxAge }},
	{"when full", func(c *jetstream.StreamConfig) any { return &c.Discard }},
	{"replicas", func(c *jetstream.StreamConfig) any { return &c.Replicas }},
	{"duplicate window", func(c *jetstream.StreamConfig) any { return &c.Duplicates }},
	{"no acknowledgements", func(c *jetstream.StreamConfig) any { return &c.NoAck }},
	{"direct reads", func(c *jetstream.StreamConfig) any { return &c.AllowDirect }},
	{"atomic batches", func(c *jetstream.StreamConfig) any { return &c.AllowAtomicPublish }},
	{"deletes forbidden", func(c *jetstream.StreamConfig) any { return &c.DenyDelete }},
	{"purges forbidden", func(c *jetstream.StreamConfig) any { return &c.DenyPurge }},
	{"sealed", func(c *jetstream.StreamConfig) any { return &c.Sealed }},
}

// differences says what has to change, setting by setting.
func differences(have, want jetstream.StreamConfig) []string {
	var out []string
	for _, s := range settings {
		h, w := reflect.ValueOf(s.of(&have)).Elem(), reflect.ValueOf(s.of(&want)).Elem()
		if reflect.DeepEqual(h.Interface(), w.Interface()) || h.CanInt() && h.Int() <= 0 && w.Int() <= 0 {
			continue // 0 and -1 are both: no limit
		}
		out = append(out, fmt.Sprintf("%s %s, not %s", s.name, shown(s.name, w.Interface()), shown(s.name, h.Interface())))
	}
	return out
}

// merge gives a stream the settings of the table and leaves the others.
func merge(have, want jetstream.StreamConfig) jetstream.StreamConfig {
	for _, s := range settings {
		reflect.ValueOf(s.of(&have)).Elem().Set(reflect.ValueOf(s.of(&want)).Elem())
	}
	return have
}

// shown is a setting's value for people.
func shown(name string, v any) string {
	switch v := v.(type) {
	case int64:
		if name == "max bytes" {
			return size(v)
		}
		return limit(v)
	case int32:
		return limit(int64(v))
	case time.Duration:
		if v == 0 {
			return "none"
		}
	case string:
		return strconv.Quote(v)
	case []string:
		return strings.Join(v, " ")
	}
	return fmt.Sprint(v)
}

// limit makes the ways to say "none" one.
func limit(n int64) string {
	if n <= 0 {
		return "unlimited"
	}
	return fmt.Sprint(n)
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n <= 0:
		return "unlimited"
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// consumerConfig is how a durable of the table is worked off.
func (b *Bus) consumerConfig(c event.Consumer) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable: c.Durable, FilterSubject: c.Filter,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: b.ackWait,
		// Attempts are ours to count: an outage must not use them up.
		MaxDeliver: -1, MaxAckPending: 2000, DeliverPolicy: jetstream.DeliverAllPolicy,
	}
}

// consumerInfo returns a durable of the table, nil when there is none or its
// stream is missing.
func (b *Bus) consumerInfo(ctx context.Context, c event.Consumer) (*jetstream.ConsumerInfo, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	consumer, err := b.js.Consumer(ctx, c.Stream, c.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, classify(err, "consumer %s of %s", c.Durable, c.Stream)
	}
	return consumer.CachedInfo(), nil
}

// planConsumer compares a durable with what it has to be; nil: it is.
func (b *Bus) planConsumer(ctx context.Context, c event.Consumer, streamMissing bool) (*Change, error) {
	want := b.consumerConfig(c)
	name := c.Stream + "/" + c.Durable
	put := func(ctx context.Context) error {
		_, err := b.js.CreateOrUpdateConsumer(ctx, c.Stream, want)
		return err
	}
	create := &Change{Name: name, Verb: verbCreate, Details: []string{"reads " + c.Filter}, apply: put}
	if streamMissing {
		return create, nil
	}
	info, err := b.consumerInfo(ctx, c)
	if err != nil {
		return nil, err
	}
	if info == nil {
		return create, nil
	}
	details, replace := consumerDifferences(info.Config, want)
	if !replace {
		want.Metadata = ours(info.Config.Metadata) // says what its position is worth
	}
	switch {
	case len(details) == 0:
		return nil, nil
	case !replace:
		return &Change{Name: name, Verb: verbUpdate, Details: details, apply: put}, nil
	}
	return &Change{Name: name, Verb: verbReplace, Details: details,
		Loses: "its place in the stream: everything in it is handled once more, which changes nothing but takes time",
		Fix:   "do it while there is little in the stream, or when there is time for it",
		apply: func(ctx context.Context) error {
			if err := b.js.DeleteConsumer(ctx, c.Stream, c.Durable); err != nil {
				return err
			}
			return put(ctx)
		}}, nil
}

// consumerDifferences says what has to change, and whether the server cannot
// change it on a consumer that exists.
func consumerDifferences(have, want jetstream.ConsumerConfig) (details []string, replace bool) {
	for _, d := range []struct {
		name       string
		have, want any
		fixed      bool
	}{
		{"filter", strings.Join(filters(have), " "), strings.Join(filters(want), " "), false},
		{"wait for acknowledgement", have.AckWait, want.AckWait, false},
		{"most deliveries", limit(int64(have.MaxDeliver)), limit(int64(want.MaxDeliver)), false},
		{"most in flight", have.MaxAckPending, want.MaxAckPending, false},
		{"goes when unused for", have.InactiveThreshold, want.InactiveThreshold, false},
		{"retries after", fmt.Sprint(have.BackOff), fmt.Sprint(want.BackOff), false},
		{"acknowledgement", have.AckPolicy, want.AckPolicy, true},
		{"begins at", have.DeliverPolicy, want.DeliverPolicy, true},
	} {
		if d.have != d.want {
			details = append(details, fmt.Sprintf("%s %v, not %v", d.name, d.want, d.have))
			replace = replace || d.fixed
		}
	}
	return details, replace
}

func filters(c jetstream.ConsumerConfig) []string {
	if c.FilterSubject != "" {
		return []string{c.FilterSubject}
	}
	out := slices.Clone(c.FilterSubjects)
	slices.Sort(out)
	return out
}
