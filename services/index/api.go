package index

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/search"
)

// answerTimeout bounds one search.
const answerTimeout = 15 * time.Second

// Answer is a page of a search's result. An article is as in the article's
// events, with "highlights" added: by field, pieces of text in HTML in which the
// words that were looked for stand in <em>…</em>.
type Answer struct {
	Total    int               `json:"total"`
	Articles []json.RawMessage `json:"articles"`
	Next     string            `json:"next,omitempty"` // the cursor of the next page; absent on the last
}

// Register adds the search interface:
//
//	GET /v1/articles         q, publication, edition, page, from, to, person, organisation, place,
//	                         byline, agency, type, sort, limit, cursor → Answer
//	GET /v1/articles/{uri}   the article; 404 never heard of, 410 withdrawn, with the reason
//	GET /v1/index/articles   after, limit → List: uri and version of all that searches can find, for accounting
func (s *Service) Register(mux *http.ServeMux) {
	mux.Handle("GET /v1/articles", s.answer("articles", s.searchArticles))
	mux.Handle("GET /v1/articles/{uri}", s.answer("article", s.article))
	mux.Handle("GET /v1/index/articles", s.answer("list", s.list))
}

// answer makes a handler of a function that returns what is to be answered.
func (s *Service) answer(route string, f func(context.Context, *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
		defer cancel()
		began := time.Now()
		status := http.StatusOK
		v, err := f(ctx, r)
		var body []byte
		if err == nil {
			body, err = json.Marshal(v)
		}
		if err != nil {
			status = fault.KindOf(err).Policy().Status
			if status >= 500 && r.Context().Err() == nil {
				s.log.Error("request failed", zap.String("path", r.URL.Path), zap.Error(err))
			}
			fault.Write(w, err)
		} else {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(append(body, '\n'))
		}
		s.searches.WithLabelValues(route, strconv.Itoa(status)).Observe(time.Since(began).Seconds())
	})
}

func (s *Service) searchArticles(ctx context.Context, r *http.Request) (any, error) {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the parameters cannot be read").Fix("encode them as in a URL")
	}
	q, err := search.Parse(params)
	if err != nil {
		return nil, err
	}
	result, err := s.store.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	out := Answer{Total: result.Total, Articles: make([]json.RawMessage, len(result.Hits))}
	for i, h := range result.Hits {
		if out.Articles[i], err = highlighted(h, q.Words); err != nil {
			return nil, err
		}
	}
	if result.More {
		out.Next = q.Cursor(result.Hits[len(result.Hits)-1].Place)
	}
	return out, nil
}

// highlighted is a hit with its highlights. It is added to the text as it is
// stored, so that what a newer writer put there is answered too.
func highlighted(h search.Hit, words []search.Word) (json.RawMessage, error) {
	if len(words) == 0 {
		return h.Source, nil
	}
	var a newspaper.Article
	if err := json.Unmarshal(h.Source, &a); err != nil || len(h.Source) < 2 {
		return nil, fault.Wrap(fault.Internal, err, "the index holds %s in a form that cannot be read", h.URI)
	}
	found := search.Highlights(&a, words)
	if found == nil {
		return h.Source, nil
	}
	data, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	out := append([]byte{}, h.Source[:len(h.Source)-1]...)
	out = append(out, `,"highlights":`...)
	return append(append(out, data...), '}'), nil
}

func (s *Service) article(ctx context.Context, r *http.Request) (any, error) {
	uri := r.PathValue("uri")
	if _, _, err := newspaper.ParseArticleURI(uri); err != nil {
		return nil, err
	}
	stored, err := s.store.Get(ctx, uri)
	if err != nil {
		return nil, err
	}
	if !stored.Withdrawn {
		return stored.Source, nil
	}
	var a newspaper.Article
	if err := json.Unmarshal(stored.Source, &a); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the index holds %s in a form that cannot be read", uri)
	}
	reason := a.EdNote
	if reason == "" {
		reason = "no reason was given"
	}
	return nil, fault.New(fault.Gone, "the article was withdrawn: %s", reason).On("uri")
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
			return nil, fault.New(fault.Invalid, "limit %q is not a number from 1 to %d", v, maxList).On("limit")
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
