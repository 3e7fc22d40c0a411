package main

import (
	"strings"
	"testing"

	"broadsheet/cmd/broadsheet/internal/madeup"
	"broadsheet/services/parse/document"
	"broadsheet/services/parse/segment"
)

// TestPlainPagesAreAlwaysRight: pages of two or three articles, each a headline, a
// blank line, 本报讯（记者 X） and indented paragraphs, must come out whole: whatever
// counts articles counts on it.
func TestPlainPagesAreAlwaysRight(t *testing.T) {
	s := segment.New()
	wrong := 0
	for seed := range uint64(12) {
		for n := range 150 {
			count := 2 + n%2
			p := madeup.New(seed, n, 1+n%3, count)
			got := s.Segment(document.Lines(p.Text), segment.Options{Key: p.Key}).Articles
			ok := len(got) == count
			for i := range p.Markers {
				ok = ok && strings.Contains(got[i].Text(), p.Markers[i]+"。") && got[i].MainHeadline() != "" && strings.HasPrefix(got[i].By, "本报讯（记者 ")
			}
			if !ok {
				wrong++
				t.Errorf("seed %d page %d: %d articles of %d\n%s", seed, n, len(got), count, p.Text)
			}
			if wrong > 3 {
				t.Fatal("and so on")
			}
		}
	}
}
