package parse

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// emptyText is the sha256 of no bytes: the text of a page that has none any more.
var emptyText = sha256Of("")

// erase takes an article or a page down for good and purges what is kept of its
// text (docs/adr/0018). The command stays in its queue until every step is done;
// each can be done again.
func (s *Service) erase(ctx context.Context, j job, c event.Command) error {
	last, _, err := s.bus.Manifest(ctx, j.key)
	if err != nil {
		return err
	}
	if c.URI != "" && !knows(last, c.URI) {
		return unknownArticle(j.key, c.URI)
	}
	if err := s.audit(ctx, j, c); err != nil {
		return err
	}
	return s.eraseNow(ctx, c, j.trace)
}

// eraseNow carries an erasure out. It is in the audit log already.
func (s *Service) eraseNow(ctx context.Context, c event.Command, trace string) error {
	page, _, err := s.bus.Page(ctx, c.Key)
	if err != nil || len(page.Revisions) == 0 {
		return err
	}
	if _, err := s.bus.PutObject(ctx, nil); err != nil { // what the manifest names as the page's text
		return err
	}
	err = s.change(ctx, c.Key, trace, func(last newspaper.Manifest, at time.Time) (commit, bool, error) {
		next, changed := erased(last, page, c, at)
		return next, changed, nil
	})
	if err != nil {
		return err
	}
	manifest, guard, err := s.bus.Manifest(ctx, c.Key)
	if err != nil {
		return err
	}
	for _, k := range manifest.Articles {
		if k.State != newspaper.Erased {
			continue
		}
		subject, err := event.ArticleSubject(event.ArticleParsed, k.URI)
		if err != nil {
			return err
		}
		if _, err := s.bus.Scrub(ctx, event.Articles, subject, 0, nil); err != nil {
			return err
		}
	}
	if err := s.purgeBytes(ctx, &manifest, guard); err != nil {
		return err
	}
	if err := s.eraseLetters(ctx, c.Key); err != nil {
		return err
	}
	// The index has to have taken the tombstones in before its files can be freed
	// of what they replaced: that is for it to know.
	err = s.bus.Command(ctx, "index", event.Command{Action: event.Expunge, Key: c.Key, Run: c.Run, URI: c.URI, After: guard})
	if err == nil {
		s.log.Info("erased", zap.Stringer("page", c.Key), zap.String("uri", c.URI))
	}
	return err
}

// erased is the page without an article, or without all of them, and without
// whatever else of the manifest says what stood on it.
func erased(last newspaper.Manifest, page newspaper.Page, c event.Command, at time.Time) (commit, bool) {
	next := from(last, at)
	m := &next.manifest
	current := page.Current()
	m.Key = c.Key
	if last.Sequence == 0 { // it could not be parsed, or not yet
		m.Revision, m.SHA256, m.Parser = current.Number, current.SHA256, Version
	}
	for _, r := range page.Revisions {
		m.Erased = with(m.Erased, r.SHA256)
	}
	changed := len(m.Erased) != len(last.Erased)
	if !slices.ContainsFunc(m.Erasures, func(e newspaper.Erasure) bool { return e.URI == c.URI }) || c.URI == "" && m.Withdrawn == "" {
		m.Erasures = append(slices.Clone(m.Erasures), newspaper.Erasure{URI: c.URI, Time: at.UTC().Truncate(time.Second), Who: c.Who, Reason: c.Reason})
		changed = true
	}
	if c.URI == "" {
		m.Withdrawn = c.Reason
	}
	for i := range m.Articles {
		k := &m.Articles[i]
		if k.State != newspaper.Erased && (c.URI == "" || k.URI == c.URI) {
			next.withdraw(k, newspaper.Erased, c.Reason)
			// The fingerprint stays, so that the text is known if it comes again.
			k.Digest, k.Sketch, k.Headline, k.Lines, k.Continues = "", "", "", []newspaper.LineRange{}, nil
			changed = true
		}
	}
	m.Text, m.Lines = emptyText, 0
	m.Furniture, m.Rest, m.Warnings = []newspaper.LineRange{}, []newspaper.LineRange{}, []string{}
	return next, changed
}

func with(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(slices.Clone(list), s)
}

