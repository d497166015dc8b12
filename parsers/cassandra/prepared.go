package cassandra

import (
	"bytes"
	"errors"
	"sync"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

// How much is remembered of prepared statements, in bytes: by a connection, of one server by all its connections, and
// of statements whose preparation has not been answered yet. What is forgotten the client prepares again.
const (
	MaxKnown    = 256 << 10
	MaxShared   = 4 << 20
	MaxLearning = 256 << 10
)

// maxID is the length, in bytes, of the longest id of a prepared statement. Servers have 16.
const maxID = 64

var errAmbiguous = errors.New("prepared statement is ambiguous")

// prepared are the accesses of a prepared statement. It never changes.
type prepared struct {
	accesses []access
	// ambiguous: the server gave the id to statements that are too different; it is never executed.
	ambiguous bool
}

// newPrepared copies accesses, and makes ready what is logged of them.
func newPrepared(list []cql.Access) *prepared {
	n := 0
	for i := range list {
		n += len(list[i].Name)
	}
	names := make([]byte, 0, n)
	p := &prepared{accesses: make([]access, len(list))}
	for i, t := range list {
		from := len(names)
		names = append(names, t.Name...)
		t.Name = names[from:]
		p.accesses[i].Access = t
		p.accesses[i].fields = p.accesses[i].logFields()
	}
	return p
}

func (p *prepared) equal(q *prepared) bool {
	if len(p.accesses) != len(q.accesses) || p.ambiguous != q.ambiguous {
		return false
	}
	for i := range p.accesses {
		if !p.accesses[i].Equal(&q.accesses[i].Access) {
			return false
		}
	}
	return true
}

// union is a statement that may be p or q, and so has the accesses of both.
func (p *prepared) union(q *prepared) *prepared {
	both := cql.Accesses{}
	for _, a := range append(p.accesses[:len(p.accesses):len(p.accesses)], q.accesses...) {
		if !both.Add(a.Access) {
			return &prepared{ambiguous: true}
		}
	}
	either := newPrepared(both.List)
	either.ambiguous = p.ambiguous || q.ambiguous
	return either
}

// cost is about the number of bytes that remembering the statement takes.
func (p *prepared) cost() int {
	n := 256
	for i := range p.accesses {
		n += 80 + len(p.accesses[i].Name) + p.accesses[i].fields.Len()
	}
	return n
}

// cache remembers statements by id, up to its limit.
type cache struct {
	byID        map[string]*prepared
	cost, limit int
	// allowance, if not nil, is what the cache and others may keep together.
	allowance *proxylib.Allowance
}

// put remembers a statement. If a different one with the same id is known, both are kept, and their union is enforced.
func (c *cache) put(id []byte, p *prepared) {
	if old := c.byID[string(id)]; old != nil {
		if old.equal(p) {
			return
		}
		p = old.union(p)
		c.remove(string(id))
	}
	if p.cost() > c.limit {
		return
	}
	for other := range c.byID {
		if c.cost+p.cost() <= c.limit {
			break
		}
		c.remove(other)
	}
	if c.allowance != nil && !c.allowance.Take(p.cost()) {
		return
	}
	if c.byID == nil {
		c.byID = map[string]*prepared{}
	}
	c.byID[string(id)] = p
	c.cost += p.cost()
}

func (c *cache) remove(id string) {
	cost := c.byID[id].cost()
	if c.allowance != nil {
		c.allowance.Give(cost)
	}
	c.cost -= cost
	delete(c.byID, id)
}

// server is what the connections to one server share: drivers prepare on one and execute on all.
type server struct {
	mu    sync.RWMutex
	cache cache
}

func newServer(a *proxylib.Allowance) *server {
	return &server{cache: cache{limit: MaxShared, allowance: a}}
}

func (s *server) get(id []byte) *prepared {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cache.byID[string(id)]
}

func (s *server) put(id []byte, p *prepared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cache.put(id, p)
}

// findPrepared returns a statement that this connection, or another one to the same server, has seen prepared.
func (p *parser) findPrepared(id []byte) *prepared {
	if known := p.known.byID[string(id)]; known != nil {
		return known
	}
	shared := p.server.get(id)
	if shared != nil {
		p.known.put(id, shared)
	}
	return shared
}

// learn remembers what the server has prepared.
func (p *parser) learn(id []byte, statement *prepared) {
	p.known.put(id, statement)
	p.server.put(id, statement)
}

// hasTable reports whether a table that the server says a statement is of is one of its accesses. A statement on no table
// of the client's own may be answered from any.
func (p *prepared) hasTable(keyspace, table []byte) bool {
	for i := range p.accesses {
		a := &p.accesses[i]
		switch {
		case a.Action == cql.ExecuteFunction:
		case a.Action.Target() != cql.TargetTable, bytes.Equal(a.Keyspace(), keyspace) && bytes.Equal(a.Table(), table):
			return true
		}
	}
	return len(p.accesses) == 0
}
