package relevance_test

import (
	"bytes"
	"math"
	"testing"

	"go.uber.org/goleak"

	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/embedded"
	"broadsheet/services/index/relevance"
)

// floor is what neither store may fall below.
const floor = .90

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(estest.Tests(m), goleak.IgnoreTopFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

func check(t *testing.T, r relevance.Report, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := r.Write(&table, true); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &table)
	if r.NDCG < floor || math.IsNaN(r.NDCG) {
		t.Errorf("nDCG@%d is %.3f, below %.2f", relevance.Depth, r.NDCG, floor)
	}
	if len(r.Results) < 60 {
		t.Errorf("%d queries", len(r.Results))
	}
}

func TestEmbedded(t *testing.T) {
	s, err := embedded.Open(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := relevance.Fill(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	r, err := relevance.Measure(t.Context(), s)
	check(t, r, err)
}

func TestElasticsearch(t *testing.T) {
	n := estest.Start(t)
	s, err := elastic.Open(elastic.Options{URLs: []string{n.URL}, Username: n.Username, Password: n.Password, Prefix: "relevance"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	t.Cleanup(func() { n.Clear(t, "relevance") })
	if _, err := s.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := relevance.Fill(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	r, err := relevance.Measure(t.Context(), s)
	check(t, r, err)
}
