package parse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// An issue is complete when every page that was announced for it is committed.
// Whoever changes that, a commit or an announcement, looks afterwards: the last
// of them sees it complete.

// announced takes an announcement in.
func (s *Service) announced(ctx context.Context, m *bus.Message) error {
	return s.announcement(ctx, m.Subject, m.Trace)
}

func (s *Service) announcement(ctx context.Context, subject, trace string) error {
	issue, err := event.IssueOfSubject(subject)
	if err != nil {
		return err
	}
	return s.complete(ctx, issue, trace)
}

// complete says that the issue is complete, if it is and this was not said of the
// same state before. What was said last is read first: what is read of the pages
// after it is at least as new, so that no older state ever follows a newer one.
func (s *Service) complete(ctx context.Context, issue newspaper.IssueKey, trace string) error {
	a, _, err := s.bus.Announcement(ctx, issue)
	if err != nil || len(a.Pages) == 0 {
		return err
	}
	for {
		said, guard, err := s.bus.CompletedIssue(ctx, issue)
		if err != nil {
			return err
		}
		next, there, err := s.state(ctx, issue)
		if err != nil || !there || next.Same(&said) {
			return err
		}
		next.Sequence = sequenceAfter(said.Sequence, s.now())
		err = s.bus.CompleteIssue(ctx, next, guard, trace)
		if err == nil {
			s.log.Info("issue complete", zap.Stringer("issue", issue), zap.Int("pages", len(next.Pages)), zap.Int("articles", next.Articles), zap.String("trace", trace))
		}
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// state is the issue as it is now; false when a page is not committed.
func (s *Service) state(ctx context.Context, issue newspaper.IssueKey) (newspaper.CompletedIssue, bool, error) {
	out := newspaper.CompletedIssue{Issue: issue}
	a, _, err := s.bus.Announcement(ctx, issue)
	if err != nil {
		return out, false, err
	}
	committed, err := s.bus.CommittedPages(ctx, issue)
	if err != nil {
		return out, false, err
	}
	for _, key := range a.Pages {
		if !slices.Contains(committed, key) {
			return out, false, nil
		}
	}
	for _, key := range a.Pages {
		m, _, err := s.bus.Manifest(ctx, key)
		if err != nil {
			return out, false, err
		}
		page := completed(&m)
		out.Pages = append(out.Pages, page)
		out.Articles += page.Articles
	}
	return out, true, nil
}

// completed is a page of an issue as its manifest has it.
func completed(m *newspaper.Manifest) newspaper.CompletedPage {
	out := newspaper.CompletedPage{Key: m.Key, Revision: m.Revision, Sequence: m.Sequence, Withdrawn: m.Withdrawn}
	live := sha256.New()
	for _, a := range m.Articles {
		if a.State == newspaper.Live {
			out.Articles++
			_, _ = fmt.Fprintf(live, "%s@%d\n", a.URI, a.Version)
		}
	}
	out.Digest = hex.EncodeToString(live.Sum(nil)[:12])
	return out
}
