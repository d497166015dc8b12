package proxylib

import "strconv"

// Subject is a request as the rules of a [Declaration] see it: fields, by the parser's own numbers, with any number of
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

// Value is a value of a field of a request: a text, a number, or none.
type Value struct {
	text   []byte
	number int64
	kind   valueKind
}

type valueKind uint8

const (
	noValue valueKind = iota
	textValue
	numberValue
	unknownValue
)

var (
	// NoValue is the value of a field that the request does not have.
	NoValue = Value{}
	// UnknownValue meets every condition. It is for tools that ask about requests of which not all is known, and for a
	// second question of a parser that has been allowed a request, whether a rule denies what the request may reach; no
	// request may pass because of it.
	UnknownValue = Value{kind: unknownValue}
)

// Text returns a text as a value. An empty one is no value. The text is not copied.
func Text(text []byte) Value {
	if len(text) == 0 {
		return NoValue
	}
	return Value{text: text, kind: textValue}
}

// Number returns a number as a value, for conditions of the kind [AtMost].
func Number(n int64) Value { return Value{number: n, kind: numberValue} }

// String returns the text, or the number in decimal.
func (v Value) String() string {
	if v.kind == numberValue {
		return strconv.FormatInt(v.number, 10)
	}
	return string(v.text)
}

// following returns the value at the place next of a field and the place after it.
func following(s Subject, field, next int) (Value, int) {
	value, after := s.Value(field, next)
	if after != 0 && after <= next {
		panic("proxylib: the places of the values of a Subject are not in ascending order")
	}
	return value, after
}

// question is what rules are asked about a request.
type question struct {
	Subject
	// part: the rules have to hold for some value of each field, else for every value.
	part bool
	// found: the rules in question were looked up by this value of a field, and are asked about no other value of it.
	found bool
	field int
	value Value
}

// holds reports whether a rule holds.
func (q *question) holds(rule conditions) bool {
	if !q.part {
		return q.everywhere(rule)
	}
	for len(rule) > 0 {
		n := rule.sameField()
		if !q.somewhere(rule[:n]) {
			return false
		}
		rule = rule[n:]
	}
	return true
}

// everywhere reports whether each condition holds for every value of its field.
func (q *question) everywhere(rule conditions) bool {
	for i := range rule {
		c := &rule[i]
		if !q.every(c, c.key.Field) && (c.key.Alias == 0 || !q.every(c, c.key.Alias)) {
			return false
		}
	}
	return true
}

func (q *question) every(c *condition, field int) bool {
	value, next := q.Value(field, 0)
	for c.holds(&value) {
		if next == 0 {
			return true
		}
		value, next = following(q.Subject, field, next)
	}
	return false
}

// somewhere reports whether some value of the field meets all conditions, which are on that field.
func (q *question) somewhere(rule conditions) bool {
	key := rule[0].key
	if q.found && key.Field == q.field {
		return rule.hold(&q.value)
	}
	return q.some(rule, key.Field) || key.Alias != 0 && q.some(rule, key.Alias)
}

func (q *question) some(rule conditions, field int) bool {
	value, next := q.Value(field, 0)
	for !rule.hold(&value) {
		if next == 0 {
			return false
		}
		value, next = following(q.Subject, field, next)
	}
	return true
}
