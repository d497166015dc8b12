package cassandra

import "github.com/proxylib/proxylib/parsers/cassandra/cql"

// The kinds of an entry of a BATCH.
const (
	entryText = 0
	entryID   = 1
)

// The types of a BATCH.
const (
	batchLogged = iota
	batchUnlogged
	batchCounter
)

// onBatch judges a BATCH, of which every statement has to be allowed.
func (p *parser) onBatch(r *request, body []byte) (decision, error) {
	c := cursor{body: body}
	if c.byte() > batchCounter {
		c.refuse()
	}
	r.entries = int(c.uint16())
	entries := c
	for n := r.entries; n > 0 && c.ok(); n-- {
		c.entry()
	}
	err := r.params.readHead(&c, r.version, batchFlags)
	if c.ok() && err == nil {
		r.params.readTail(&c)
	}
	switch {
	case c.ok() && err != nil:
		return decideDrop, err
	case !c.ok():
		return decideDrop, errMalformed
	case r.hasKeyspace() && !cql.PlainName(r.keyspace):
		return p.denyUnreadable(r, reasonName)
	}
	return p.onEntries(r, &entries)
}

// entry reads an entry: its kind, and its text or id.
func (c *cursor) entry() (kind uint8, text []byte) {
	switch kind = c.byte(); kind {
	case entryText:
		text = c.longString()
	case entryID:
		if text = c.string(); len(text) > maxID {
			c.refuse()
		}
	default:
		c.refuse()
	}
	c.values(false)
	return kind, text
}

// onEntries judges the entries of a batch, whose form has been checked.
func (p *parser) onEntries(r *request, c *cursor) (decision, error) {
	p.statement.Reset()
	p.lookup.reset()
	var refused error
	var missing []byte
	unknown := false
	for range r.entries {
		kind, text := c.entry()
		known, err := p.onEntry(r, kind, text)
		if refused == nil {
			refused = err
		}
		if known {
			continue
		}
		p.lookup.add(text)
		if !unknown {
			unknown, missing = true, text
		}
	}
	switch {
	case refused != nil:
		return p.denyUnreadable(r, refused.Error())
	case unknown && p.mayLookUp():
		return p.lookUp(r.stream)
	}
	p.lookup.done()
	if unknown {
		return p.answerUnprepared(r, missing)
	}
	p.accesses = p.collectAccesses()
	for i := range p.accesses {
		if a := p.accesses[i].Action; a != cql.Insert && a != cql.Update && a != cql.Delete && a != cql.ExecuteFunction {
			return p.denyBecause(r, reasonBatch)
		}
	}
	return p.decide(r)
}

// onEntry adds the accesses of an entry. It reports whether the entry is known, and why the batch has to be refused.
func (p *parser) onEntry(r *request, kind uint8, text []byte) (known bool, err error) {
	if kind == entryText {
		return true, p.read(r, text)
	}
	statement := p.findPrepared(text)
	if statement == nil {
		return false, nil
	}
	if statement.ambiguous {
		return true, errAmbiguous
	}
	for i := range statement.accesses {
		if !p.statement.Add(statement.accesses[i].Access) {
			return true, cql.ErrTooMany
		}
	}
	return true, nil
}
