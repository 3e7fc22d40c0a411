package ingest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"broadsheet/pkg/newspaper"
)

// benchKey is a page of its own for each number.
func benchKey(n int64) newspaper.PageKey {
	key := pageNo(int(n%999) + 1)
	key.Edition = fmt.Sprint("e", n/999)
	return key
}

// BenchmarkPut is a page over HTTP until its receipt, with every write synced to
// disk by the server.
func BenchmarkPut(b *testing.B) {
	f := newFixture(b, connected(b), Options{})
	text := strings.Repeat(harvest, 60) // about 10 kB, as a page has
	var n atomic.Int64
	put := func() {
		i := n.Add(1)
		if got := f.put(benchKey(i), fmt.Sprint(i, text)); got.status != http.StatusCreated {
			b.Errorf("%d %s", got.status, got.body)
		}
	}
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			put()
		}
	})
	b.Run("side by side", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				put()
			}
		})
	})
}

// BenchmarkDuplicate is the answer to a page that is known.
func BenchmarkDuplicate(b *testing.B) {
	f := newFixture(b, connected(b), Options{})
	f.taken(http.StatusCreated, pageKey, harvest)
	for b.Loop() {
		f.taken(http.StatusOK, pageKey, harvest)
	}
}

// BenchmarkReceive is the receive path without HTTP.
func BenchmarkReceive(b *testing.B) {
	f := newFixture(b, connected(b), Options{})
	text := strings.Repeat(harvest, 60)
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		n++
		if _, err := f.receive(context.Background(), upload{key: benchKey(n), data: fmt.Append(nil, n, text), id: newUploadID(), via: "http"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSniff(b *testing.B) {
	for name, text := range map[string]string{"UTF-8": strings.Repeat(harvest, 60), "GB18030": odd(b)["GB18030"].data, "UTF-16": odd(b)["UTF-16 little"].data} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := sniff([]byte(text), ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
