// Command generate writes the JSON Schemas of all events and docs/asyncapi.yaml
// from the Go types. It is run in contract/, by go generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write(".."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write writes all documents of the repository at root.
func write(root string) error {
	documents, err := generate(root)
	if err != nil {
		return err
	}
	for path, content := range documents {
		if err := os.WriteFile(filepath.Join(root, path), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
