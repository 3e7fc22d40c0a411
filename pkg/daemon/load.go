package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"

	"broadsheet/pkg/fault"
)

// Mistakes are all that is wrong with the settings of a process.
type Mistakes []error

func (m Mistakes) Error() string {
	var b strings.Builder
	if len(m) == 1 {
		b.WriteString("a mistake in the settings:")
	} else {
		fmt.Fprintf(&b, "%d mistakes in the settings:", len(m))
	}
	for _, one := range m {
		b.WriteString("\n  - ")
		var f *fault.Error
		if errors.As(one, &f) && f.Field != "" {
			b.WriteString(f.Field + ": ")
		}
		b.WriteString(one.Error())
		if f != nil && f.Remedy != "" {
			b.WriteString(" (" + f.Remedy + ")")
		}
	}
	return b.String()
}

// Unwrap gives the mistakes one by one.
func (m Mistakes) Unwrap() []error { return m }

// The layers that a setting may come from; a later one wins.
type layer int

const (
	byDefault layer = iota
	byFile
	byEnvironment
	byFlag
)

// given is what somebody gave for a setting.
type given struct {
	layer  layer
	origin string // for people: "--http", "environment BROADSHEET_HTTP", "parse.yaml"
	values []string
}

// loader finds the value of every setting.
type loader struct {
	service  string
	parser   *kong.Kong
	flags    []*kong.Flag // in the order of declaration, without help
	byName   map[string]*kong.Flag
	lookup   func(string) (string, bool)
	given    map[string]given // the winning one, by name
	mistakes Mistakes
}

// Returned when the command line asks for something about the settings instead
// of their values.
var (
	errHelp     = errors.New("help")
	errDescribe = errors.New("describe")
)

// Load fills settings, a pointer to a struct of kong flags, for a service of that
// name. The error is Mistakes with everything that is wrong.
func Load(service string, settings any, args []string, lookup func(string) (string, bool)) error {
	_, err := load(service, settings, args, lookup)
	return err
}

func load(service string, settings any, args []string, lookup func(string) (string, bool)) (*loader, error) {
	l := &loader{service: service, byName: map[string]*kong.Flag{}, lookup: lookup, given: map[string]given{}}
	if err := l.build(settings); err != nil {
		return nil, err
	}
	if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
		return l, errHelp
	}
	if slices.Contains(args, "--describe-settings") {
		return l, errDescribe // whatever the values are
	}
	l.commandLine(args)
	l.environment()
	l.file()
	l.secretFiles()
	l.check()
	if len(l.mistakes) == 0 {
		l.apply(settings)
	}
	if len(l.mistakes) > 0 {
		return l, l.mistakes
	}
	return l, nil
}

// build makes the model of the settings. Environment and what is required are
// taken out of kong's hands, which would stop at the first mistake.
func (l *loader) build(settings any) error {
	parser, err := newParser(l.service, settings)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "settings of %s", l.service)
	}
	l.parser = parser
	for _, f := range parser.Model.Flags {
		if f.Name == "help" {
			continue
		}
		f.Tag.Envs = nil // flag.Envs keeps them
		f.Active = true  // or kong would not look for files that are named
		l.flags = append(l.flags, f)
		l.byName[f.Name] = f
	}
	return nil
}

func newParser(service string, settings any) (*kong.Kong, error) {
	return kong.New(settings, kong.Name("broadsheet-"+service), kong.Description("The "+service+" service of Broadsheet."),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}))
}

func (l *loader) wrong(field, fix, format string, args ...any) {
	l.mistakes = append(l.mistakes, fault.New(fault.Invalid, format, args...).On(field).Fix("%s", fix))
}

func (l *loader) set(name string, g given) {
	if g.layer >= l.given[name].layer {
		l.given[name] = g
	}
}

// isAction tells what a process is asked to do from what it is told.
func isAction(f *kong.Flag) bool { return f.Tag.Has("action") }

func isSecret(f *kong.Flag) bool { return f.Target.Type() == reflect.TypeFor[Secret]() }

// commandLine reads flags: --name=value, --name value, --name for a switch.
func (l *loader) commandLine(args []string) {
	for i := 0; i < len(args); i++ {
		name, ok := strings.CutPrefix(args[i], "--")
		if !ok || name == "" {
			l.wrong(args[i], "settings are given as --name=value; see --help", "this is no flag")
			continue
		}
		name, value, hasValue := strings.Cut(name, "=")
		f := l.byName[name]
		if f == nil {
			l.wrong("--"+name, l.suggest(name), "there is no such flag")
			if !hasValue && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++ // most likely its value
			}
			continue
		}
		if !hasValue && f.IsBool() {
			value, hasValue = "true", true
		}
		if !hasValue {
			if i++; i == len(args) {
				l.wrong("--"+name, "write --"+name+"=VALUE", "its value is missing")
				return
			}
			value = args[i]
		}
		if isSecret(f) {
			l.wrong("--"+name, "give it as "+strings.Join(f.Envs, " or ")+" in the environment, or the path of a file with it as --"+name+"-file",
				"a secret on the command line is seen by everybody on this machine")
			continue
		}
		values := []string{value}
		if before := l.given[name]; before.layer == byFlag && f.IsCumulative() {
			values = append(before.values, value)
		}
		l.set(name, given{byFlag, "--" + name, values})
	}
}

