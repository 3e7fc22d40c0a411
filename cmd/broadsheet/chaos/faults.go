package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"

	"broadsheet/deploy"
)

// fault is something that goes wrong while pages are uploaded.
type fault struct {
	name, about string
	rate        int  // pages a second; 0: 10
	articles    int  // on a page; 0: 3
	refused     int  // documents that Elasticsearch refuses, among the good ones
	poison      int  // pages that parse refuses
	proxied     bool // something stands between index and Elasticsearch
	// strike makes it go wrong, and returns when every part is there again.
	strike func(ctx context.Context, w *world) error
}

var faults = []fault{
	{name: "ingest", about: "kill -9 of ingest", strike: killing("ingest")},
	{name: "parse", about: "kill -9 of parse", strike: killing("parse")},
	{name: "index", about: "kill -9 of index", strike: killing("index")},
	{name: "nats", about: "kill -9 of nats-server", strike: killing("nats")},
	{name: "elasticsearch", about: "kill -9 of Elasticsearch, which stays away", rate: 7, articles: 10, refused: 5, strike: elasticsearchAway},
	{name: "everything", about: "kill -9 of everything at once", strike: everything},
	{name: "network", about: "Elasticsearch hangs and resets connections", proxied: true, strike: network},
	{name: "rolling", about: "rolling restart of all services, a poison page and a refused document among good ones", refused: 1, poison: 1, strike: rolling},
}

func names() []string {
	var out []string
	for _, f := range faults {
		out = append(out, f.name)
	}
	return out
}

// choose returns the fault of that name; "": all.
func choose(name string) ([]fault, error) {
	if name == "" {
		return faults, nil
	}
	for _, f := range faults {
		if f.name == name {
			return []fault{f}, nil
		}
	}
	return nil, fmt.Errorf("there is no fault %q; there are %s", name, strings.Join(names(), ", "))
}

// pause waits, for as long as the seed says, between least and most.
func pause(ctx context.Context, r *rand.Rand, least, most time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(least + time.Duration(r.Int64N(int64(most-least)))):
		return nil
	}
}

// killing kills a process again and again, at random moments: under load, and while it
// is starting again.
func killing(name string) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		for range 4 * w.o.rounds {
			if err := pause(ctx, w.random, 100*time.Millisecond, 5*time.Second); err != nil {
				return err
			}
			w.kill(w.process(name))
		}
		return nil
	}
}

// elasticsearchAway kills it and lets it be away for longer than any message is
// tried again.
func elasticsearchAway(ctx context.Context, w *world) error {
	if err := pause(ctx, w.random, time.Second, 5*time.Second); err != nil {
		return err
	}
	if err := w.killElasticsearch(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(w.o.down):
	}
	return w.o.node.Begin()
}

// everything is a power cut.
func everything(ctx context.Context, w *world) error {
	for range w.o.rounds {
		if err := pause(ctx, w.random, 2*time.Second, 6*time.Second); err != nil {
			return err
		}
		for _, p := range w.Processes() {
			w.kill(p)
		}
		if err := errors.Join(w.killElasticsearch(), w.o.node.Begin()); err != nil {
			return err
		}
	}
	return nil
}

// network makes the way to Elasticsearch bad in one way after the other: nothing
// comes through any more, for longer than a request may take; connections are cut
// at their first bytes, or in the middle of an answer.
func network(ctx context.Context, w *world) error {
	longest := 35 * time.Second
	toxics := []struct {
		json        string
		least, most time.Duration
	}{
		{`{"type":"timeout","stream":"downstream","attributes":{"timeout":0}}`, longest, longest + time.Second},
		{`{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`, 2 * time.Second, 8 * time.Second},
		{`{"type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`, 2 * time.Second, 6 * time.Second},
		{`{"type":"reset_peer","stream":"upstream","attributes":{"timeout":200}}`, 2 * time.Second, 6 * time.Second},
		{`{"type":"limit_data","stream":"downstream","attributes":{"bytes":3000}}`, 2 * time.Second, 6 * time.Second},
	}
	w.random.Shuffle(len(toxics), func(i, j int) { toxics[i], toxics[j] = toxics[j], toxics[i] })
	for _, t := range toxics {
		if err := pause(ctx, w.random, 500*time.Millisecond, 2*time.Second); err != nil {
			return err
		}
		w.kills++
		if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(t.json)); err != nil {
			return err
		}
		err := pause(ctx, w.random, t.least, t.most)
		w.proxy.Toxics.ResetToxics(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// rolling stops every service as an engine does, one after the other, and starts
// it again.
func rolling(ctx context.Context, w *world) error {
	order := append([]string{}, deploy.Services...)
	w.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for _, name := range order {
		if err := pause(ctx, w.random, 500*time.Millisecond, 3*time.Second); err != nil {
			return err
		}
		p := w.Service(name)
		w.kills++
		if err := p.End(syscall.SIGTERM); err != nil {
			return fmt.Errorf("%w\n%s", err, p.LastWords())
		}
		if err := p.Start(); err != nil {
			return err
		}
		if err := w.Ready(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
