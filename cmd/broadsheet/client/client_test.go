package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var key = newspaper.PageKey{Publication: "demo", Date: "2022-10-30", Edition: "main", Page: "01"}

// serve answers the nth request with the nth handler, later ones with the last.
func serve(t *testing.T, patience time.Duration, handlers ...http.HandlerFunc) (*Client, *atomic.Int32) {
	t.Helper()
	var count atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers[min(int(count.Add(1)), len(handlers))-1](w, r)
	}))
	t.Cleanup(s.Close)
	c, err := New(Options{Server: s.URL, Token: "secret", Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, &count
}

// receive keeps the page under its upload id, like a server that does its work
// and whose answer may get lost.
func receive(duplicate bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		receipt := newspaper.Receipt{Key: key, Duplicate: duplicate}
		receipt.UploadID = r.Header.Get(event.HeaderUploadID)
		_ = json.NewEncoder(w).Encode(receipt)
	}
}

func refuse(err error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "0")
		p := fault.ProblemOf(err)
		w.WriteHeader(p.Status)
		_ = json.NewEncoder(w).Encode(p)
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	connection, _, _ := w.(http.Hijacker).Hijack()
	_ = connection.Close()
}

func TestUploadIsPatient(t *testing.T) {
	full, away := fault.New(fault.Full, "full"), fault.New(fault.Unavailable, "away")
	c, count := serve(t, time.Minute, refuse(full), refuse(away), hangUp, receive(true))
	receipt, err := c.Upload(context.Background(), Upload{Key: key, Data: []byte("x")})
	if err != nil || count.Load() != 4 {
		t.Fatalf("%v after %d attempts", err, count.Load())
	}
	if receipt.Duplicate {
		t.Error("a page of our own whose answer was lost counts as a duplicate")
	}
}

func TestUploadRefusedAtOnce(t *testing.T) {
	c, count := serve(t, time.Minute, refuse(fault.New(fault.Invalid, "no such day").On("date").Fix("look at the calendar")))
	_, err := c.Upload(context.Background(), Upload{Key: key})
	p := fault.ProblemOf(err)
	if count.Load() != 1 || p.Kind != fault.Invalid || p.Detail != "no such day" || p.Field != "date" || p.Remedy != "look at the calendar" {
		t.Fatalf("%d attempts, %+v", count.Load(), p)
	}
}

func TestUploadDuplicate(t *testing.T) {
	c, _ := serve(t, time.Minute, receive(true))
	if receipt, err := c.Upload(context.Background(), Upload{Key: key}); err != nil || !receipt.Duplicate {
		t.Fatalf("%+v, %v", receipt, err)
	}
}

func TestPatienceEnds(t *testing.T) {
	c, count := serve(t, 300*time.Millisecond, refuse(fault.New(fault.Unavailable, "away")))
	_, err := c.Upload(context.Background(), Upload{Key: key})
	if !fault.Is(err, fault.Unavailable) || err.Error() != "away" || count.Load() < 2 {
		t.Fatalf("%v after %d attempts", err, count.Load())
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		kind   fault.Kind
		says   string
	}{
		{"not ours", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, fault.Internal, "something else"},
		{"bare 404", http.NotFound, fault.NotFound, "404"},
		{"proxy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, fault.Unavailable, "502"},
		{"hangs up", hangUp, fault.Unavailable, "cannot reach"},
	}
	for _, tt := range tests {
		c, _ := serve(t, 0, tt.answer)
		if _, err := c.Status(context.Background()); !fault.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v (%s)", tt.name, err, fault.KindOf(err))
		}
	}
}

func TestSearchSendsQueryAndToken(t *testing.T) {
	c, _ := serve(t, 0, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" || r.URL.Query().Get("q") != "市 人大" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte(`{"total":1,"articles":[{"uri":"u","headlines":[],"print":{"page":"01","continues":null},"highlights":{"body":["x"]}}]}`))
	})
	hits, err := c.Search(context.Background(), url.Values{"q": {"市 人大"}})
	if err != nil || hits.Total != 1 || hits.Articles[0].Print.Page != "01" || len(hits.Articles[0].Highlights["body"]) != 1 {
		t.Fatalf("%+v, %v", hits, err)
	}
}

func TestServerAddress(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:8080", "ftp://x", "http://"} {
		if _, err := New(Options{Server: address}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