// environment reads variables. An empty one counts as not given: that is how
// compose files and shells pass on what nobody set.
func (l *loader) environment() {
	for _, f := range l.flags {
		for _, variable := range f.Envs {
			if value, ok := l.lookup(variable); ok && value != "" {
				l.set(f.Name, given{byEnvironment, "environment " + variable, []string{value}})
				break
			}
		}
	}
}

// file reads the YAML file that a flag or the environment names.
func (l *loader) file() {
	at, ok := l.given["config"]
	if !ok {
		return
	}
	path := at.values[0]
	data, err := os.ReadFile(path)
	if err != nil {
		return // check says so, as of every setting that names a file
	}
	values, mistakes := readFile(data, l.service)
	for _, m := range mistakes {
		l.wrong(path, m.fix, "%s", m.what)
	}
	for _, v := range values {
		if f := l.byName[v.name]; f == nil || isAction(f) {
			l.wrong(path, l.suggest(v.name), "there is no setting %q", v.name)
			continue
		}
		l.set(v.name, given{byFile, path, v.values})
	}
}

// secretFiles reads the files that hold secrets. Secret and file are two ways to
// give one setting: the one from the higher layer counts.
func (l *loader) secretFiles() {
	for _, f := range l.flags {
		if !isSecret(f) {
			continue
		}
		direct, isDirect := l.given[f.Name]
		inFile, isInFile := l.given[f.Name+"-file"]
		switch {
		case !isInFile, isDirect && direct.layer > inFile.layer:
			continue
		case isDirect && direct.layer == inFile.layer:
			l.wrong(f.Name, "leave one of them", "it is given twice: %s and %s", direct.origin, inFile.origin)
			continue
		}
		data, err := os.ReadFile(inFile.values[0])
		if err != nil {
			continue // check says so
		}
		secret := string(bytes.TrimRightFunc(data, unicode.IsSpace))
		if secret == "" {
			l.wrong(f.Name+"-file", "write the secret into it", "%s is empty", inFile.values[0])
			continue
		}
		l.given[f.Name] = given{inFile.layer, "file " + inFile.values[0], []string{secret}}
	}
}

// check tries every value for itself.
func (l *loader) check() {
	for _, f := range l.flags {
		g, ok := l.given[f.Name]
		if !ok {
			if f.Required && !f.HasDefault {
				l.wrong(f.Name, "give it as --"+f.Name+strings.Join(append([]string{""}, f.Envs...), " or ")+", or "+f.Name+" in the file", "it is required")
			}
			continue
		}
		scratch := reflect.New(f.Target.Type()).Elem()
		for _, value := range g.values {
			token := kong.Token{Type: kong.FlagValueToken, Value: value}
			if err := f.Mapper.Decode(&kong.DecodeContext{Value: f.Value, Scan: kong.ScanFromTokens(token)}, scratch); err != nil {
				shown := fmt.Sprintf("%q", value)
				if isSecret(f) {
					shown = "its value"
				}
				l.wrong(f.Name, "from "+g.origin, "%s: %v", shown, err)
				continue
			}
			if f.Enum != "" && f.Target.Kind() == reflect.String && !f.EnumMap()[value] {
				l.wrong(f.Name, "from "+g.origin, "%q is none of %s", value, strings.Join(f.EnumSlice(), ", "))
			}
		}
	}
}

// apply fills the settings and checks them as a whole.
func (l *loader) apply(settings any) {
	var args []string
	for _, f := range l.flags {
		for _, value := range l.given[f.Name].values {
			args = append(args, "--"+f.Name+"="+value)
		}
	}
	if _, err := l.parser.Parse(args); err != nil {
		l.mistakes = append(l.mistakes, err)
		return
	}
	if common := commonOf(settings); common != nil {
		l.mistakes = append(l.mistakes, common.check()...)
	}
	if c, ok := settings.(Checker); ok {
		l.mistakes = append(l.mistakes, c.Check()...)
	}
}

// commonOf returns the Settings that a service's settings embed.
func commonOf(settings any) *Settings {
	v := reflect.ValueOf(settings).Elem()
	if s, ok := v.Addr().Interface().(*Settings); ok {
		return s
	}
	for i := range v.NumField() {
		if s, ok := v.Field(i).Addr().Interface().(*Settings); ok {
			return s
		}
	}
	return nil
}

// suggest names the setting that was most likely meant.
func (l *loader) suggest(name string) string {
	best, least := "", 1+len(name)/3
	for _, f := range l.flags {
		if d := distance(name, f.Name); d <= least && !f.Hidden && !isSecret(f) {
			best, least = f.Name, d-1
		}
	}
	if best == "" {
		return "see --help for what there is"
	}
	return "did you mean " + best + "?"
}

// distance is the number of letters to change, insert or take away to make one
// word of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
