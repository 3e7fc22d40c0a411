package embedded

import (
	"strconv"
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

// BenchmarkReprints finds the reprints of articles among 10,000 and 100,000; give
// the second one -benchtime 2000x and some minutes to be filled.
func BenchmarkReprints(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			storetest.BenchmarkReprints(b, storetest.Subject{Store: open(b, b.TempDir())}, n)
		})
	}
}
