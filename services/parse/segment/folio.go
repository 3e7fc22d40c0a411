package segment

import (
	"fmt"
	"regexp"
	"strings"

	"broadsheet/pkg/newspaper"
)

var (
	folioDate = regexp.MustCompile(`(20[0-9]{2}|19[0-9]{2})[年.\-/]([0-9]{1,2})[月.\-/]([0-9]{1,2})`)
	folioPage = regexp.MustCompile(`第([A-Z]?[0-9]{1,2}|[一二三四五六七八九十]{1,3})版|^([A-Z]?[0-9]{1,2})版|^([A-Z][0-9]{1,2})$`)
)

// contradictions compares the dates and page numbers that the page's furniture
// prints with the page's key.
func contradictions(lines []*line, key newspaper.PageKey) []string {
	if key.IsZero() {
		return nil
	}
	var out []string
	for _, l := range lines {
		if l.kind != furniture {
			continue
		}
		text := compact(l.plain)
		if m := folioDate.FindStringSubmatch(text); m != nil && key.Date != "" {
			if printed := m[1] + "-" + pad(m[2]) + "-" + pad(m[3]); printed != key.Date {
				out = append(out, fmt.Sprintf("line %d prints the date %s, the page's key says %s", l.number, printed, key.Date))
			}
		}
		if m := folioPage.FindStringSubmatch(text); m != nil && key.Page != "" {
			if printed := pageNumber(m[1] + m[2] + m[3]); printed != key.Page {
				out = append(out, fmt.Sprintf("line %d prints the page number %s, the page's key says %s", l.number, printed, key.Page))
			}
		}
	}
	return out
}

// pageNumber is a printed page number as keys have it: 3 and 三 are 03, a1 is A01.
func pageNumber(printed string) string {
	if n := chineseNumber(printed); n > 0 {
		printed = fmt.Sprint(n)
	}
	digits := strings.TrimLeft(printed, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return printed[:len(printed)-len(digits)] + pad(digits)
}
