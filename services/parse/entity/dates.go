package entity

import (
	"fmt"
	"strings"
	"time"

	"broadsheet/pkg/newspaper"
)

// day is a date of which the smaller parts may be unknown (0).
type day struct{ year, month, day int }

func (d day) String() string {
	switch {
	case d.year == 0:
		return ""
	case d.month == 0:
		return fmt.Sprintf("%04d", d.year)
	case d.day == 0:
		return fmt.Sprintf("%04d-%02d", d.year, d.month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}

func (d day) valid() bool {
	if d.month < 0 || d.month > 12 || d.day < 0 || d.day > 31 || d.day > 0 && d.month == 0 {
		return false
	}
	if d.day == 0 {
		return true
	}
	year := d.year
	if year == 0 {
		year = 2000
	}
	return time.Date(year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Day() == d.day
}

func (d day) time() time.Time {
	return time.Date(d.year, time.Month(max(d.month, 1)), max(d.day, 1), 0, 0, 0, 0, time.UTC)
}

func dayOf(t time.Time) day { return day{t.Year(), int(t.Month()), t.Day()} }

// calendar reads the dates of one text.
type calendar struct {
	*text
	page   day // zero when unknown
	recent day // the last date read in this sentence, to complete the next
}

// dates are the printed dates of a text, normalised against the page's date:
// days, months and years, intervals of them, and words like 今天 and 去年.
func (p *page) dates(t *text) []span {
	c := &calendar{text: t}
	if d, err := time.Parse(time.DateOnly, p.Date); err == nil {
		c.page = dayOf(d)
	}
	var out []span
	for i := 0; i < len(t.runes); {
		r := t.runes[i]
		if r == '。' || r == '\n' || r == '；' {
			c.recent = day{}
		}
		end, value, ok := c.read(i)
		if !ok {
			i = c.skip(i)
			continue
		}
		out = append(out, span{start: i, end: end, kind: newspaper.DATE, value: value})
		i = end
	}
	return out
}

// skip steps over a whole number, so that no date is read from its middle.
func (c *calendar) skip(i int) int {
	j := i
	for isDigit(c.rune(j)) || isNumeral(c.rune(j)) {
		j++
	}
	return max(j, i+1)
}

// read reads a date that starts at i: its end and its ISO value, which is empty
// when nothing tells the year.
func (c *calendar) read(i int) (int, string, bool) {
	if end, value, ok := c.relative(i); ok {
		return end, value, true
	}
	if end, value, ok := c.decade(i); ok {
		return end, value, true
	}
	if end, value, ok := c.years(i); ok {
		return end, value, true
	}
	if end, value, ok := c.months(i); ok {
		return end, value, true
	}
	from, end, ok := c.one(i, day{})
	if !ok {
		return 0, "", false
	}
	from = c.complete(from)
	value := from.String()
	if j := c.dash(end); j > end {
		if to, e, ok := c.one(j, from); ok {
			to = c.after(from, to)
			if to.year != 0 {
				value += "/" + to.String()
			}
			from, end = to, e
		}
	}
	if value != "" && !from.valid() || value == "" && c.page.year != 0 {
		return 0, "", false
	}
	c.recent = from
	if e, v := c.third(from, end); e > end {
		return e, v, true
	}
	if c.rune(end) == '以' && c.rune(end+1) == '来' && c.page.year != 0 && value != "" {
		return end + 2, value + "/" + c.page.String(), true
	}
	return end, value, true
}

// one reads 2022年10月28日, 10月28日, 28日, 2022年10月, 10月, 2022年, 2022-10-28 or
// one of them in Chinese numerals. before is the date that an interval began
// with: after it, 30日 is enough.
func (c *calendar) one(i int, before day) (day, int, bool) {
	if d, end, ok := c.numeric(i); ok {
		return d, end, true
	}
	var d day
	end := i
	if y, j, ok := c.year(i); ok && c.rune(j) == '年' {
		d.year, end = y, j+1
		if c.rune(end) == '度' || c.rune(end) == '代' || c.rune(end) == '级' {
			return day{}, 0, false
		}
	} else if y, j, ok := c.relativeYear(i); ok {
		d.year, end = y, j
	}
	at := c.skipBlank(end)
	if m, j, ok := c.number(at); ok && m >= 1 && m <= 12 && c.rune(j) == '月' {
		d.month, end = m, j+1
		at = c.skipBlank(end)
		if n, j, ok := c.number(at); ok && n >= 1 && n <= 31 && (c.rune(j) == '日' || c.rune(j) == '号') {
			d.day, end = n, j+1
		} else if ok && c.dash(j) > j && n <= 31 { // 10月28—30日
			d.day, end = n, j
		}
		return d, c.monthTail(d, end), d.valid()
	}
	if d.year != 0 {
		return d, end, true
	}
	n, j, ok := c.number(i)
	if !ok || n < 1 || n > 31 || c.rune(j) != '日' || !c.standsAsDay(i, j+1) && before.month == 0 {
		if ok && n >= 1 && n <= 31 && c.dash(j) > j && c.rangeOfDays(c.dash(j)) && c.standsAsDay(i, j) {
			return day{day: n}, j, true
		}
		return day{}, 0, false
	}
	return day{day: n}, j + 1, true
}

// rangeOfDays reports whether a day stands at i: the end of 28—30日.
func (c *calendar) rangeOfDays(i int) bool {
	n, j, ok := c.number(i)
	return ok && n >= 1 && n <= 31 && c.rune(j) == '日' && c.standsAsDay(i, j+1)
}

// monthTail is where a month without a day ends: 10月份.
func (c *calendar) monthTail(d day, end int) int {
	if d.day == 0 && c.rune(end) == '份' {
		return end + 1
	}
	return end
}

// third reads the third of a month that may follow it: 10月上旬.
func (c *calendar) third(d day, end int) (int, string) {
	if d.day != 0 || d.month == 0 || d.year == 0 || c.rune(end+1) != '旬' {
		return end, ""
	}
	first, last := 1, 10
	switch c.rune(end) {
	case '上':
	case '中':
		first, last = 11, 20
	case '下':
		first, last = 21, time.Date(d.year, time.Month(d.month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	default:
		return end, ""
	}
	return end + 2, day{d.year, d.month, first}.String() + "/" + day{d.year, d.month, last}.String()
}

// standsAsDay tells 28日 from durations and words: 为期3日, 10日内, 3日本.
func (c *calendar) standsAsDay(start, end int) bool {
	switch c.rune(end) {
	case '本', '元', '均', '内', '游', '间', '夜', '龄', '后', '子', '常', '报', '历', '志', '式', '语':
		return false
	}
	switch c.rune(start - 1) {
	case '期', '续', '近', '第', '每', '达', '满', '过', '隔', '共', '约', '月', '.', '·', '-':
		return false
	}
	return !isDigit(c.rune(start - 1))
}

// numeric reads 2022-10-28, 2022/10/28 and 2022.10.28.
func (c *calendar) numeric(i int) (day, int, bool) {
	y, j, ok := c.arabic(i)
	sep := c.rune(j)
	if !ok || j-i != 4 || sep != '-' && sep != '/' && sep != '.' || y < 1000 || y > 2100 {
		return day{}, 0, false
	}
	m, k, ok := c.arabic(j + 1)
	if !ok || c.rune(k) != sep {
		return day{}, 0, false
	}
	n, end, ok := c.arabic(k + 1)
	d := day{y, m, n}
	return d, end, ok && m > 0 && n > 0 && d.valid() && end-k <= 3 && k-j <= 3
}

// complete gives a date the year and month that the page or the sentence tell.
func (c *calendar) complete(d day) day {
	if d.year != 0 {
		return d
	}
	if d.month == 0 {
		if c.recent.month != 0 {
			return c.after(c.recent, d)
		}
		return c.inMonth(d)
	}
	if c.recent.year != 0 && c.recent.year != c.page.year {
		d.year = c.recent.year
		return d
	}
	return c.inYear(d)
}

// soon is how many days ahead a paper announces a day by its number alone.
const soon = 7

// inMonth gives a day the month of the page, or the one before when it would lie
// too far ahead: papers report.
func (c *calendar) inMonth(d day) day {
	if c.page.year == 0 {
		return d
	}
	for _, k := range []int{0, -1, 1} {
		t := time.Date(c.page.year, time.Month(c.page.month+k), 1, 0, 0, 0, 0, time.UTC)
		candidate := day{t.Year(), int(t.Month()), d.day}
		if candidate.valid() && (k != 0 || d.day <= c.page.day+soon) {
			return candidate
		}
	}
	return d
}

// inYear gives a month or a day of it the year of the page, or the one before or
// after when the page stands at the turn of the year.
func (c *calendar) inYear(d day) day {
	if c.page.year == 0 {
		return d
	}
	const half, most = 183, 300 // days
	same := day{c.page.year, d.month, d.day}
	ahead := same.time().Sub(c.page.time()).Hours() / 24
	switch {
	case ahead > half:
		same.year--
	case ahead < -most:
		same.year++
	}
	if !same.valid() {
		return d
	}
	return same
}

// after completes a date from one before it: the end of an interval, or the
// next date of a sentence.
func (c *calendar) after(from, d day) day {
	if d.month == 0 && d.day != 0 {
		d.month, d.year = from.month, from.year
	}
	if d.year == 0 {
		d.year = from.year
		if d.year != 0 && d.month < from.month {
			d.year++
		}
	}
	return d
}

// decade reads 20世纪90年代 and 上世纪90年代.
func (c *calendar) decade(i int) (int, string, bool) {
	century, j, ok := c.number(i)
	if c.rune(i) == '上' {
		century, j, ok = 20, i+1, true
	}
	if !ok || c.rune(j) != '世' || c.rune(j+1) != '纪' {
		return 0, "", false
	}
	tens, k, ok := c.number(j + 2)
	if !ok || tens%10 != 0 || tens > 90 || c.rune(k) != '年' || c.rune(k+1) != '代' || century < 1 || century > 30 {
		return 0, "", false
	}
	first := (century-1)*100 + tens
	return k + 2, fmt.Sprintf("%04d/%04d", first, first+9), true
}

// months reads 1—9月 and 2022年1至9月.
func (c *calendar) months(i int) (int, string, bool) {
	var d day
	at := i
	if y, j, ok := c.year(i); ok && c.rune(j) == '年' {
		d.year, at = y, j+1
	} else if y, j, ok := c.relativeYear(i); ok {
		d.year, at = y, j
	}
	from, j, ok := c.number(at)
	if ok && c.rune(j) == '月' {
		j++
	}
	k := c.dash(j)
	to, end, ok2 := c.number(k)
	if !ok || !ok2 || k == j || c.rune(end) != '月' || from < 1 || from >= to || to > 12 {
		return 0, "", false
	}
	if n, next, ok := c.number(end + 1); ok && n > 0 && c.rune(next) == '日' {
		return 0, "", false // 9月至10月5日
	}
	d.month = to
	d = c.complete(d)
	if d.year == 0 {
		return c.monthTail(d, end+1), "", true
	}
	c.recent = d
	return c.monthTail(d, end+1), fmt.Sprintf("%04d-%02d/%04d-%02d", d.year, from, d.year, to), true
}

// years reads 2019至2022年 and 2021—2025年.
func (c *calendar) years(i int) (int, string, bool) {
	from, j, ok := c.year(i)
	k := c.dash(j)
	if !ok || k == j {
		return 0, "", false
	}
	to, end, ok := c.year(k)
	if !ok || c.rune(end) != '年' || to < from {
		return 0, "", false
	}
	c.recent = day{year: to}
	return end + 1, fmt.Sprintf("%04d/%04d", from, to), true
}

// dash is the end of an interval's dash at i, or i.
func (c *calendar) dash(i int) int {
	j := c.skipBlank(i)
	switch c.rune(j) {
	case '至', '到', '-', '－', '~', '～', '–', '—', '―':
		for j++; strings.ContainsRune("-－–—―", c.rune(j)) && c.rune(j) != 0; j++ {
		}
		return c.skipBlank(j)
	}
	return i
}

func (c *calendar) skipBlank(i int) int {
	if c.blank(i) && c.blank(i+1) {
		return i + 2
	}
	if c.blank(i) {
		return i + 1
	}
	return i
}
