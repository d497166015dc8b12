package jsonline

import "time"

// timestamp writes times as RFC 3339 with up to nine digits of a second, and remembers the second of the last one.
type timestamp struct {
	second int64
	// text is the second without its end, "2006-01-02T15:04:05"; nil before the first.
	text []byte
}

// append appends a time in nanoseconds since 1970.
func (t *timestamp) append(b []byte, ns int64) []byte {
	second := ns / 1e9
	fraction := int32(ns - 1e9*second)
	if fraction < 0 {
		second, fraction = second-1, fraction+1e9
	}
	if t.text == nil || second != t.second {
		t.second, t.text = second, time.Unix(second, 0).UTC().AppendFormat(t.text[:0], "2006-01-02T15:04:05")
	}
	b = append(b, t.text...)
	if fraction > 0 {
		b = appendFraction(b, uint32(fraction))
	}
	return append(b, 'Z')
}

// appendFraction appends nanoseconds as part of a second, up to the last digit that is not 0. A digit takes a multiplication: on
// WebAssembly a division of numbers with a sign is a call.
func appendFraction(b []byte, ns uint32) []byte {
	digits := [...]byte{'.', '0', '0', '0', '0', '0', '0', '0', '0', '0'}
	end := 0
	for i := len(digits) - 1; ns > 0; i-- {
		tenth := ns / 10
		if digit := ns - 10*tenth; digit > 0 {
			digits[i] += byte(digit)
			end = max(end, i)
		}
		ns = tenth
	}
	return append(b, digits[:end+1]...)
}
