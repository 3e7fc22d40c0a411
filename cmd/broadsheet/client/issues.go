package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// Issue returns a day's paper: its pages, their fate and articles.
func (c *Client) Issue(ctx context.Context, issue newspaper.IssueKey) (api.Issue, error) {
	var out api.Issue
	return out, c.Get(ctx, "/v1/issues/"+issue.String(), nil, &out)
}

// Announce says that an issue has these pages, beside those that were announced
// before. It tries again like Upload. It returns what is in force then.
func (c *Client) Announce(ctx context.Context, issue newspaper.IssueKey, pages []newspaper.PageKey) (newspaper.Announcement, error) {
	asked := struct {
		Editions map[string][]string `json:"editions"`
		Add      bool                `json:"add"`
	}{map[string][]string{}, true}
	for _, p := range pages {
		asked.Editions[p.Edition] = append(asked.Editions[p.Edition], p.Page)
	}
	data, err := json.Marshal(asked)
	if err != nil {
		return newspaper.Announcement{}, fault.Wrap(fault.Internal, err, "announce %s", issue)
	}
	return patiently(ctx, c.patience, func() (newspaper.Announcement, error) {
		var out newspaper.Announcement
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL("/v1/issues/"+issue.String(), nil), bytes.NewReader(data))
		if err != nil {
			return out, fault.Wrap(fault.Internal, err, "announce %s", issue)
		}
		request.Header.Set("Content-Type", "application/json")
		return out, c.do(request, &out)
	})
}
