package daemon

import (
	"net/http"
	"strings"

	"broadsheet/pkg/fault"
)

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// Routed answers what no route of a mux is for as everything else is refused,
// where http.ServeMux has a line of text.
func Routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, route := mux.Handler(r); route != "" {
			mux.ServeHTTP(w, r)
			return
		}
		var allowed []string
		for _, method := range methods {
			other := r.Clone(r.Context())
			other.Method = method
			if _, route := mux.Handler(other); route != "" {
				allowed = append(allowed, method)
			}
		}
		p := fault.ProblemOf(fault.New(fault.NotFound, "there is nothing at %s", r.URL.Path).On("path").Fix("correct the address"))
		if len(allowed) > 0 {
			methods := strings.Join(allowed, ", ")
			w.Header().Set("Allow", methods)
			p = fault.ProblemOf(fault.New(fault.Invalid, "%s is not for %s", r.Method, r.URL.Path).On("method").Fix("send %s", methods))
			p.Status, p.Title = http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed) // says nothing about pages, so no kind is for it
		}
		p.Write(w)
	})
}
