package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The documents are what the Go types say: a field that is added, dropped or
// changed shows here until go generate has run.
func TestDocumentsAreUpToDate(t *testing.T) {
	const root = "../.."
	documents, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range documents {
		have, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || string(have) != string(want) {
			t.Errorf("%s is not what the Go types say: run go generate broadsheet/contract (%v)", path, err)
		}
	}
	if len(documents) < 9 {
		t.Errorf("only %d documents", len(documents))
	}
}

// Two runs write the same bytes.
func TestDocumentsAreStable(t *testing.T) {
	once, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	again, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	for path := range once {
		if string(once[path]) != string(again[path]) {
			t.Errorf("%s differs from run to run", path)
		}
	}
}

// A rule or a note that no field has is a mistake in its name.
func TestRulesNameFields(t *testing.T) {
	used := usedNames()
	for name := range rules {
		if !used[name] {
			t.Errorf("rules: there is no %s", name)
		}
	}
	for name := range notes {
		if !used[name] {
			t.Errorf("notes: there is no %s", name)
		}
	}
}
