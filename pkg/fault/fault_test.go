package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Every kind has its row, every row its kind, and a status of its own sense.
func TestTable(t *testing.T) {
	if len(Kinds()) != len(table) {
		t.Errorf("%d kinds, %d rows", len(Kinds()), len(table))
	}
	for _, k := range Kinds() {
		p, ok := table[k]
		if !ok || http.StatusText(p.Status) == "" || p.Status < 400 {
			t.Errorf("%s has the row %+v", k, p)
		}
		if (p.Fate == DeadLetter) != (p.Status < 500) {
			t.Errorf("%s: a dead letter is the input's fault and a 4xx, all else is ours and a 5xx", k)
		}
	}
	if Kind("new").Policy() != Internal.Policy() {
		t.Error("a kind outside the vocabulary is not internal")
	}
}

func TestKindOf(t *testing.T) {
	inner := New(TooLarge, "too large")
	for name, tt := range map[string]struct {
		err  error
		want Kind
	}{
		"nil":       {nil, ""},
		"ours":      {inner, TooLarge},
		"wrapped":   {fmt.Errorf("page: %w", inner), TooLarge},
		"outermost": {Wrap(Corrupt, inner, "unreadable"), Corrupt},
		"cancelled": {fmt.Errorf("x: %w", context.Canceled), Unavailable},
		"timed out": {context.DeadlineExceeded, Unavailable},
		"other":     {errors.New("x"), Internal},
	} {
		if got := KindOf(tt.err); got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if Is(nil, "") || !Is(inner, TooLarge) || !errors.Is(Wrap(Corrupt, inner, "x"), inner) {
		t.Error("Is and Unwrap")
	}
}

func TestWrite(t *testing.T) {
	w := httptest.NewRecorder()
	Write(w, fmt.Errorf("put: %w", Wrap(Full, errors.New("10077"), "no room for page %s", "a").On("body").Fix("make room")))
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	want := Problem{"urn:broadsheet:problem:full", "Insufficient Storage", 507, Full, "no room for page a", "body", "make room"}
	if p != want || w.Code != 507 || w.Header().Get("Retry-After") == "" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v %+v", w.Code, w.Header(), p)
	}
	w = httptest.NewRecorder()
	Write(w, New(Unauthorized, "no token"))
	if w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || w.Header().Get("Retry-After") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// What went wrong inside is for the log, not for whoever asked.
func TestProblemKeepsInternalsIn(t *testing.T) {
	for _, err := range []error{errors.New("password=x"), context.Canceled, Wrap(Internal, errors.New("password=x"), "this failed")} {
		body, _ := json.Marshal(ProblemOf(err))
		if strings.Contains(string(body), "password") || ProblemOf(err).Detail == "" {
			t.Errorf("%v: %s", err, body)
		}
	}
}
