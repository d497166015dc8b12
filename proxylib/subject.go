package proxylib

import (
	"bytes"
	"math"
	"strconv"
)

// Subject is a request as the rules of a [Protocol] see it: fields, by the parser's own numbers, with any number of
// values each. It allocates nothing.
//
// What a condition means for a field with several values is the framework's business: a rule that allows has to hold
// for every value of each field, a rule that denies for some value of each field, whichever they are. A condition on a
// field without values never holds. So every combination of values counts as a part of the request, such as each
// operation with each key. Where that is not so, because one operation is on one table and another one on another, each
// of them is a Subject of its own with a verdict of its own; see [Verdict.And].
type Subject interface {
	// Value returns a value of the field, and the place of the one after it, 0 if it is the last. at is the place of the
	// value that is asked for, 0 for the first. Places are the parser's own, in ascending order. The value of a field
	// that the request does not have is [NoValue].
	Value(field, at int) (value Value, next int)
}

// Value is a value of a field of a request: a text, a number, or none. It is small enough to be passed in registers, for
// which reason its kind has no field of its own; see BenchmarkRuleSet.
type Value struct {
	// text is nil for no value, and empty for a number.
	text   []byte
	number int64
}

// numeric is the text of numbers, unknown the number of UnknownValue.
var numeric = []byte{}

const unknown = math.MinInt64

var (
	// NoValue is the value of a field that the request does not have.
	NoValue = Value{}
	// UnknownValue meets every condition. It is for tools that ask about requests of which not all is known, and for a
	// second question of a parser that has been allowed a request, whether a rule denies what the request may reach; no
	// request may pass because of it.
	UnknownValue = Value{text: numeric, number: unknown}
)

// Text returns a text as a value. An empty one is not a value. The text is not copied.
func Text(text []byte) Value {
	if len(text) == 0 {
		return NoValue
	}
	return Value{text: text}
}

// Number returns a number as a value, for conditions of the kind [AtMost].
func Number(n int64) Value { return Value{text: numeric, number: max(n, unknown+1)} }

func (v Value) isUnknown() bool { return len(v.text) == 0 && v.number == unknown }

// Unknown reports whether it is [UnknownValue].
func (v Value) Unknown() bool { return v.isUnknown() }

// Int returns a number, and whether the value is one.
func (v Value) Int() (n int64, ok bool) {
	return v.number, v.text != nil && len(v.text) == 0 && !v.isUnknown()
}

// Bytes returns a text, which is not copied; nil if the value is none.
func (v Value) Bytes() []byte {
	if len(v.text) == 0 {
		return nil
	}
	return v.text
}

// Clone returns a value that does not share memory with the request.
func (v Value) Clone() Value {
	if len(v.text) > 0 {
		v.text = bytes.Clone(v.text)
	}
	return v
}

// String returns the text, or the number in decimal.
func (v Value) String() string {
	if v.text != nil && len(v.text) == 0 {
		return strconv.FormatInt(v.number, 10)
	}
	return string(v.text)
}

// following returns the value at the place next of a field and the place after it.
func following(s Subject, field, next int) (Value, int) {
	value, after := fieldValue(s, field, next)
	if after != 0 && after <= next {
		panic("proxylib: the places of the values of a Subject are not in ascending order")
	}
	return value, after
}

// holdForAll reports whether each condition holds for every value of its field.
func (r conditions) holdForAll(s Subject) bool {
	for i := range r {
		c := &r[i]
		if !c.holdsForAll(s, c.key.Field) && (c.key.Alias == 0 || !c.holdsForAll(s, c.key.Alias)) {
			return false
		}
	}
	return true
}

func (c *condition) holdsForAll(s Subject, field int) bool {
	value, next := fieldValue(s, field, 0)
	for c.holds(value) {
		if next == 0 {
			return true
		}
		value, next = following(s, field, next)
	}
	return false
}

// found is a value by which rules were looked up; they are asked about no other one of its field.
type found struct {
	field int
	value Value
}

// holdForPart reports whether all conditions hold for a part of the request: for some value of each field, and where at is
// given, for that one.
func (r conditions) holdForPart(s Subject, at *found) bool {
	for len(r) > 0 {
		n := r.sameField()
		if !r[:n].holdForSome(s, at) {
			return false
		}
		r = r[n:]
	}
	return true
}

// holdForSome reports whether some value of a field meets all conditions, which are on that field.
func (r conditions) holdForSome(s Subject, at *found) bool {
	key := r[0].key
	if key.Match == accessLevel {
		return r.reached(s)
	}
	if at != nil && key.Field == at.field {
		return r.hold(at.value)
	}
	return r.holdForSomeOf(s, key.Field) || key.Alias != 0 && r.holdForSomeOf(s, key.Alias)
}

func (r conditions) holdForSomeOf(s Subject, field int) bool {
	value, next := fieldValue(s, field, 0)
	for !r.hold(value) {
		if next == 0 {
			return false
		}
		value, next = following(s, field, next)
	}
	return true
}

// Basic is a [Subject] that may report that it reaches nothing, so that no rule has to be about it: a client that rules allow
// anything may send it unless a rule denies it. Tools that propose rules leave such requests out.
type Basic interface {
	Subject
	Basic() bool
}
