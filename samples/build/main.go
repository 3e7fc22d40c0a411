// Command build sets the pages of samples/ from their sources and writes them
// with their gold.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"broadsheet/samples/internal/compose"
)

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := run(dir); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	files, err := compose.Files(filepath.Join(dir, "source"))
	if err != nil {
		return err
	}
	for _, kind := range []string{"pages/*.txt", "gold/*.json", "revisions/*.txt", "revisions/*.json"} {
		old, err := filepath.Glob(filepath.Join(dir, kind))
		if err != nil {
			return fmt.Errorf("list what is there: %w", err)
		}
		for _, name := range old {
			if err := os.Remove(name); err != nil {
				return fmt.Errorf("make room: %w", err)
			}
		}
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	fmt.Printf("%d files written\n", len(files))
	return nil
}
