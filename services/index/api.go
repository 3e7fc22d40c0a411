package index

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// answerTimeout bounds one request.
const answerTimeout = 15 * time.Second

// Register adds the search interface, which openapi.yaml describes:
//
//	GET /v1/articles                q, filters, facet, sort, limit, cursor, format → Answer
//	GET /v1/articles/{uri}          the article; 404 never heard of, 410 withdrawn, with the reason
//	GET /v1/articles/{uri}/related  limit → RelatedAnswer
//	GET /v1/people/{name}           limit → PersonAnswer
//	GET /v1/suggest                 q, kind, limit → SuggestAnswer
//	GET /v1/openapi.json            the description of all this
//	GET /v1/index/articles          after, limit → List: uri and version of all that searches can find, for accounting
func (s *Service) Register(mux *http.ServeMux) {
	mux.Handle("GET /v1/articles", s.answer("articles", s.searchArticles))
	mux.Handle("GET /v1/articles/{uri}", s.answer("article", asJSON(s.article)))
	mux.Handle("GET /v1/articles/{uri}/related", s.answer("related", asJSON(s.related)))
	mux.Handle("GET /v1/people/{name}", s.answer("person", asJSON(s.person)))
	mux.Handle("GET /v1/suggest", s.answer("suggest", asJSON(s.suggest)))
	mux.Handle("GET /v1/openapi.json", s.answer("openapi", s.description))
	mux.Handle("GET /v1/index/articles", s.answer("list", asJSON(s.list)))
}

// response is what is answered.
type response struct {
	media string
	body  []byte
	next  string // address of the next page, relative to the request's; "": none
}

const mediaJSON = "application/json"

// asJSON makes a response of a value.
func asJSON(f func(context.Context, *http.Request) (any, error)) func(context.Context, *http.Request) (response, error) {
	return func(ctx context.Context, r *http.Request) (response, error) {
		v, err := f(ctx, r)
		if err != nil {
			return response{}, err
		}
		body, err := json.Marshal(v)
		return response{media: mediaJSON, body: append(body, '\n')}, err
	}
}

// answer makes a handler of a function that returns what is to be answered.
func (s *Service) answer(route string, f func(context.Context, *http.Request) (response, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
		defer cancel()
		began := time.Now()
		status := http.StatusOK
		out, err := f(ctx, r)
		if err != nil {
			status = fault.KindOf(err).Policy().Status
			if status >= 500 && r.Context().Err() == nil {
				s.log.Error("request failed", zap.String("path", r.URL.Path), zap.Error(err))
			}
			fault.Write(w, err)
		} else {
			status = out.write(w, r)
		}
		s.searches.WithLabelValues(route, strconv.Itoa(status)).Observe(time.Since(began).Seconds())
	})
}

// write answers, with 304 when the client has it already.
func (o response) write(w http.ResponseWriter, r *http.Request) int {
	sum := sha256.Sum256(append([]byte(o.media+"\n"), o.body...))
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Vary", "Accept")
	h.Set("Cache-Control", "no-cache") // may be kept, must be asked about
	if o.next != "" {
		h.Set("Link", "<"+o.next+`>; rel="next"`)
	}
	if has(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified
	}
	h.Set("Content-Type", o.media)
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(o.body)
	return http.StatusOK
}

func has(tags []string, tag string) bool {
	for one := range strings.SplitSeq(strings.Join(tags, ","), ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

// parameters reads those of the address.
func parameters(r *http.Request) (url.Values, error) {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the parameters cannot be read").On("query").Fix("encode them as in a URL")
	}
	return params, nil
}

// limited reads limit, the only parameter of a route.
func limited(r *http.Request, least, usual, most int) (int, error) {
	params, err := parameters(r)
	if err != nil {
		return 0, err
	}
	for name, values := range params {
		if name != "limit" {
			return 0, fault.New(fault.Invalid, "there is no parameter %.80q", name).On("query").Fix("the only parameter is limit")
		}
		if len(values) > 1 {
			return 0, fault.New(fault.Invalid, "limit is given %d times", len(values)).On("limit").Fix("give it once")
		}
	}
	v := params.Get("limit")
	if v == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, fault.New(fault.Invalid, "limit %.80q is not a number from %d to %d", v, least, most).On("limit").Fix("leave it out for %d", usual)
	}
	return n, nil
}

func (s *Service) article(ctx context.Context, r *http.Request) (any, error) {
	stored, err := s.visible(ctx, r.PathValue("uri"))
	if err != nil {
		return nil, err
	}
	return s.withReprints(ctx, stored)
}

// visible returns an article that has not been withdrawn.
func (s *Service) visible(ctx context.Context, uri string) (search.Stored, error) {
	if _, _, err := newspaper.ParseArticleURI(uri); err != nil {
		return search.Stored{}, err
	}
	stored, err := s.store.Get(ctx, uri)
	if err != nil || !stored.Withdrawn {
		return stored, err
	}
	a, err := decoded(uri, stored.Source)
	if err != nil {
		return stored, err
	}
	reason := a.EdNote
	if reason == "" {
		reason = "no reason was given"
	}
	return stored, fault.New(fault.Gone, "the article was withdrawn: %s", reason).On("uri")
}

func decoded(uri string, source json.RawMessage) (*newspaper.Article, error) {
	var a newspaper.Article
	if err := json.Unmarshal(source, &a); err != nil || len(source) < 2 {
		return nil, fault.Wrap(fault.Internal, err, "the index holds %s in a form that cannot be read", uri)
	}
	return &a, nil
}

// List is a part of what searches can find, by uri.
type List struct {
	Articles []search.Listed `json:"articles"`
	Next     string          `json:"next,omitempty"` // give it as after; absent at the end
}

const maxList = 10_000

func (s *Service) list(ctx context.Context, r *http.Request) (any, error) {
	limit := maxList
	if v := r.URL.Query().Get("limit"); v != "" {
		var err error
		if limit, err = strconv.Atoi(v); err != nil || limit < 1 || limit > maxList {
			return nil, fault.New(fault.Invalid, "limit %.80q is not a number from 1 to %d", v, maxList).On("limit").Fix("leave it out for %d", maxList)
		}
	}
	after := r.URL.Query().Get("after")
	if after != "" {
		if _, _, err := newspaper.ParseArticleURI(after); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "after is not an article's uri").On("after").Fix("give the next of an earlier answer")
		}
	}
	listed, err := s.store.List(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	out := List{Articles: listed}
	if out.Articles == nil {
		out.Articles = []search.Listed{}
	}
	if len(listed) == limit {
		out.Next = listed[limit-1].URI
	}
	return out, nil
}
