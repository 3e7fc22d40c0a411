package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/console/ledger"
)

// registerJSON adds the routes for programs.
func (s *Service) registerJSON(mux *http.ServeMux) {
	mux.Handle("GET /v1/status", s.answer(func(r *http.Request) (any, error) { return s.Status(r.Context()) }))
	mux.Handle("GET /v1/pages", s.answer(func(r *http.Request) (any, error) { return s.listPages(r.URL.Query()) }))
	mux.Handle("GET /v1/pages/{publication}/{date}/{edition}/{page}", s.answer(s.onePage))
	mux.HandleFunc("GET /v1/pages/{publication}/{date}/{edition}/{page}/text", s.pageText)
	mux.Handle("GET /v1/issues/{publication}/{date}", s.answer(s.oneIssue))
	mux.Handle("GET /v1/deadletters", s.answer(func(r *http.Request) (any, error) { return s.listLetters(r.URL.Query()) }))
	mux.Handle("GET /v1/deadletters/{id}", s.answer(func(r *http.Request) (any, error) { return s.ledger.Letter(r.PathValue("id")) }))
	mux.Handle("POST /v1/deadletters/{id}/{action}", ownOrigin(s.answer(func(r *http.Request) (any, error) {
		return s.resolve(r.Context(), r.PathValue("id"), r.PathValue("action"))
	})))
}

// ownOrigin refuses what another site's page makes a browser send.
func ownOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fault.Write(w, fault.New(fault.Forbidden, "a page of another site may not do this").Fix("use the console's own pages, the command line or a client that is no browser"))
	}))
	return guard.Handler(next)
}

// answer makes a handler of what is to be answered.
func (s *Service) answer(f func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := f(r)
		if err != nil {
			s.complain(r, err)
			fault.Write(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(v) // what fails is the connection
	})
}

// complain logs what is our fault.
func (s *Service) complain(r *http.Request, err error) {
	if fault.Is(err, fault.Internal) && r.Context().Err() == nil {
		s.log.Error("request failed", zap.String("path", r.URL.Path), zap.Error(err))
	}
}

func keyOf(r *http.Request) (newspaper.PageKey, error) {
	return newspaper.NewPageKey(r.PathValue("publication"), r.PathValue("date"), r.PathValue("edition"), r.PathValue("page"))
}

func (s *Service) onePage(r *http.Request) (any, error) {
	key, err := keyOf(r)
	if err != nil {
		return nil, err
	}
	return s.page(r.Context(), key)
}

func (s *Service) listPages(q url.Values) (api.Pages, error) {
	f, err := pagesFilter(q)
	if err != nil {
		return api.Pages{}, err
	}
	return s.ledger.Pages(f)
}

// pagesFilter reads publication, date, fate, cursor and limit.
func pagesFilter(q url.Values) (ledger.Filter, error) {
	f := ledger.Filter{Publication: q.Get("publication"), Date: q.Get("date"), Fate: api.Fate(q.Get("fate")), Cursor: q.Get("cursor")}
	var err error
	if f.Limit, err = limitOf(q.Get("limit")); err != nil {
		return f, err
	}
	if f.Date != "" {
		if _, err := time.Parse(time.DateOnly, f.Date); err != nil {
			return f, fault.New(fault.Invalid, "date %q is not a day of the calendar", f.Date).On("date").Fix("write it as YYYY-MM-DD, for example 2022-10-30")
		}
	}
	return f, oneOf("fate", f.Fate, api.Fates())
}

// oneOf refuses a value that is not empty and none of those known.
func oneOf[T ~string](field string, v T, known []T) error {
	names := make([]string, len(known))
	for i, k := range known {
		if names[i] = string(k); v == k {
			return nil
		}
	}
	if v == "" {
		return nil
	}
	return fault.New(fault.Invalid, "there is no %s %q", field, string(v)).On(field).Fix("use one of %s", strings.Join(names, ", "))
}

func limitOf(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > ledger.MostRows {
		return 0, fault.New(fault.Invalid, "limit %q is no number from 1 to %d", s, ledger.MostRows).On("limit").Fix("leave it out for %d", ledger.DefaultLimit)
	}
	return n, nil
}

func (s *Service) listLetters(q url.Values) (api.Letters, error) {
	f, err := lettersFilter(q)
	if err != nil {
		return api.Letters{}, err
	}
	return s.ledger.Letters(f)
}

// lettersFilter reads service, kind, open, cursor and limit.
func lettersFilter(q url.Values) (ledger.LetterFilter, error) {
	f := ledger.LetterFilter{Service: q.Get("service"), Kind: fault.Kind(q.Get("kind")), Cursor: q.Get("cursor")}
	var err error
	if open := q.Get("open"); open != "" {
		if f.Open, err = strconv.ParseBool(open); err != nil {
			return f, fault.New(fault.Invalid, "open is %q", open).On("open").Fix("use true for unresolved letters only, or leave it out")
		}
	}
	if f.Limit, err = limitOf(q.Get("limit")); err != nil {
		return f, err
	}
	return f, oneOf("kind", f.Kind, fault.Kinds())
}

var letterPattern = regexp.MustCompile(`^[a-z]{1,32}\.[A-Z]{1,32}\.[0-9]{1,20}$`)

// resolve retries or discards a dead letter. It returns once the ledger knows,
// so that who looks next sees it.
func (s *Service) resolve(ctx context.Context, id, action string) (api.Resolution, error) {
	out := api.Resolution{ID: id}
	if !letterPattern.MatchString(id) {
		return out, fault.New(fault.NotFound, "there is no dead letter %q", id).On("id").Fix("name it as it is listed, for example parse.PAGES.17")
	}
	var err error
	switch action {
	case "retry":
		out.Resolution, err = event.Retried, s.bus.RetryLetter(ctx, "deadletters."+id)
	case "discard":
		out.Resolution, err = event.Discarded, s.bus.DiscardLetter(ctx, "deadletters."+id)
	default:
		return out, fault.New(fault.NotFound, "a dead letter cannot be asked to %q", action).On("action").Fix("use retry or discard")
	}
	if err != nil {
		return out, err
	}
	s.log.Info("dead letter resolved", zap.String("letter", id), zap.String("resolution", out.Resolution))
	if err := s.auditLetter(ctx, id, action); err != nil {
		s.log.Warn("the audit log does not say who resolved a dead letter", zap.String("letter", id), zap.Error(err))
	}
	s.awaitResolution(ctx, id)
	return out, nil
}

// resolutionTime is how long a person waits for the ledger to know.
const resolutionTime = 2 * time.Second

func (s *Service) awaitResolution(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, resolutionTime)
	defer cancel()
	for {
		changed := s.ledger.Changed()
		if l, err := s.ledger.Letter(id); err == nil && l.Resolution != "" {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// pageText answers the decoded text that the page's manifest was read from.
func (s *Service) pageText(w http.ResponseWriter, r *http.Request) {
	text, err := s.textOf(r)
	if err != nil {
		s.complain(r, err)
		fault.Write(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(text)
}

func (s *Service) textOf(r *http.Request) ([]byte, error) {
	key, err := keyOf(r)
	if err != nil {
		return nil, err
	}
	page, err := s.page(r.Context(), key)
	if err != nil {
		return nil, err
	}
	if page.Text == nil || page.Text.SHA256 == "" {
		return nil, fault.New(fault.NotFound, "page %s was not parsed yet: it has no text", key).On("key").Fix("look at its fate at /v1/pages/%s", key)
	}
	return s.bus.Object(r.Context(), page.Text.SHA256)
}
