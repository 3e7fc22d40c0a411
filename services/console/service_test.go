package console

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/console/api"
	"broadsheet/services/console/internal/play"
)

// site is a console at work, with the other services played.
type site struct {
	*play.Company
	t       *testing.T
	server  *bustest.Server
	service *Service
	web     *httptest.Server
	mux     *http.ServeMux
	metrics *prometheus.Registry
}

func open(t *testing.T, change func(*Options)) *site {
	t.Helper()
	s := &site{t: t, server: bustest.Start(t), metrics: prometheus.NewRegistry()}
	s.Company = play.New(t, s.server)
	o := Options{Bus: s.server.Bus(t, "console"), Dir: t.TempDir(), Logger: zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel)), Metrics: s.metrics}
	var err error
	if o.Catalogue, err = newspaper.NewCatalogue(false, newspaper.Publication{Slug: "liuhe-wanbao", Name: "柳河晚报"}); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&o)
	}
	if s.service, err = New(o); err != nil {
		t.Fatal(err)
	}
	s.mux = http.NewServeMux()
	s.service.Register(s.mux)
	s.web = httptest.NewServer(s.mux)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.service.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.web.Close()
		s.service.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// ask returns the status and the body of an answer.
func (s *site) ask(method, path string, header ...string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.web.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// get decodes the answer at a path.
func get[T any](s *site, path string) T {
	s.t.Helper()
	var v T
	code, body := s.ask(http.MethodGet, path)
	if code != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", path, code, body)
	}
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		s.t.Fatalf("GET %s: %v in %s", path, err, body)
	}
	return v
}

// refused checks that a request is answered with a problem of that kind that
// says what to do.
func (s *site) refused(kind fault.Kind, method, path string, header ...string) fault.Problem {
	s.t.Helper()
	code, body := s.ask(method, path, header...)
	var p fault.Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Kind != kind || code != kind.Policy().Status || p.Detail == "" {
		s.t.Errorf("%s %s: %d %s, expected a problem of kind %s", method, path, code, body, kind)
	}
	return p
}

// eventually waits until the ledger says so.
func (s *site) eventually(what string, ok func() bool) {
	s.t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	for {
		changed := s.service.ledger.Changed()
		if ok() {
			return
		}
		poll := time.NewTimer(200 * time.Millisecond) // not everything is in the ledger
		select {
		case <-changed:
		case <-poll.C:
		case <-deadline.C:
			s.t.Fatalf("it never comes to %s", what)
		}
		poll.Stop()
	}
}

func (s *site) settled() api.Status {
	s.t.Helper()
	var status api.Status
	s.eventually("settled books", func() bool {
		status = get[api.Status](s, "/v1/status")
		return status.Accounting.Exact && status.Accounting.Settled
	})
	return status
}

func TestStatusCountsEverything(t *testing.T) {
	s := open(t, nil)
	good, old, bad := play.Key(t, "ceshi-bao", "01"), play.Key(t, "ceshi-bao", "02"), play.Key(t, "other-bao", "01")
	s.Receive(good, "a\n")
	s.Confirm(event.Applied, s.Commit(good, play.Reading{Text: "a\n", Articles: []newspaper.Article{play.Article("标题", "a", 1, 1)}})...)
	s.Receive(old, "b\n")
	s.Receive(old, "c\n")
	s.Confirm(event.Overtaken, s.Commit(old, play.Reading{Text: "c\n", Articles: []newspaper.Article{play.Article("", "c", 1, 1)}})...)
	seq := s.Receive(bad, "%PDF")
	s.Bury(event.Letter{Service: "parse", Stream: event.Pages, StreamSeq: seq, Subject: event.ReceivedSubject(bad), Key: bad, Revision: 1, Kind: fault.Unsupported, Message: "a PDF", Remedy: "send text", Attempts: 1})
	status := s.settled()
	want := api.Counts{
		Pages:    api.PageCounts{Received: 4, Committed: 2, Superseded: 1, Dead: 1},
		Articles: api.Events{Events: 2, Applied: 1, Overtaken: 1}, Manifests: 2, Live: 2,
	}
	if status.Accounting.All != want {
		t.Errorf("counted %+v", status.Accounting.All)
	}
	if c := status.Accounting.Publications["other-bao"].Pages; c != (api.PageCounts{Received: 1, Dead: 1}) || len(status.Accounting.Publications) != 2 {
		t.Errorf("by publication %+v", status.Accounting.Publications)
	}
	s.eventually("the rates of the stages", func() bool { // counted beside the books
		stages := get[api.Status](s, "/v1/status").Stages
		return len(stages) == 3 && stages[0].PerMinute == 4 && stages[1].PerMinute == 2 && stages[2].PerMinute == 2
	})
	if len(status.Consumers) != len(event.Consumers) || len(status.Streams) != len(event.Streams)+1 || len(status.Ledger) != 4 {
		t.Errorf("%d consumers, %d streams, %d positions", len(status.Consumers), len(status.Streams), len(status.Ledger))
	}
	if status.Unresolved != 1 || len(status.Problems) != 0 {
		t.Errorf("%d letters, problems %q", status.Unresolved, status.Problems)
	}
}
