package cassandra

import "github.com/proxylib/proxylib/proxylib"

// inflight is a request that was forwarded and that the server has not answered.
type inflight struct {
	// learn is what a PREPARE is of.
	learn *prepared
	// epoch is that of the keyspace when the request came.
	epoch  uint32
	opcode opcode
	// use: the answer may change the keyspace.
	use bool
	// unread: one cannot tell what the request does.
	unread bool
	// lookup and prompt: the request is ours.
	lookup, prompt bool
	// unqualified: the accesses of the request depend on the keyspace of the connection.
	unqualified bool
	// fields or else encoded are the log fields of the first access of the request, for the log of the answer.
	fields  proxylib.LogConstant
	encoded []byte
}

// Reset empties r, whose memory is used again.
func (r *inflight) Reset() { *r = inflight{encoded: r.encoded[:0]} }

// maxInFlight is the number of requests in flight at most: as many streams as the specification gives to clients.
const maxInFlight = 1 << 15

// streams are the requests in flight by stream. Answers come in any order.
type streams = proxylib.InFlight[uint16, inflight]

// forward notes a request of a kind that goes to the server. Its stream is not in use.
func (p *parser) forward(stream uint16, op opcode) *inflight {
	flight, err := p.streams.Put(stream)
	if err != nil {
		panic(err)
	}
	flight.opcode = op
	return flight
}

// forwarded notes a request that is passed to the server.
func (p *parser) forwarded(r *request) {
	flight := p.forward(r.stream, r.opcode)
	flight.epoch, flight.use, flight.unqualified = p.keyspace.epoch, r.use, r.unqualified
	flight.unread = r.unread
	p.streams.Follow(p.connection, r.stream)
	if r.unread {
		p.keyspace.pass()
	}
	if len(p.accesses) > 0 {
		p.noteAccess(flight)
	}
	if r.unqualified {
		p.unqualified++
	}
	if r.learn != nil {
		flight.learn = r.learn
		p.learning += r.learn.cost()
	}
}

// maxLoggedName is the length, in bytes, of the longest name that the log of an answer has, and maxNoted that of the
// longest fields that are kept for it: the action and such a name, of which no character has to be escaped.
const (
	maxLoggedName = 96
	maxNoted      = 272
)

// noteAccess keeps what the log of the answer says of the first access. The entry of the request may have it.
func (p *parser) noteAccess(r *inflight) {
	first := &p.accesses[0]
	switch {
	case first.fields.Len() > 0:
		r.fields = first.fields
	case len(first.Name) > maxLoggedName:
		r.fields = actionFields[first.Action]
	default:
		if p.accessFields == 0 {
			first.addFields(p.newEntry())
			p.accessFields = p.entry.FieldsLen()
		}
		if p.accessFields > maxNoted {
			r.fields = actionFields[first.Action]
			return
		}
		r.encoded = p.entry.AppendFields(r.encoded[:0], p.accessFields)
	}
}

// answered forgets the request that the server has answered by a message.
func (p *parser) answered(h *header, request *inflight) {
	if request.unqualified {
		p.unqualified--
	}
	if request.learn != nil {
		p.learning -= request.learn.cost()
	}
	if request.use || request.unread {
		p.keyspace.answered(request.use)
	}
	p.streams.Remove(h.stream)
	p.connection.ReplySize(h.size())
}
