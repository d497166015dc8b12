package sql

// Normalized returns the text that was read last without what varies from one execution to the next: literals and parameters
// are ?, a list of them is one, and between tokens is one space. It is valid until the next text is read.
func (r *Reader) Normalized() []byte { return r.normal }

// normalize appends a token to the normalized text.
func (l *lexer) normalize(t *token) {
	literal := kindString <= t.kind && t.kind <= kindParameter
	b := l.normal
	if literal && l.comma {
		// ? , ? is ?
		l.normal, l.comma = b[:len(b)-len(" ,")], false
		return
	}
	l.comma = t.isSymbol(',') && len(b) > 0 && b[len(b)-1] == '?'
	if len(b) > 0 {
		b = append(b, ' ')
	}
	switch {
	case literal:
		b = append(b, '?')
	case t.kind == kindWord:
		b = append(b, t.name...)
	default:
		b = append(b, l.text[t.from:t.to]...)
	}
	l.normal = b
}
