package proxylib

// maxNamesBytes is about the number of bytes of the names in a log field, and the maximum of each.
const maxNamesBytes = 512

// LogNames is the value of a log field that lists names, with ", " between them: as many as the field takes of about 512
// bytes, and "..." where others are left out. A parser keeps one for all entries, and so allocates nothing once it has grown. The
// zero value is empty. It may not be used by several goroutines at once.
type LogNames struct {
	// Max is the maximum number of names; 0 is unlimited.
	Max  int
	text []byte
	n    int
}

// Reset empties the list.
func (l *LogNames) Reset() { l.text, l.n = l.text[:0], 0 }

// Add adds a copy of a name, of which it cuts what is above 512 bytes. It reports false if the name is left out, as further
// ones must be.
func (l *LogNames) Add(name []byte) bool {
	if l.n > 0 {
		l.text = append(l.text, ", "...)
	}
	if l.Max > 0 && l.n == l.Max || len(l.text) > maxNamesBytes {
		l.text = append(l.text, "..."...)
		return false
	}
	l.text = append(l.text, name[:min(len(name), maxNamesBytes)]...)
	l.n++
	return true
}

// Bytes returns the value, for [L7Entry.AddSome]; it is valid until the next call of another method.
func (l *LogNames) Bytes() []byte { return l.text }
