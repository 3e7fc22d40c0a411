// Package newspaper holds the domain: publications, page keys, pages with their
// revisions, and articles with their mentions. Plain types, JSON with the names
// of IPTC ninjs 3.1 where ninjs has one.
package newspaper

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"broadsheet/pkg/fault"
)

// PageKey names one page of one edition of one day's paper, for example
// lvliang-ribao/2022-10-30/main/01. A PageKey made by NewPageKey or
// ParsePageKey is canonical and its four parts are safe as NATS subject tokens,
// file names and URL segments. The zero value names nothing.
type PageKey struct {
	Publication string // slug, [a-z0-9][a-z0-9-]{0,62}
	Date        string // ISO 8601 calendar date, a real one
	Edition     string // slug like Publication
	Page        string // optional letter and two or three digits: 01, A01
}

// DefaultEdition is the edition of a paper that prints one a day.
const DefaultEdition = "main"

var (
	slugPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	pagePattern = regexp.MustCompile(`^([A-Za-z]?)0*([0-9]{1,3})$`)
)

// NewPageKey checks the four parts and brings the page into its canonical form
// (1 → 01, a1 → A01). An error is of kind invalid and names the field.
func NewPageKey(publication, date, edition, page string) (PageKey, error) {
	if err := checkSlug("publication", publication); err != nil {
		return PageKey{}, err
	}
	if err := checkDate(date); err != nil {
		return PageKey{}, err
	}
	if err := checkSlug("edition", edition); err != nil {
		return PageKey{}, err
	}
	canonical, err := canonicalPage(page)
	if err != nil {
		return PageKey{}, err
	}
	return PageKey{publication, date, edition, canonical}, nil
}

// ParsePageKey reads publication/date/edition/page.
func ParsePageKey(s string) (PageKey, error) {
	return splitKey(s, "/")
}

// ParsePageSubject reads publication.date.edition.page, the last four tokens of
// a page's subjects.
func ParsePageSubject(s string) (PageKey, error) {
	return splitKey(s, ".")
}

func splitKey(s, sep string) (PageKey, error) {
	parts := strings.Split(s, sep)
	if len(parts) != 4 {
		return PageKey{}, fault.New(fault.Invalid, "page key %s has %d parts, not four", quote(s), len(parts)).
			On("key").Fix("write publication%[1]sdate%[1]sedition%[1]spage, for example lvliang-ribao%[1]s2022-10-30%[1]smain%[1]s01", sep)
	}
	return NewPageKey(parts[0], parts[1], parts[2], parts[3])
}

// String is publication/date/edition/page.
func (k PageKey) String() string { return k.join("/") }

// Subject is publication.date.edition.page, four tokens of a NATS subject.
func (k PageKey) Subject() string { return k.join(".") }

func (k PageKey) join(sep string) string {
	return strings.Join([]string{k.Publication, k.Date, k.Edition, k.Page}, sep)
}

// IsZero reports whether k names nothing.
func (k PageKey) IsZero() bool { return k == PageKey{} }

// MarshalText makes a key one JSON string.
func (k PageKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText checks what it reads. The zero key, as MarshalText writes it,
// reads back as itself.
func (k *PageKey) UnmarshalText(text []byte) error {
	if string(text) == (PageKey{}).String() {
		*k = PageKey{}
		return nil
	}
	parsed, err := ParsePageKey(string(text))
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}

// ArticleURI is the uri of the article of this page with that id.
func (k PageKey) ArticleURI(id string) string {
	return uriPrefix + k.join(":") + ":" + id
}

const uriPrefix = "urn:broadsheet:article:"

var articleID = regexp.MustCompile(`^[0-9a-f]{8,16}$`)

// ParseArticleURI returns the page and the id that an article's uri names.
func ParseArticleURI(uri string) (PageKey, string, error) {
	rest, ok := strings.CutPrefix(uri, uriPrefix)
	cut := strings.LastIndexByte(rest, ':')
	if !ok || cut < 0 || !articleID.MatchString(rest[cut+1:]) {
		return PageKey{}, "", fault.New(fault.Invalid, "%s is not an article's uri", quote(uri)).
			On("uri").Fix("an article's uri looks like urn:broadsheet:article:lvliang-ribao:2022-10-30:main:01:7f3c9a1e")
	}
	key, err := splitKey(rest[:cut], ":")
	return key, rest[cut+1:], err
}

func checkSlug(field, s string) error {
	if slugPattern.MatchString(s) {
		return nil
	}
	return fault.New(fault.Invalid, "%s %s is not a slug", field, quote(s)).
		On(field).Fix("use 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit")
}

func checkDate(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil || strings.HasPrefix(s, "0000") {
		return fault.New(fault.Invalid, "date %s is not a day of the calendar", quote(s)).
			On("date").Fix("write it as YYYY-MM-DD, for example 2022-10-30")
	}
	return nil
}

func canonicalPage(s string) (string, error) {
	m := pagePattern.FindStringSubmatch(s)
	if m == nil || len(s) > 16 || strings.Trim(m[2], "0") == "" {
		return "", fault.New(fault.Invalid, "page %s is not a page number", quote(s)).
			On("page").Fix("use an optional letter and a number from 1 to 999, for example 1, 01 or A1")
	}
	number := m[2]
	if len(number) < 2 {
		number = "0" + number
	}
	return strings.ToUpper(m[1]) + number, nil
}

// quote shows untrusted input in a message: quoted, escaped, and cut when long.
func quote(s string) string {
	const most = 80
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(r) > most {
		return strconv.Quote(string(r[:most])) + "…"
	}
	return strconv.Quote(string(r))
}
