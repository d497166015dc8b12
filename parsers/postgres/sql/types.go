package sql

// typeName reads the name of a type, with what it has in parentheses and brackets; or, after AS, any label.
func (r *Reader) typeName() {
	if r.at(kwSetof) {
		r.advance()
	}
	k := notKeyword
	if r.tok.kind == kindWord {
		k = r.tok.word
	}
	if !r.tok.isName(reserved) {
		r.fail(ReasonNoName)
		return
	}
	r.advance()
	switch k {
	case kwDouble:
		r.takes(kwPrecision)
	case kwNational:
		if !r.takes(kwCharacter) {
			r.takes(kwChar)
		}
		r.takes(kwVarying)
		r.modifiers()
	case kwCharacter, kwChar, kwNchar, kwBit:
		r.takes(kwVarying)
		r.modifiers()
	case kwTime, kwTimestamp:
		r.modifiers()
		if (r.at(kwWith) || r.at(kwWithout)) && r.peek().word == kwTime {
			r.advance()
			r.advance()
			r.need(kwZone)
		}
	case kwInterval:
		r.modifiers()
		if r.tok.kind == kindString {
			r.advance()
		}
		r.intervalFields()
	default:
		for r.is('.') {
			r.advance()
			if !r.tok.isName(reserved) {
				r.fail(ReasonNoName)
			}
			r.advance()
		}
		r.modifiers()
	}
	r.bounds()
}

// modifiers passes what a type has in parentheses, which can only be constants and words.
func (r *Reader) modifiers() {
	if !r.take('(') {
		return
	}
	for !r.take(')') && r.good() {
		if r.tok.isOperator('-') || r.tok.isOperator('+') {
			r.advance()
		}
		switch r.tok.kind {
		case kindWord, kindQuoted, kindString, kindNumber, kindParameter:
			r.advance()
		default:
			r.fail(ReasonForm)
		}
		if !r.take(',') && !r.is(')') {
			r.fail(ReasonForm)
		}
	}
}

// intervalFields passes the fields of an interval, such as DAY TO SECOND(3).
func (r *Reader) intervalFields() {
	for r.tok.kind == kindWord {
		switch r.tok.word {
		case kwYear, kwMonth, kwDay, kwHour, kwMinute, kwTo:
			r.advance()
		case kwSecond:
			r.advance()
			r.modifiers()
		default:
			return
		}
	}
}

// bounds passes [3][] or ARRAY[3].
func (r *Reader) bounds() {
	if r.at(kwArray) {
		r.advance()
	}
	for r.is('[') && (r.peek().isSymbol(']') || r.peek().kind == kindNumber && r.peek2().isSymbol(']')) {
		r.advance()
		if r.tok.kind == kindNumber {
			r.advance()
		}
		r.advance()
	}
}
