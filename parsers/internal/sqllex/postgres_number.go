package sqllex

// postgresNumber reads a number. After it nothing may follow that could be part of a name: releases differ there.
func postgresNumber(l *Lexer, t *Token) {
	if l.has(l.pos, '0') && l.pos+1 < len(l.text) {
		if base := baseOf(l.text[l.pos+1]); base > 0 {
			l.based(t, base)
			return
		}
	}
	good := true
	if l.of(l.pos, digit) {
		good = l.digits(10)
	}
	if l.has(l.pos, '.') && !l.has(l.pos+1, '.') {
		l.pos++
		if l.of(l.pos, digit) {
			good = l.digits(10) && good
		}
	}
	if l.pos < len(l.text) && l.text[l.pos]|0x20 == 'e' {
		l.pos++
		if l.has(l.pos, '+') || l.has(l.pos, '-') {
			l.pos++
		}
		good = l.digits(10) && good
	}
	if !good || l.of(l.pos, start) {
		l.Fail(t.From, ReasonNumber)
	}
	t.end(Number, l.pos)
}

// baseOf returns the base that the letter after a zero stands for, or 0.
func baseOf(letter byte) int {
	switch letter | 0x20 {
	case 'x':
		return 16
	case 'o':
		return 8
	case 'b':
		return 2
	}
	return 0
}

// based reads 0x1F, 0o17 or 0b11, which releases before 16 refuse.
func (l *Lexer) based(t *Token, base int) {
	l.pos += 2
	if l.has(l.pos, '_') {
		l.pos++
	}
	if !l.digits(base) || l.of(l.pos, start|digit) {
		l.Fail(t.From, ReasonNumber)
	}
	t.end(Number, l.pos)
}

// digits passes digits with single underscores between them. It reports false if there is none.
func (l *Lexer) digits(base int) bool {
	from := l.pos
	for l.pos < len(l.text) && digitOf(l.text[l.pos]) < base {
		l.pos++
		if l.has(l.pos, '_') && l.pos+1 < len(l.text) && digitOf(l.text[l.pos+1]) < base {
			l.pos++
		}
	}
	return l.pos > from
}

// digitOf returns the value of a digit, 16 or more for what is none.
func digitOf(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	}
	return 255
}
