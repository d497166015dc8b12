package cassandra

import (
	"math/bits"

	"github.com/proxylib/proxylib/proxylib"
)

const (
	// maxStreams is the number of streams that clients may use.
	maxStreams = 1 << 15
	// firstStreams is the first capacity for requests in flight, retainedStreams the capacity that an idle connection
	// retains.
	firstStreams    = 8
	retainedStreams = 1024
)

// inflight is a request that was forwarded and that the server has not answered.
type inflight struct {
	// learn is what a PREPARE is of.
	learn *prepared
	// epoch is that of the keyspace when the request came.
	epoch  uint32
	stream uint16
	// next is the place of the next request of the chain, 0 after the last.
	next   uint16
	opcode opcode
	// fields or else encoded are the log fields of the first access of the request, for the log of the answer.
	fields  proxylib.LogConstant
	encoded []byte
	// use: the answer may change the keyspace.
	use bool
	// unread: one cannot tell what the request does.
	unread bool
	// lookup: the request is ours.
	lookup bool
	// unqualified: the accesses of the request depend on the keyspace of the connection.
	unqualified bool
}

// streams are the requests in flight by stream. Answers come in any order. It is a hash table, which takes a fraction of
// the time of a map. Whatever streams a client takes, of n chains none holds more than 32,768/n.
type streams struct {
	// places hold the requests, or are free; the first is not used.
	places []inflight
	// chains are the first places of the chains, one for each place for a request: 2 to the power of 16-shift.
	chains []uint16
	shift  uint8
	// free is the first of the free places, which are a chain as well.
	free  uint16
	count int
}

// chain is the number of the chain of a stream. Streams that follow one another, by any step, are spread.
func (s *streams) chain(stream uint16) int {
	const golden = 2 * 20251 // twice about 32,768 by the golden ratio, and odd: streams have 15 bits
	return int(stream * golden >> (s.shift & 15))
}

// find returns the request that is in flight on a stream, nil if there is none. It is valid until the next put.
func (s *streams) find(stream uint16) *inflight {
	if s.count == 0 {
		return nil
	}
	for i := s.chains[s.chain(stream)]; i != 0; i = s.places[i].next {
		if s.places[i].stream == stream {
			return &s.places[i]
		}
	}
	return nil
}

// put notes that a stream is taken that is not. The request, of which only the stream is set, is to be filled in; it is
// valid until the next put.
func (s *streams) put(stream uint16) *inflight {
	if s.free == 0 {
		s.grow()
	}
	place, first := &s.places[s.free], &s.chains[s.chain(stream)]
	place.stream = stream
	place.next, *first, s.free = *first, s.free, place.next
	s.count++
	return place
}

// grow doubles the capacity, all of which is taken.
func (s *streams) grow() {
	n := max(firstStreams, 2*len(s.chains))
	old := *s
	*s = streams{places: make([]inflight, n+1), chains: make([]uint16, n), shift: uint8(17 - bits.Len(uint(n)))}
	for i := n; i > 0; i-- {
		s.places[i].next, s.free = s.free, uint16(i)
	}
	for i := 1; i < len(old.places); i++ {
		request := &old.places[i]
		place := s.put(request.stream)
		request.next = place.next
		*place = *request
	}
}

// remove forgets the request on a stream, which is taken.
func (s *streams) remove(stream uint16) {
	link := &s.chains[s.chain(stream)]
	for s.places[*link].stream != stream {
		link = &s.places[*link].next
	}
	i := *link
	*link = s.places[i].next
	s.places[i] = inflight{next: s.free, encoded: s.places[i].encoded[:0]}
	s.free = i
	if s.count--; s.count == 0 && len(s.chains) > retainedStreams {
		*s = streams{}
	}
}

// forwarded notes a request that is passed to the server.
func (p *parser) forwarded(r *request) {
	flight := p.streams.put(r.stream)
	flight.opcode, flight.epoch, flight.use, flight.unqualified = r.opcode, p.keyspace.epoch, r.use, r.unqualified
	flight.unread = r.unread
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

// answered forgets a request that the server has answered.
func (p *parser) answered(request *inflight) {
	if request.unqualified {
		p.unqualified--
	}
	if request.learn != nil {
		p.learning -= request.learn.cost()
	}
	if request.use || request.unread {
		p.keyspace.answered(request.use)
	}
	p.streams.remove(request.stream)
}
