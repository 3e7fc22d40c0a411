package daemon

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestExact(t *testing.T) {
	h := Exact(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{"PUT", "/v1/pages/a/b/c/d", 204},
		{"PUT", "/v1/pages/", 204},
		{"PUT", "/", 204},
		{"PUT", "/v1/pages/a/%2e%2e/c/d", 204}, // the handler sees it
		{"PUT", "/v1/pages/a//c/d", 400},
		{"PUT", "/v1/pages/../c/d", 400},
		{"POST", "/v1/./pages", 400},
		{"DELETE", "/v1/pages//", 400},
		{"GET", "/v1/pages//", 204},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.want {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, w.Code, w.Body)
		}
	}
}
