package entityeval

import (
	"os"
	"path/filepath"
	"testing"

	"broadsheet/services/parse/entity"
)

// corpora is beside the repository, when the machine has them.
const corpora = "../../../../../shared/corpora"

// TestHeldOut measures the shipped model on texts that may not be copied here,
// where they are at hand.
func TestHeldOut(t *testing.T) {
	if _, err := os.Stat(corpora); err != nil {
		t.Log("the corpora are not on this machine: only what is in the repository is measured")
		return
	}
	report, err := Path(entity.New(), "../testdata/heldout.refs.json", corpora, nil)
	if err != nil {
		t.Fatal(err)
	}
	low, high := report.Interval()
	t.Logf("names F1 %.3f (%.3f to %.3f)", report.Overall().F1(), low, high)
	if f1 := report.Overall().F1(); f1 < .8 {
		t.Errorf("names F1 %.3f", f1)
	}
}

func TestReferencesRefuse(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"no json": "{", "no corpus": `{"texts":[{"file":"ner/gone.xz"}]}`,
	} {
		path := filepath.Join(dir, "a.refs.json")
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := References(path, dir); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Path(entity.New(), filepath.Join(dir, "gone"), "", nil); err == nil {
		t.Error("a path that is not there: no error")
	}
	if _, err := Path(entity.New(), dir, "", nil); err == nil {
		t.Error("an empty directory: no error")
	}
}

// TestResolve: a reference is of a whole paragraph or of a part of it, and of the
// text that it was made of alone.
func TestResolve(t *testing.T) {
	texts := [][]string{{"一", "昨天王刚到京。他走了。"}}
	ref := reference{File: "a.jsonl.xz", Paragraph: 1, Part: [2]int{2, 7}, SHA256: Digest("王刚到京。")[:16], Mentions: [][3]any{{"PER", 0.0, 2.0}}}
	text, err := ref.resolve(texts)
	if err != nil || text.Value != "王刚到京。" || len(text.Mentions) != 1 || text.Mentions[0].Text != "王刚" {
		t.Errorf("%+v, %v", text, err)
	}
	for name, change := range map[string]func(*reference){
		"another text":       func(r *reference) { r.Part[1]++ },
		"out of range":       func(r *reference) { r.Part[1] = 99 },
		"backwards":          func(r *reference) { r.Part = [2]int{7, 2} },
		"a name out of it":   func(r *reference) { r.Mentions = [][3]any{{"PER", 4.0, 6.0}} },
		"no paragraph there": func(r *reference) { r.Paragraph = 2 },
	} {
		wrong := ref
		change(&wrong)
		if _, err := wrong.resolve(texts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
