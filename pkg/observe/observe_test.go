package observe

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"broadsheet/pkg/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLoggerSettings(t *testing.T) {
	for _, tt := range []struct{ format, level, field string }{
		{"json", "info", ""}, {"console", "debug", ""}, {"xml", "info", "log-format"}, {"json", "loud", "log-level"},
	} {
		_, err := NewLogger(tt.format, tt.level)
		if (err == nil) != (tt.field == "") || err != nil && fault.ProblemOf(err).Field != tt.field {
			t.Errorf("%s, %s: %v", tt.format, tt.level, err)
		}
	}
}

func TestReadiness(t *testing.T) {
	h := NewHealth()
	ask := func() (int, []Check) {
		w := httptest.NewRecorder()
		h.Ready().ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		var answer struct{ Checks []Check }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return w.Code, answer.Checks
	}
	if code, _ := ask(); code != 200 {
		t.Errorf("without checks it is %d", code)
	}
	state := error(nil)
	h.Add("index", func(context.Context) error { return state })
	h.Add("patience", func(ctx context.Context) error {
		if d, ok := ctx.Deadline(); !ok || time.Until(d) > 2*time.Second {
			t.Error("a check is not bounded")
		}
		return nil
	})
	if code, checks := ask(); code != 200 || len(checks) != 2 {
		t.Errorf("%d %v", code, checks)
	}
	state = fault.New(fault.Unavailable, "the index is away").Fix("start it")
	code, checks := ask()
	if code != 503 || checks[0] != (Check{"index", false, "the index is away", "start it"}) || !checks[1].OK {
		t.Errorf("%d %+v", code, checks)
	}
	w := httptest.NewRecorder()
	h.Live().ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
	if w.Code != 200 {
		t.Error("a process that is not ready is alive all the same")
	}
}

func TestTrace(t *testing.T) {
	first := Trace("")
	if !traceparent.MatchString(first) || Trace("") == first {
		t.Errorf("new: %s", first)
	}
	next := Trace(first)
	if next[:35] != first[:35] || next == first {
		t.Errorf("%s goes on as %s", first, next)
	}
	if bad := Trace("00-XYZ"); !traceparent.MatchString(bad) {
		t.Errorf("malformed: %s", bad)
	}
	if unsampled := Trace(first[:53] + "00"); unsampled[53:] != "00" {
		t.Errorf("the flags are lost: %s", unsampled)
	}
}
