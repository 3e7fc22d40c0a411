package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/invopop/jsonschema"

	"broadsheet/contract"
	"broadsheet/pkg/newspaper"
)

// defsPrefix is where a JSON Schema keeps its definitions.
const defsPrefix = "#/$defs/"

// reflector turns our Go types into schemas. Objects stay open: a newer writer
// adds fields, and an older reader passes over them.
func reflector(root string) (*jsonschema.Reflector, error) {
	r := &jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true, Mapper: known, Namer: reflect.Type.Name}
	for _, pkg := range []string{"newspaper", "event", "fault"} {
		if err := r.AddGoComments("broadsheet", root+"/pkg/"+pkg, jsonschema.WithFullComment()); err != nil {
			return nil, err
		}
	}
	// The comments are keyed by the path that they were read from.
	for name, comment := range r.CommentMap {
		if i := strings.Index(name, "pkg/"); i >= 0 {
			r.CommentMap["broadsheet/"+name[i:]] = oneLine(comment)
		}
	}
	return r, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// sentence makes a comment behind a field a sentence of a document.
func sentence(comment string) string {
	first, size := utf8.DecodeRuneInString(comment)
	return strings.TrimSuffix(string(unicode.ToUpper(first))+comment[size:], ".") + "."
}

// known maps the types whose JSON is not what their Go fields say.
func known(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[newspaper.PageKey]():
		return &jsonschema.Schema{Type: "string", Pattern: pageKeyPattern}
	case reflect.TypeFor[newspaper.IssueKey]():
		return &jsonschema.Schema{Type: "string", Pattern: issueKeyPattern}
	case reflect.TypeFor[newspaper.LineRange]():
		two := uint64(2)
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "integer", Minimum: "1"}, MinItems: &two, MaxItems: &two,
			Description: "The first and the last line, counted from 1."}
	case reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	}
	return nil
}

// Patterns of what names things.
const (
	slug            = `[a-z0-9][a-z0-9-]{0,62}`
	datePattern     = `[0-9]{4}-[0-9]{2}-[0-9]{2}`
	pagePattern     = `[A-Z]?[0-9]{2,3}`
	pageKeyPattern  = `^` + slug + `/` + datePattern + `/` + slug + `/` + pagePattern + `$`
	issueKeyPattern = `^` + slug + `/` + datePattern + `$`
	uriPattern      = `^urn:broadsheet:article:` + slug + `:` + datePattern + `:` + slug + `:` + pagePattern + `:[0-9a-f]{8,16}$`
)

// object is a JSON object in the making.
type object = map[string]any

// bundle is the schema of an event, complete in itself.
func bundle(r *jsonschema.Reflector, d contract.Described) (object, error) {
	data, err := asObject(r.ReflectFromType(d.Data))
	if err != nil {
		return nil, err
	}
	defs, _ := data["$defs"].(object)
	if err := refine(defs, d.Data); err != nil {
		return nil, err
	}
	content := any(object{"$ref": data["$ref"]})
	if len(d.Fixed) > 0 || len(d.Always) > 0 {
		fixed := object{}
		for name, value := range d.Fixed {
			fixed[name] = object{"const": value}
		}
		content = object{"allOf": []any{content, object{"type": "object", "properties": fixed, "required": d.Always}}}
	}
	out := envelope(d, content)
	out["$schema"] = jsonschema.Version
	out["$id"] = "urn:broadsheet:schema:" + string(d.Type)
	out["$defs"] = defs
	return out, nil
}

