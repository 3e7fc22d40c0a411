package parse

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// audit writes who asked for what. It stands in the log before anything is done,
// so that nothing is done without its entry.
func (s *Service) audit(ctx context.Context, j job, c event.Command) error {
	who := c.Who
	if who == "" {
		who = "unknown"
	}
	err := s.bus.Audit(ctx, event.Audit{Run: c.Run, Time: s.now().UTC(), Who: who, Action: c.Action, Key: c.Key, URI: c.URI, Reason: c.Reason, Until: c.Until}, j.trace)
	if err == nil {
		s.log.Info("taking down", zap.String("action", string(c.Action)), zap.Stringer("page", c.Key), zap.String("uri", c.URI), zap.String("who", who), zap.String("reason", c.Reason))
	}
	return err
}

// unknownArticle says that a page has no such article.
func unknownArticle(key newspaper.PageKey, uri string) error {
	return fault.New(fault.NotFound, "page %s never had an article %s", key, uri).On("uri").Fix("look up the uri by searching")
}

// withdraw hides an article or a page. A page that was not parsed yet is parsed
// first, so that there is something to hold on to.
func (s *Service) withdraw(ctx context.Context, j job, c event.Command) error {
	if _, err := time.Parse(time.DateOnly, c.Until); c.Until != "" && err != nil {
		return fault.New(fault.Invalid, "until %q is not a day of the calendar", c.Until).On("until").Fix("write it as YYYY-MM-DD")
	}
	last, _, err := s.bus.Manifest(ctx, j.key)
	if err == nil && last.Sequence == 0 {
		if err = s.parse(ctx, j); err == nil {
			last, _, err = s.bus.Manifest(ctx, j.key)
		}
	}
	if err != nil {
		return err
	}
	if c.URI != "" && !knows(last, c.URI) {
		return unknownArticle(j.key, c.URI)
	}
	if e := erasureOf(&last, c.URI); e != nil {
		return fault.New(fault.Gone, "it was erased on %s: there is nothing left to withdraw", e.Time.Format(time.DateOnly)).On("uri")
	}
	if err := s.audit(ctx, j, c); err != nil {
		return err
	}
	return s.hide(ctx, j.key, c.URI, c.Reason, j.trace)
}

// erasureOf is the erasure of an article or, without a uri, of the page; nil when
// it was not erased.
func erasureOf(m *newspaper.Manifest, uri string) *newspaper.Erasure {
	if uri == "" {
		return m.ErasedPage()
	}
	for _, k := range m.Articles {
		if k.URI == uri && k.State == newspaper.Erased {
			return &newspaper.Erasure{URI: uri, Time: erasedAt(m, uri), Reason: k.Reason}
		}
	}
	return nil
}

func erasedAt(m *newspaper.Manifest, uri string) time.Time {
	for _, e := range m.Erasures {
		if e.URI == uri || e.URI == "" {
			return e.Time
		}
	}
	return time.Time{}
}

// hide commits a withdrawal, unless it is in force already.
func (s *Service) hide(ctx context.Context, key newspaper.PageKey, uri, reason, trace string) error {
	return s.change(ctx, key, trace, func(last newspaper.Manifest, at time.Time) (commit, bool, error) {
		c, changed := withhold(last, uri, reason, at)
		return c, changed, nil
	})
}

