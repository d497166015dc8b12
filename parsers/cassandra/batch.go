package cassandra

import (
	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib/wire"
)

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
	in := wire.NewReader(body)
	if in.Uint8() > batchCounter {
		in.Fail(errMalformed)
	}
	r.entries = int(in.Uint16())
	entries := in
	for n := r.entries; n > 0 && in.OK(); n-- {
		readEntry(&in)
	}
	err := r.params.readHead(&in, r.version, batchFlags)
	if in.OK() && err == nil {
		r.params.readTail(&in)
	}
	switch {
	case in.OK() && err != nil:
		return decideDrop, err
	case !in.OK():
		return decideDrop, errMalformed
	case r.hasKeyspace() && !cql.PlainName(r.keyspace):
		return p.denyUnreadable(r, reasonName)
	}
	return p.onEntries(r, &entries)
}

// entry reads an entry: its kind, and its text or id.
func readEntry(in *wire.Reader) (kind uint8, text []byte) {
	switch kind = in.Uint8(); kind {
	case entryText:
		text = in.Bytes32()
	case entryID:
		if text = in.Bytes16(); len(text) > maxID {
			in.Fail(errMalformed)
		}
	default:
		in.Fail(errMalformed)
	}
	skipValues(in, false)
	return kind, text
}

// onEntries judges the entries of a batch, whose form has been checked.
func (p *parser) onEntries(r *request, in *wire.Reader) (decision, error) {
	p.statement.Reset()
	p.lookup.reset()
	var refused error
	var missing []byte
	unknown := false
	for range r.entries {
		kind, text := readEntry(in)
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
