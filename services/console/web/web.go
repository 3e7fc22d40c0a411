// Package web is the console's pages for people: rendered here, kept up to date
// by server-sent events, without a build step. Every page works without
// JavaScript; with it, it is live.
package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
)

// Source is what the pages show and do.
type Source interface {
	Status(ctx context.Context) (api.Status, error)
	Pages(q url.Values) (api.Pages, error)     // the query of GET /v1/pages
	Letters(q url.Values) (api.Letters, error) // the query of GET /v1/deadletters
	Page(ctx context.Context, key newspaper.PageKey) (api.Page, error)
	// Text is the decoded text of a page, by its sha256.
	Text(ctx context.Context, sha256 string) ([]byte, error)
	// Articles are the articles of a page as they were last published, by uri.
	Articles(ctx context.Context, key newspaper.PageKey) (map[string]newspaper.Article, error)
	Resolve(ctx context.Context, id, action string) (api.Resolution, error)
	// Series is what a stage did in each of the last sixty seconds, oldest first.
	Series(stage string) []int
	// Changed returns a channel that is closed at the next change.
	Changed() <-chan struct{}
	// Ending is closed when the service ends.
	Ending() <-chan struct{}
}

// Options make a Site.
type Options struct {
	Source Source
	Index  Index                           // finds articles; nil: the search page says that there is none
	Name   func(publication string) string // display name of a slug
	Logger *zap.Logger
}

// Site is the pages.
type Site struct {
	source    Source
	index     Index
	name      func(string) string
	log       *zap.Logger
	templates *template.Template
	assets    map[string]asset
	streams   chan struct{} // a place for each stream of events
}

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// maxStreams bounds the browsers that are kept up to date at a time.
const maxStreams = 500

// New returns the pages. It fails only by a mistake of ours in a template.
func New(o Options) (*Site, error) {
	s := &Site{source: o.Source, index: o.Index, name: o.Name, log: o.Logger, assets: map[string]asset{}, streams: make(chan struct{}, maxStreams)}
	if err := s.loadAssets(); err != nil {
		return nil, err
	}
	var err error
	s.templates, err = template.New("").Funcs(s.functions()).ParseFS(templateFiles, "templates/*.html")
	return s, err
}

// page is one page of the console and its live parts.
type page struct {
	name  string   // of the template, and of the navigation's entry
	title string   //
	parts []string // templates that are sent again when they change; ids in the page
	ages  bool     // it changes with time alone
	load  func(r *http.Request) (any, error)
	// version is cheap to read and changes whenever the page may look different;
	// nil: only loading tells.
	version func(r *http.Request) (string, error)
}

// Register adds the pages. guard refuses what other sites' pages send.
func (s *Site) Register(mux *http.ServeMux, guard func(http.Handler) http.Handler) {
	live := page{name: "live", title: "Live", parts: []string{"balance", "flow", "letters", "recent", "accounting", "plumbing"}, ages: true, load: s.live()}
	one := page{name: "page", title: "Page", parts: []string{"fate", "reading"}, load: s.onePage, version: s.pageVersion}
	for route, p := range map[string]page{
		"/{$}":   live,
		"/pages": {name: "pages", title: "Pages", parts: []string{"rows"}, load: s.listPages},
		"/pages/{publication}/{date}/{edition}/{page}": one,
		"/deadletters":    {name: "deadletters", title: "Dead letters", parts: []string{"letterlist"}, load: s.listLetters},
		"/search":         {name: "search", title: "Search", load: s.search},
		"/articles/{uri}": {name: "article", title: "Article", load: s.article},
	} {
		mux.Handle("GET "+route, s.show(p))
		if len(p.parts) > 0 {
			mux.Handle("GET /events"+route, s.stream(p))
		}
	}
	mux.Handle("POST /deadletters/{id}/{action}", guard(http.HandlerFunc(s.resolve)))
	mux.HandleFunc("GET /assets/{file}", s.asset)
}

// view is what every template gets.
type view struct {
	Nav    string
	Title  string
	Events string // where the live parts come from; empty: nothing is live
	Parts  string // ids of the live parts
	Data   any
}

// policy lets a page load nothing but our own files and run nothing in itself:
// whatever text finds its way into a page cannot act.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func harden(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

func (s *Site) show(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := p.load(r)
		if err != nil {
			s.fail(w, r, p.name, err)
			return
		}
		v := view{Nav: p.name, Title: p.title, Data: data}
		if titled, ok := data.(interface{ Title() string }); ok {
			v.Title = titled.Title()
		}
		if len(p.parts) > 0 {
			v.Parts = strings.Join(p.parts, " ")
			v.Events = (&url.URL{Path: path.Join("/events", r.URL.Path), RawQuery: r.URL.RawQuery}).String()
			if r.URL.Path == "/" {
				v.Events = "/events/"
			}
		}
		status := http.StatusOK
		if other, ok := data.(interface{ Status() int }); ok {
			status = other.Status()
		}
		s.render(w, status, p.name, v)
	})
}

// render writes a whole page, or an error when it cannot be rendered whole.
func (s *Site) render(w http.ResponseWriter, status int, name string, v view) {
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, name+".html", v); err != nil {
		s.log.Error("a page cannot be rendered", zap.String("template", name), zap.Error(err))
		fault.Write(w, err)
		return
	}
	harden(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// fail shows a person what is wrong and what to do.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, nav string, err error) {
	s.report(r, err)
	p := fault.ProblemOf(err)
	title := p.Title
	if p.Kind == fault.Gone {
		title = "Withdrawn"
	}
	s.render(w, p.Status, "error", view{Nav: nav, Title: title, Data: p})
}

// report logs what is our fault.
func (s *Site) report(r *http.Request, err error) {
	if fault.Is(err, fault.Internal) && r.Context().Err() == nil {
		s.log.Error("request failed", zap.String("path", r.URL.Path), zap.Error(err))
	}
}

// resolve retries or discards a letter for a browser without JavaScript.
func (s *Site) resolve(w http.ResponseWriter, r *http.Request) {
	if _, err := s.source.Resolve(r.Context(), r.PathValue("id"), r.PathValue("action")); err != nil {
		s.fail(w, r, "deadletters", err)
		return
	}
	back := "/deadletters"
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host && strings.HasPrefix(from.Path, "/") && !strings.HasPrefix(from.Path, "//") {
		back = from.RequestURI()
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// asset is a file that a page refers to by a name that changes with its content.
type asset struct {
	data      []byte
	mediaType string
	version   string
}

var mediaTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func (s *Site) loadAssets() error {
	return fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := assetFiles.ReadFile(name)
		sum := sha256.Sum256(data)
		s.assets[path.Base(name)] = asset{data, mediaTypes[path.Ext(name)], hex.EncodeToString(sum[:6])}
		return err
	})
}

func (s *Site) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.PathValue("file")]
	if !ok {
		fault.Write(w, fault.New(fault.NotFound, "there is no file %q", r.PathValue("file")))
		return
	}
	harden(w.Header())
	w.Header().Set("Content-Type", a.mediaType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(a.data)
}
