package entity

import (
	"fmt"
	"strings"
	"time"
)

// relativeDays are days named by their distance from the page's.
var relativeDays = map[string]int{
	"今天": 0, "今日": 0, "今晚": 0, "今晨": 0, "今早": 0, "昨天": -1, "昨日": -1, "昨晚": -1, "前天": -2, "前日": -2, "明天": 1, "明日": 1, "后天": 2,
}

var relativeMonths = map[string]int{"本月": 0, "上月": -1, "上个月": -1, "下月": 1, "下个月": 1}

var relativeYears = map[rune]int{'今': 0, '本': 0, '去': -1, '前': -2, '明': 1, '后': 2}

// relativeYear reads 今年, 去年 and their like, when the page's date is known.
func (c *calendar) relativeYear(i int) (int, int, bool) {
	k, ok := relativeYears[c.rune(i)]
	if !ok || c.rune(i+1) != '年' || c.page.year == 0 {
		return 0, i, false
	}
	if r := c.rune(i - 1); r == '至' || r == '以' || (c.rune(i) == '前' || c.rune(i) == '后') && (isDigit(r) || isNumeral(r) || r == '几' || r == '多') {
		return 0, i, false // 三十年前年…
	}
	return c.page.year + k, i + 2, true
}

// relative reads words that name a day, month or year by the page's date.
func (c *calendar) relative(i int) (int, string, bool) {
	if !strings.ContainsRune("今昨前明后本上下去", c.rune(i)) || c.rune(i) == 0 || c.page.year == 0 {
		return 0, "", false
	}
	two, three := c.peek(i, 2), c.peek(i, 3)
	if k, ok := relativeDays[two]; ok && !c.figurative(i, two) {
		d := dayOf(c.page.time().AddDate(0, 0, k))
		return i + 2, d.String(), true
	}
	for _, s := range []string{three, two} {
		if k, ok := relativeMonths[s]; ok {
			t := time.Date(c.page.year, time.Month(c.page.month+k), 1, 0, 0, 0, 0, time.UTC)
			d := day{t.Year(), int(t.Month()), 0}
			c.recent = d
			return i + len([]rune(s)), d.String(), true
		}
	}
	y, j, ok := c.relativeYear(i)
	if !ok {
		return 0, "", false
	}
	if m, k, ok := c.number(c.skipBlank(j)); ok && m >= 1 && m <= 12 && c.rune(k) == '月' {
		return 0, "", false // 今年10月: read as a whole
	}
	return c.partOfYear(y, j)
}

func (c *calendar) peek(i, n int) string {
	if i+n > len(c.runes) {
		return ""
	}
	return c.slice(i, i+n)
}

// figurative tells 今天 as a day from 今日 in names and turns of speech.
func (c *calendar) figurative(i int, word string) bool {
	return word == "今日" && strings.ContainsRune("头条说俄", c.rune(i+2)) && c.rune(i+2) != 0
}

// partOfYear reads what may follow 今年: 上半年, 前三季度, 第二季度, 以来.
func (c *calendar) partOfYear(year, i int) (int, string, bool) {
	c.recent = day{year: year}
	months := func(from, to, length int) (int, string, bool) {
		return i + length, fmt.Sprintf("%04d-%02d/%04d-%02d", year, from, year, to), true
	}
	switch c.peek(i, 3) {
	case "上半年":
		return months(1, 6, 3)
	case "下半年":
		return months(7, 12, 3)
	}
	if c.peek(i, 2) == "以来" {
		return i + 2, fmt.Sprintf("%04d-01-01/%s", year, c.page), true
	}
	j, from := i, 0
	switch c.rune(i) {
	case '前':
		j, from = i+1, 1
	case '第':
		j = i + 1
	}
	if q, k, ok := c.number(j); ok && q >= 1 && q <= 4 && c.rune(k) == '季' && c.rune(k+1) == '度' {
		if from == 0 {
			from = 3*q - 2
		}
		return months(from, 3*q, k+2-i)
	}
	return i, day{year: year}.String(), true
}
