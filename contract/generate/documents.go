package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"broadsheet/contract"
)

// schemas is where the JSON Schemas are, from the root.
const schemas = "contract/schemas/"

// generate returns every document by its path from the root.
func generate(root string) (map[string][]byte, error) {
	r, err := reflector(root)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	bundles := map[string]object{}
	for _, d := range contract.Types {
		b, err := bundle(r, d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Type, err)
		}
		bundles[string(d.Type)] = b
		text, err := pretty(b)
		if err != nil {
			return nil, err
		}
		out[schemas+string(d.Type)+".json"] = text
	}
	out[asyncAPI], err = document(r, bundles)
	return out, err
}

func pretty(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return buf.Bytes(), err
}