// purgeBytes removes the bytes and the texts of the page, and then the manifests
// that named the texts.
func (s *Service) purgeBytes(ctx context.Context, m *newspaper.Manifest, current uint64) error {
	names := slices.Clone(m.Erased)
	subject := event.ManifestSubject(m.Key)
	err := s.bus.Read(ctx, event.Articles, subject, func(msg *bus.Message) error {
		old, err := bus.DataOf[newspaper.Manifest](msg, event.PageParsed)
		if err != nil || msg.StreamSeq >= current {
			return err
		}
		names = with(names, old.Text)
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.purge(ctx, m.Key, names); err != nil {
		return err
	}
	_, err = s.bus.Scrub(ctx, event.Articles, subject, current, nil)
	return err
}

// purge removes the objects of those names that no other page needs.
func (s *Service) purge(ctx context.Context, key newspaper.PageKey, names []string) error {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" || name == emptyText })
	if len(names) == 0 {
		return nil
	}
	needed, err := s.neededElsewhere(ctx, key, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		if needed[name] {
			continue
		}
		if err := s.bus.EraseObject(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// neededElsewhere says which of the objects other pages name: the same bytes may
// have been uploaded as another page. It reads the whole registry.
func (s *Service) neededElsewhere(ctx context.Context, key newspaper.PageKey, names []string) (map[string]bool, error) {
	wanted := map[newspaper.PageKey][]string{}
	want := func(k newspaper.PageKey, name string) {
		if k != key && slices.Contains(names, name) {
			wanted[k] = with(wanted[k], name)
		}
	}
	err := s.bus.Read(ctx, event.Pages, "", func(m *bus.Message) error {
		page, err := bus.DataOf[newspaper.Page](m, event.PageReceived)
		if err != nil {
			s.log.Warn("a registry entry cannot be read", zap.Uint64("seq", m.StreamSeq), zap.Error(err))
			return nil
		}
		for _, r := range page.Revisions {
			want(page.Key, r.SHA256)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = s.bus.Read(ctx, event.Articles, "pages.parsed.>", func(m *bus.Message) error {
		manifest, err := bus.DataOf[newspaper.Manifest](m, event.PageParsed)
		if err != nil {
			s.log.Warn("a manifest cannot be read", zap.Uint64("seq", m.StreamSeq), zap.Error(err))
			return nil
		}
		want(manifest.Key, manifest.Text)
		return nil
	})
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{}
	for k, named := range wanted {
		manifest, _, err := s.bus.Manifest(ctx, k)
		if err != nil {
			return nil, err
		}
		for _, name := range named {
			needed[name] = needed[name] || !manifest.ErasedBytes(name)
		}
	}
	return needed, nil
}

// eraseLetters clears the dead letters about a page: what they say of it, and the
// upload that they would have taken again.
func (s *Service) eraseLetters(ctx context.Context, key newspaper.PageKey) error {
	var letters []event.Letter
	var names []string
	err := s.bus.Read(ctx, event.DeadLetters, "", func(m *bus.Message) error {
		l, err := bus.LetterOf(m)
		about := l.Key
		if about.IsZero() {
			about, _ = event.KeyOfSubject(l.Subject)
		}
		if err == nil && about == key && !bus.IsErased(l) {
			letters, names = append(letters, l), with(names, l.SHA256)
		}
		return nil // one that cannot be read is no letter of ours
	})
	if err != nil {
		return err
	}
	if err := s.purge(ctx, key, names); err != nil {
		return err
	}
	for _, l := range letters {
		if err := s.bus.EraseLetter(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// erasedAlready ends a job about bytes that were erased. They may have come back
// by somebody who was at work on them at that time.
func (s *Service) erasedAlready(ctx context.Context, j job, m newspaper.Manifest, parsed *Parsed) error {
	names := []string{j.revision.SHA256}
	if parsed != nil {
		names = append(names, sha256Of(parsed.Text))
	}
	if err := s.purge(ctx, j.key, names); err != nil {
		return err
	}
	if j.run != "" {
		return fault.New(fault.Gone, "the bytes of page %s were erased, with an article of it", m.Key).On("key").
			Fix("its other articles stay as they are; upload the page again without what was erased to have it parsed")
	}
	s.log.Info("these bytes were erased", zap.Stringer("page", j.key), zap.Int("revision", j.revision.Number))
	return nil
}
