package daemon

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// services name the sections that a file may have.
var services = []string{"ingest", "parse", "index", "console"}

// fileValue is a setting in a file.
type fileValue struct {
	name   string
	values []string
}

// fileMistake is something wrong with a file.
type fileMistake struct{ what, fix string }

// maxFile bounds a file of settings: a larger one is something else.
const maxFile = 1 << 20

// readFile returns the settings of a YAML file that concern a service: those at
// the top, and those in the section of its name, which win. Values are as they
// would stand on a command line.
func readFile(data []byte, service string) (values []fileValue, mistakes []fileMistake) {
	if len(data) > maxFile {
		return nil, []fileMistake{{"it is larger than 1 MiB: this is no file of settings", "give the right file"}}
	}
	var top yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(data, &top, yaml.UseOrderedMap()); err != nil {
		return nil, []fileMistake{{strings.TrimSpace(err.Error()), "write settings as name: value, one a line"}}
	}
	values, sections, mistakes := flat(top, "")
	for _, section := range sections {
		name := section.Key.(string) // flat has checked it
		if !slices.Contains(services, name) {
			mistakes = append(mistakes, fileMistake{fmt.Sprintf("there is no section %q", name), "sections are " + strings.Join(services, ", ")})
			continue
		}
		own, nested, wrong := flat(section.Value.(yaml.MapSlice), name+": ")
		for _, n := range nested {
			wrong = append(wrong, fileMistake{fmt.Sprintf("%s: %v is a mapping", name, n.Key), "write a value or a list of values"})
		}
		mistakes = append(mistakes, wrong...)
		if name == service {
			values = append(values, own...)
		}
	}
	return values, mistakes
}

// flat reads a mapping whose values are scalars, lists of them, or mappings,
// which it returns as sections.
func flat(m yaml.MapSlice, where string) (values []fileValue, sections []yaml.MapItem, mistakes []fileMistake) {
	for _, item := range m {
		name, ok := item.Key.(string)
		if !ok {
			mistakes = append(mistakes, fileMistake{fmt.Sprintf("%s%v is no name of a setting", where, item.Key), "names are those of the flags"})
			continue
		}
		switch v := item.Value.(type) {
		case yaml.MapSlice:
			sections = append(sections, item)
		case []any:
			list := make([]string, 0, len(v))
			for _, one := range v {
				text, ok := scalar(one)
				if !ok {
					mistakes = append(mistakes, fileMistake{fmt.Sprintf("%s%s is a list with more than plain values", where, name), "write a value or a list of values"})
				}
				list = append(list, text)
			}
			values = append(values, fileValue{name, list})
		case nil: // "name:" without a value leaves the default
		default:
			text, ok := scalar(v)
			if !ok {
				mistakes = append(mistakes, fileMistake{fmt.Sprintf("%s%s has a value that is no setting", where, name), "write a text, a number, or true or false"})
				continue
			}
			values = append(values, fileValue{name, []string{text}})
		}
	}
	return values, sections, mistakes
}

func scalar(v any) (string, bool) {
	switch v.(type) {
	case string, bool, int, int64, uint64, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}
