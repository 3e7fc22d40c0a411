package newspaper

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"broadsheet/pkg/fault"
)

// ArticlesType is the media type of a page that comes as its articles: one JSON
// object a line, as `broadsheet parse` prints them. It is what an archive that
// segments elsewhere uploads.
const ArticlesType = "application/vnd.broadsheet.articles+jsonl"

// Limits of an article that others made.
const (
	maxHeadlines = 50
	maxValue     = 2000      // characters of a headline, name, byline, caption
	maxBody      = 1_000_000 // characters of the body
	maxListed    = 10_000    // people, mentions …
)

// Check says what is wrong with an article that somebody else made: vocabulary,
// texts that are none, mentions that are not where they say. An error is of kind
// invalid and names the field.
func (a *Article) Check() error {
	c := checker{}
	c.oneOf("type", a.Type, TypeText, TypePicture)
	if a.PubStatus != "" && a.PubStatus != Usable {
		c.wrong("pubStatus", "an article that is %s cannot be taken in", quote(a.PubStatus))
	}
	c.value("language", a.Language, 35)
	c.headlines(a.Headlines)
	c.value("by", a.By, maxValue)
	for _, p := range a.Creators {
		c.oneOf("creators.role", p.Role, Reporter, Correspondent, Photographer, Contributor, Editor)
		c.needed("creators.name", p.Name, maxValue)
	}
	c.value("located", a.Located, maxValue)
	c.day("contentCreated", a.ContentCreated)
	for _, s := range a.InfoSources {
		c.oneOf("infoSources.role", s.Role, "agency")
		c.needed("infoSources.name", s.Name, maxValue)
	}
	c.bodies(a.Bodies)
	c.captions("descriptions", a.Descriptions)
	c.names(a)
	for _, p := range a.Associations {
		c.oneOf("associations.type", p.Type, TypePicture)
		c.captions("associations.descriptions", p.Descriptions)
		c.value("associations.by", p.By, maxValue)
	}
	c.mentions(a)
	c.print(&a.Print)
	if c.err == nil && len(a.Headlines) == 0 && a.Text() == "" && len(a.Descriptions) == 0 {
		c.wrong("bodies", "the article has no headline, body or caption")
	}
	return c.err
}

// checker keeps the first mistake.
type checker struct{ err error }

func (c *checker) wrong(field, format string, args ...any) {
	if c.err == nil {
		c.err = fault.New(fault.Invalid, "%s: %s", field, fmt.Sprintf(format, args...)).On(field)
	}
}

func (c *checker) oneOf(field, v string, known ...string) {
	if !slices.Contains(known, v) {
		c.wrong(field, "%s is none of %s", quote(v), strings.Join(known, ", "))
	}
}

// value checks a text on one line, which may be missing.
func (c *checker) value(field, v string, most int) {
	switch {
	case !utf8.ValidString(v):
		c.wrong(field, "it is not valid UTF-8")
	case utf8.RuneCountInString(v) > most:
		c.wrong(field, "it is longer than %d characters", most)
	case strings.ContainsFunc(v, unicode.IsControl):
		c.wrong(field, "%s has a control character in it", quote(v))
	}
}

func (c *checker) needed(field, v string, most int) {
	if strings.TrimSpace(v) == "" {
		c.wrong(field, "it is empty")
	}
	c.value(field, v, most)
}

func (c *checker) day(field, v string) {
	if _, err := time.Parse(time.DateOnly, v); v != "" && err != nil {
		c.wrong(field, "%s is not a day of the calendar, YYYY-MM-DD", quote(v))
	}
}

func (c *checker) headlines(all []Headline) {
	if len(all) > maxHeadlines {
		c.wrong("headlines", "there are more than %d", maxHeadlines)
	}
	for _, h := range all {
		c.oneOf("headlines.role", h.Role, Kicker, Main, Deck)
		c.needed("headlines.value", h.Value, maxValue)
	}
}

