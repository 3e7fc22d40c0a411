package bus

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Announcement returns which pages an issue has, and the guard for the next
// announcement. An issue that was never announced has no pages and guard 0.
func (b *Bus) Announcement(ctx context.Context, issue newspaper.IssueKey) (newspaper.Announcement, uint64, error) {
	return last[newspaper.Announcement](ctx, b, event.Issues, event.AnnouncedSubject(issue), event.IssueAnnounced)
}

// Announce makes an announcement the one in force, provided that guard still is
// the last sequence. Errors are those of CommitReceived.
func (b *Bus) Announce(ctx context.Context, a newspaper.Announcement, guard uint64, trace string) error {
	id := fmt.Sprintf("%s@%d", a.Issue, a.Announced.UnixMicro())
	e, err := event.New(event.IssueAnnounced, b.name, id, a.Issue.String(), a.Announced, a)
	if err != nil {
		return err
	}
	return b.publishGuarded(ctx, Outgoing{event.AnnouncedSubject(a.Issue), e, trace}, &guard)
}

// CompletedIssue returns the state in which an issue was last said to be
// complete, and the guard for the next. One that never was has Sequence 0 and
// guard 0.
func (b *Bus) CompletedIssue(ctx context.Context, issue newspaper.IssueKey) (newspaper.CompletedIssue, uint64, error) {
	return last[newspaper.CompletedIssue](ctx, b, event.Issues, event.CompletedSubject(issue), event.IssueCompleted)
}

// CompleteIssue says that an issue is complete, provided that guard still is the
// last sequence. Errors are those of CommitReceived.
func (b *Bus) CompleteIssue(ctx context.Context, c newspaper.CompletedIssue, guard uint64, trace string) error {
	e, err := event.New(event.IssueCompleted, b.name, fmt.Sprintf("%s@%d", c.Issue, c.Sequence), c.Issue.String(), now(), c)
	if err != nil {
		return err
	}
	e.Sequence = c.Sequence
	return b.publishGuarded(ctx, Outgoing{event.CompletedSubject(c.Issue), e, trace}, &guard)
}

// CommittedPages returns the pages of an issue that have a manifest, in order.
func (b *Bus) CommittedPages(ctx context.Context, issue newspaper.IssueKey) ([]newspaper.PageKey, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := b.stream(ctx, event.Articles)
	if err != nil {
		return nil, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(event.ManifestFilter(issue)))
	if err != nil {
		return nil, classify(err, "pages of %s", issue)
	}
	out := make([]newspaper.PageKey, 0, len(info.State.Subjects))
	for subject := range info.State.Subjects {
		key, err := event.KeyOfSubject(subject)
		if err != nil {
			return nil, fault.Wrap(fault.Corrupt, err, "a manifest of %s", issue)
		}
		out = append(out, key)
	}
	slices.SortFunc(out, newspaper.ComparePages)
	return out, nil
}
