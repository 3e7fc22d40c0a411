// Package intake finds out which files are which pages: from flags, from their
// names, or from a manifest.
package intake

import (
	"regexp"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Fields are the parts of a page key as far as they are known. Empty is unknown.
type Fields struct {
	Publication, Date, Edition, Page string
}

// over returns f with what it lacks taken from other.
func (f Fields) over(other Fields) Fields {
	pick := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	return Fields{pick(f.Publication, other.Publication), pick(f.Date, other.Date), pick(f.Edition, other.Edition), pick(f.Page, other.Page)}
}

// Key checks the fields. A missing edition is the main one.
func (f Fields) Key() (newspaper.PageKey, error) {
	if f.Edition == "" {
		f.Edition = newspaper.DefaultEdition
	}
	return newspaper.NewPageKey(f.Publication, f.Date, f.Edition, f.Page)
}

// Pattern reads a page's key out of a file's name, for example
// {publication}/{date}/{page}.{ext}. It is matched against the end of the path,
// from a path separator on. {date} takes 2022-10-30 and 20221030; {*} takes
// anything within one name.
type Pattern struct {
	text   string
	re     *regexp.Regexp
	fields []string
}

// DefaultPatterns are tried in this order when none is given.
var DefaultPatterns = []string{
	"{publication}_{date}_{edition}_{page}.{ext}",
	"{publication}_{date}_{page}.{ext}",
	"{publication}/{date}/{edition}/{page}.{ext}",
}

// pagePattern is tried last, and only when the flags say publication and date.
const pagePattern = "{page}.{ext}"

// placeholders and what they take. A name that fits but makes no key is refused
// with the field named, which says more than a name that fits nothing: so they
// take more than is allowed.
var placeholders = map[string]string{
	"publication": `[^/_]+`,
	"date":        `\d{4}-?\d{2}-?\d{2}`,
	"edition":     `[^/_]+`,
	"page":        `[^/_.]+`,
	"ext":         `[^/.]+`,
	"*":           `[^/]*`,
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: text}
	if strings.TrimSpace(text) == "" {
		return p, fault.New(fault.Invalid, "the name pattern is empty").On("name-pattern").Fix("give one like %s", DefaultPatterns[0])
	}
	var expression strings.Builder
	expression.WriteString(`(?:^|/)`)
	rest := strings.TrimPrefix(text, "/")
	for rest != "" {
		at := placeholder.FindStringSubmatchIndex(rest)
		if at == nil {
			expression.WriteString(regexp.QuoteMeta(rest))
			break
		}
		name := rest[at[2]:at[3]]
		takes, known := placeholders[name]
		if !known {
			return p, fault.New(fault.Invalid, "name pattern %q has the unknown placeholder {%s}", text, name).On("name-pattern").
				Fix("use {publication}, {date}, {edition}, {page}, {ext} and {*}")
		}
		expression.WriteString(regexp.QuoteMeta(rest[:at[0]]) + "(" + takes + ")")
		p.fields = append(p.fields, name)
		rest = rest[at[1]:]
	}
	expression.WriteString(`$`)
	re, err := regexp.Compile(expression.String())
	if err != nil {
		return p, fault.Wrap(fault.Invalid, err, "name pattern %q", text).On("name-pattern")
	}
	p.re = re
	return p, nil
}

// ParsePatterns reads several; none are the default ones.
func ParsePatterns(texts []string) ([]Pattern, error) {
	if len(texts) == 0 {
		texts = DefaultPatterns
	}
	out := make([]Pattern, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = ParsePattern(text); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p Pattern) String() string { return p.text }

// Match returns what the name of a file says, its separators being slashes.
func (p Pattern) Match(name string) (Fields, bool) {
	m := p.re.FindStringSubmatch(name)
	if m == nil {
		return Fields{}, false
	}
	var f Fields
	for i, field := range p.fields {
		switch value := m[i+1]; field {
		case "publication":
			f.Publication = value
		case "date":
			f.Date = isoDate(value)
		case "edition":
			f.Edition = value
		case "page":
			f.Page = value
		}
	}
	return f, true
}

// isoDate writes 20221030 as 2022-10-30.
func isoDate(s string) string {
	if len(s) == 8 && !strings.Contains(s, "-") {
		return s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	return s
}
