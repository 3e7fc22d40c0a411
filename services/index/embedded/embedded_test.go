package embedded

import (
	"os"
	"testing"

	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"broadsheet/services/index/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		runChild()
	}
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(Options{Dir: dir, Logger: zaptest.NewLogger(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject { return storetest.Subject{Store: open(t, t.TempDir())} })
}
