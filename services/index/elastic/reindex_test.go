package elastic_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
	"broadsheet/services/index/search"
	"broadsheet/services/index/storetest"
)

// reindexSize is how many articles TestReindex builds anew.
func reindexSize(t *testing.T) int {
	s := os.Getenv("BROADSHEET_REINDEX_ARTICLES")
	if s == "" {
		return 1500
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// versions are the documents of a generation with their versions.
func versions(t *testing.T, n *estest.Node, index string) map[string]int64 {
	t.Helper()
	n.Do(t, http.MethodPost, "/"+index+"/_refresh", "")
	out := map[string]int64{}
	after := ""
	for {
		var page struct {
			Hits struct {
				Hits []struct {
					ID      string `json:"_id"`
					Version int64  `json:"_version"`
					Sort    json.RawMessage
				}
			}
		}
		body := `{"size":5000,"version":true,"_source":false,"sort":["uri"],"query":{"match_all":{}}` + after + `}`
		if err := json.Unmarshal(n.Do(t, http.MethodPost, "/"+index+"/_search", body), &page); err != nil {
			t.Fatal(err)
		}
		for _, h := range page.Hits.Hits {
			out[h.ID] = h.Version
			after = `,"search_after":` + string(h.Sort)
		}
		if len(page.Hits.Hits) == 0 {
			return out
		}
	}
}

// reindexed waits until a command's generation is the only one.
func reindexed(t *testing.T, b *bus.Bus, s *elastic.Store, run string) bool {
	live, err := s.Generation(t.Context())
	if err != nil || live != search.GenerationOf(run) {
		return false
	}
	_, err = b.Position(t.Context(), event.IndexNext)
	c, stateErr := b.ConsumerState(t.Context(), event.IndexCommands)
	return fault.Is(err, fault.NotFound) && stateErr == nil && c.Pending == 0 && c.AckPending == 0
}

func command(t *testing.T, b *bus.Bus) string {
	t.Helper()
	run := event.NewRun(time.Now())
	if err := b.Command(t.Context(), "index", event.Command{Action: event.Reindex, Run: run}); err != nil {
		t.Fatal(err)
	}
	return run
}

// The index is built anew while articles arrive and two processes index: no
// search fails or finds fewer than some seconds before, and nothing is missing.
func TestReindex(t *testing.T) {
	size := reindexSize(t)
	n := estest.Start(t)
	store, o := provisioned(t, n)
	server := bustest.Start(t)
	b := server.Bus(t, "index")
	serve(t, b, store)
	serve(t, server.Bus(t, "index"), open(t, o))
	publish(t, b, 1, articles(0, size)...)
	publish(t, b, 2, storetest.Withdrawn(articles(3, 1)[0], "稿件失实"))
	eventually(t, "indexed", 3*time.Minute, func() bool { return settled(t, b) })
	n.Do(t, http.MethodPost, "/"+o.Prefix+"/_refresh", "")
	ctx, stop := context.WithCancel(t.Context())
	var searching sync.WaitGroup
	searches := 0
	searching.Go(func() {
		// What arrived in the last seconds may be found a moment later behind the
		// move: each index has a rhythm of its own to make articles findable.
		const rhythm = 5 * time.Second
		type answer struct {
			at    time.Time
			total int
		}
		least, last := size-1, []answer{}
		for ctx.Err() == nil {
			r, err := store.Search(t.Context(), search.Query{Sort: search.Newest, Limit: 1})
			for last = append(last, answer{time.Now(), r.Total}); time.Since(last[0].at) > rhythm; last = last[1:] {
				least = max(least, last[0].total)
			}
			if err != nil || r.Total < least {
				t.Errorf("search %d finds %d after %d, %v", searches, r.Total, least, err)
				return
			}
			searches++
			time.Sleep(50 * time.Millisecond)
		}
	})
	before, err := store.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	run := command(t, b)
	written := size
	eventually(t, "built anew", 5*time.Minute, func() bool {
		publish(t, b, 3, articles(written, 2)...)
		written += 2
		return reindexed(t, b, store, run)
	})
	stop()
	searching.Wait()
	t.Logf("%d articles built anew in %v, with %d arriving and %d searches", size, time.Since(began).Round(time.Millisecond), written-size, searches)
	eventually(t, "indexed", time.Minute, func() bool { return settled(t, b) })
	if got := count(t, n, o); got != written-1 {
		t.Errorf("%d articles are found, not %d", got, written-1)
	}
	held := versions(t, n, o.Prefix+"-"+search.GenerationOf(run))
	for i, a := range articles(0, written) {
		want := int64(1)
		if i == 3 {
			want = 2
		} else if i >= size {
			want = 3
		}
		if held[a.URI] != want {
			t.Errorf("article %d has version %d, not %d", i, held[a.URI], want)
		}
	}
	if live, err := store.Generation(t.Context()); err != nil || live == before || len(letters(t, b)) != 0 {
		t.Errorf("%s, %v, %+v", live, err, letters(t, b))
	}
	if gone := n.Do(t, http.MethodGet, "/"+o.Prefix+"-"+before+"*/_alias", ""); string(gone) != "{}" {
		t.Errorf("the generation before is still there: %s", gone)
	}
}

// An index that was deleted is filled again once somebody has provisioned a new
// one, without a restart: the position of the durable does not count for it.
func TestDeletedIndexIsFilledAgain(t *testing.T) {
	n := estest.Start(t)
	store, o := provisioned(t, n)
	b := bustest.Start(t).Bus(t, "index")
	serve(t, b, store)
	publish(t, b, 1, articles(0, 100)...)
	eventually(t, "indexed", time.Minute, func() bool { return settled(t, b) })
	generation, err := store.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n.Do(t, http.MethodDelete, "/"+o.Prefix+"-"+generation, "")
	publish(t, b, 2, articles(100, 1)...)
	eventually(t, "it stops", time.Minute, func() bool { return b.Paused()[event.IndexArticles.Durable] != "" })
	if _, err := store.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all are there again", time.Minute, func() bool { return count(t, n, o) == 101 })
	at, err := b.Position(t.Context(), event.IndexArticles)
	if err != nil || slices.Contains(at.Stores, generation) || len(at.Stores) != 1 {
		t.Errorf("%+v, %v", at, err)
	}
}

// A user who may not make an index gets the reindex back with what to do.
func TestReindexWithoutTheRole(t *testing.T) {
	n := estest.Start(t)
	_, o := provisioned(t, n)
	user := o
	user.Username = o.Prefix + "-least"
	user.Password = n.User(t, user.Username, elastic.Role(o.Prefix))
	b := bustest.Start(t).Bus(t, "index")
	serve(t, b, open(t, user))
	publish(t, b, 1, articles(0, 1)...)
	command(t, b)
	eventually(t, "it is refused", time.Minute, func() bool { return len(letters(t, b)) == 1 })
	if l := letters(t, b)[0]; l.Kind != fault.Forbidden || l.Remedy == "" {
		t.Errorf("%+v", l)
	}
	if _, err := b.Position(t.Context(), event.IndexNext); !fault.Is(err, fault.NotFound) {
		t.Errorf("something is left: %v", err)
	}
}
