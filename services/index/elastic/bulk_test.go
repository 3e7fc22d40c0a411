package elastic_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/search"
	"broadsheet/services/index/storetest"
)

// scripted answers bulk requests as a real Elasticsearch cannot be made to, and
// everything else as one that is well.
type scripted struct {
	mu       sync.Mutex
	bulks    int
	requests [][]string // ids of each bulk request
	bulk     func(w http.ResponseWriter, ids []string)
}

const liveIndex = "broadsheet-g2026010100000000000000"

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/_alias"):
		_, _ = io.WriteString(w, `{"`+liveIndex+`":{"aliases":{"broadsheet":{}}}}`)
	case strings.HasSuffix(r.URL.Path, "/_mapping"):
		_, _ = fmt.Fprintf(w, `{"%s":{"mappings":{"dynamic":"strict","_meta":{"broadsheet":{"format":%d}}}}}`, liveIndex, elastic.Format)
	case strings.HasSuffix(r.URL.Path, "/_bulk"):
		body, _ := io.ReadAll(r.Body)
		var ids []string
		for line := range strings.Lines(string(body)) {
			var action struct {
				Index struct {
					ID string `json:"_id"`
				} `json:"index"`
			}
			if json.Unmarshal([]byte(line), &action) == nil && action.Index.ID != "" {
				ids = append(ids, action.Index.ID)
			}
		}
		s.mu.Lock()
		s.bulks++
		s.requests = append(s.requests, ids)
		s.mu.Unlock()
		s.bulk(w, ids)
	default:
		w.WriteHeader(http.StatusTeapot)
	}
}

func done(id string, version int64) string {
	return fmt.Sprintf(`{"index":{"_id":%q,"_version":%d,"result":"created","status":201}}`, id, version)
}

func failed(id string, status int, kind string) string {
	return fmt.Sprintf(`{"index":{"_id":%q,"status":%d,"error":{"type":%q,"reason":"because"}}}`, id, status, kind)
}

func items(w io.Writer, items ...string) {
	_, _ = fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(items, ","))
}

func allDone(w http.ResponseWriter, ids []string) {
	var out []string
	for _, id := range ids {
		out = append(out, done(id, 1))
	}
	items(w, out...)
}

func fake(t *testing.T, change func(*elastic.Options), bulk func(http.ResponseWriter, []string)) (*elastic.Store, *scripted) {
	t.Helper()
	s := &scripted{bulk: bulk}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	o := elastic.Options{URLs: []string{server.URL}, Uncompressed: true, Timeout: 5 * time.Second}
	if change != nil {
		change(&o)
	}
	return open(t, o), s
}

var day = newspaper.PageKey{Publication: "heyang-ribao", Date: "2026-03-02", Edition: "main", Page: "01"}

func writes(t testing.TB, n int) []search.Write {
	t.Helper()
	out := make([]search.Write, n)
	for i := range out {
		out[i] = storetest.Write(t, storetest.Article(day, i, fmt.Sprintf("第%d号稿件", i), "正文"), 1)
	}
	return out
}

// The closed table: what is answered for one item of three, and what becomes of
// it. Its neighbours are stored.
func TestItemVerdicts(t *testing.T) {
	for _, tt := range []struct {
		status int
		kind   string
		want   fault.Kind
	}{
		{429, "es_rejected_execution_exception", fault.Unavailable},
		{429, "circuit_breaking_exception", fault.Unavailable},
		{503, "unavailable_shards_exception", fault.Unavailable},
		{502, "bad_gateway", fault.Unavailable},
		{504, "gateway_timeout", fault.Unavailable},
		{408, "request_timeout", fault.Unavailable},
		{500, "node_closed_exception", fault.Unavailable},
		{500, "i_o_exception", fault.Unavailable},
		{403, "cluster_block_exception", fault.Unavailable},
		{403, "security_exception", fault.Unavailable},
		{401, "security_exception", fault.Unavailable},
		{404, "index_not_found_exception", fault.Unavailable},
		{400, "index_closed_exception", fault.Unavailable},
		{400, "strict_dynamic_mapping_exception", fault.Corrupt},
		{400, "document_parsing_exception", fault.Corrupt},
		{400, "mapper_parsing_exception", fault.Corrupt},
		{400, "illegal_argument_exception", fault.Corrupt},
		{413, "content_too_long_exception", fault.TooLarge},
		{500, "something_new_exception", fault.Internal},
		{418, "teapot_exception", fault.Internal},
	} {
		s, _ := fake(t, nil, func(w http.ResponseWriter, ids []string) {
			items(w, done(ids[0], 1), failed(ids[1], tt.status, tt.kind), done(ids[2], 1))
		})
		v := s.Write(t.Context(), writes(t, 3))
		if v[0].Outcome != event.Applied || v[2].Outcome != event.Applied || v[0].Err != nil || v[2].Err != nil {
			t.Errorf("%d %s harms its neighbours: %+v", tt.status, tt.kind, v)
		}
		if got := fault.KindOf(v[1].Err); got != tt.want || v[1].Outcome != "" {
			t.Errorf("%d %s is %s (%v), not %s", tt.status, tt.kind, got, v[1].Err, tt.want)
		}
		if fault.ProblemOf(v[1].Err).Remedy == "" {
			t.Errorf("%d %s: nothing says what to do", tt.status, tt.kind)
		}
	}
}

