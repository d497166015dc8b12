package postgres

import (
	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
)

// Limits of what a connection may name.
const (
	// MaxNames is the number of prepared statements and portals with names.
	MaxNames = 4096
	// maxOlder is the number of definitions of one name of which it is not known which holds.
	maxOlder = 16
	// maxNamesCost is about the number of bytes that they take.
	maxNamesCost = 4 << 20
	// entryCost is what a name takes by itself.
	entryCost = 256
)

// names are the prepared statements and portals of a connection.
//
// What a name stands for is certain only where the server has executed everything: a definition may fail, or be skipped
// after an error. Within one batch that does not matter, as the server then skips what uses it. Across batches, a name
// stands for each of its definitions until all replies have come without an error.
type names struct {
	// unnamed and portal0 are those without a name.
	unnamed, portal0    entry
	statements, portals map[string]*entry
	// touched are names that have been defined or closed since it was certain what names stand for.
	touched []*entry
	// cost is about the number of bytes that the entries with names take.
	cost int
}

// entry is what a name stands for.
type entry struct {
	// last is the definition that came last, in the batch of that number.
	last  *statement
	batch uint32
	// also are other statements that the last definition may stand for.
	also []*statement
	// older are definitions before the last one.
	older []*statement
	// prepared is the log field with the name of the prepared statement that it is, or of which it is a portal.
	prepared proxylib.LogConstant
	// closed: it has been closed since. lost: it may stand for more than is known. touched: it is among those that are.
	closed, lost, touched bool
	// declared: a prepared statement of SQL, or a cursor, which may outlive its transaction.
	declared bool
	// cost is about the number of bytes that it takes; 0 for those without a name.
	cost int
}

// statement returns the prepared statement of a name, nil if there is none. To define one, it is made.
func (n *names) statement(name []byte, define bool) *entry {
	if len(name) == 0 {
		return n.unnamed.use(define)
	}
	e := n.find(&n.statements, name, define)
	if e != nil && define && e.prepared.Len() == 0 {
		e.prepared = proxylib.NewLogConstant(fieldPrepared, string(name))
	}
	return e
}

// portal returns the portal of a name likewise.
func (n *names) portal(name []byte, define bool) *entry {
	if len(name) == 0 {
		return n.portal0.use(define)
	}
	return n.find(&n.portals, name, define)
}

func (e *entry) use(define bool) *entry {
	if e.last == nil && !define {
		return nil
	}
	return e
}

// find returns the entry of a name. It is nil where a name is too long, or there are too many.
func (n *names) find(table *map[string]*entry, name []byte, define bool) *entry {
	e := (*table)[string(name)]
	if e == nil && define && len(name) <= maxName && len(n.statements)+len(n.portals) < MaxNames {
		if *table == nil {
			*table = map[string]*entry{}
		}
		e = &entry{closed: true, cost: entryCost}
		n.cost += entryCost
		(*table)[string(name)] = e
	}
	if e != nil && define {
		n.touch(e)
	}
	return e
}

func (n *names) touch(e *entry) {
	if !e.touched {
		e.touched = true
		n.touched = append(n.touched, e)
	}
}

// define notes a definition. It reports false if too much is named.
func (n *names) define(e *entry, s *statement, batch uint32) bool {
	if e == nil || e.cost > 0 && n.cost+s.cost() > maxNamesCost {
		return false
	}
	e.retire()
	e.last, e.batch, e.also, e.closed = s, batch, nil, false
	n.account(e)
	return true
}

// account counts what an entry with a name takes.
func (n *names) account(e *entry) {
	if e.cost == 0 {
		return
	}
	n.cost -= e.cost
	e.cost = entryCost + e.prepared.Len()
	for i := range e.len() {
		e.cost += e.at(i).cost()
	}
	n.cost += e.cost
}

// retire makes the last definition an older one.
func (e *entry) retire() {
	if e.last == nil {
		return
	}
	e.keep(e.last)
	for _, s := range e.also {
		e.keep(s)
	}
}

func (e *entry) keep(s *statement) {
	for _, old := range e.older {
		if old == s {
			return
		}
	}
	if len(e.older) == maxOlder {
		e.lost = true
		return
	}
	e.older = append(e.older, s)
}

// bind notes that a portal is of a prepared statement. It reports false if too much is named.
func (n *names) bind(e, s *entry, batch uint32) bool {
	if !n.define(e, s.last, batch) {
		return false
	}
	e.also = append(e.also, s.also...)
	if s.batch != batch {
		e.also = append(e.also, s.older...)
	}
	e.prepared = s.prepared
	n.account(e)
	return true
}

// close notes that a name is closed: a prepared statement for 'S', else a portal.
func (n *names) close(what byte, name []byte) {
	e := n.portal(name, false)
	if what == 'S' {
		e = n.statement(name, false)
	}
	if e != nil {
		e.closed = true
		n.touch(e)
	}
}

// apply notes what names a text defines and closes, when it is executed. It reports false if there are too many.
func (n *names) apply(s *statement, batch uint32) bool {
	ok := true
	for i := range s.parts {
		part := &s.parts[i]
		switch part.operation {
		case sql.Prepare:
			if e := n.statement(part.name, true); n.define(e, s, batch) {
				e.declared = true
			} else {
				ok = false
			}
		case sql.Declare:
			if e := n.portal(part.name, true); n.define(e, s, batch) {
				e.declared, e.prepared = true, proxylib.LogConstant{}
			} else {
				ok = false
			}
		case sql.Deallocate:
			if len(part.name) > 0 {
				n.close('S', part.name)
			} else {
				n.closeAll(n.statements)
			}
		case sql.Close:
			if len(part.name) > 0 {
				n.close('P', part.name)
			} else {
				n.closeAll(n.portals)
			}
		}
	}
	return ok
}

func (n *names) closeAll(table map[string]*entry) {
	for _, e := range table {
		e.closed = true
		n.touch(e)
	}
}

// settle notes that the server has executed everything, without an error, so that it is certain what names stand for.
// idle: no transaction is open, so there are no portals but cursors that may outlive theirs.
func (n *names) settle(idle bool) {
	n.unnamed.settle()
	n.portal0.settle()
	closed := false
	for _, e := range n.touched {
		e.settle()
		e.touched = false
		if closed = closed || e.closed; !e.closed {
			n.account(e)
		}
	}
	n.touched = n.touched[:0]
	if closed {
		n.remove(n.statements)
		n.remove(n.portals)
	}
	if !idle {
		return
	}
	n.portal0 = entry{older: n.portal0.older[:0]}
	if len(n.portals) > 0 {
		n.endPortals()
	}
}

// endPortals removes the portals that end with the transaction.
func (n *names) endPortals() {
	for name, e := range n.portals {
		if !e.declared {
			n.cost -= e.cost
			delete(n.portals, name)
		}
	}
}

func (e *entry) settle() {
	if len(e.older) > 0 {
		e.older = e.older[:0]
	}
	e.lost = false
}

// remove removes the closed entries.
func (n *names) remove(table map[string]*entry) {
	for name, e := range table {
		if e.closed {
			n.cost -= e.cost
			delete(table, name)
		}
	}
}
