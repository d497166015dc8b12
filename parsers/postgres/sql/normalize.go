package sql

// Normalize appends a text without what varies from one execution to the next: literals and parameters are ?, a list of them
// is one, and between tokens is one space. What [Reader.Read] has found is not valid after it. A text that cannot be cut
// into tokens ends where it cannot.
func (r *Reader) Normalize(dst, text []byte, set Settings) []byte {
	l := lexer{text: text, set: set, names: r.names[:0]}
	start, comma := len(dst), false
	for {
		t := l.next()
		if t.kind == kindEnd || t.kind == kindBad {
			r.names = l.names[:0]
			return dst
		}
		literal := t.kind == kindString || t.kind == kindNumber || t.kind == kindParameter
		if literal && comma {
			// ? , ? is ?
			dst, comma = dst[:len(dst)-len(" ,")], false
			continue
		}
		comma = t.isSymbol(',') && len(dst) > start && dst[len(dst)-1] == '?'
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		switch {
		case literal:
			dst = append(dst, '?')
		case t.kind == kindWord:
			dst = append(dst, t.name...)
		default:
			dst = append(dst, text[t.from:t.to]...)
		}
	}
}
