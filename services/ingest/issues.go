package ingest

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/pkg/observe"
)

// announcement is the body of POST /v1/issues/{publication}/{date}: the pages of
// each edition.
type announcement struct {
	Editions map[string][]string `json:"editions"` // {"main": ["01", "02"]}
	// Add keeps what was announced before. Without it the pages given are all that
	// the issue has.
	Add bool `json:"add"`
}

// maxAnnouncement is the most bytes of an announcement.
const maxAnnouncement = 64 << 10

// postIssue takes in which pages an issue has.
func (s *Service) postIssue(w http.ResponseWriter, r *http.Request) {
	made, fresh, err := s.announce(r)
	if err != nil {
		s.reject(w, r, upload{via: "http", trace: observe.Trace(r.Header.Get(event.HeaderTrace))}, false, err)
		return
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	w.Header().Set("Location", "/v1/issues/"+made.Issue.String())
	answer(w, status, made)
}

// announce makes an announcement of a request. fresh: it says something else than
// the one before.
func (s *Service) announce(r *http.Request) (made newspaper.Announcement, fresh bool, err error) {
	who, err := s.o.Tokens.bearer(r.Header)
	if err != nil {
		return made, false, err
	}
	issue, err := newspaper.NewIssueKey(r.PathValue("publication"), r.PathValue("date"))
	if err != nil {
		return made, false, err
	}
	if err := who.may(issue.Publication); err != nil {
		return made, false, err
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxAnnouncement))
	if err != nil {
		return made, false, unreadable(err)
	}
	asked, err := newspaper.Decode[announcement](data)
	if err != nil {
		return made, false, fault.Wrap(fault.KindOf(err), err, "an announcement").Fix(`send {"editions": {"main": ["01", "02"]}}`)
	}
	pages, err := s.announcedPages(issue, asked.Editions)
	if err != nil {
		return made, false, err
	}
	// As with a page: what came whole is taken.
	return s.commitAnnouncement(context.WithoutCancel(r.Context()), issue, pages, asked.Add, observe.Trace(r.Header.Get(event.HeaderTrace)))
}

// announcedPages checks the pages of an announcement and brings them into order.
func (s *Service) announcedPages(issue newspaper.IssueKey, editions map[string][]string) ([]newspaper.PageKey, error) {
	var pages []newspaper.PageKey
	for _, edition := range slices.Sorted(maps.Keys(editions)) {
		for _, page := range editions[edition] {
			key, err := newspaper.NewPageKey(issue.Publication, issue.Date, edition, page)
			if err == nil {
				err = s.o.Catalogue.Admit(key)
			}
			if err != nil {
				return nil, err
			}
			pages = append(pages, key)
		}
	}
	if len(pages) == 0 {
		return nil, fault.New(fault.Invalid, "the announcement names no page").On("editions").Fix(`send {"editions": {"main": ["01", "02"]}}`)
	}
	return inOrder(pages)
}

func inOrder(pages []newspaper.PageKey) ([]newspaper.PageKey, error) {
	slices.SortFunc(pages, newspaper.ComparePages)
	pages = slices.Compact(pages)
	if len(pages) > newspaper.MaxIssuePages {
		return nil, fault.New(fault.TooLarge, "the issue would have %d pages, more than %d", len(pages), newspaper.MaxIssuePages).On("editions")
	}
	return pages, nil
}

// commitAnnouncement makes an announcement the one in force, unless it says what
// the one before said. It may lose a race; then it looks again.
func (s *Service) commitAnnouncement(ctx context.Context, issue newspaper.IssueKey, pages []newspaper.PageKey, add bool, trace string) (newspaper.Announcement, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.StoreTimeout)
	defer cancel()
	for {
		last, guard, err := s.bus.Announcement(ctx, issue)
		if err != nil {
			return last, false, err
		}
		all := pages
		if add {
			if all, err = inOrder(append(slices.Clone(last.Pages), pages...)); err != nil {
				return last, false, err
			}
		}
		if slices.Equal(all, last.Pages) {
			return last, false, nil
		}
		made := newspaper.Announcement{Issue: issue, Pages: all, Announced: s.now().UTC()}
		err = s.bus.Announce(ctx, made, guard, trace)
		if err == nil {
			s.log.Info("issue announced", zap.Stringer("issue", issue), zap.Int("pages", len(all)), zap.String("trace", trace))
		}
		if !fault.Is(err, fault.Conflict) {
			return made, true, err
		}
	}
}
