package sqllex

import (
	"bytes"
	"unicode/utf8"
)

// Lexer cuts a text into tokens. It is reused, cuts one text at a time, and allocates nothing once it has grown.
type Lexer struct {
	text    []byte
	pos     int
	dialect *Dialect
	mode    Mode
	// names is where names are that differ from their text.
	names []byte
	// normal is the text so far as [Lexer.Normalized] returns it; comma: it ends with a comma after a literal.
	normal []byte
	comma  bool
	err    Error
}

// Begin begins a text, which must not change as long as its tokens are used.
func (l *Lexer) Begin(text []byte, d *Dialect, m Mode) {
	*l = Lexer{text: text, dialect: d, mode: m, names: l.names[:0], normal: l.normal[:0]}
}

// Size returns the memory that the lexer retains, in bytes, without what is fixed.
func (l *Lexer) Size() int { return cap(l.names) + cap(l.normal) }

// Fail ends the text with an error, of which the first counts.
func (l *Lexer) Fail(at int, why Reason) {
	if l.err.Reason == "" {
		l.err = Error{at, why}
	}
	l.pos = len(l.text)
}

// Failed reports whether the text has ended with an error.
func (l *Lexer) Failed() bool { return l.err.Reason != "" }

// Err returns the error with which the text has ended.
func (l *Lexer) Err() Error { return l.err }

// Next reads the next token.
func (l *Lexer) Next(t *Token) {
	*t = Token{}
	l.cut(t)
	switch {
	case l.Failed():
		l.pos = len(l.text)
		*t = Token{Kind: Bad, From: t.From, To: t.From}
	case t.Kind != End:
		l.normalize(t)
	}
}

// of reports whether the byte at an index is of a class.
func (l *Lexer) of(at int, c class) bool {
	return at < len(l.text) && l.dialect.classes[l.text[at]]&c != 0
}

// has reports whether the byte at an index is b.
func (l *Lexer) has(at int, b byte) bool { return at < len(l.text) && l.text[at] == b }

// cut reads the next token. What it leaves where that fails is of no use.
func (l *Lexer) cut(t *Token) {
	if !l.skip() {
		t.From = l.pos
		l.Fail(l.pos, ReasonOpen)
		return
	}
	t.From = l.pos
	if l.pos == len(l.text) {
		t.To = l.pos
		return
	}
	d, b := l.dialect, l.text[l.pos]
	switch c := d.classes[b]; {
	case c&start != 0:
		l.word(t)
	case c&digit != 0, b == '.' && l.of(l.pos+1, digit):
		d.number(l, t)
	case c&symbol != 0:
		d.symbol(l, t)
	case c&operator != 0:
		d.operator(l, t)
	case c&quote != 0:
		d.quote(l, t)
	case b == 0:
		l.Fail(l.pos, ReasonNUL)
	default:
		l.Fail(l.pos, ReasonByte)
	}
}

// skip passes white space and comments. It reports false if a comment has no end.
func (l *Lexer) skip() bool {
	classes := &l.dialect.classes
	for l.pos < len(l.text) {
		switch c := classes[l.text[l.pos]]; {
		case c&space != 0:
			l.pos++
		case c&comment != 0:
			n := l.dialect.comment(l.text[l.pos:])
			if n <= 0 {
				return n == 0
			}
			l.pos += n
		default:
			return true
		}
	}
	return true
}

// word reads a name without quotes, or what begins with a letter that changes the string or name after it.
func (l *Lexer) word(t *Token) {
	classes, name := &l.dialect.classes, l.text[l.pos:]
	upper, high := false, false
	for i, b := range name {
		if classes[b]&inside == 0 {
			name = name[:i]
			break
		}
		upper = upper || 'A' <= b && b <= 'Z'
		high = high || b >= utf8.RuneSelf
	}
	if len(name) == 1 && l.dialect.prefixed(l, t) {
		return
	}
	t.Name = name
	l.pos += len(name)
	t.end(Word, l.pos)
	if high && !l.mode.Letters {
		l.Fail(t.From, ReasonLetter)
		return
	}
	if upper {
		from := len(l.names)
		l.names = append(l.names, t.Name...)
		t.Name = l.names[from:len(l.names):len(l.names)]
		Lower(t.Name)
	}
	if len(t.Name) <= l.dialect.maxKeyword && !high {
		t.Word = l.dialect.keyword(t.Name)
	}
	l.short(t, high)
}

// Lower changes the letters of ASCII in a name to small ones.
func Lower(name []byte) {
	for i, b := range name {
		if 'A' <= b && b <= 'Z' {
			name[i] = b + 'a' - 'A'
		}
	}
}

// short cuts a name as servers do, which do it between characters.
func (l *Lexer) short(t *Token, high bool) {
	longest := l.dialect.maxName
	switch {
	case len(t.Name) <= longest:
	case high:
		l.Fail(t.From, ReasonName)
	default:
		t.Name = t.Name[:longest:longest]
	}
}

// quoted reads a name in quotes.
func (l *Lexer) quoted(t *Token) {
	name, high, ok := l.inQuotes()
	switch {
	case !ok:
		l.Fail(t.From, ReasonOpen)
	case len(name) == 0:
		l.Fail(t.From, ReasonName)
	case high && !l.mode.QuotedLetters:
		l.Fail(t.From, ReasonLetter)
	}
	t.Name = name
	t.end(Quoted, l.pos)
	l.short(t, high)
}

// inQuotes passes a name in quotes and returns what is in them, with two quotes as one, and whether something is outside ASCII.
func (l *Lexer) inQuotes() (name []byte, high, ok bool) {
	from, mark := len(l.names), l.text[l.pos]
	for l.has(l.pos, mark) {
		n := bytes.IndexByte(l.text[l.pos+1:], mark)
		if n < 0 {
			return nil, false, false
		}
		part := l.text[l.pos+1 : l.pos+1+n]
		l.pos += n + 2
		for _, b := range part {
			high = high || b >= utf8.RuneSelf
		}
		if len(l.names) == from && !l.has(l.pos, mark) {
			return part, high, true
		}
		l.names = append(l.names, part...)
		if l.has(l.pos, mark) {
			l.names = append(l.names, mark)
		}
	}
	return l.names[from:len(l.names):len(l.names)], high, true
}
