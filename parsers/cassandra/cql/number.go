package cql

// The numeric tokens end without a word boundary: 1dx is the duration 1d and the word x, and a uuid ends with its 36th
// character. Which letters belong to one has changed from release to release, so that 1delete has been the number 1 and
// a keyword, and is the duration 1d and the word elete. A numeric token that runs into a word is therefore refused.

// unlessWord returns a numeric token of the length, if it does not run into a word.
func unlessWord(text []byte, n int) (kind, int) {
	if n == 0 || isWordByte(byteAt(text, n)) {
		return kindBad, 0
	}
	return kindNumber, n
}

// readNumber reads a token that begins with a digit.
func readNumber(text []byte) (kind, int) {
	switch {
	case uuidBegins(text):
		return readUUID(text)
	case text[0] == '0' && upper(byteAt(text, 1)) == 'X':
		n := 2
		for isHexadecimal(byteAt(text, n)) {
			n++
		}
		return unlessWord(text, n)
	}
	return readNumeral(text, 0)
}

// readNumeral reads an integer, a decimal number or a duration whose digits begin at n.
func readNumeral(text []byte, n int) (kind, int) {
	end := n + countDigits(text[n:])
	if unitLength(text[end:]) > 0 {
		return unlessWord(text, durationEnd(text, n))
	}
	switch {
	case byteAt(text, end) != '.':
	case byteAt(text, end+1) != '.':
		end++
		end += countDigits(text[end:])
	case byteAt(text, end+2) == '.':
		// Of three dots the first belongs to the number, of two none: they stand between the ends of a range.
		return kindNumber, end + 1
	default:
		return kindNumber, end
	}
	if upper(byteAt(text, end)) == 'E' {
		end++
		if sign := byteAt(text, end); sign == '+' || sign == '-' {
			end++
		}
		exponent := countDigits(text[end:])
		if exponent == 0 {
			return kindBad, 0
		}
		end += exponent
	}
	return unlessWord(text, end)
}

// readNegative reads a token that begins with a minus.
func readNegative(text []byte) (kind, int) {
	c := byteAt(text, 1)
	switch {
	case classOf[c] == classDigit:
		return readNumeral(text, 1)
	case upper(c) == 'N':
		return readNamedNumber(text, "NAN")
	case upper(c) == 'I':
		return readNamedNumber(text, "INFINITY")
	case c == 'P':
		k, n := readPeriod(text[1:])
		if k == kindBad {
			return unlessWord(text, withMinus(isoDurationLength(text[1:])))
		}
		return k, n + 1
	}
	return kindSymbol, 1
}

// withMinus returns the length of a duration with its minus, 0 if there is none.
func withMinus(n int) int {
	if n > 0 {
		n++
	}
	return n
}

// readNamedNumber reads a minus and a word that belongs to it.
func readNamedNumber(text []byte, name string) (kind, int) {
	n := 1 + len(name)
	if n > len(text) || !sameWord(text[1:n], name) {
		return kindBad, 0
	}
	return unlessWord(text, n)
}

// countDigits returns the number of digits at the front.
func countDigits(text []byte) int {
	n := 0
	for n < len(text) && classOf[text[n]] == classDigit {
		n++
	}
	return n
}

func isHexadecimal(c byte) bool {
	return classOf[c] == classDigit || upper(c) >= 'A' && upper(c) <= 'F'
}

// unitLength returns the length of the unit of time at the front, the longest that there is.
func unitLength(text []byte) int {
	second := upper(byteAt(text, 1)) == 'S'
	switch c := upper(byteAt(text, 0)); {
	case c == 'M' && upper(byteAt(text, 1)) == 'O':
		return 2
	case (c == 'M' || c == 'U' || c == 'N') && second:
		return 2
	case c == 'Y', c == 'W', c == 'D', c == 'H', c == 'M', c == 'S':
		return 1
	// U+00B5, the micro sign.
	case c == 0xc2 && byteAt(text, 1) == 0xb5 && upper(byteAt(text, 2)) == 'S':
		return 3
	}
	return 0
}

// durationEnd returns where the numbers with units end that begin at n, 0 if one has no unit.
func durationEnd(text []byte, n int) int {
	for classOf[byteAt(text, n)] == classDigit {
		n += countDigits(text[n:])
		length := unitLength(text[n:])
		if length == 0 {
			return 0
		}
		n += length
	}
	return n
}

// readPeriod reads an ISO 8601 duration of the form P0000-00-00T00:00:00.
func readPeriod(text []byte) (kind, int) {
	return unlessWord(text, formLength(text, "P0000-00-00T00:00:00"))
}

// uuidBegins reports whether the token is a uuid if it is anything: no other goes on with a minus after eight
// hexadecimal digits, but for a number whose exponent is negative.
func uuidBegins(text []byte) bool {
	if formLength(text, "hhhhhhhh-") == 0 {
		return false
	}
	if countDigits(text) < 7 || upper(text[7]) != 'E' {
		return true
	}
	exponent := countDigits(text[9:])
	return formLength(text[9:], "hhhh-") > 0 || exponent < 4 && isHexadecimal(byteAt(text, 9+exponent))
}

func readUUID(text []byte) (kind, int) {
	return unlessWord(text, formLength(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"))
}

// formLength returns the length of the form, in which 0 stands for a digit and h for a hexadecimal one, if the text begins
// with it, else 0.
func formLength(text []byte, form string) int {
	if len(text) < len(form) {
		return 0
	}
	for i := range len(form) {
		c := text[i]
		if form[i] == 'h' && isHexadecimal(c) || form[i] == '0' && classOf[c] == classDigit {
			continue
		}
		if c != form[i] || form[i] == 'h' || form[i] == '0' {
			return 0
		}
	}
	return len(form)
}

// isoDurationLength returns the length of the ISO 8601 duration at the front, in which each unit stands after its number, 0 if
// there is none. Letters are capitals.
func isoDurationLength(text []byte) int {
	if byteAt(text, 0) != 'P' {
		return 0
	}
	if n := quantityEnd(text, 1, 'W'); n > 1 {
		return n
	}
	date := quantitiesEnd(text, 1, "YMD")
	if byteAt(text, date) == 'T' {
		if end := quantitiesEnd(text, date+1, "HMS"); end > date+1 {
			return end
		}
	}
	if date == 1 {
		return 0
	}
	return date
}

// quantitiesEnd returns where the numbers end that go on from n, each with its unit, in that order.
func quantitiesEnd(text []byte, n int, units string) int {
	for i := range len(units) {
		n = quantityEnd(text, n, units[i])
	}
	return n
}

// quantityEnd returns where a number with the unit ends, or n if there is none.
func quantityEnd(text []byte, n int, unit byte) int {
	length := 0
	if n < len(text) {
		length = countDigits(text[n:])
	}
	if length > 0 && byteAt(text, n+length) == unit {
		return n + length + 1
	}
	return n
}
