package postgres

import "bytes"

// search is search_path. Servers report it since version 18; of others it is known from what the client sets.
type search struct {
	// value is the setting, nil if it is not known. initial is what it was when the client connected.
	value, initial []byte
	// next is what it will be when all that is under way has been executed, nil if that is not known.
	next []byte
	// reported: the server reports it. hidden: it cannot be known.
	reported, hidden bool
}

// connect notes the value that the client connects with.
func (s *search) connect(settings []setting) {
	for _, set := range settings {
		switch name := string(bytes.ToLower(set.name)); name {
		case searchPath:
			s.value = bytes.Clone(set.value)
		case "options":
			s.connect(optionSettings(set.value))
		}
	}
	s.initial = s.value
}

const searchPath = "search_path"

// change notes that a text is under way that may change it. alone: no transaction is open, and none may be opened by what is
// under way.
func (s *search) change(t *statement, alone bool) {
	s.next = nil
	if !alone || !t.sets() || len(t.encodings) != 1 || !t.encodings[0].sure {
		return
	}
	switch c := &t.encodings[0]; {
	case c.reset:
		s.next = s.initial
	case string(c.name) == searchPath:
		s.next = pathOf(c.value)
	}
}

// sets reports whether a text is a single SET, RESET or DISCARD.
func (s *statement) sets() bool {
	return len(s.parts) == 1 && !s.executes && len(s.encodings) > 0 && !s.ends
}

// settle notes that what was under way has been executed, or may not have been. It reports whether the value may be another.
func (s *search) settle(uncertain bool) bool {
	if s.reported || s.hidden {
		return false
	}
	if uncertain {
		s.next = nil
	}
	s.value, s.next = s.next, nil
	return true
}

// pathOf returns the setting that SET makes of a list of names and strings, nil for what is not certain.
func pathOf(list []byte) (value []byte) {
	for rest := list; ; {
		var name []byte
		rest = bytes.TrimLeft(rest, " ")
		if len(rest) > 0 && rest[0] == '\'' {
			end := bytes.IndexByte(rest[1:], '\'')
			if end < 1 || bytes.ContainsAny(rest[1:1+end], `"\\`) {
				return nil
			}
			name, rest = rest[1:1+end], rest[end+2:]
		} else {
			var ok bool
			if name, rest, ok = cutIdentifier(rest); !ok {
				return nil
			}
		}
		value = append(append(append(value, '"'), bytes.ReplaceAll(name, []byte(`"`), []byte(`""`))...), '"')
		rest = bytes.TrimLeft(rest, " ")
		if len(rest) == 0 {
			return value
		}
		if rest[0] != ',' {
			return nil
		}
		value, rest = append(value, ','), rest[1:]
	}
}
