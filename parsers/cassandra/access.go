package cassandra

import (
	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

// access is an access of a request, as it is judged and logged.
type access struct {
	cql.Access
	// fields are the log fields, made ready for a prepared statement; else empty.
	fields proxylib.LogConstant
}

// collectAccesses returns those of the statements that the reader has read. They stay valid until it reads again.
func (p *parser) collectAccesses() []access {
	p.accessMemory = p.accessMemory[:0]
	for i := range p.statement.List {
		p.accessMemory = append(p.accessMemory, access{Access: p.statement.List[i]})
	}
	return p.accessMemory
}
