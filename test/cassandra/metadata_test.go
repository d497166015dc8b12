//go:build e2e

package cassandra

import "encoding/binary"

// metadata reads what the server says about a statement.
type metadata struct {
	rest   string
	tables []string
}

// preparedTables are the tables that the answer to PREPARE names for values and results.
func preparedTables(answer string) []string {
	m := metadata{rest: answer}
	m.int()
	m.text()
	m.table(true)
	m.table(false)
	return m.tables
}

// body is what follows the header of a reply, without the warnings that may come first.
func body(reply []byte) string {
	m := metadata{rest: string(reply[9:])}
	if reply[1]&flagWarning != 0 {
		for range m.short() {
			m.text()
		}
	}
	return m.rest
}

// changed returns the keyspace of a RESULT that reports a change of the schema or of the keyspace; empty for others.
func changed(answer string) string {
	m := metadata{rest: answer}
	switch m.int() {
	case 3:
		return m.text()
	case 5:
		m.text()
		m.text()
		return m.text()
	}
	return ""
}

// usedKeyspace returns the keyspace that a RESULT says is current now; empty for others.
func usedKeyspace(answer string) string {
	m := metadata{rest: answer}
	if m.int() != 3 {
		return ""
	}
	return m.text()
}

func (m *metadata) take(n int) string {
	taken := m.rest[:n]
	m.rest = m.rest[n:]
	return taken
}

func (m *metadata) short() int   { return int(binary.BigEndian.Uint16([]byte(m.take(2)))) }
func (m *metadata) int() int     { return int(binary.BigEndian.Uint32([]byte(m.take(4)))) }
func (m *metadata) text() string { return m.take(m.short()) }

// table reads a list of columns. That of values to bind also tells which are the key.
func (m *metadata) table(bind bool) {
	flags, columns := m.int(), m.int()
	if bind {
		m.take(2 * m.int())
	}
	if flags&4 != 0 || columns == 0 {
		return
	}
	if flags&1 != 0 {
		m.tables = append(m.tables, m.text()+"."+m.text())
	}
	for range columns {
		if flags&1 == 0 {
			m.tables = append(m.tables, m.text()+"."+m.text())
		}
		m.text()
		m.kind()
	}
}

// kind reads the type of a column.
func (m *metadata) kind() {
	switch m.short() {
	case 0:
		m.text()
	case 0x20, 0x22:
		m.kind()
	case 0x21:
		m.kind()
		m.kind()
	}
}
