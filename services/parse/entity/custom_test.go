package entity_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/entity/corpus"
	"broadsheet/services/parse/entity/entityeval"
)

func texts(t *testing.T, path string) []corpus.Text {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	out, err := corpus.Markup(f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func score(tagger *entity.Tagger, texts []corpus.Text) float64 {
	return entityeval.Texts(tagger, texts, entity.Context{}, nil).Overall().F1()
}

// TestTrainHelps: a paper's own words and paragraphs help on paragraphs of that
// paper that were held out, and hurt little elsewhere.
func TestTrainHelps(t *testing.T) {
	data, err := os.ReadFile("testdata/paper.words.txt")
	if err != nil {
		t.Fatal(err)
	}
	words, err := entity.ReadWords(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := entity.Train(words, texts(t, "testdata/paper.train.txt"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := entity.Train(words, texts(t, "testdata/paper.train.txt"))
	if err != nil || !bytes.Equal(packed, again) {
		t.Errorf("the same input gave another model (%v)", err)
	}
	own, err := entity.Load(packed)
	if err != nil {
		t.Fatal(err)
	}
	held, gold := texts(t, "testdata/paper.test.txt"), texts(t, "testdata/gold.txt")
	before, after := score(entity.New(), held), score(own, held)
	t.Logf("held-out paper %.3f → %.3f, others %.3f → %.3f", before, after, score(entity.New(), gold), score(own, gold))
	if after < before+.2 || after < .9 {
		t.Errorf("training took the held-out part from %.3f to %.3f", before, after)
	}
	if score(own, gold) < score(entity.New(), gold)-.05 {
		t.Errorf("training took other texts from %.3f to %.3f", score(entity.New(), gold), score(own, gold))
	}
}

func TestLoadRefuses(t *testing.T) {
	packed, err := entity.Train(map[string]string{"雾隐市": "LOC"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entity.Load(packed); err != nil {
		t.Errorf("a list alone: %v", err)
	}
	other := bytes.Replace(packed, packed[len("broadsheet entities 2 "):][:8], []byte("00000000"), 1)
	if _, err := entity.Load(other); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("a model of other word lists: %v", err)
	}
	for _, data := range [][]byte{nil, []byte("x"), packed[:30], packed[:len(packed)-9]} {
		if _, err := entity.Load(data); err == nil {
			t.Errorf("%d bytes were taken for a model", len(data))
		}
	}
}

func TestReadWordsRefuses(t *testing.T) {
	for _, list := range []string{"雾隐市", "雾隐市 CITY", strings.Repeat("长", 25) + " LOC", "a b c"} {
		if words, err := entity.ReadWords(strings.NewReader(list)); err == nil {
			t.Errorf("%q gave %v", list, words)
		}
	}
}
