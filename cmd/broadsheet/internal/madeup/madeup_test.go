package madeup

import (
	"strings"
	"testing"
)

func TestPagesAreTheSameAgainAndDiffer(t *testing.T) {
	a, again, next, revised := New(7, 3, 1, 3), New(7, 3, 1, 3), New(7, 4, 1, 3), New(7, 3, 2, 3)
	if a.Text != again.Text || a.Key != again.Key {
		t.Error("the same page comes out differently")
	}
	if a.Text == next.Text || a.Key == next.Key {
		t.Error("two pages are the same")
	}
	if a.Key != revised.Key || a.Text == revised.Text || a.Markers[0] != revised.Markers[0] || a.Markers[2] == revised.Markers[2] {
		t.Error("a revision does not change the last article alone")
	}
	for _, m := range a.Markers {
		if strings.Count(a.Text, m+"。") != 1 {
			t.Errorf("marker %s is not whole in the text", m)
		}
	}
	if strings.Count(a.Text, "本报讯") != 3 {
		t.Errorf("not three articles:\n%s", a.Text)
	}
}
