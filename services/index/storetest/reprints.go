package storetest

import (
	"encoding/json"
	"slices"
	"testing"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index"
	"broadsheet/services/index/internal/prints"
)

// printed writes the made set of prints and returns it.
func (s *suite) printed(copies int) []prints.Article {
	s.Helper()
	set := prints.Set(11, copies)
	for batch := range slices.Chunk(set, 200) {
		articles := make([]newspaper.Article, len(batch))
		for i := range batch {
			articles[i] = batch[i].Article
		}
		s.write(1, articles...)
	}
	return set
}

// Prints of the same copy find each other, whatever months lie between, and
// nothing else: the measure of the made set, through the store.
func testReprints(_ *testing.T, s *suite) {
	set := s.printed(80)
	copies := map[string]int{}
	for _, a := range set {
		copies[a.URI] = a.Copy
	}
	right, wrong, all, months := 0, 0, 0, 0
	for _, a := range set {
		found, err := index.Reprints(s.Context(), s.Store, &a.Article)
		if err != nil {
			s.Fatal(err)
		}
		for _, r := range found {
			if a.Copy == 0 || copies[r.URI] != a.Copy {
				wrong++
				continue
			}
			right++
			if r.Date[:7] != a.Print.Date[:7] {
				months++
			}
		}
		for _, b := range set {
			if a.Copy != 0 && b.Copy == a.Copy && b.URI != a.URI {
				all++
			}
		}
	}
	precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(all)
	s.Logf("precision %.4f, recall %.4f of %d pairs, %d of them months apart", precision, recall, all/2, months/2)
	if !(precision >= 0.95) || recall < 0.90 || months == 0 { // of nothing found the precision is no number
		s.Fatalf("precision %.4f, recall %.4f", precision, recall)
	}
	// One that is withdrawn is nobody's reprint any more.
	one := slices.IndexFunc(set, func(a prints.Article) bool {
		found, err := index.Reprints(s.Context(), s.Store, &a.Article)
		return err == nil && len(found) > 0
	})
	found, err := index.Reprints(s.Context(), s.Store, &set[one].Article)
	if err != nil {
		s.Fatal(err)
	}
	for _, a := range set {
		if a.URI == found[0].URI {
			s.write(2, Withdrawn(a.Article, "撤稿"))
		}
	}
	left, err := index.Reprints(s.Context(), s.Store, &set[one].Article)
	if err != nil || len(left) != len(found)-1 {
		s.Errorf("%d reprints, %d before one was withdrawn: %v", len(left), len(found), err)
	}
}

// Collapsed, every copy is shown once, whatever the order and the size of the
// pages, and nothing else is left out.
func testCollapse(_ *testing.T, s *suite) {
	set := s.printed(30)
	first := map[string]bool{} // of all prints that find each other
	for _, a := range set {
		found, err := index.Reprints(s.Context(), s.Store, &a.Article)
		if err != nil {
			s.Fatal(err)
		}
		first[a.URI] = !slices.ContainsFunc(found, func(r index.Reprint) bool {
			return r.Date < a.Print.Date || r.Date == a.Print.Date && r.URI < a.URI
		})
	}
	want := 0
	for _, is := range first {
		if is {
			want++
		}
	}
	for _, params := range []string{"sort=newest&limit=7", "sort=oldest&limit=100", "sort=oldest&limit=1"} {
		q := query(s, params+"&collapse=reprints")
		shown := map[string]bool{}
		for parts := 0; ; parts++ {
			answer, err := index.Find(s.Context(), s.Store, q)
			if err != nil {
				s.Fatal(err)
			}
			if answer.Total != len(set) || len(answer.Articles) > q.Limit || parts > len(set) {
				s.Fatalf("%s: %d of %d articles in part %d", params, len(answer.Articles), answer.Total, parts)
			}
			for _, source := range answer.Articles {
				var a struct {
					URI      string
					Reprints []index.Reprint
				}
				if err := json.Unmarshal(source, &a); err != nil {
					s.Fatal(err)
				}
				if shown[a.URI] || !first[a.URI] {
					s.Errorf("%s: %s is shown (before: %v)", params, a.URI, shown[a.URI])
				}
				shown[a.URI] = true
			}
			if answer.Next == "" {
				break
			}
			q = query(s, params+"&collapse=reprints&cursor="+answer.Next)
		}
		if len(shown) != want {
			s.Errorf("%s: %d articles are shown, not %d", params, len(shown), want)
		}
	}
	// What the filters leave out stands for nothing.
	for _, a := range set {
		found, err := index.Reprints(s.Context(), s.Store, &a.Article)
		if err != nil {
			s.Fatal(err)
		}
		if len(found) == 0 || first[a.URI] || slices.ContainsFunc(found, func(r index.Reprint) bool { return r.Publication == a.Print.Publication }) {
			continue
		}
		answer, err := index.Find(s.Context(), s.Store, query(s, "collapse=reprints&limit=100&publication="+a.Print.Publication))
		if err != nil {
			s.Fatal(err)
		}
		if !slices.ContainsFunc(answer.Articles, func(source json.RawMessage) bool { return uriOf(s, source) == a.URI }) && answer.Next == "" {
			s.Errorf("%s is hidden by a paper that was not asked for", a.URI)
		}
		break
	}
	if _, err := parse("collapse=all"); err == nil {
		s.Error("collapse=all is taken")
	}
	plain := query(s, "sort=oldest&limit=1")
	answer, err := index.Find(s.Context(), s.Store, plain)
	if err != nil {
		s.Fatal(err)
	}
	if _, err := parse("sort=oldest&limit=1&collapse=reprints&cursor=" + answer.Next); err == nil {
		s.Error("a cursor of a search that is not collapsed is taken by one that is")
	}
}

func uriOf(s *suite, source json.RawMessage) string {
	var a newspaper.Article
	if err := json.Unmarshal(source, &a); err != nil {
		s.Fatal(err)
	}
	return a.URI
}
