// Package search asks the index's HTTP interface for articles. Its types are what
// the console reads of the answers; services/index/openapi.yaml has all of them.
package search

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Answer is a page of a search's result.
type Answer struct {
	Total         int                `json:"total"`
	TotalRelation string             `json:"totalRelation"` // exact, or atLeast
	Notes         []string           `json:"notes"`         // for a person: why it may not be what was expected
	Articles      []Article          `json:"articles"`
	Facets        map[string][]Count `json:"facets"`
	Next          string             `json:"next"` // cursor of the next page; "" on the last
}

// AtLeast says that there are more hits than were counted.
func (a Answer) AtLeast() bool { return a.TotalRelation == "atLeast" }

// Article is an article as the index answers it.
type Article struct {
	newspaper.Article
	// Highlights are pieces of text by field (headline, body, caption, byline), in
	// HTML whose only element is <em>, around the words that were looked for.
	Highlights map[string][]string `json:"highlights"`
	Reprints   []Reprint           `json:"reprints"` // other prints of the same copy, earliest first
}

// Reprint is another print of an article's copy.
type Reprint struct {
	URI         string `json:"uri"`
	Publication string `json:"publication"`
	Name        string `json:"name"` // of the publication; may be absent
	Date        string `json:"date"` // YYYY-MM-DD
	Page        string `json:"page"`
	Headline    string `json:"headline"`
}

// Count is a value of a facet and how many hits have it.
type Count struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Client asks an index.
type Client struct {
	base   string
	client *http.Client
}

// New returns a client of the index at base, an address such as
// http://127.0.0.1:8082.
func New(base string, client *http.Client) *Client {
	return &Client{strings.TrimSuffix(base, "/"), client}
}

// Find searches with the parameters of GET /v1/articles. What the index refuses is
// an error of the same kind, with what to change.
func (c *Client) Find(ctx context.Context, q url.Values) (Answer, error) {
	var out Answer
	return out, c.get(ctx, "/v1/articles?"+q.Encode(), &out)
}

// Article reads an article: fault.Gone with the reason when it was withdrawn.
func (c *Client) Article(ctx context.Context, uri string) (Article, error) {
	var out Article
	return out, c.get(ctx, "/v1/articles/"+url.PathEscape(uri), &out)
}

// Related finds articles that share names and words with one, the most alike first.
func (c *Client) Related(ctx context.Context, uri string, limit int) ([]Article, error) {
	var out Answer
	err := c.get(ctx, "/v1/articles/"+url.PathEscape(uri)+"/related?limit="+strconv.Itoa(limit), &out)
	return out.Articles, err
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 64 << 20

func (c *Client) get(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+address, nil)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%q is no address of an index", c.base)
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.client.Do(request)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the index does not answer").Fix("try again; the live page says more")
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the index's answer breaks off").Fix("try again")
	}
	if response.StatusCode != http.StatusOK {
		return refusal(response.Status, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the index's answer cannot be read").Fix("see that BROADSHEET_INDEX names the index, of this version")
	}
	return nil
}

// refusal is the error of an answer that is a problem document.
func refusal(status string, body []byte) error {
	var p fault.Problem
	if err := json.Unmarshal(body, &p); err != nil || p.Detail == "" || !slices.Contains(fault.Kinds(), p.Kind) {
		return fault.New(fault.Unavailable, "the index answers %s", status).Fix("see that BROADSHEET_INDEX names the index")
	}
	err := fault.New(p.Kind, "%s", p.Detail).On(p.Field)
	if p.Remedy != "" {
		err = err.Fix("%s", p.Remedy)
	}
	return err
}
