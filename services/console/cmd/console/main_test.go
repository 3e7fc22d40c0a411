package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/daemon"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/observe"
	"broadsheet/services/console/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.UpstreamLeak()) }

func environment(t *testing.T) daemon.Env {
	t.Helper()
	return daemon.Env{
		Bus: bustest.Start(t).Bus(t, "console"), Log: zap.NewNop(), Metrics: daemon.NewRegistry(), Health: observe.NewHealth(), Mux: http.NewServeMux(),
	}
}

// The process answers for itself, and for the index at its address.
func TestProcess(t *testing.T) {
	index := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.RequestURI())
	}))
	env := environment(t)
	s := settings{Data: t.TempDir(), Index: index.URL, Watch: map[string]string{"index": index.URL}}
	runner, err := s.start(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	ask := func(path string) (int, string) {
		w := httptest.NewRecorder()
		env.Mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	if code, body := ask("/v1/status"); code != http.StatusOK || json.Unmarshal([]byte(body), new(api.Status)) != nil {
		t.Errorf("status: %d %s", code, body)
	}
	if code, body := ask("/v1/articles?q=%E6%A1%A5"); code != http.StatusOK || body != "/v1/articles?q=%E6%A1%A5" {
		t.Errorf("the index: %d %s", code, body)
	}
	if code, body := ask("/v1/articles/urn:broadsheet:article:a"); code != http.StatusOK || body != "/v1/articles/urn:broadsheet:article:a" {
		t.Errorf("an article: %d %s", code, body)
	}
	if code, body := ask("/v1/suggest?q=%E6%A1%A5"); code != http.StatusOK || body != "/v1/suggest?q=%E6%A1%A5" {
		t.Errorf("suggestions: %d %s", code, body)
	}
	index.Close()
	var p fault.Problem
	if code, body := ask("/v1/articles"); code != http.StatusServiceUnavailable || json.Unmarshal([]byte(body), &p) != nil || p.Remedy == "" {
		t.Errorf("an index that is away: %d %s", code, body)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if code, _ := ask("/v1/pages"); code != http.StatusServiceUnavailable {
		t.Errorf("after the end: %d", code)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestSettingsThatAreWrong(t *testing.T) {
	env := environment(t)
	for name, s := range map[string]settings{
		"index": {Data: t.TempDir(), Index: "index:8082"}, "catalogue": {Data: t.TempDir(), Catalogue: "/nowhere.yaml"}, "data": {Data: "/dev/null/x"},
	} {
		if _, err := s.start(t.Context(), env); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
