package client_test

import (
	"context"
	"fmt"
	"testing"

	"broadsheet/client"
)

// How many events a second each way to follow hands over, from a server on the
// same machine.
func BenchmarkFollow(b *testing.B) {
	s := startFor(b)
	c := s.client()
	const pages, articles = 20, 200
	versions := make([]int, articles)
	for i := range versions {
		versions[i] = 1
	}
	for page := 1; page <= pages; page++ {
		s.commit(key(b, "a", "2022-10-01", fmt.Sprint(page)), versions...)
	}
	for name, sub := range map[string]client.Subscription{"stored": {}, "durable": {Durable: "d"}, "side by side": {Durable: "d64", InFlight: 64}} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				if sub.Durable != "" {
					sub.Durable += "x" // each time a new one, from the beginning
				}
				ctx, enough := context.WithCancel(b.Context())
				left := pages * articles
				done := make(chan struct{}, pages*articles)
				count := func(context.Context, client.Event) error { done <- struct{}{}; return nil }
				go func() {
					for ; left > 0; left-- {
						<-done
					}
					enough()
				}()
				if err := c.Follow(ctx, sub, count); err != nil {
					b.Fatal(err)
				}
				n += pages * articles
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
