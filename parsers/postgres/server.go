package postgres

import (
	"bytes"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// server is what the server has said of the connection.
type server struct {
	// status is that of the transaction, as of the last ReadyForQuery.
	status byte
	// lex is what the meaning of texts depends on; initial is what it was when the login was complete.
	lex, initial sql.Settings
	search       search
	// path has the schemas of search_path; nil: they are not known.
	path [][]byte
	// acting: the session may act as another role than its user, of which the server reports nothing.
	acting bool
	// changing: something is under way that may change search_path. changed: the open transaction has changed it. ending:
	// something is under way that may begin or end a transaction.
	changing, changed, ending bool
	// foreign: the server has said that it is another product.
	foreign bool
	// pool is what a pooler has said of itself.
	pool pool
	// user is the session's user.
	user []byte
}

// maxPath is the number of schemas in a search_path that is known.
const maxPath = 32

// onParameter notes a setting that the server reports.
func (p *parser) onParameter(name, value []byte) {
	s := &p.server
	switch string(name) {
	case "client_encoding":
		s.lex.Client = sql.EncodingOf(value)
	case "server_encoding":
		s.lex.ServerUTF8 = string(value) == "UTF8"
	case "server_version":
		if !s.foreign {
			s.lex.Version = sql.VersionOf(value)
		}
	case "standard_conforming_strings":
		s.lex.StandardStrings = string(value) == "on"
	case "application_name":
		p.application = append(p.application[:0], value[:min(len(value), maxName)]...)
	case "session_authorization":
		s.user = bytes.Clone(value)
		s.resolve()
		if p.ready {
			p.connection.SetUser(value)
		}
	case "pgbouncer.pool_mode":
		s.pool.is, s.pool.shifts = true, string(value) != pooledSession
		s.search = search{hidden: true}
		s.resolve()
	case "pgbouncer.max_prepared_statements":
		s.pool.keeps = string(value) != "0"
	case "search_path":
		if !p.isPooled() {
			s.search = search{value: bytes.Clone(value), reported: true}
			s.resolve()
		}
	default:
		// What is not PostgreSQL reports its own version, as CockroachDB its crdb_version, beside that of the PostgreSQL whose
		// place it takes.
		if bytes.HasSuffix(name, []byte("_version")) {
			s.foreign, s.lex.Version = true, 0
		}
	}
}

// resolve finds the schemas of search_path.
func (s *server) resolve() {
	user := s.user
	if s.acting {
		user = nil
	}
	s.path = splitPath(s.search.value, user)
}

// splitPath returns the schemas of a search_path as the server reports it, nil if that is not certain. The user is that of
// $user, nil if it is not known.
func splitPath(value, user []byte) (path [][]byte) {
	for len(value) > 0 {
		name, rest, ok := cutIdentifier(bytes.TrimLeft(value, " "))
		if !ok || len(path) == maxPath {
			return nil
		}
		if string(name) == "$user" {
			name = user
		}
		if len(name) == 0 {
			return nil
		}
		path = append(path, name)
		rest = bytes.TrimLeft(rest, " ")
		if len(rest) > 0 && rest[0] != ',' {
			return nil
		}
		value = bytes.TrimPrefix(rest, []byte{','})
		if len(rest) > 0 && len(bytes.TrimLeft(value, " ")) == 0 {
			return nil
		}
	}
	return path
}

// cutIdentifier returns the identifier that a list begins with.
func cutIdentifier(list []byte) (name, rest []byte, ok bool) {
	if len(list) > 0 && list[0] == '"' {
		for i := 1; i < len(list); i++ {
			if list[i] != '"' {
				name = append(name, list[i])
				continue
			}
			if i+1 == len(list) || list[i+1] != '"' {
				return name, list[i+1:], len(name) > 0
			}
			name = append(name, '"')
			i++
		}
		return nil, nil, false
	}
	i := 0
	for i < len(list) && list[i] != ',' && list[i] != ' ' {
		c := list[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_', c == '$':
		default:
			return nil, nil, false
		}
		name = append(name, c)
		i++
	}
	return name, list[i:], i > 0
}

// pathFor returns the schemas in which the tables of a text are looked for, nil if they are not known.
func (s *server) pathFor(t *statement) [][]byte {
	if s.changing || t.changes || t.ends && s.changed {
		return nil
	}
	return s.path
}

// executes notes that a text is under way.
func (s *server) executes(t *statement) {
	if t.changes {
		s.search.change(t, s.status == statusIdle && !s.ending)
		s.changing, s.changed = true, true
	}
	s.ending = s.ending || t.ends || t.changes && !t.sets()
	if t.acts {
		s.acting = true
		s.resolve()
	}
	if t.ends && s.changed {
		s.changing = true
	}
}

// settle notes that nothing is under way. failed: there was an error.
func (s *server) settle(failed bool) {
	if s.changing && s.search.settle(failed || s.status != statusIdle) {
		s.resolve()
	}
	s.changing, s.ending = false, false
	if s.status == statusIdle {
		s.changed = false
	}
}

// refusedChange returns why a text may not change a setting: texts would be read in another way.
func (s *server) refusedChange(t *statement) string {
	for i := range t.encodings {
		c := &t.encodings[i]
		after := s.lex
		value := unquoted(c.value)
		switch {
		case string(c.name) == "search_path":
			// Without a value it is known only when it is executed.
			if !c.reset && (len(c.value) == 0 || shadowsCatalog(c.value)) {
				return reasonShadow
			}
		case c.reset:
			after = s.initial
		case string(c.name) == "client_encoding":
			after.Client = sql.EncodingOf(value)
		default:
			after.StandardStrings = isOn(value)
		}
		if after != s.lex {
			return reasonEncoding
		}
	}
	return ""
}

// unquoted returns a value without the quotes around it.
func unquoted(value []byte) []byte {
	if n := len(value); n >= 2 && (value[0] == '\'' || value[0] == '"') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}

// isOn reports whether a value certainly means that a switch is on.
func isOn(value []byte) bool {
	switch string(bytes.ToLower(value)) {
	case "on", "true", "yes", "1":
		return true
	}
	return false
}

// shadowsCatalog reports whether what is built in may be looked for in another schema first, by a value of search_path in any
// form.
func shadowsCatalog(value []byte) bool {
	return bytes.Contains(bytes.ToLower(value), []byte("catalog")) || bytes.ContainsAny(value, `\&`)
}
