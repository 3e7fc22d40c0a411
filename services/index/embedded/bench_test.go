package embedded

import (
	"testing"

	"broadsheet/services/index/storetest"
)

func BenchmarkWrite(b *testing.B) {
	storetest.BenchmarkWrite(b, storetest.Subject{Store: open(b, b.TempDir())})
}

// BenchmarkSearch searches 20,000 documents.
func BenchmarkSearch(b *testing.B) {
	s := storetest.Subject{Store: open(b, b.TempDir())}
	storetest.Fill(b, s, 20_000)
	storetest.BenchmarkSearch(b, s)
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := open(b, dir)
	storetest.Fill(b, storetest.Subject{Store: s}, 2_000)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := open(b, dir).Close(); err != nil {
			b.Fatal(err)
		}
	}
}
