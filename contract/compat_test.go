package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"broadsheet/pkg/event"
)

// golden is what version 1 published.
func golden(t *testing.T) fs.FS {
	t.Helper()
	return os.DirFS("golden/1")
}

// The golden files are as they were.
func TestGoldenIsFrozen(t *testing.T) {
	sums, err := fs.ReadFile(golden(t), "SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(sums)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("%q is no line of sha256sum", line)
		}
		listed[name] = sum
	}
	for _, d := range Types {
		for _, dir := range []string{"events/", "schemas/"} {
			name := dir + string(d.Type) + ".json"
			data, err := fs.ReadFile(golden(t), name)
			if err != nil {
				t.Errorf("%v: see golden/1/README.md", err)
				continue
			}
			if sum := sha256.Sum256(data); listed[name] != hex.EncodeToString(sum[:]) {
				t.Errorf("%s was changed: programs of others rely on it as it was", name)
			}
		}
	}
}

// What version 1 wrote is valid today, is read today, and nothing of it is lost:
// a field that was renamed, retyped or dropped shows here.
func TestGoldenEventsAreRead(t *testing.T) {
	for _, d := range Types {
		data, err := fs.ReadFile(golden(t), "events/"+string(d.Type)+".json")
		if err != nil {
			t.Error(err)
			continue
		}
		if err := Check(data); err != nil {
			t.Errorf("%s: %v", d.Type, err)
			continue
		}
		e, err := event.Decode(data)
		if err != nil {
			t.Errorf("%s: %v", d.Type, err)
			continue
		}
		value := reflect.New(d.Data)
		decoder := json.NewDecoder(bytes.NewReader(e.Data))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(value.Interface()); err != nil {
			t.Errorf("%s: %v", d.Type, err)
			continue
		}
		written, err := event.New(e.Type, strings.TrimPrefix(e.Source, "/broadsheet/"), e.ID, e.Subject, e.Time, value.Interface())
		if err != nil {
			t.Fatal(err)
		}
		written.Sequence = e.Sequence
		again, err := json.Marshal(written)
		if err != nil {
			t.Fatal(err)
		}
		if was, is := plain(t, data), plain(t, again); !reflect.DeepEqual(was, is) {
			t.Errorf("%s: written in version 1 as\n%v\nand today as\n%v", d.Type, was, is)
		}
	}
}

func plain(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The golden events have every field that the schemas of version 1 have, so that
// the test above misses none.
func TestGoldenEventsAreComplete(t *testing.T) {
	for _, d := range Types {
		schema := read(t, golden(t), "schemas/"+string(d.Type)+".json")
		defs := schema["$defs"].(map[string]any)
		missing := map[string]bool{}
		for _, def := range defs {
			for name := range def.(map[string]any)["properties"].(map[string]any) {
				missing[name] = true
			}
		}
		present(read(t, golden(t), "events/"+string(d.Type)+".json"), missing)
		if d.Type != event.LetterResolved {
			delete(missing, "resolution")
			delete(missing, "resolved")
		}
		if len(missing) > 0 {
			t.Errorf("the golden %s has no %v", d.Type, missing)
		}
	}
}

func present(v any, missing map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			delete(missing, name)
			present(value, missing)
		}
	case []any:
		for _, value := range v {
			present(value, missing)
		}
	}
}

// What today's schemas allow, a reader that knows version 1 can live with.
func TestSchemasAreCompatible(t *testing.T) {
	for _, d := range Types {
		name := string(d.Type) + ".json"
		was, is := read(t, golden(t), "schemas/"+name), read(t, Schemas(), name)
		for _, broken := range breaks("", was, is) {
			t.Errorf("%s breaks readers of version 1: %s. Make a new type, or leave it as it was", d.Type, broken)
		}
	}
}

