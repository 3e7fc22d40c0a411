package daemon

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"broadsheet/pkg/bus"
)

// print writes the settings as they came out, as a file that --config reads;
// secrets are masked, and each line says where its value is from.
func (l *loader) print(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "# Settings of %s. Secrets are masked.\n", l.service); err != nil {
		return err
	}
	for _, f := range l.flags {
		if isAction(f) {
			continue
		}
		g, ok := l.given[f.Name]
		if !ok {
			g.origin = "default"
			if f.HasDefault {
				g.values = []string{f.Default}
			}
		}
		text, err := shown(f, g.values)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%-40s # %s\n", strings.TrimRight(f.Name+": "+text, " "), strings.ReplaceAll(g.origin, "\n", " ")); err != nil {
			return err
		}
	}
	return nil
}

// sensitive are names of settings that are masked even where their service made
// them plain texts. What names a file is not secret.
var sensitive = regexp.MustCompile(`(^|-)(password|secret|token|tokens|api-key|seed)$`)

// shown is a setting's value in YAML, on one line.
func shown(f *kong.Flag, values []string) (string, error) {
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return "", nil
	}
	if isSecret(f) || sensitive.MatchString(f.Name) && f.Tag.Type == "" {
		return `"` + hidden + `"`, nil
	}
	masked := make([]string, len(values))
	for i, v := range values {
		masked[i] = v
		if strings.Contains(v, "://") && strings.Contains(v, "@") {
			masked[i] = bus.RedactURL(v)
		}
	}
	var value any = masked
	if len(masked) == 1 {
		value = masked[0]
	}
	text, err := yaml.MarshalWithOptions(value, yaml.Flow(true), yaml.JSON())
	return strings.TrimSpace(string(text)), err
}

// describe writes the settings as a Markdown table.
func (l *loader) describe(w io.Writer) error {
	if _, err := fmt.Fprintln(w, "| setting | environment | default | meaning |\n|---|---|---|---|"); err != nil {
		return err
	}
	for _, f := range l.flags {
		if f.Hidden {
			continue
		}
		name := "`--" + f.Name + "`"
		if isSecret(f) {
			name = "`" + f.Name + "`"
		}
		variable, byDefault := "", ""
		if len(f.Envs) > 0 {
			variable = "`" + strings.Join(f.Envs, "` `") + "`"
		}
		if f.HasDefault && f.Default != "" {
			byDefault = "`" + f.Default + "`"
		}
		if _, err := fmt.Fprintf(w, "| %s | %s | %s | %s |\n", name, variable, byDefault, strings.ReplaceAll(f.Help, "|", `\|`)); err != nil {
			return err
		}
	}
	return nil
}
