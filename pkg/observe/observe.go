// Package observe is what every process shows of itself: zap logs, health and
// readiness, trace ids.
package observe

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"broadsheet/pkg/fault"
)

// NewLogger returns a logger that writes to standard error: format is json or
// console, level one of debug, info, warn, error.
func NewLogger(format, level string) (*zap.Logger, error) {
	c := zap.NewProductionConfig()
	c.Sampling = nil // one line a decision; none may be missing
	if format == "console" {
		c.Encoding = "console"
		c.EncoderConfig = zap.NewDevelopmentEncoderConfig()
		c.EncoderConfig.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	} else if format != "json" {
		return nil, fault.New(fault.Invalid, "log format %q is neither json nor console", format).On("log-format")
	}
	at, err := zap.ParseAtomicLevel(level)
	if err != nil {
		return nil, fault.New(fault.Invalid, "log level %q is unknown", level).On("log-level").Fix("use debug, info, warn or error")
	}
	c.Level = at
	c.DisableStacktrace = true
	return c.Build()
}

// Health collects the named checks of a process.
type Health struct {
	mu     sync.Mutex
	names  []string
	checks map[string]func(context.Context) error
}

// NewHealth returns a Health without checks, which is ready.
func NewHealth() *Health { return &Health{checks: map[string]func(context.Context) error{}} }

// Add adds a check that must hold for the process to be ready. Its error says
// why it does not, and what to do.
func (h *Health) Add(name string, check func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, there := h.checks[name]; !there {
		h.names = append(h.names, name)
	}
	h.checks[name] = check
}

// Check is the state of one check.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// Checks runs all checks, each within two seconds.
func (h *Health) Checks(ctx context.Context) (checks []Check, ready bool) {
	h.mu.Lock()
	names := slices.Clone(h.names)
	h.mu.Unlock()
	ready = true
	for _, name := range names {
		h.mu.Lock()
		check := h.checks[name]
		h.mu.Unlock()
		bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := check(bounded)
		cancel()
		c := Check{Name: name, OK: err == nil}
		if err != nil {
			p := fault.ProblemOf(err)
			c.Reason, c.Remedy = err.Error(), p.Remedy
			ready = false
		}
		checks = append(checks, c)
	}
	return checks, ready
}

// Live answers 200 while the process runs.
func (h *Health) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{\"status\":\"alive\"}\n"))
	})
}

// Ready answers 200 when every check holds, else 503; both with the checks.
func (h *Health) Ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		checks, ready := h.Checks(r.Context())
		answer := struct {
			Status string  `json:"status"`
			Checks []Check `json:"checks"`
		}{"ready", checks}
		w.Header().Set("Content-Type", "application/json")
		if !ready {
			answer.Status = "not ready"
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
}

var traceparent = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

// Trace returns a W3C traceparent that continues the given one; a missing or
// malformed one begins a new trace.
func Trace(parent string) string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	id, span := hex.EncodeToString(b[:16]), hex.EncodeToString(b[16:])
	flags := "01"
	if traceparent.MatchString(parent) {
		id, flags = parent[3:35], parent[53:]
	}
	return "00-" + id + "-" + span + "-" + flags
}
