package contract

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"broadsheet/pkg/event"
)

//go:embed schemas/*.json
var files embed.FS

// Schemas has a JSON Schema (draft 2020-12) for every event type, named
// <type>.json. Each is complete in itself.
func Schemas() fs.FS {
	sub, err := fs.Sub(files, "schemas")
	if err != nil {
		panic(err) // the directory is embedded
	}
	return sub
}

// Check holds an event, as it is on the wire, against the schema of its type.
func Check(data []byte) error {
	e, err := event.Decode(data)
	if err != nil {
		return err
	}
	all, err := compiled()
	if err != nil {
		return err
	}
	schema := all[e.Type]
	if schema == nil {
		return fmt.Errorf("event %s: there is no schema of %s", e.ID, e.Type)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("event %s: %w", e.ID, err)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("event %s of type %s: %w", e.ID, e.Type, err)
	}
	return nil
}

var compiled = sync.OnceValues(func() (map[event.Type]*jsonschema.Schema, error) {
	out := map[event.Type]*jsonschema.Schema{}
	names, err := fs.Glob(Schemas(), "*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(Schemas(), name)
		if err != nil {
			return nil, err
		}
		schema, err := compile(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[event.Type(strings.TrimSuffix(name, ".json"))] = schema
	}
	return out, nil
})

// compile makes a validator of a schema. Formats are asserted.
func compile(data []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var named struct {
		ID string `json:"$id"`
	}
	if err := json.Unmarshal(data, &named); err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(named.ID, doc); err != nil {
		return nil, err
	}
	return c.Compile(named.ID)
}
