// Package client talks HTTP to a running Broadsheet.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// Options make a Client.
type Options struct {
	Server string // http://host:port
	Token  string // bearer token; empty: none
	// Patience is how long an upload is tried again while the server is away,
	// busy or full. 0: not at all.
	Patience time.Duration
}

// Client is safe for concurrent use.
type Client struct {
	base     *url.URL
	token    string
	patience time.Duration
	http     *http.Client
}

// New returns a client of the server at o.Server.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.Server)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "%q is no server's address", o.Server).On("server").Fix("write it as http://127.0.0.1:8080")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	transport.ResponseHeaderTimeout = time.Minute
	return &Client{base: base, token: o.Token, patience: o.Patience, http: &http.Client{Transport: transport}}, nil
}

// Close lets idle connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// URL is the address of a path at the server.
func (c *Client) URL(path string, query url.Values) string {
	u := c.base.JoinPath(path)
	u.RawQuery = query.Encode()
	return u.String()
}

// Upload is a page on its way.
type Upload struct {
	Key       newspaper.PageKey
	Data      []byte
	MediaType string // empty: the server finds out
	ID        string // empty: a new one
	Supersede bool   // known bytes become a new revision
}

// Upload sends a page and returns its receipt. While the server is away, busy or
// full it tries again, as long as the client's patience lasts. A receipt that
// went missing on the way is not mistaken for an earlier upload's: Duplicate
// says whether the page was there before this call.
func (c *Client) Upload(ctx context.Context, u Upload) (newspaper.Receipt, error) {
	own := u.ID == ""
	if own {
		u.ID = newID()
	}
	attempts := 0
	receipt, err := patiently(ctx, c.patience, func() (newspaper.Receipt, error) {
		attempts++
		return c.upload(ctx, u)
	})
	if own && attempts > 1 && receipt.UploadID == u.ID {
		receipt.Duplicate = false
	}
	return receipt, err
}

func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(b[:])
}

func (c *Client) upload(ctx context.Context, u Upload) (newspaper.Receipt, error) {
	var receipt newspaper.Receipt
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, c.URL("/v1/pages/"+u.Key.String(), nil), bytes.NewReader(u.Data))
	if err != nil {
		return receipt, fault.Wrap(fault.Internal, err, "upload %s", u.Key)
	}
	request.Header.Set(event.HeaderUploadID, u.ID)
	if u.MediaType != "" {
		request.Header.Set("Content-Type", u.MediaType)
	}
	if u.Supersede {
		request.Header.Set(event.HeaderSupersede, "true")
	}
	return receipt, c.do(request, &receipt)
}

// Page returns the fate of a page.
func (c *Client) Page(ctx context.Context, key newspaper.PageKey) (api.Page, error) {
	var page api.Page
	return page, c.Get(ctx, "/v1/pages/"+key.String(), nil, &page)
}

// Status returns the accounting of everything received.
func (c *Client) Status(ctx context.Context) (api.Status, error) {
	var status api.Status
	return status, c.Get(ctx, "/v1/status", nil, &status)
}

// Hit is an article that was found. It is for reading answers: an embedded
// Article writes itself alone.
type Hit struct {
	newspaper.Article
	Highlights map[string][]string `json:"highlights,omitempty"`
}

// Hits is a part of a search's result.
type Hits struct {
	Total         int                `json:"total"`
	TotalRelation string             `json:"totalRelation"` // exact or atLeast
	Notes         []string           `json:"notes,omitempty"`
	Articles      []Hit              `json:"articles"`
	Facets        map[string][]Count `json:"facets,omitempty"`
	Next          string             `json:"next,omitempty"`
	Relaxed       bool               `json:"relaxed,omitempty"` // nothing has all that was asked for; these have most of it
}

// Count is a value of a facet and how many articles have it.
type Count struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Search asks for articles with the parameters of docs/searching.md.
func (c *Client) Search(ctx context.Context, query url.Values) (Hits, error) {
	var hits Hits
	return hits, c.Get(ctx, "/v1/articles", query, &hits)
}

// SearchPatiently is Search that tries again while the server is away or busy, as
// long as the client's patience lasts.
func (c *Client) SearchPatiently(ctx context.Context, query url.Values) (Hits, error) {
	return patiently(ctx, c.patience, func() (Hits, error) { return c.Search(ctx, query) })
}

// Get reads the JSON answer at a path.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	return c.ask(ctx, http.MethodGet, path, query, into)
}

// Post asks the server to do something that needs no body.
func (c *Client) Post(ctx context.Context, path string, into any) error {
	return c.ask(ctx, http.MethodPost, path, nil, into)
}

func (c *Client) ask(ctx context.Context, method, path string, query url.Values, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.URL(path, query), nil)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "%s %s", method, path)
	}
	return c.do(request, into)
}

// waitFor is what the server asked for before the next attempt.
type waitFor struct {
	error
	after time.Duration
}

func (w waitFor) Unwrap() error { return w.error }

const maxAnswer = 256 << 20

func (c *Client) do(request *http.Request, into any) error {
	request.Header.Set("Accept", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.unreachable(request.Context(), err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return c.unreachable(request.Context(), err)
	}
	if response.StatusCode >= 300 {
		return refusal(response, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fault.Wrap(fault.Internal, err, "%s answers something else than expected", request.URL.Redacted()).
			Fix("is this the address of a Broadsheet?")
	}
	return nil
}

func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	wrapped := fault.Wrap(fault.Unavailable, err, "cannot reach Broadsheet at %s", c.base)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return wrapped.Fix("start it with broadsheet up, or give its address with --server")
	}
	return wrapped.Fix("try again")
}

// refusal turns an answer into the error that the server meant.
func refusal(response *http.Response, body []byte) error {
	var p fault.Problem
	var e *fault.Error
	if json.Unmarshal(body, &p) == nil && p.Kind != "" {
		e = &fault.Error{Kind: p.Kind, Field: p.Field, Message: p.Detail, Remedy: p.Remedy}
	} else {
		e = fault.New(kindOf(response.StatusCode), "%s answers %s", response.Request.URL.Redacted(), response.Status)
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		return waitFor{e, time.Duration(seconds) * time.Second}
	}
	return e
}

// kindOf reads a bare status: that of a proxy, or of something else.
func kindOf(status int) fault.Kind {
	for _, k := range fault.Kinds() {
		if k.Policy().Status == status {
			return k
		}
	}
	switch status {
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusTooManyRequests:
		return fault.Unavailable
	}
	if status < 500 {
		return fault.Invalid
	}
	return fault.Internal
}

// maxWait bounds what a server may ask us to wait between two attempts.
const maxWait = 30 * time.Second

// patiently repeats what fails because the server is away, busy or full.
func patiently[T any](ctx context.Context, patience time.Duration, ask func() (T, error)) (T, error) {
	if patience <= 0 {
		return ask()
	}
	var last error
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 100*time.Millisecond, 5*time.Second
	v, err := backoff.Retry(ctx, func() (T, error) {
		v, err := ask()
		last = err
		if err == nil {
			return v, nil
		}
		if fault.KindOf(err).Policy().Fate != fault.Wait || ctx.Err() != nil {
			return v, backoff.Permanent(err)
		}
		var w waitFor
		if errors.As(err, &w) && w.after > 0 {
			return v, &backoff.RetryAfterError{Duration: min(w.after, maxWait)}
		}
		return v, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(patience))
	if err != nil && last != nil {
		return v, last // what the server said, not what the loop says
	}
	return v, err
}
