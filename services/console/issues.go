package console

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// oneIssue answers for a day's paper.
func (s *Service) oneIssue(r *http.Request) (any, error) {
	issue, err := newspaper.NewIssueKey(r.PathValue("publication"), r.PathValue("date"))
	if err != nil {
		return nil, err
	}
	return s.Issue(r.Context(), issue)
}

// Issue returns the day's paper: fault.NotFound when nothing of it was received
// or announced. Which pages it has says its announcement; without one the
// catalogue or the numbering does.
func (s *Service) Issue(ctx context.Context, issue newspaper.IssueKey) (api.Issue, error) {
	publication := s.catalogue.Lookup(issue.Publication)
	out := api.Issue{Publication: issue.Publication, Name: publication.Name, Date: issue.Date, Editions: []api.Edition{}}
	announced, _, err := s.bus.Announcement(ctx, issue)
	if err != nil {
		return out, err
	}
	completed, _, err := s.bus.CompletedIssue(ctx, issue)
	if err != nil {
		return out, err
	}
	pages, err := s.ledger.Issue(issue)
	if err != nil {
		return out, err
	}
	if len(pages) == 0 && len(announced.Pages) == 0 {
		return out, fault.New(fault.NotFound, "nothing of %s was received or announced", issue).On("issue").Fix("correct publication and date, or upload its pages")
	}
	out.Announced, out.Completed = announced.Announced, completed.Sequence
	var expected []newspaper.PageKey
	out.Expected, expected = expectedPages(issue, publication, announced, pages)
	out.Editions = editions(pages, expected, out.Expected == api.ByAnnouncement)
	out.Counts = tally(out.Editions)
	out.Complete = out.Counts.Total > 0 && out.Counts.Committed == out.Counts.Total
	if out.Expected == api.ByAnnouncement {
		out.Complete = !slices.ContainsFunc(expected, func(k newspaper.PageKey) bool {
			return !slices.ContainsFunc(pages, func(p api.Page) bool { return p.Key == k && p.Text != nil })
		})
	}
	return out, nil
}

// expectedPages are the pages that an issue should have, and how that is known.
func expectedPages(issue newspaper.IssueKey, publication newspaper.Publication, announced newspaper.Announcement, pages []api.Page) (string, []newspaper.PageKey) {
	if len(announced.Pages) > 0 {
		return api.ByAnnouncement, announced.Pages
	}
	present := map[string][]string{}
	var out []newspaper.PageKey
	for _, p := range pages {
		present[p.Key.Edition] = append(present[p.Key.Edition], p.Key.Page)
		out = append(out, p.Key)
	}
	for edition, names := range present {
		for _, page := range newspaper.MissingPages(names, publication.Pages) {
			out = append(out, newspaper.PageKey{Publication: issue.Publication, Date: issue.Date, Edition: edition, Page: page})
		}
	}
	if publication.Pages > 0 {
		return api.ByCatalogue, out
	}
	return api.ByNumbering, out
}

// editions are the pages that are there and those that should be, by edition.
func editions(pages []api.Page, expected []newspaper.PageKey, announced bool) []api.Edition {
	all := map[newspaper.PageKey]api.IssuePage{}
	for _, key := range expected {
		all[key] = api.IssuePage{Key: key, Fate: api.Missing, Articles: []api.Article{}}
	}
	for i := range pages {
		p := issuePage(&pages[i])
		_, isExpected := all[p.Key]
		p.Unexpected = announced && !isExpected
		all[p.Key] = p
	}
	out := []api.Edition{}
	for _, key := range slices.SortedFunc(maps.Keys(all), newspaper.ComparePages) {
		if len(out) == 0 || out[len(out)-1].Edition != key.Edition {
			out = append(out, api.Edition{Edition: key.Edition})
		}
		last := &out[len(out)-1]
		last.Pages = append(last.Pages, all[key])
	}
	return out
}

// issuePage is a page as its issue shows it.
func issuePage(p *api.Page) api.IssuePage {
	out := api.IssuePage{Key: p.Key, Fate: api.Missing, Withdrawn: p.Withdrawn, Articles: []api.Article{}}
	if len(p.Revisions) > 0 { // newest first
		r := p.Revisions[0]
		out.Fate, out.Revision, out.Since, out.Message, out.Letter = r.Fate, r.Revision.Number, r.Since, r.Message, r.Letter
	}
	for _, a := range p.Articles {
		if a.State == newspaper.Live {
			out.Articles = append(out.Articles, a)
		}
	}
	return out
}

func tally(editions []api.Edition) api.PageTally {
	var out api.PageTally
	for _, e := range editions {
		for _, p := range e.Pages {
			out.Total++
			out.Articles += len(p.Articles)
			if p.Unexpected {
				out.Unexpected++
			}
			switch p.Fate {
			case api.Committed:
				out.Committed++
			case api.Dead, api.Discarded:
				out.Dead++
			case api.Missing:
				out.Missing++
			default:
				out.Waiting++
			}
		}
	}
	return out
}
