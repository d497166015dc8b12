package cql

// The numeric tokens end without a word boundary: 1dx is the duration 1d and the word x, and a uuid ends with its 36th
// character. Which letters belong to one has changed from release to release, so that 1delete has been the number 1 and
// a keyword, and is the duration 1d and the word elete. A numeric token that runs into a word is therefore refused.

// unlessWord returns a numeric token of the length, if it does not run into a word.
func unlessWord(text []byte, n int) (kind, int) {
	if n == 0 || wordByte(at(text, n)) {
		return kindBad, 0
	}
	return kindNumber, n
}

// number reads a token that begins with a digit.
func number(text []byte) (kind, int) {
	switch {
	case uuidBegins(text):
		return uuid(text)
	case text[0] == '0' && upper(at(text, 1)) == 'X':
		n := 2
		for hexadecimal(at(text, n)) {
			n++
		}
		return unlessWord(text, n)
	}
	return numeral(text, 0)
}

// numeral reads an integer, a decimal number or a duration whose digits begin at n.
func numeral(text []byte, n int) (kind, int) {
	end := n + digits(text[n:])
	if unit(text[end:]) > 0 {
		return unlessWord(text, durationEnd(text, n))
	}
	switch {
	case at(text, end) != '.':
	case at(text, end+1) != '.':
		end++
		end += digits(text[end:])
	case at(text, end+2) == '.':
		// Of three dots the first belongs to the number, of two none: they stand between the ends of a range.
		return kindNumber, end + 1
	default:
		return kindNumber, end
	}
	if upper(at(text, end)) == 'E' {
		end++
		if sign := at(text, end); sign == '+' || sign == '-' {
			end++
		}
		exponent := digits(text[end:])
		if exponent == 0 {
			return kindBad, 0
		}
		end += exponent
	}
	return unlessWord(text, end)
}

// negative reads a token that begins with a minus.
func negative(text []byte) (kind, int) {
	c := at(text, 1)
	switch {
	case class[c] == digit:
		return numeral(text, 1)
	case upper(c) == 'N':
		return named(text, "NAN")
	case upper(c) == 'I':
		return named(text, "INFINITY")
	case c == 'P':
		k, n := period(text[1:])
		if k == kindBad {
			return unlessWord(text, isoLength(isoDuration(text[1:])))
		}
		return k, n + 1
	}
	return kindSymbol, 1
}

// isoLength returns the length of a duration with its minus, 0 if there is none.
func isoLength(n int) int {
	if n > 0 {
		n++
	}
	return n
}

// named reads a minus and a word that belongs to it.
func named(text []byte, name string) (kind, int) {
	n := 1 + len(name)
	if n > len(text) || !sameWord(text[1:n], name) {
		return kindBad, 0
	}
	return unlessWord(text, n)
}

// digits returns the number of digits at the front.
func digits(text []byte) int {
	n := 0
	for n < len(text) && class[text[n]] == digit {
		n++
	}
	return n
}

func hexadecimal(c byte) bool { return class[c] == digit || upper(c) >= 'A' && upper(c) <= 'F' }

// unit returns the length of the unit of time at the front, the longest that there is.
func unit(text []byte) int {
	second := upper(at(text, 1)) == 'S'
	switch c := upper(at(text, 0)); {
	case c == 'M' && upper(at(text, 1)) == 'O':
		return 2
	case (c == 'M' || c == 'U' || c == 'N') && second:
		return 2
	case c == 'Y', c == 'W', c == 'D', c == 'H', c == 'M', c == 'S':
		return 1
	// U+00B5, the micro sign.
	case c == 0xc2 && at(text, 1) == 0xb5 && upper(at(text, 2)) == 'S':
		return 3
	}
	return 0
}

// durationEnd returns where the numbers with units end that begin at n, 0 if one has no unit.
func durationEnd(text []byte, n int) int {
	for class[at(text, n)] == digit {
		n += digits(text[n:])
		length := unit(text[n:])
		if length == 0 {
			return 0
		}
		n += length
	}
	return n
}

// period reads an ISO 8601 duration of the form P0000-00-00T00:00:00.
func period(text []byte) (kind, int) {
	return unlessWord(text, form(text, "P0000-00-00T00:00:00"))
}

// uuidBegins reports whether the token is a uuid if it is anything: no other goes on with a minus after eight
// hexadecimal digits, but for a number whose exponent is negative.
func uuidBegins(text []byte) bool {
	if form(text, "hhhhhhhh-") == 0 {
		return false
	}
	if digits(text) < 7 || upper(text[7]) != 'E' {
		return true
	}
	exponent := digits(text[9:])
	return form(text[9:], "hhhh-") > 0 || exponent < 4 && hexadecimal(at(text, 9+exponent))
}

func uuid(text []byte) (kind, int) {
	return unlessWord(text, form(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"))
}

// form returns the length of the form, in which 0 stands for a digit and h for a hexadecimal one, if the text begins
// with it, else 0.
func form(text []byte, form string) int {
	if len(text) < len(form) {
		return 0
	}
	for i := range len(form) {
		c := text[i]
		if form[i] == 'h' && hexadecimal(c) || form[i] == '0' && class[c] == digit {
			continue
		}
		if c != form[i] || form[i] == 'h' || form[i] == '0' {
			return 0
		}
	}
	return len(form)
}

// isoDuration returns the length of the ISO 8601 duration at the front, in which each unit stands after its number, 0 if
// there is none. Letters are capitals.
func isoDuration(text []byte) int {
	if at(text, 0) != 'P' {
		return 0
	}
	if n := quantity(text, 1, 'W'); n > 1 {
		return n
	}
	date := quantities(text, 1, "YMD")
	if at(text, date) == 'T' {
		if end := quantities(text, date+1, "HMS"); end > date+1 {
			return end
		}
	}
	if date == 1 {
		return 0
	}
	return date
}

// quantities returns where the numbers end that go on from n, each with its unit, in that order.
func quantities(text []byte, n int, units string) int {
	for i := range len(units) {
		n = quantity(text, n, units[i])
	}
	return n
}

// quantity returns where a number with the unit ends, or n if there is none.
func quantity(text []byte, n int, unit byte) int {
	length := 0
	if n < len(text) {
		length = digits(text[n:])
	}
	if length > 0 && at(text, n+length) == unit {
		return n + length + 1
	}
	return n
}
