package cassandra

import (
	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

// access is an access of a request, as it is judged and logged.
type access struct {
	cql.Access
	// logged are the log fields, made ready for a prepared statement; else empty.
	logged proxylib.LogConstant
}

// accesses returns those of the statements that the reader has read. They stay valid until it reads again.
func (p *parser) accesses() []access {
	p.found = p.found[:0]
	for i := range p.statement.List {
		p.found = append(p.found, access{Access: p.statement.List[i]})
	}
	return p.found
}