// breaks lists what a reader of was cannot rely on any more. Fields may be added,
// and what was optional may become required; nothing may go, change its type or
// get values that it could not have.
func breaks(path string, was, is map[string]any) (out []string) {
	say := func(format string, args ...any) { out = append(out, path+": "+fmt.Sprintf(format, args...)) }
	for _, key := range []string{"type", "format", "pattern", "const", "$ref", "minimum", "maximum", "minItems", "maxItems", "minLength"} {
		if was[key] != nil && !reflect.DeepEqual(was[key], is[key]) {
			say("%s was %v, is %v", key, was[key], is[key])
		}
	}
	for _, name := range list(was["required"]) {
		if !slices.ContainsFunc(list(is["required"]), func(other any) bool { return other == name }) {
			say("%v was always there, and need not be now", name)
		}
	}
	if values := list(was["enum"]); values != nil {
		now := list(is["enum"])
		if now == nil {
			say("it could only be one of %v", values)
		}
		for _, v := range now {
			if !slices.Contains(values, v) {
				say("it could not be %v", v)
			}
		}
	}
	for _, group := range []string{"properties", "$defs"} {
		old, _ := was[group].(map[string]any)
		now, _ := is[group].(map[string]any)
		for name, schema := range old {
			next, ok := now[name].(map[string]any)
			if !ok {
				say("%s is gone", name)
				continue
			}
			out = append(out, breaks(path+"/"+name, schema.(map[string]any), next)...)
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if old, ok := was[key].(map[string]any); ok {
			now, _ := is[key].(map[string]any)
			out = append(out, breaks(path+"/"+key, old, now)...)
		}
	}
	for _, key := range []string{"allOf", "anyOf"} {
		old, now := list(was[key]), list(is[key])
		if len(now) < len(old) || key == "anyOf" && len(now) > len(old) {
			say("%s was %v, is %v", key, old, now)
			continue
		}
		for i := range old {
			out = append(out, breaks(fmt.Sprintf("%s/%s/%d", path, key, i), old[i].(map[string]any), now[i].(map[string]any))...)
		}
	}
	return out
}

func list(v any) []any {
	out, _ := v.([]any)
	return out
}

// breaks sees what breaks.
func TestBreaks(t *testing.T) {
	const was = `{"type":"object","required":["a"],"properties":{"a":{"type":"string"},"b":{"type":"array","items":{"type":"integer"}},"c":{"enum":["x","y"]}},
		"$defs":{"D":{"type":"object","properties":{"e":{"type":"string","pattern":"^a$"}}}}}`
	for name, change := range map[string][2]string{
		"field gone":         {`"a":{"type":"string"},`, ``},
		"field renamed":      {`"e":{`, `"f":{`},
		"type changed":       {`"a":{"type":"string"}`, `"a":{"type":"integer"}`},
		"items changed":      {`{"type":"integer"}`, `{"type":"string"}`},
		"not always there":   {`"required":["a"],`, ``},
		"one more value":     {`["x","y"]`, `["x","y","z"]`},
		"any value":          {`{"enum":["x","y"]}`, `{}`},
		"pattern changed":    {`^a$`, `^b$`},
		"definition dropped": {`"D":`, `"E":`},
	} {
		if len(breaks("", plain(t, []byte(was)).(map[string]any), plain(t, []byte(strings.Replace(was, change[0], change[1], 1))).(map[string]any))) == 0 {
			t.Errorf("%s breaks nothing", name)
		}
	}
	for name, change := range map[string][2]string{
		"field added":    {`"a":{`, `"new":{"type":"string"},"a":{`},
		"always there":   {`["a"]`, `["a","b"]`},
		"one value less": {`["x","y"]`, `["x"]`},
		"described":      {`"pattern"`, `"description":"x","pattern"`},
	} {
		if found := breaks("", plain(t, []byte(was)).(map[string]any), plain(t, []byte(strings.Replace(was, change[0], change[1], 1))).(map[string]any)); len(found) > 0 {
			t.Errorf("%s breaks %v", name, found)
		}
	}
}
