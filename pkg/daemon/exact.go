package daemon

import (
	"net/http"
	"path"

	"broadsheet/pkg/fault"
)

// Exact answers a write to a path with an empty part or one of dots, as a script
// with an unset variable sends it, as a mistake. http.ServeMux redirects such
// requests to another path; most clients of scripts do not follow, and those
// that do write somewhere else than they said.
func Exact(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.EscapedPath()
		clean := path.Clean(p)
		if n := len(p); n > 1 && p[n-1] == '/' {
			clean += "/"
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && p != clean && p != "*" {
			fault.Write(w, fault.New(fault.Invalid, "a part of the path %q is empty or made of dots", p).On("path").Fix("fill in every part between the slashes"))
			return
		}
		next.ServeHTTP(w, r)
	})
}