// change commits what next makes of the page's manifest, until nobody else was
// faster. next reports whether there is anything to change.
func (s *Service) change(ctx context.Context, key newspaper.PageKey, trace string, next func(newspaper.Manifest, time.Time) (commit, bool, error)) error {
	for {
		last, guard, err := s.bus.Manifest(ctx, key)
		if err != nil {
			return err
		}
		c, changed, err := next(last, s.now())
		if err != nil || !changed {
			return err
		}
		err = s.commit(ctx, c, guard, trace)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// from is a commit that leaves a page as it is: what is to be changed is a copy.
func from(last newspaper.Manifest, at time.Time) commit {
	c := commit{at: at, manifest: last}
	c.manifest.Sequence = sequenceAfter(last.Sequence, at)
	c.manifest.Articles = slices.Clone(last.Articles)
	return c
}

// withhold hides an article of the page, or all of them, because a person says
// so. It reports whether there was anything to hide.
func withhold(last newspaper.Manifest, uri, reason string, at time.Time) (commit, bool) {
	c := from(last, at)
	changed := false
	if uri == "" && last.Withdrawn != reason {
		c.manifest.Withdrawn, changed = reason, true
	}
	for i := range c.manifest.Articles {
		k := &c.manifest.Articles[i]
		switch {
		case uri != "" && k.URI != uri, k.State == newspaper.Erased:
			continue
		case k.State != newspaper.Withdrawn:
			// One that had vanished has been taken out of what readers see.
			if k.State == newspaper.Live {
				c.withdraw(k, newspaper.Withdrawn, reason)
			} else {
				k.State, k.Reason = newspaper.Withdrawn, reason
			}
			k.WithPage, changed = uri == "", true
		case uri != "" && k.WithPage: // from now on for its own sake, too
			c.withdraw(k, newspaper.Withdrawn, reason)
			changed = true
		}
	}
	return c, changed
}

// reinstate takes a withdrawal back: what was hidden is published with its next
// version. The page is parsed anew, since it may have changed meanwhile; where its
// bytes were erased, the articles come back as they were last published.
func (s *Service) reinstate(ctx context.Context, j job, c event.Command) error {
	last, _, err := s.bus.Manifest(ctx, j.key)
	if err != nil {
		return err
	}
	if c.URI != "" && !knows(last, c.URI) {
		return unknownArticle(j.key, c.URI)
	}
	if err := reinstatable(&last, c.URI); err != nil {
		return err
	}
	if err := s.audit(ctx, j, c); err != nil {
		return err
	}
	var parsed *Parsed
	return s.change(ctx, j.key, j.trace, func(last newspaper.Manifest, at time.Time) (commit, bool, error) {
		next, again := released(last, c.URI, at)
		if len(again) == 0 && next.manifest.Withdrawn == last.Withdrawn {
			return next, false, nil // by an earlier delivery of this command
		}
		if last.ErasedBytes(j.revision.SHA256) {
			err := s.republish(ctx, &next, again, at)
			return next, true, err
		}
		if parsed == nil {
			if parsed, err = s.read(ctx, j); err != nil {
				return commit{}, false, err
			}
		}
		j.run = max(c.Run, last.Run)
		next, err := s.next(ctx, j, next.manifest, parsed)
		return next, true, err
	})
}

// reinstatable says why something cannot be reinstated.
func reinstatable(m *newspaper.Manifest, uri string) error {
	if uri == "" {
		return nil
	}
	i := slices.IndexFunc(m.Articles, func(k newspaper.ManifestArticle) bool { return k.URI == uri })
	switch k := m.Articles[i]; {
	case k.State == newspaper.Erased:
		return fault.New(fault.Gone, "%s was erased: nothing is left of it", uri).On("uri").Fix("it cannot come back")
	case k.WithPage:
		return fault.New(fault.Conflict, "%s is hidden because its whole page %s is", uri, m.Key).On("uri").Fix("reinstate the page, and withdraw what is to stay hidden of it")
	}
	return nil
}

// released is the page without a withdrawal, and the places of the articles that
// it had hidden: as if they had been away.
func released(last newspaper.Manifest, uri string, at time.Time) (commit, []int) {
	c := from(last, at)
	if uri == "" {
		c.manifest.Withdrawn = ""
	}
	var again []int
	for i := range c.manifest.Articles {
		k := &c.manifest.Articles[i]
		if k.State == newspaper.Withdrawn && (uri == "" && k.WithPage || k.URI == uri) {
			k.State, k.Reason, k.WithPage = newspaper.Vanished, "", false
			again = append(again, i)
		}
	}
	return c, again
}

// republish adds the events of articles as they were last published.
func (s *Service) republish(ctx context.Context, c *commit, places []int, at time.Time) error {
	for _, i := range places {
		k := &c.manifest.Articles[i]
		a, err := s.bus.Article(ctx, k.URI)
		if fault.Is(err, fault.NotFound) {
			continue // it was hidden before it was ever published
		}
		if err != nil {
			return err
		}
		k.State = newspaper.Live
		k.Version++
		c.changes = append(c.changes, change{event.ArticleParsed, published(a, *k, at)})
	}
	return nil
}
