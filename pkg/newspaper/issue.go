package newspaper

import (
	"slices"
	"strings"
	"time"

	"broadsheet/pkg/fault"
)

// IssueKey names a day's paper: all editions and pages of a publication on one
// day, for example lvliang-ribao/2022-10-30. One made by NewIssueKey or
// ParseIssueKey is safe as two NATS subject tokens. The zero value names nothing.
type IssueKey struct {
	Publication string // slug
	Date        string // ISO 8601 calendar date
}

// NewIssueKey checks both parts. An error is of kind invalid and names the field.
func NewIssueKey(publication, date string) (IssueKey, error) {
	if err := checkSlug("publication", publication); err != nil {
		return IssueKey{}, err
	}
	return IssueKey{publication, date}, checkDate(date)
}

// ParseIssueKey reads publication/date.
func ParseIssueKey(s string) (IssueKey, error) {
	publication, date, ok := strings.Cut(s, "/")
	if !ok {
		return IssueKey{}, fault.New(fault.Invalid, "issue %s is not publication/date", quote(s)).
			On("issue").Fix("write it like lvliang-ribao/2022-10-30")
	}
	return NewIssueKey(publication, date)
}

// Issue is the issue that the page is in.
func (k PageKey) Issue() IssueKey { return IssueKey{k.Publication, k.Date} }

// String is publication/date.
func (k IssueKey) String() string { return k.Publication + "/" + k.Date }

// Subject is publication.date, two tokens of a NATS subject.
func (k IssueKey) Subject() string { return k.Publication + "." + k.Date }

// MarshalText makes a key one JSON string.
func (k IssueKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText checks what it reads.
func (k *IssueKey) UnmarshalText(text []byte) error {
	parsed, err := ParseIssueKey(string(text))
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}

// MaxIssuePages is the most pages that an issue can be announced with.
const MaxIssuePages = 1000

// Announcement says which pages an issue has: the data of issue.announced events.
// The newest on an issue's subject is the one in force.
type Announcement struct {
	Issue     IssueKey  `json:"issue"`
	Pages     []PageKey `json:"pages"`     // all of the issue, in order, each once; never empty
	Announced time.Time `json:"announced"` // UTC
}

// CompletedIssue is an issue whose announced pages are all committed: the data of
// issue.completed events. There is one event for each state that the issue was
// seen complete in: another follows when one of its pages changes.
type CompletedIssue struct {
	Issue    IssueKey        `json:"issue"`
	Sequence int64           `json:"sequence"` // microseconds since 1970, growing for each issue
	Pages    []CompletedPage `json:"pages"`    // in order, as announced
	Articles int             `json:"articles"` // live ones of all pages
}

// CompletedPage is a page of a complete issue.
type CompletedPage struct {
	Key       PageKey `json:"key"`
	Revision  int     `json:"revision"`
	Sequence  int64   `json:"sequence"`            // of the commit that made it what it is
	Articles  int     `json:"articles"`            // live ones
	Digest    string  `json:"digest"`              // of its live articles and their versions
	Withdrawn string  `json:"withdrawn,omitempty"` // the reason, when the page as a whole is withdrawn
}

// Same reports whether both are the same state of the issue: the same pages with
// the same articles. A parse that changed nothing makes no other state.
func (c *CompletedIssue) Same(other *CompletedIssue) bool {
	return slices.EqualFunc(c.Pages, other.Pages, func(a, b CompletedPage) bool {
		a.Sequence, b.Sequence = 0, 0
		return a == b
	})
}

// ComparePages orders pages as a reader turns them: editions by name, in each the
// pages without a letter, then A01, A02, B01.
func ComparePages(a, b PageKey) int {
	if c := strings.Compare(a.Edition, b.Edition); c != 0 {
		return c
	}
	letterA, numberA := splitPage(a.Page)
	letterB, numberB := splitPage(b.Page)
	if c := strings.Compare(letterA, letterB); c != 0 {
		return c
	}
	return numberA - numberB
}

// splitPage splits a canonical page into its letter, which may be empty, and number.
func splitPage(page string) (letter string, number int) {
	digits := strings.TrimLeft(page, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	for _, r := range digits {
		number = 10*number + int(r-'0')
	}
	return page[:len(page)-len(digits)], number
}
