package index_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"broadsheet/services/index"
)

// description is the document that answers are held against.
var description = sync.OnceValues(func() (validator.Validator, error) {
	text, err := index.OpenAPI()
	if err != nil {
		return nil, err
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	v, mistakes := validator.NewValidator(document)
	if len(mistakes) > 0 {
		return nil, mistakes[0]
	}
	return v, nil
})

// described checks that an answer is as openapi.yaml says.
func described(t *testing.T, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	v, err := description()
	if err != nil {
		t.Fatal(err)
	}
	if w.Header().Get("Content-Type") == "application/x-ndjson" && w.Code == http.StatusOK {
		lines(t, w)
		return
	}
	answer := w.Result()
	defer func() { _, _ = io.Copy(io.Discard, answer.Body); _ = answer.Body.Close() }()
	if ok, mistakes := v.ValidateHttpResponse(r, answer); !ok {
		for _, m := range mistakes {
			t.Errorf("%s %s answers %d, not as described: %s: %s %v", r.Method, r.URL.Path, w.Code, m.Message, m.Reason, m.SchemaValidationErrors)
		}
	}
}

// lines checks each line of JSON Lines, which the validator does not read, as the
// article that it is.
func lines(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	for line := range bytes.Lines(w.Body.Bytes()) {
		one := httptest.NewRecorder()
		one.Header().Set("Content-Type", "application/json")
		_, _ = one.Write(line)
		described(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/articles/x", nil), one)
	}
}

// The document itself is OpenAPI 3.1.
func TestOpenAPI(t *testing.T) {
	v, err := description()
	if err != nil {
		t.Fatal(err)
	}
	if ok, mistakes := v.ValidateDocument(); !ok {
		for _, m := range mistakes {
			t.Errorf("%s: %s %v", m.Message, m.Reason, m.SchemaValidationErrors)
		}
	}
	b := shelved(t)
	if w := b.ask("/v1/openapi.json", nil); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
