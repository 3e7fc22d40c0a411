package elastic_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/storetest"
)

func TestMain(m *testing.M) {
	// bleve's analysers are one pool for the whole process.
	goleak.VerifyTestMain(estest.Tests(m), goleak.IgnoreTopFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

// prefix is one that no other test uses.
func prefix() string { return "t" + strings.ToLower(rand.Text()[:12]) }

// options are those of the node's administrator under a prefix of the test's own,
// whose indices are deleted with the test.
func options(t testing.TB, n *estest.Node) elastic.Options {
	t.Helper()
	o := elastic.Options{
		URLs: []string{n.URL}, Username: n.Username, Password: n.Password, Prefix: prefix(),
		Logger: zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel)),
	}
	t.Cleanup(func() {
		n.Clear(t, o.Prefix)
	})
	return o
}

func open(t testing.TB, o elastic.Options) *elastic.Store {
	t.Helper()
	s, err := elastic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// provisioned is an empty index with a store over it.
func provisioned(t testing.TB, n *estest.Node) (*elastic.Store, elastic.Options) {
	t.Helper()
	o := options(t, n)
	s := open(t, o)
	if _, err := s.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, o
}

func TestContract(t *testing.T) {
	n := estest.Start(t)
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		s, o := provisioned(t, n)
		return storetest.Subject{Store: s, Refresh: func(context.Context) error {
			n.Do(t, http.MethodPost, "/"+o.Prefix+"-g*/_refresh", "")
			return nil
		}}
	})
}