// An answer that does not account for just what was asked leaves all of it in
// doubt: nothing counts as stored, nothing as refused.
func TestAnswersThatAreNotBelieved(t *testing.T) {
	for name, bulk := range map[string]func(http.ResponseWriter, []string){
		"truncated": func(w http.ResponseWriter, ids []string) {
			_, _ = io.WriteString(w, `{"items":[`+done(ids[0], 1)+`,{"ind`)
		},
		"fewer items": func(w http.ResponseWriter, ids []string) { items(w, done(ids[0], 1), done(ids[1], 1)) },
		"more items": func(w http.ResponseWriter, ids []string) {
			items(w, done(ids[0], 1), done(ids[1], 1), done(ids[2], 1), done("x", 1))
		},
		"no items":      func(w http.ResponseWriter, _ []string) { _, _ = io.WriteString(w, `{}`) },
		"other ids":     func(w http.ResponseWriter, ids []string) { items(w, done(ids[0], 1), done(ids[2], 1), done(ids[1], 1)) },
		"other version": func(w http.ResponseWriter, ids []string) { items(w, done(ids[0], 1), done(ids[1], 2), done(ids[2], 1)) },
		"another action": func(w http.ResponseWriter, ids []string) {
			items(w, done(ids[0], 1), strings.Replace(done(ids[1], 1), "index", "create", 1), done(ids[2], 1))
		},
		"nothing said": func(w http.ResponseWriter, ids []string) {
			items(w, done(ids[0], 1), `{"index":{"_id":"`+ids[1]+`"}}`, done(ids[2], 1))
		},
		"failed as done": func(w http.ResponseWriter, ids []string) {
			items(w, done(ids[0], 1), failed(ids[1], 200, "x"), done(ids[2], 1))
		},
		"refused by none": func(w http.ResponseWriter, ids []string) {
			items(w, done(ids[0], 1), failed(ids[1], 400, ""), done(ids[2], 1))
		},
		"another server": func(w http.ResponseWriter, _ []string) {
			w.WriteHeader(404)
			_, _ = io.WriteString(w, "<html>not here</html>")
		},
		"no answer": func(w http.ResponseWriter, _ []string) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = c.Close()
			}
		},
		"503": func(w http.ResponseWriter, _ []string) { w.WriteHeader(503) },
		"429": func(w http.ResponseWriter, _ []string) { w.WriteHeader(429) },
		"401": func(w http.ResponseWriter, _ []string) {
			w.WriteHeader(401)
			_, _ = io.WriteString(w, `{"error":{"type":"security_exception"}}`)
		},
		"index is gone": func(w http.ResponseWriter, _ []string) {
			w.WriteHeader(404)
			_, _ = io.WriteString(w, `{"error":{"type":"index_not_found_exception"}}`)
		},
	} {
		s, _ := fake(t, nil, bulk)
		for i, v := range s.Write(t.Context(), writes(t, 3)) {
			if !fault.Is(v.Err, fault.Unavailable) || v.Outcome != "" {
				t.Errorf("%s: the verdict on article %d is %s, %v", name, i, v.Outcome, v.Err)
			}
		}
	}
}

// A hanging node is given up; what was sent is in doubt.
func TestHangingNode(t *testing.T) {
	release := make(chan struct{})
	s, _ := fake(t, func(o *elastic.Options) { o.Timeout = 50 * time.Millisecond }, func(http.ResponseWriter, []string) { <-release })
	v := s.Write(t.Context(), writes(t, 1))
	close(release)
	if !fault.Is(v[0].Err, fault.Unavailable) {
		t.Errorf("%+v", v)
	}
}

// Requests keep to their bounds, and every article is in just one.
func TestBulkIsBounded(t *testing.T) {
	s, node := fake(t, func(o *elastic.Options) { o.BulkDocuments = 7 }, allDone)
	for _, v := range s.Write(t.Context(), writes(t, 50)) {
		if v.Outcome != event.Applied {
			t.Fatalf("%+v", v)
		}
	}
	var ids []string
	for _, r := range node.requests {
		if len(r) > 7 {
			t.Errorf("a request of %d articles", len(r))
		}
		ids = append(ids, r...)
	}
	slices.Sort(ids)
	if len(ids) != 50 || len(slices.Compact(ids)) != 50 {
		t.Errorf("%d articles were sent", len(ids))
	}
	bySize, node := fake(t, func(o *elastic.Options) { o.BulkBytes = 2000 }, allDone)
	bySize.Write(t.Context(), writes(t, 10))
	if node.bulks < 5 {
		t.Errorf("10 articles of about 1 kB went in %d requests of 2 kB", node.bulks)
	}
}

// A request that is too large is cut up; an article that is too large alone is
// the only one to go.
func TestTooLargeAlone(t *testing.T) {
	big := storetest.Article(day, 3, "长", "长篇").URI
	for _, status := range []int{http.StatusRequestEntityTooLarge, http.StatusBadRequest} {
		s, _ := fake(t, nil, func(w http.ResponseWriter, ids []string) {
			if slices.Contains(ids, big) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, `{"error":{"type":"x_content_parse_exception","reason":"no"}}`)
				return
			}
			allDone(w, ids)
		})
		for i, v := range s.Write(t.Context(), writes(t, 10)) {
			if i == 3 {
				if kind := fault.KindOf(v.Err); kind != fault.TooLarge && kind != fault.Corrupt {
					t.Errorf("%d: the large one: %+v", status, v)
				}
			} else if v.Outcome != event.Applied {
				t.Errorf("%d: article %d: %+v", status, i, v)
			}
		}
	}
}
