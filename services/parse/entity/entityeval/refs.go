package entityeval

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/therootcompany/xz"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
	"broadsheet/services/parse/entity"
	"broadsheet/services/parse/entity/corpus"
)

// refs is a *.refs.json: names by their offsets in texts that stay where they
// are.
type refs struct {
	Texts []reference `json:"texts"`
}

// reference names a text: of a corpus by its number, of news items by the numbers
// of item and paragraph, and by its code points where it is a part of the paragraph.
type reference struct {
	File      string   `json:"file"` // below the corpora's directory
	Text      int      `json:"text"`
	Item      int      `json:"item"`
	Paragraph int      `json:"paragraph"`
	Part      [2]int   `json:"part"`   // from and to; none: the whole paragraph
	SHA256    string   `json:"sha256"` // its first 16 digits, of the text
	Mentions  [][3]any `json:"mentions"`
}

// References reads the texts of a *.refs.json from the directory of corpora.
func References(path, corpora string) ([]corpus.Text, error) {
	r, err := readReferences(path)
	if err != nil {
		return nil, err
	}
	sources := map[string][][]string{}
	var out []corpus.Text
	for i, ref := range r.Texts {
		texts, ok := sources[ref.File]
		if !ok {
			if texts, err = source(filepath.Join(corpora, ref.File)); err != nil {
				return nil, fault.Wrap(fault.Invalid, err, "cannot read the corpus").Fix("name the directory of the corpora with --corpora")
			}
			sources[ref.File] = texts
		}
		text, err := ref.resolve(texts)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s: reference %d", path, i+1)
		}
		out = append(out, text)
	}
	return out, nil
}

func readReferences(path string) (r refs, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return r, fault.Wrap(fault.Invalid, err, "cannot read the references %s", path)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fault.Wrap(fault.Invalid, err, "the references %s are not what they should be", path)
	}
	return r, nil
}

// place is the number of the item, and that of the paragraph in it.
func (r reference) place() (item, paragraph int) {
	if !strings.HasSuffix(r.File, ".jsonl.xz") {
		return r.Text, 0
	}
	return r.Item, r.Paragraph
}

func (r reference) resolve(texts [][]string) (corpus.Text, error) {
	item, paragraph := r.place()
	if item < 0 || item >= len(texts) || paragraph < 0 || paragraph >= len(texts[item]) {
		return corpus.Text{}, fmt.Errorf("%s has no text %d, %d", r.File, item, paragraph)
	}
	t := corpus.Text{Value: texts[item][paragraph]}
	if from, to := r.Part[0], r.Part[1]; to > 0 {
		whole := []rune(t.Value)
		if from < 0 || from >= to || to > len(whole) {
			return t, fmt.Errorf("%s: text %d, %d has no part %d to %d", r.File, item, paragraph, from, to)
		}
		t.Value = string(whole[from:to])
	}
	if !strings.HasPrefix(Digest(t.Value), r.SHA256) {
		return t, fmt.Errorf("text %d, %d of %s is another one now", item, paragraph, r.File)
	}
	chars := []rune(t.Value)
	for _, m := range r.Mentions {
		kind, _ := m[0].(string)
		start, _ := m[1].(float64)
		end, _ := m[2].(float64)
		if start < 0 || start >= end || int(end) > len(chars) {
			return t, fmt.Errorf("mention %v is out of range", m)
		}
		t.Mentions = append(t.Mentions, newspaper.Mention{Type: kind, Text: string(chars[int(start):int(end)]), Start: int(start), End: int(end)})
	}
	return t, nil
}

// Digest is the SHA-256 of a text in hex, of which a reference has the beginning.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// source reads a file of texts: paragraphs by item.
func source(path string) ([][]string, error) {
	if !strings.HasSuffix(path, ".jsonl.xz") {
		texts, err := corpus.Read(path, nil)
		out := make([][]string, len(texts))
		for i, t := range texts {
			out[i] = []string{t.Value}
		}
		return out, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	unpacked, err := xz.NewReader(bufio.NewReader(f), 0)
	if err != nil {
		return nil, err
	}
	var out [][]string
	for d := json.NewDecoder(unpacked); d.More(); {
		var item struct {
			Paragraphs []string `json:"paragraphs"`
		}
		if err := d.Decode(&item); err != nil {
			return nil, err
		}
		out = append(out, item.Paragraphs)
	}
	return out, nil
}

// Path measures a tagger on what path holds: a directory of *.entities.json, a
// *.refs.json whose texts are in the directory corpora, or texts with their names
// marked as package corpus reads them.
func Path(t *entity.Tagger, path, corpora string, home []string) (*Report, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the gold").Fix("name a directory with *.entities.json, a *.refs.json, or a file of texts with [name/TYPE]")
	}
	if info.IsDir() {
		return Dir(t, path, home)
	}
	c := entity.Context{Home: home}
	if strings.HasSuffix(path, ".refs.json") {
		texts, err := References(path, corpora)
		if err != nil {
			return nil, err
		}
		return Texts(t, texts, c, nil), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read the gold")
	}
	defer func() { _ = f.Close() }()
	texts, err := corpus.Markup(f)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the gold %s is wrong", path)
	}
	return Texts(t, texts, c, nil), nil
}
