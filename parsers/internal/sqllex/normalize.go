package sqllex

// Normalized returns the text that was cut last without what varies from one execution to the next: literals and parameters
// are ?, a list of them is one, and between tokens is one space. It is valid until the next text begins.
func (l *Lexer) Normalized() []byte { return l.normal }

// normalize appends a token to the normalized text.
func (l *Lexer) normalize(t *Token) {
	literal := String <= t.Kind && t.Kind <= Parameter
	b := l.normal
	if literal && l.comma {
		// ? , ? is ?
		l.normal, l.comma = b[:len(b)-len(" ,")], false
		return
	}
	l.comma = t.IsSymbol(',') && len(b) > 0 && b[len(b)-1] == '?'
	if len(b) > 0 {
		b = append(b, ' ')
	}
	switch {
	case literal:
		b = append(b, '?')
	case t.Kind == Word:
		b = append(b, t.Name...)
	default:
		b = append(b, l.text[t.From:t.To]...)
	}
	l.normal = b
}
