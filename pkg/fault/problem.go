package fault

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Problem is an RFC 9457 problem document, the body of every HTTP error and of
// the receipt of a refused upload.
type Problem struct {
	Type   string `json:"type"`             // "urn:broadsheet:problem:" + kind
	Title  string `json:"title"`            // the HTTP status in words
	Status int    `json:"status"`           // HTTP status
	Kind   Kind   `json:"kind"`             // the closed vocabulary of this package
	Detail string `json:"detail"`           // what is wrong, for a person
	Field  string `json:"field,omitempty"`  // the part of the input at fault
	Remedy string `json:"remedy,omitempty"` // what to do
}

// ProblemOf describes err for a person outside. An Internal error keeps its
// cause to the log: the document says only that it is ours.
func ProblemOf(err error) Problem {
	kind := KindOf(err)
	status := kind.Policy().Status
	p := Problem{
		Type:   "urn:broadsheet:problem:" + string(kind),
		Title:  http.StatusText(status),
		Status: status,
		Kind:   kind,
	}
	var e *Error
	if errors.As(err, &e) {
		p.Detail, p.Field, p.Remedy = e.Message, e.Field, e.Remedy
	} else {
		p.Detail = "this failed by a mistake of ours; the log of the service has the cause"
		if kind == Unavailable {
			p.Detail = "this was interrupted before it was done"
		}
	}
	return p
}

// Write answers a request with err as application/problem+json.
func Write(w http.ResponseWriter, err error) { ProblemOf(err).Write(w) }

// Write answers a request with the problem.
func (p Problem) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	if p.Kind.Policy().Fate == Wait {
		w.Header().Set("Retry-After", "5")
	}
	if p.Kind == Unauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="broadsheet"`)
	}
	w.WriteHeader(p.Status)
	body, _ := json.Marshal(p) // a struct of strings and an int cannot fail
	_, _ = w.Write(append(body, '\n'))
}
