package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// retriedFor is how long the bytes of a retried dead letter are kept: until the
// retry is done, only the waiting command names them.
const retriedFor = 7 * 24 * time.Hour

// sweepRegularly sweeps until ctx ends. A sweep that fails is tried again at its
// next time.
func (s *Service) sweepRegularly(ctx context.Context) error {
	tick := time.NewTicker(s.o.SweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		n, err := s.sweep(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			s.log.Warn("sweep broken off", zap.Int("deleted", n), zap.Error(err))
		case n > 0:
			s.log.Info("swept", zap.Int("deleted", n))
		}
	}
}

// sweepBatch is how many objects are deleted between two looks at their age.
const sweepBatch = 100

// sweep deletes the objects that nothing names and that have been there for
// SweepAge, and says how many. What uploads leave when they fail half way ends
// here. It deletes nothing as long as it cannot read everything that may name an
// object.
func (s *Service) sweep(ctx context.Context) (int, error) {
	before := s.now().Add(-s.o.SweepAge)
	candidates, err := s.stale(ctx, before)
	if err != nil || len(candidates) == 0 {
		return 0, err
	}
	named, err := s.named(ctx)
	if err != nil {
		return 0, err
	}
	candidates = slices.DeleteFunc(candidates, func(o objectName) bool { return named[o] })
	deleted := 0
	for batch := range slices.Chunk(candidates, sweepBatch) {
		// What came into use meanwhile was written anew (bus.PutObject) and is young.
		stale, err := s.stale(ctx, before)
		if err != nil {
			return deleted, err
		}
		still := make(map[objectName]bool, len(stale))
		for _, o := range stale {
			still[o] = true
		}
		for _, o := range batch {
			if !still[o] {
				continue
			}
			if err := s.bus.DeleteObject(ctx, o.String()); err != nil && !fault.Is(err, fault.NotFound) {
				return deleted, err
			}
			deleted++
			s.metrics.swept.Inc()
		}
	}
	return deleted, nil
}

// objectName is an object's name as the sha256 that it is: there may be millions.
type objectName [sha256.Size]byte

func (o objectName) String() string { return hex.EncodeToString(o[:]) }

// nameOf reads an object's name; false for one that is not ours.
func nameOf(s string) (o objectName, ok bool) {
	raw, err := hex.DecodeString(s)
	return o, err == nil && copy(o[:], raw) == len(raw) && len(raw) == len(o)
}

// stale lists the objects that were last written before a time.
func (s *Service) stale(ctx context.Context, before time.Time) ([]objectName, error) {
	objects, err := s.bus.Objects(ctx)
	if err != nil {
		return nil, err
	}
	var out []objectName
	for _, o := range objects {
		if name, ours := nameOf(o.SHA256); ours && o.Modified.Before(before) {
			out = append(out, name)
		}
	}
	return out, nil
}

// named is the set of objects that something names: a revision, a page's text,
// a dead letter that may be retried.
func (s *Service) named(ctx context.Context) (map[objectName]bool, error) {
	names := map[objectName]bool{}
	add := func(sha string) {
		if name, ours := nameOf(sha); ours {
			names[name] = true
		}
	}
	// What was erased is named by the registry for ever, and does not count.
	erased := map[newspaper.PageKey][]string{}
	err := s.bus.Read(ctx, event.Articles, "pages.parsed.>", func(m *bus.Message) error {
		manifest, err := bus.DataOf[newspaper.Manifest](m, event.PageParsed)
		if len(manifest.Erased) > 0 {
			erased[manifest.Key] = manifest.Erased
		}
		if !manifest.ErasedBytes(manifest.SHA256) {
			add(manifest.SHA256)
		}
		add(manifest.Text)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = s.bus.Read(ctx, event.Pages, "", func(m *bus.Message) error {
		page, err := bus.DataOf[newspaper.Page](m, event.PageReceived)
		for _, r := range page.Revisions {
			if !slices.Contains(erased[page.Key], r.SHA256) {
				add(r.SHA256)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = s.bus.Read(ctx, event.DeadLetters, "", func(m *bus.Message) error {
		letter, err := bus.LetterOf(m)
		if letter.Resolution == event.Discarded || letter.Resolution == event.Retried && s.now().Sub(letter.Resolved) > retriedFor {
			return err
		}
		add(letter.SHA256)
		return err
	})
	return names, err
}

var _ Bus = (*bus.Bus)(nil)
