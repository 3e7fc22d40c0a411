package entity

// arabic reads digits, of normal or full width, at most nine.
func (c *calendar) arabic(i int) (int, int, bool) {
	n, j := 0, i
	for ; j-i < 9 && isDigit(c.rune(j)); j++ {
		n = n*10 + digit(c.rune(j))
	}
	return n, j, j > i && !isDigit(c.rune(j))
}

// number reads a number below 100 in digits or Chinese numerals: 28, 二十八, 廿八.
func (c *calendar) number(i int) (int, int, bool) {
	if isDigit(c.rune(i)) {
		n, j, ok := c.arabic(i)
		return n, j, ok && j-i <= 2
	}
	j := i
	for j-i < 4 && isNumeral(c.rune(j)) {
		j++
	}
	n, tens := 0, false
	for _, r := range c.runes[min(i, len(c.runes)):min(j, len(c.runes))] {
		switch v := numeral(r); {
		case v < 10 && !tens && n > 0:
			return 0, i, false // digit after digit is no number below 100
		case v < 10:
			n += v
		case v == 10 && !tens:
			n, tens = max(n, 1)*10, true
		case v == 20 && n == 0:
			n, tens = 20, true
		default:
			return 0, i, false
		}
	}
	return n, j, j > i && !isNumeral(c.rune(j))
}

// year reads four digits, or four numerals one by one: 2022, 二〇二二.
func (c *calendar) year(i int) (int, int, bool) {
	n, j := 0, i
	for ; j-i < 4; j++ {
		r := c.rune(j)
		v := numeral(r)
		if isDigit(r) {
			v = digit(r)
		} else if !isNumeral(r) || v > 9 {
			return 0, i, false
		}
		n = n*10 + v
	}
	if isDigit(c.rune(i-1)) || isDigit(c.rune(j)) || isNumeral(c.rune(j)) {
		return 0, i, false
	}
	return n, j, n >= 1000 && n <= 2100
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }

func digit(r rune) int {
	if r >= '０' {
		return int(r - '０')
	}
	return int(r - '0')
}

func isNumeral(r rune) bool { return numeral(r) >= 0 }

func numeral(r rune) int {
	switch r {
	case '〇', '○', '零', 'Ｏ':
		return 0
	case '一':
		return 1
	case '二':
		return 2
	case '三':
		return 3
	case '四':
		return 4
	case '五':
		return 5
	case '六':
		return 6
	case '七':
		return 7
	case '八':
		return 8
	case '九':
		return 9
	case '十':
		return 10
	case '廿':
		return 20
	}
	return -1
}
