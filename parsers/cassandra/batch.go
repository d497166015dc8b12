package cassandra

import "github.com/proxylib/proxylib/parsers/cassandra/cql"

// The kinds of an entry of a BATCH.
const (
	entryText = 0
	entryID   = 1
)

// maxBatchType is the highest type of a BATCH: logged, unlogged, counter.
const maxBatchType = 2

// onBatch judges a BATCH, of which every statement has to be allowed.
func (p *parser) onBatch(r *request, body []byte) (verdict, error) {
	c := cursor{body: body}
	if c.byte() > maxBatchType {
		c.refuse()
	}
	r.entries = int(c.uint16())
	entries := c
	for n := r.entries; n > 0 && c.ok(); n-- {
		c.entry()
	}
	err := r.params.head(&c, r.version, batchFlags)
	if c.ok() && err == nil {
		r.params.tail(&c)
	}
	switch {
	case c.ok() && err != nil:
		return verdictDrop, err
	case !c.ok():
		return verdictDrop, errMalformed
	case r.hasKeyspace() && !cql.PlainName(r.keyspace):
		return p.impossible(r, reasonName)
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
func (p *parser) onEntries(r *request, c *cursor) (verdict, error) {
	p.statement.Reset()
	var refused error
	var missing []byte
	unknown := false
	for range r.entries {
		kind, text := c.entry()
		known, err := p.onEntry(r, kind, text)
		if refused == nil {
			refused = err
		}
		if !known && !unknown {
			unknown, missing = true, text
		}
	}
	switch {
	case refused != nil:
		return p.impossible(r, refused.Error())
	case unknown:
		return p.unknown(r, missing)
	}
	p.asked = p.accesses()
	for i := range p.asked {
		if a := p.asked[i].Action; a != cql.Insert && a != cql.Update && a != cql.Delete && a != cql.ExecuteFunction {
			return p.reject(r, reasonBatch)
		}
	}
	return p.decide(r)
}

// onEntry notes what an entry touches. It answers whether it is known, and why the batch has to be refused.
func (p *parser) onEntry(r *request, kind uint8, text []byte) (known bool, err error) {
	if kind == entryText {
		return true, p.read(r, text)
	}
	statement := p.lookup(text)
	if statement == nil {
		return false, nil
	}
	if statement.doubtful {
		return true, errDoubtful
	}
	for i := range statement.accesses {
		if !p.statement.Add(statement.accesses[i].Access) {
			return true, cql.ErrTooMany
		}
	}
	return true, nil
}
