package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// typeName reads the name of a type, with what it has in parentheses and brackets; or, after AS, any label.
func (r *Reader) typeName() {
	if r.at(kwSetof) {
		r.advance()
	}
	k := notKeyword
	if r.tok.Kind == sqllex.Word {
		k = r.tok.Word
	}
	if !mayName(&r.tok, reserved) {
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
		if (r.at(kwWith) || r.at(kwWithout)) && r.peek().Word == kwTime {
			r.advance()
			r.advance()
			r.need(kwZone)
		}
	case kwInterval:
		r.modifiers()
		if r.tok.Kind == sqllex.String {
			r.advance()
		}
		r.intervalFields()
	default:
		for r.is('.') {
			r.advance()
			if !mayName(&r.tok, reserved) {
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
		if r.tok.IsOperator('-') || r.tok.IsOperator('+') {
			r.advance()
		}
		switch r.tok.Kind {
		case sqllex.Word, sqllex.Quoted, sqllex.String, sqllex.Number, sqllex.Parameter:
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
	for r.tok.Kind == sqllex.Word {
		switch r.tok.Word {
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
	for r.is('[') && (r.peek().IsSymbol(']') || r.peek().Kind == sqllex.Number && r.peek2().IsSymbol(']')) {
		r.advance()
		if r.tok.Kind == sqllex.Number {
			r.advance()
		}
		r.advance()
	}
}
