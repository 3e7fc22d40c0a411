package main

import (
	"context"
	"fmt"
	"time"

	"broadsheet/pkg/newspaper"
	"broadsheet/services/index"
	"broadsheet/services/index/internal/prints"
)

// warmPrints articles are asked for before it is measured.
const warmPrints = 500

// Of how many copies the prints are among the articles, and every how many of the
// others is asked for its prints as well.
const (
	copies     = 200
	otherEvery = 100
)

// measureReprints fills a store with prints of copies among other articles, and
// asks for each print's others, and for those of articles that have none.
func measureReprints(ctx context.Context, name string, s index.Store, refresh func(context.Context) error) error {
	set := prints.Set(29, copies)
	article := func(n int) newspaper.Article {
		if n < len(set) {
			return set[n].Article
		}
		return prints.Filler(n)
	}
	if err := fill(ctx, name, s, article, max(*documents, len(set))); err != nil {
		return err
	}
	if err := refresh(ctx); err != nil {
		return err
	}
	copyOf, others := map[string]int{}, map[int]int{}
	for _, a := range set {
		copyOf[a.URI] = a.Copy
		others[a.Copy]++
	}
	for n := range warmPrints {
		a := article(n)
		if _, err := index.Reprints(ctx, s, &a); err != nil {
			return err
		}
	}
	var took []time.Duration
	right, wrong, all := 0, 0, 0
	spent := processor()
	ask := func(a newspaper.Article, copy int) error {
		began := time.Now()
		found, err := index.Reprints(ctx, s, &a)
		if err != nil {
			return err
		}
		took = append(took, time.Since(began))
		for _, r := range found {
			if copy != 0 && copyOf[r.URI] == copy {
				right++
			} else {
				wrong++
			}
		}
		if copy != 0 {
			all += others[copy] - 1
		}
		return nil
	}
	for _, a := range set {
		if err := ask(a.Article, a.Copy); err != nil {
			return err
		}
	}
	for n := len(set); n < *documents; n += otherEvery {
		if err := ask(article(n), 0); err != nil {
			return err
		}
	}
	show(name, "reprints", took, processor()-spent)
	precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(all)
	fmt.Printf("%-14s %d pairs of prints: precision %.3f, recall %.3f\n", name, all/2, precision, recall)
	if !(precision >= 0.95) || recall < 0.90 { // of nothing found the precision is no number
		return fmt.Errorf("%s: precision %.3f and recall %.3f are not the goals of .95 and .90", name, precision, recall)
	}
	return nil
}
