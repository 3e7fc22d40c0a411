// Package eval measures segmented pages against pages read by hand or set by
// package typeset.
package eval

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"broadsheet/pkg/newspaper"
)

// Gold is what must come out of a page: a NAME.json beside its NAME.txt.
type Gold struct {
	Publication string                `json:"publication"`
	Date        string                `json:"date"`
	Page        string                `json:"page"`
	Family      string                `json:"family"`        // of layout styles; "real" for a real page
	Gap         string                `json:"gap,omitempty"` // where blank lines stand
	Articles    []newspaper.Article   `json:"articles"`
	Furniture   []newspaper.LineRange `json:"furniture"`
	Neutral     []newspaper.LineRange `json:"neutral"` // right wherever they go
	Ads         []newspaper.LineRange `json:"ads"`
	Roles       []string              `json:"roles,omitempty"` // by line, of typeset pages: RolePara, …; empty for blank lines
}

// Case is a page with its gold.
type Case struct {
	Name string
	Text []byte
	Gold Gold
}

// Load reads the cases of a directory: every NAME.json that has a NAME.txt in
// the directory or in ../pages.
func Load(dir string) ([]Case, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	slices.Sort(names)
	var out []Case
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		text, err := readPage(dir, name)
		if err != nil {
			continue // a JSON file of another kind, such as NAME.entities.json
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the gold: %w", err)
		}
		c := Case{Name: name, Text: text}
		if err := json.Unmarshal(data, &c.Gold); err != nil {
			return nil, fmt.Errorf("read the gold %s: %w", path, err)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no page with gold: NAME.txt and NAME.json", dir)
	}
	return out, nil
}

func readPage(dir, name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, name+".txt"))
	if err != nil {
		return os.ReadFile(filepath.Join(dir, "..", "pages", name+".txt"))
	}
	return text, nil
}

// Save writes a case into a directory as Load reads it.
func (c Case) Save(dir string) error {
	data, err := json.MarshalIndent(c.Gold, "", " ")
	if err != nil {
		return fmt.Errorf("write the gold of %s: %w", c.Name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, c.Name+".txt"), c.Text, 0o644); err != nil {
		return fmt.Errorf("write page %s: %w", c.Name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, c.Name+".json"), append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the gold of %s: %w", c.Name, err)
	}
	return nil
}