// envelope is the CloudEvent that carries the data.
func envelope(d contract.Described, content any) object {
	source := object{"type": "string", "pattern": "^/broadsheet/[a-z-]+$", "description": "The service that wrote it."}
	if d.Source != "" {
		source = object{"const": "/broadsheet/" + d.Source, "description": "The service that wrote it."}
	}
	subject := map[string]object{
		contract.Page:    {"type": "string", "pattern": pageKeyPattern, "description": "The page's key: publication/date/edition/page."},
		contract.Article: {"type": "string", "pattern": uriPattern, "description": "The article's uri."},
		contract.Issue:   {"type": "string", "pattern": issueKeyPattern, "description": "The issue: publication/date."},
		contract.Either:  {"type": "string", "description": "The page's key or the article's uri, where one is known."},
	}[d.Subject]
	required := []any{"specversion", "id", "source", "type", "time", "datacontenttype", "data"}
	if d.Subject != contract.Either {
		required = append(required, "subject")
	}
	properties := object{
		"specversion":     object{"const": "1.0", "description": "CloudEvents 1.0, structured JSON mode."},
		"id":              object{"type": "string", "minLength": 1, "description": "Unique for its source. The same event delivered again has the same id."},
		"source":          source,
		"type":            object{"const": string(d.Type), "description": "What happened, with its major version."},
		"subject":         subject,
		"time":            object{"type": "string", "format": "date-time", "description": "When it happened, UTC."},
		"sequence":        object{"type": "string", "pattern": "^[0-9]{20}$", "description": "The version of the commit it belongs to: microseconds since 1970, padded with zeros so that it sorts as a string as well. It grows for each page. Of two events about one uri the one with the larger sequence is right."},
		"datacontenttype": object{"const": "application/json", "description": "The media type of data."},
		"data":            content,
	}
	if d.Stream == "ARTICLES" {
		required = append(required, "sequence")
	}
	return object{"title": string(d.Type), "description": d.About, "type": "object", "properties": properties, "required": required}
}

// refine adds to the definitions what the Go types do not say: vocabularies,
// formats and patterns, and that a pointer may be null.
func refine(defs object, root reflect.Type) error {
	var failed error
	walk(root, map[reflect.Type]bool{}, func(t reflect.Type, f reflect.StructField, name string) {
		def, _ := defs[t.Name()].(object)
		properties, _ := def["properties"].(object)
		property, ok := properties[name].(object)
		if !ok {
			failed = errors.Join(failed, fmt.Errorf("%s.%s is not in its schema", t.Name(), name))
			return
		}
		if comment, ok := property["description"].(string); ok {
			property["description"] = sentence(comment)
		}
		if note, ok := notes[t.Name()+"."+name]; ok {
			property["description"] = note
		}
		if property["description"] == nil {
			failed = errors.Join(failed, fmt.Errorf("%s.%s has no comment for its description", t.Name(), f.Name))
		}
		for key, value := range rules[t.Name()+"."+name] {
			property[key] = value
		}
		if f.Type.Kind() == reflect.Pointer && !strings.Contains(f.Tag.Get("json"), ",omit") {
			properties[name] = object{"description": property["description"], "anyOf": []any{object{"$ref": property["$ref"]}, object{"type": "null"}}}
		}
	})
	return failed
}

// walk calls f for every JSON field of a struct type and of those below it.
func walk(t reflect.Type, seen map[reflect.Type]bool, f func(t reflect.Type, field reflect.StructField, name string)) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || known(t) != nil {
		return
	}
	seen[t] = true
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		f(t, field, name)
		walk(field.Type, seen, f)
	}
}

// asObject is a schema as plain JSON.
func asObject(schema any) (object, error) {
	data, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	var out object
	return out, json.Unmarshal(data, &out)
}

// vocabulary lists the values of a field of which no other can come in this
// major version; openly lists those that others may be added to.
func vocabulary(values ...any) object { return object{"enum": values} }
func openly(values ...any) object     { return object{"examples": values} }

var sha256Rule = object{"pattern": "^[0-9a-f]{64}$"}

// dateRule is a calendar date.
var dateRule = object{"format": "date"}

func pattern(p string) object { return object{"pattern": regexp.MustCompile(p).String()} }

// usedNames are the fields of all types, as rules and notes name them.
func usedNames() map[string]bool {
	out := map[string]bool{}
	for _, d := range contract.Types {
		walk(d.Data, map[reflect.Type]bool{}, func(t reflect.Type, _ reflect.StructField, name string) { out[t.Name()+"."+name] = true })
	}
	return out
}
