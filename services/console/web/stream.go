package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// The pace of a stream of events: not more often than often, with time alone
// every tick, and a sign of life in between.
const (
	often     = 300 * time.Millisecond
	tick      = 2 * time.Second
	heartbeat = 15 * time.Second
	writeTime = 10 * time.Second // a browser that takes nothing for so long is gone
)

// stream sends the parts of a page whenever they change: events named "part" with
// {"id", "html"}. A browser that was away gets all of them again.
func (s *Site) stream(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.streams <- struct{}{}:
			defer func() { <-s.streams }()
		default:
			fault.Write(w, fault.New(fault.Unavailable, "%d pages are kept up to date already", maxStreams).Fix("close some, or reload this one by hand"))
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no") // a proxy must not hold events back
		if r.Method == http.MethodHead {
			return
		}
		f := &feed{site: s, page: p, w: w, r: r, control: http.NewResponseController(w), sent: map[string]string{}}
		if f.write("retry: 1000\n\n") == nil {
			f.run()
		}
	})
}

// feed is one browser's stream.
type feed struct {
	site    *Site
	page    page
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
	sent    map[string]string // what the browser has, by part
	version string
}

func (f *feed) run() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		changed := f.site.source.Changed()
		if f.send() != nil {
			return
		}
		if !f.rest(pause, often, nil) || !f.rest(pause, f.patience(), changed) {
			return
		}
	}
}

func (f *feed) patience() time.Duration {
	if f.page.ages {
		return tick
	}
	return heartbeat
}

// rest waits; false when the stream has ended.
func (f *feed) rest(t *time.Timer, d time.Duration, early <-chan struct{}) bool {
	t.Reset(d)
	select {
	case <-f.r.Context().Done():
		return false
	case <-f.site.source.Ending():
		return false
	case <-t.C:
	case <-early:
	}
	return true
}

// send sends the parts that have changed. An error means that nobody listens.
func (f *feed) send() error {
	if f.page.version != nil {
		version, err := f.page.version(f.r)
		if err != nil || version == f.version {
			return f.write(": nothing new\n\n")
		}
		f.version = version
	}
	data, err := f.page.load(f.r)
	if err != nil {
		f.site.log.Debug("a live page cannot be loaded", zap.String("path", f.r.URL.Path), zap.Error(err))
		return f.write(": nothing to show\n\n")
	}
	out := ": \n\n" // a sign of life
	for _, part := range f.page.parts {
		var html bytes.Buffer
		if err := f.site.templates.ExecuteTemplate(&html, part, data); err != nil {
			f.site.log.Error("a part cannot be rendered", zap.String("part", part), zap.Error(err))
			continue
		}
		if f.sent[part] == html.String() {
			continue
		}
		f.sent[part] = html.String()
		event, _ := json.Marshal(map[string]string{"id": part, "html": html.String()}) // strings cannot fail
		out += fmt.Sprintf("event: part\ndata: %s\n\n", event)
	}
	return f.write(out)
}

func (f *feed) write(text string) error {
	_ = f.control.SetWriteDeadline(time.Now().Add(writeTime)) // not every server can
	if _, err := f.w.Write([]byte(text)); err != nil {
		return err
	}
	return f.control.Flush()
}
