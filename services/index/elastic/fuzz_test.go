package elastic

import (
	"encoding/json"
	"net/http"
	"testing"

	"broadsheet/pkg/fault"
	"broadsheet/services/index/search"
)

// Whatever is answered, an article counts as stored only when the answer names
// it, its version, and that it was written.
func FuzzBulkAnswer(f *testing.F) {
	const uri = "urn:broadsheet:article:heyang-ribao:2026-03-02:main:01:00000001"
	f.Add([]byte(`[{"index":{"_id":"`+uri+`","_version":7,"status":201,"result":"created"}}]`), 200)
	f.Add([]byte(`[{"index":{"_id":"`+uri+`","status":409,"error":{"type":"version_conflict_engine_exception"}}}]`), 200)
	f.Add([]byte(`[{"index":{"_id":"`+uri+`","status":400,"error":{"type":"document_parsing_exception","reason":"no"}}}]`), 400)
	f.Add([]byte(`[]`), 503)
	f.Add([]byte(`{"error":{"type":"index_not_found_exception","root_cause":[{"type":"x"}]}}`), 404)
	f.Add([]byte(`{"error":"Incorrect HTTP method"}`), 405)
	f.Fuzz(func(t *testing.T, data []byte, status int) {
		c := &client{where: "here"}
		if err := c.refused(status, data); err == nil || fault.KindOf(err) == "" {
			t.Fatalf("a refusal without an error: %v", err)
		}
		var answers []map[string]answer
		if json.Unmarshal(data, &answers) != nil {
			return
		}
		s := &Store{}
		if s.trust([]item{{write: search.Write{URI: uri, Sequence: 7}}}, answers) != nil {
			return
		}
		a := answers[0]["index"]
		if a.ID != uri {
			t.Fatalf("believed of another article: %+v", a)
		}
		if a.Error == nil && (a.Version != 7 || a.Status != http.StatusOK && a.Status != http.StatusCreated) {
			t.Fatalf("believed without a confirmation: %+v", a)
		}
	})
}
