package newspaper

import (
	"encoding/json"
	"slices"
	"testing"

	"broadsheet/pkg/fault"
)

func TestIssueKey(t *testing.T) {
	k, err := ParseIssueKey("lvliang-ribao/2022-10-30")
	if err != nil || k.Subject() != "lvliang-ribao.2022-10-30" || k.String() != "lvliang-ribao/2022-10-30" {
		t.Fatal(k, err)
	}
	for in, field := range map[string]string{
		"": "issue", "a": "issue", "A/2022-10-30": "publication", "a/2022-02-30": "date", "a/2022-10-30/main": "date", "*/2022-10-30": "publication",
	} {
		if _, err := ParseIssueKey(in); !fault.Is(err, fault.Invalid) || fault.ProblemOf(err).Field != field {
			t.Errorf("%q: %v", in, err)
		}
	}
	data, err := json.Marshal(Announcement{Issue: k})
	if err != nil {
		t.Fatal(err)
	}
	var back Announcement
	if err := json.Unmarshal(data, &back); err != nil || back.Issue != k {
		t.Errorf("%s: %+v, %v", data, back, err)
	}
}

func TestComparePages(t *testing.T) {
	want := []PageKey{{Edition: "county", Page: "01"}, {Edition: "main", Page: "02"}, {Edition: "main", Page: "10"}, {Edition: "main", Page: "100"},
		{Edition: "main", Page: "A01"}, {Edition: "main", Page: "A12"}, {Edition: "main", Page: "B02"}}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, ComparePages)
	if !slices.Equal(got, want) {
		t.Error(got)
	}
}

func TestMissingPages(t *testing.T) {
	for _, c := range []struct {
		present []string
		usual   int
		want    []string
	}{
		{nil, 0, nil},
		{nil, 2, []string{"01", "02"}},
		{[]string{"01", "02", "03", "04"}, 4, nil},
		{[]string{"01", "04"}, 0, []string{"02", "03"}},
		{[]string{"01", "06"}, 4, []string{"02", "03", "04", "05"}},
		{[]string{"A01", "A03", "B02"}, 4, []string{"A02", "B01"}},
	} {
		if got := MissingPages(c.present, c.usual); !slices.Equal(got, c.want) {
			t.Errorf("%v of %d: %v, want %v", c.present, c.usual, got, c.want)
		}
	}
}

func TestSameState(t *testing.T) {
	a := CompletedIssue{Sequence: 1, Pages: []CompletedPage{{Key: sampleKey, Revision: 1, Sequence: 10, Articles: 2, Digest: "x"}}}
	b := CompletedIssue{Sequence: 2, Pages: []CompletedPage{{Key: sampleKey, Revision: 1, Sequence: 20, Articles: 2, Digest: "x"}}}
	if !a.Same(&b) {
		t.Error("a parse that changed nothing is another state")
	}
	b.Pages[0].Digest = "y"
	if a.Same(&b) {
		t.Error("other articles are the same state")
	}
	if a.Same(&CompletedIssue{}) {
		t.Error("no pages are the same as one")
	}
}

var sampleKey = PageKey{Publication: "a", Date: "2022-10-30", Edition: "main", Page: "01"}
