package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"broadsheet/contract"
	"broadsheet/pkg/bus"
	"broadsheet/pkg/event"
	"broadsheet/pkg/newspaper"
)

// A page uploaded over NATS by the uploader flows through the processes of the
// compose file until it is found, and the consumer has an event for each article.
func TestPageFlowsThroughTheDeployment(t *testing.T) {
	s := startStack(t)
	key, err := newspaper.ParsePageKey("heyang-ribao/2025-04-18/main/01")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../samples/pages/heyang-ribao_2025-04-18_main_01.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.as("uploader").Upload(t.Context(), key, text, map[string]string{event.HeaderReceiptTo: "receipts.test"}); err != nil {
		t.Fatal(err)
	}
	var total int
	s.eventually("the articles are found", func() bool {
		status, body := s.get("index", "/v1/articles?publication=heyang-ribao")
		var answer struct{ Total int }
		if status != http.StatusOK || json.Unmarshal([]byte(body), &answer) != nil {
			return false
		}
		total = answer.Total
		return total > 0
	})
	ctx, enough := context.WithTimeout(t.Context(), 30*time.Second)
	defer enough()
	seen := map[string]bool{}
	err = s.as("consumer").Follow(ctx, event.Articles, 0, "articles.parsed.>", func(m *bus.Message) error {
		e, err := m.Event()
		if seen[e.Subject] = true; len(seen) >= total {
			enough()
		}
		return err
	})
	if err != nil || len(seen) != total || total < 2 {
		t.Errorf("%d articles found, %d events, %v", total, len(seen), err)
	}
	s.eventually("the console knows the page's fate", func() bool {
		status, body := s.get("console", "/v1/pages/"+key.String())
		return status == http.StatusOK && strings.Contains(body, "committed")
	})
	if status, body := s.get("console", "/v1/articles?publication=heyang-ribao"); status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"total":%d`, total)) {
		t.Errorf("the console's search: %d %s", status, body)
	}
	s.published()
	s.quiet()
}

// published checks that whatever is kept in a stream is what the contract says.
func (s *stack) published() {
	s.t.Helper()
	console := s.as("console")
	for _, stream := range event.Streams {
		if stream.Retention == event.WorkQueue {
			continue
		}
		err := console.Read(s.t.Context(), stream.Name, "", func(m *bus.Message) error { return contract.Check(m.Data) })
		if err != nil {
			s.t.Errorf("%s: %v", stream.Name, err)
		}
	}
}

// quiet checks that nobody was forbidden anything on the way.
func (s *stack) quiet() {
	s.t.Helper()
	for _, log := range s.logs {
		if strings.Contains(strings.ToLower(log.String()), "permissions violation") {
			s.t.Errorf("NATS forbids %s what it needs:\n%s", log.name, log)
		}
	}
	for _, name := range services {
		status, body := s.get(name, "/readyz")
		if status != http.StatusOK {
			s.t.Errorf("%s: %s", name, body)
		}
		if _, metrics := s.get(name, "/metrics"); !strings.Contains(metrics, "process_resident_memory_bytes") {
			s.t.Errorf("%s is not measured", name)
		} else {
			for line := range strings.Lines(metrics) {
				if strings.HasPrefix(line, "process_resident_memory_bytes") {
					s.t.Logf("%s: %s", name, strings.TrimSpace(line))
				}
			}
		}
	}
}

// handled is how many messages a process has done of a stage.
func (s *stack) handled(r running, stage string) int {
	s.t.Helper()
	_, metrics := s.get(r.address, "/metrics")
	m := regexp.MustCompile(`broadsheet_stage_messages_total\{kind="",result="done",stage="` + stage + `"\} (\d+)`).FindStringSubmatch(metrics)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// Any number of a service share the work: one that is added takes over a part,
// one that is stopped finishes or hands over, one that is killed loses nothing.
// Every page is committed exactly once.
func TestServicesShareTheWork(t *testing.T) {
	s := startStack(t)
	const pages = 90
	text, err := os.ReadFile("../samples/pages/heyang-ribao_2025-04-18_main_01.txt")
	if err != nil {
		t.Fatal(err)
	}
	uploader, console := s.as("uploader"), s.as("console")
	upload := func(from, to int) {
		for n := from; n < to; n++ {
			key, err := newspaper.NewPageKey("heyang-ribao", "2025-04-18", "main", strconv.Itoa(n+1))
			if err != nil {
				t.Fatal(err)
			}
			if err := uploader.Upload(t.Context(), key, fmt.Appendf(text, "\n第%d版\n", n+1), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	committed := func() (n int) {
		if err := console.Read(t.Context(), event.Articles, "pages.parsed.>", func(*bus.Message) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	added := map[string][]running{}
	for _, name := range []string{"ingest", "parse"} {
		for range 2 {
			added[name] = append(added[name], s.start(name, freePort(t)))
		}
	}
	upload(0, pages/3)
	s.eventually("those that were added have work", func() bool {
		return s.handled(added["ingest"][0], "ingest") > 0 && s.handled(added["parse"][0], "parse") > 0
	})
	upload(pages/3, 2*pages/3)
	for _, name := range []string{"ingest", "parse"} {
		added[name][0].stop()
		added[name][1].kill()
	}
	upload(2*pages/3, pages)
	s.eventually("every page is committed", func() bool { return committed() >= pages })
	if n := committed(); n != pages {
		t.Errorf("%d commits for %d pages", n, pages)
	}
	if state, err := console.StreamState(t.Context(), event.DeadLetters); err != nil || state.Messages > 0 {
		t.Errorf("%d dead letters, %v", state.Messages, err)
	}
	s.quiet()
}
