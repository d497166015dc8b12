package cassandra

import (
	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib/wire"
)

func (p *parser) onQuery(r *request, body []byte, part bool) (decision, error) {
	in := wire.NewReader(body)
	text := in.Bytes32()
	if v, err := r.params.read(&in, r.version, part); v != decidePass {
		return v, err
	}
	return p.onText(r, text)
}

func (p *parser) onPrepare(r *request, body []byte) (decision, error) {
	in := wire.NewReader(body)
	text := in.Bytes32()
	if r.version >= version5 {
		switch in.Int32() {
		case 0:
		case prepareKeyspace:
			r.bits, r.keyspace = queryKeyspace, in.Bytes16()
		default:
			in.Fail(errMalformed)
		}
	}
	if !in.OK() {
		return decideDrop, errMalformed
	}
	return p.onText(r, text)
}

// onText judges a QUERY or PREPARE of a CQL text.
func (p *parser) onText(r *request, text []byte) (decision, error) {
	if r.hasKeyspace() && !cql.PlainName(r.keyspace) {
		return p.denyUnreadable(r, reasonName)
	}
	s := &p.statement
	s.Reset()
	if err := p.read(r, text); err != nil {
		return p.denyUnreadable(r, err.Error())
	}
	p.accesses = p.collectAccesses()
	if r.opcode == opPrepare {
		r.learn = newPrepared(s.List)
	}
	return p.decide(r)
}

// read adds the accesses of the text. While the answer to a USE is awaited, a name without a keyspace may be of either
// one.
func (p *parser) read(r *request, text []byte) error {
	s := &p.statement
	if r.hasKeyspace() {
		return s.Read(text, r.keyspace)
	}
	k := &p.keyspace
	err := s.Read(text, k.current)
	r.unqualified = s.Unqualified
	if err != nil || !s.Unqualified {
		return err
	}
	if k.uncertain() && !p.connection.Unrestricted() {
		return errKeyspace
	}
	if k.switching != nil {
		err = s.Read(text, k.switching)
	}
	return err
}

func (p *parser) onExecute(r *request, body []byte, part bool) (decision, error) {
	in := wire.NewReader(body)
	id := in.Bytes16()
	if len(id) > maxID {
		in.Fail(errMalformed)
	}
	if r.version >= version5 {
		skipShort(&in)
	}
	if v, err := r.params.read(&in, r.version, part); v != decidePass {
		return v, err
	}
	known := p.findPrepared(id)
	if known == nil {
		return p.answerUnprepared(r, id)
	}
	if known.ambiguous {
		return p.denyUnreadable(r, errAmbiguous.Error())
	}
	p.accesses = known.accesses
	return p.decide(r)
}

// answerUnprepared answers a request for a statement that is not known. The client then prepares it.
func (p *parser) answerUnprepared(r *request, id []byte) (decision, error) {
	if p.connection.Unrestricted() {
		return p.passUnread(r, unknownPrepared)
	}
	p.logUnprepared(r)
	return decideDrop, p.unprepared(r.stream, id)
}