func (c *checker) bodies(all []Body) {
	if len(all) > 1 {
		c.wrong("bodies", "there are %d, not one", len(all))
	}
	for _, b := range all {
		c.oneOf("bodies.role", b.Role, "main")
		c.oneOf("bodies.contentType", b.ContentType, "text/plain")
		for paragraph := range strings.SplitSeq(b.Value, "\n") {
			c.needed("bodies.value", paragraph, maxBody)
		}
		if n := utf8.RuneCountInString(b.Value); n > maxBody {
			c.wrong("bodies.value", "it is longer than %d characters", maxBody)
		} else if n != b.CharCount {
			c.wrong("bodies.charCount", "it is %d, and the value has %d characters", b.CharCount, n)
		}
	}
}

func (c *checker) captions(field string, all []Description) {
	if len(all) > maxListed {
		c.wrong(field, "there are more than %d", maxListed)
	}
	for _, d := range all {
		c.oneOf(field+".role", d.Role, "caption")
		c.needed(field+".value", d.Value, maxBody)
	}
}

func (c *checker) names(a *Article) {
	if len(a.People)+len(a.Organisations)+len(a.Places)+len(a.Creators)+len(a.Associations) > maxListed {
		c.wrong("people", "the article lists more than %d names", maxListed)
	}
	named := func(field, name string, count int) {
		c.needed(field+".name", name, maxValue)
		if count < 0 {
			c.wrong(field+".count", "%d is negative", count)
		}
	}
	for _, p := range a.People {
		named("people", p.Name, p.Count)
		for _, title := range p.Titles {
			c.needed("people.titles", title, maxValue)
		}
	}
	for _, o := range a.Organisations {
		named("organisations", o.Name, o.Count)
	}
	for _, p := range a.Places {
		named("places", p.Name, p.Count)
	}
}

func (c *checker) mentions(a *Article) {
	if len(a.Mentions) > maxListed {
		c.wrong("mentions", "there are more than %d", maxListed)
		return
	}
	runes := map[string][]rune{}
	for _, m := range a.Mentions {
		c.oneOf("mentions.type", m.Type, PER, ORG, LOC, TITLE, DATE)
		c.oneOf("mentions.field", m.Field, FieldBody, FieldHeadline, FieldCaption)
		at := fmt.Sprint(m.Field, m.Part)
		if _, known := runes[at]; !known {
			value, there := a.mentioned(m.Field, m.Part)
			if !there {
				c.wrong("mentions.part", "there is no %s %d", m.Field, m.Part)
			}
			runes[at] = []rune(value)
		}
		value := runes[at]
		if m.Start < 0 || m.End <= m.Start || m.End > len(value) || string(value[m.Start:m.End]) != m.Text {
			c.wrong("mentions", "%s is not at %d to %d of the %s", quote(m.Text), m.Start, m.End, m.Field)
		}
	}
}

// mentioned is the value that a mention's field and part name.
func (a *Article) mentioned(field string, part int) (string, bool) {
	switch {
	case field == FieldBody && part == 0 && len(a.Bodies) > 0:
		return a.Bodies[0].Value, true
	case field == FieldHeadline && part >= 0 && part < len(a.Headlines):
		return a.Headlines[part].Value, true
	case field == FieldCaption && part >= 0 && part < len(a.Descriptions):
		return a.Descriptions[part].Value, true
	}
	return "", false
}

func (c *checker) print(p *Print) {
	if !(p.Confidence >= 0 && p.Confidence <= 1) {
		c.wrong("print.confidence", "%v is not from 0 to 1", p.Confidence)
	}
	if p.Position < 0 || p.Position > maxListed {
		c.wrong("print.position", "%d is no place on a page", p.Position)
	}
	if p.HeadlinePosition != "" {
		c.oneOf("print.headlinePosition", p.HeadlinePosition, HeadlineBefore, HeadlineAfter, HeadlineInside, HeadlineNone)
	}
	if j := p.Continues; j != nil {
		for _, page := range []string{j.To, j.From} {
			if page == "" {
				continue
			}
			if _, err := canonicalPage(page); err != nil {
				c.wrong("print.continues", "%s is not a page number", quote(page))
			}
		}
	}
}
