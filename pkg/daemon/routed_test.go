package daemon

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"broadsheet/pkg/fault"
)

func TestRouted(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/articles", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("PUT /v1/pages/{page}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	h := Routed(mux)
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/v1/articles", http.StatusNoContent, ""},
		{"PUT", "/v1/pages/01", http.StatusNoContent, ""},
		{"GET", "/v1//articles", http.StatusTemporaryRedirect, ""},
		{"POST", "/v1/articles", http.StatusMethodNotAllowed, "GET, HEAD"},
		{"BREW", "/v1/pages/01", http.StatusMethodNotAllowed, "PUT"},
		{"GET", "/v1/article", http.StatusNotFound, ""},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.status || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q", c.method, c.path, w.Code, w.Header().Get("Allow"))
		}
		if c.status < http.StatusBadRequest {
			continue
		}
		var p fault.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != c.status || p.Remedy == "" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %s (%v)", c.method, c.path, w.Body, err)
		}
	}
}
