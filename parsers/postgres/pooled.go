package postgres

import (
	"slices"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// pool is what a pooler says of itself, as PgBouncer does since version 1.26.
type pool struct {
	// is: there is one. shifts: transactions of a client may be on different connections to the server. keeps: prepared
	// statements of the protocol are each client's own.
	is, shifts, keeps bool
}

// isPooled reports whether clients share connections to the server.
func (p *parser) isPooled() bool { return p.config.Pooled != pooledNot || p.server.pool.is }

// shifting reports whether transactions of the client may be on different connections to the server.
func (p *parser) shifting() bool {
	return p.config.Pooled == pooledTransaction || p.config.Pooled == pooledPrepared || p.server.pool.shifts
}

// keepsPrepared reports whether prepared statements of the protocol are the client's own all the same.
func (p *parser) keepsPrepared() bool {
	return p.config.Pooled == pooledPrepared || p.config.Pooled != pooledTransaction && p.server.pool.keeps
}

// near reports whether a name that the client has defined stands for that where the client's messages go now: not if a
// pooler may since have given the client another connection to the server, where others have defined names.
func (p *parser) near(e *entry) bool {
	if !p.shifting() || e != nil && e.batch == p.number {
		return true
	}
	return e != nil && p.server.status != statusIdle && !p.server.ending && !p.reply.unsettled
}

// holds reports so of a prepared statement for the messages of the protocol.
func (p *parser) holds(e *entry, name []byte) bool {
	if p.keepsPrepared() && len(name) > 0 {
		return e != nil && !e.declared
	}
	return p.near(e)
}

// foreign returns why what a statement executes may be of another client, and is not known: names of SQL are those of a
// connection to the server with every pooler.
func (p *parser) foreign(s *statement, i int, e *entry) string {
	if !p.shifting() {
		return ""
	}
	switch s.parts[i].operation {
	case sql.Execute:
		own := e != nil && p.near(e) && (e.declared || !p.keepsPrepared())
		if !own && !s.defines(sql.Prepare, i) {
			return reasonStatement
		}
	case sql.Fetch, sql.Move:
		if (e == nil || !p.near(e)) && !s.defines(sql.Declare, i) {
			return reasonPortal
		}
	}
	return ""
}

// shift removes the names that stay with a connection to the server which the client may have no longer. keep: prepared
// statements of the protocol are the client's own.
func (n *names) shift(keep bool) {
	n.unnamed, n.portal0 = entry{older: n.unnamed.older[:0]}, entry{older: n.portal0.older[:0]}
	n.forget(n.portals, nil)
	n.forget(n.statements, func(e *entry) bool { return keep && !e.declared })
	n.touched = slices.DeleteFunc(n.touched, func(e *entry) bool { return !e.touched })
}

// forget removes entries of a table.
func (n *names) forget(table map[string]*entry, keep func(*entry) bool) {
	for name, e := range table {
		if keep == nil || !keep(e) {
			n.cost -= e.cost
			e.touched = false
			delete(table, name)
		}
	}
}
