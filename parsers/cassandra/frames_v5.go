package cassandra

import (
	"errors"

	"github.com/proxylib/proxylib/proxylib"
)

var (
	errEnvelope = errors.New("envelopes do not fill their segment")
	errPieces   = errors.New("pieces of an envelope do not fit together")
)

// pieces is how far the pieces of an envelope have come that is larger than a segment. While what becomes of it is not
// known, the host holds the segments and collected has what is in them; afterwards the pieces follow the verdict.
type pieces struct {
	// scan is the number of bytes of the segments that are held.
	scan      int
	collected []byte
	// rest is the number of bytes of the envelope that are not received yet, once its verdict is known.
	rest int
	drop bool
}

// follow notes a further piece, of n bytes, of an envelope whose fate is known.
func (q *pieces) follow(s *segment, n int) error {
	if s.selfContained || n > q.rest {
		return errPieces
	}
	q.rest -= n
	return nil
}

// add collects a piece of an envelope whose fate is not known.
func (q *pieces) add(s *segment, payload []byte) error {
	if s.selfContained {
		return errPieces
	}
	first := q.collected == nil
	q.collected = append(q.collected, payload...)
	q.scan += s.total
	if len(q.collected) < headerLength {
		return errPieces
	}
	var h header
	err := h.decode(q.collected)
	if err != nil {
		return err
	}
	if len(q.collected) > h.size() || first && len(q.collected) == h.size() {
		return errPieces
	}
	return nil
}

// settle decides the fate of the envelope of the size. It returns the number of bytes of the segments that are held.
func (q *pieces) settle(size int, drop bool) int {
	n := q.scan
	*q = pieces{rest: size - len(q.collected), drop: drop}
	return n
}

// segmentAt reads the header of the segment at an offset. If need is above the length of the view, that many bytes have
// to be there first.
func (p *parser) segmentAt(view proxylib.View, at int) (s segment, need int, err error) {
	n := segmentHeader(p.compressesSegments())
	if view.Len() < at+n {
		return s, at + n, nil
	}
	s, err = decodeSegment(view.Bytes(at, at+n, &p.raw), p.compressesSegments())
	return s, at + s.total, err
}

// onRequestSegment judges the segment at the front, or those that hold the beginning of a long envelope.
func (p *parser) onRequestSegment(view proxylib.View) (proxylib.OpType, int) {
	q := &p.requests
	for {
		s, need, err := p.segmentAt(view, q.scan)
		if err != nil {
			return p.closeConnection(err)
		}
		if need > p.maxRequest() {
			return p.longEnvelope()
		}
		if view.Len() < need {
			return needBytes(view, need)
		}
		payload, err := s.payload(view.Bytes(q.scan, need, &p.raw), &p.inflated)
		switch {
		case err != nil:
			return p.closeConnection(err)
		case q.rest > 0:
			if err := q.follow(&s, len(payload)); err != nil {
				return p.closeConnection(err)
			}
			return q.operation(), s.total
		case s.selfContained && q.collected == nil:
			// Servers take an empty one, too.
			return p.onEnvelopes(payload, s.total)
		}
		if err := q.add(&s, payload); err != nil {
			return p.closeConnection(err)
		}
		if op, n := p.onPieces(); op != proxylib.MORE {
			return op, n
		}
	}
}

// operation is what becomes of a further piece of an envelope.
func (q *pieces) operation() proxylib.OpType {
	if q.drop {
		return proxylib.DROP
	}
	return proxylib.PASS
}

// judgedEnvelopes are those at the front of the segment at hand that have been judged, while the next one waits.
type judgedEnvelopes struct {
	// size is their length, in bytes.
	size int
	// dropped: one of them has been denied, so that the others are in parser.allowed.
	dropped bool
}

// onEnvelopes judges the envelopes of a segment of total bytes. If all are allowed it passes as it is; else those that
// are allowed go to the server in a new one.
func (p *parser) onEnvelopes(payload []byte, total int) (proxylib.OpType, int) {
	if err := checkEnvelopes(payload); err != nil {
		return p.closeConnection(err)
	}
	at, dropped := p.judged.size, p.judged.dropped
	if at == 0 {
		p.allowed = p.allowed[:0]
	}
	p.judged = judgedEnvelopes{}
	for at < len(payload) {
		rest := payload[at:]
		var r request
		if err := r.decode(rest); err != nil {
			return p.closeConnection(err)
		}
		v, err := p.examine(&r, rest[headerLength:r.size()], false)
		switch {
		case err != nil:
			return p.closeConnection(err)
		case v == decideWait:
			p.judged = judgedEnvelopes{at, dropped}
			return p.waitForLookup()
		case v == decideDrop && !dropped:
			dropped = true
			p.allowed = append(p.allowed, payload[:at]...)
		case v == decidePass && dropped:
			p.allowed = append(p.allowed, rest[:r.size()]...)
		}
		at += r.size()
	}
	if !dropped {
		return proxylib.PASS, total
	}
	if len(p.allowed) == 0 {
		return proxylib.DROP, total
	}
	segment := appendSegment(nil, p.allowed, p.compressesSegments())
	releaseLarge(&p.allowed)
	return p.toServer.Replace(p.connection, total, segment)
}

// checkEnvelopes checks that the payload of a segment is whole requests, before any of them is judged: none of them is
// passed if it is not.
func checkEnvelopes(payload []byte) error {
	for len(payload) > 0 {
		if len(payload) < headerLength {
			return errEnvelope
		}
		var h header
		if err := h.decode(payload); err != nil {
			return err
		}
		switch {
		case h.response:
			return errDirection
		case h.size() > len(payload):
			return errEnvelope
		}
		payload = payload[h.size():]
	}
	return nil
}

// onPieces judges what has been collected of a long envelope. It returns MORE if that does not suffice.
func (p *parser) onPieces() (proxylib.OpType, int) {
	q := &p.requests
	var r request
	err := r.decode(q.collected)
	if err != nil {
		return p.closeConnection(err)
	}
	complete, streamed := len(q.collected) == r.size(), p.judgedByBeginning(&r.header)
	if len(q.collected) > p.maxRequest() || !streamed && r.size() > p.maxRequest() {
		return p.longEnvelope()
	}
	if !complete && !streamed {
		return proxylib.MORE, 0
	}
	v, err := p.examine(&r, q.collected[headerLength:], !complete)
	switch {
	case err != nil:
		return p.closeConnection(err)
	case v == decideWait:
		// The segments are held, and are collected again when the reply has come.
		*q = pieces{}
		return p.waitForLookup()
	case v != decideMore:
		return v.operation(), q.settle(r.size(), v == decideDrop)
	}
	return proxylib.MORE, 0
}

// longEnvelope gives the verdict on an envelope that is too long to be held, for all its pieces.
func (p *parser) longEnvelope() (proxylib.OpType, int) {
	q := &p.requests
	var r request
	err := r.decode(q.collected)
	if err != nil {
		return p.closeConnection(err)
	}
	v, err := p.tooLong(&r)
	if err != nil {
		return p.closeConnection(err)
	}
	return v.operation(), q.settle(r.size(), v == decideDrop)
}

// onReplySegment passes the segment at the front. Of the pieces of a long envelope it reads the first, and more only if
// it has to; the checksums of the others are for the client to check.
func (p *parser) onReplySegment(view proxylib.View) (proxylib.OpType, int) {
	q := &p.replies
	for {
		s, need, err := p.segmentAt(view, q.scan)
		switch {
		case err != nil:
			return p.fail(err)
		case q.rest > 0 && s.total > 0:
			if err := q.follow(&s, s.length); err != nil {
				return p.fail(err)
			}
			return q.operation(), s.total
		case view.Len() < need:
			return needBytes(view, need)
		}
		payload, err := s.payload(view.Bytes(q.scan, need, &p.raw), &p.inflated)
		if err != nil {
			return p.fail(err)
		}
		if s.selfContained && q.collected == nil {
			return p.onAnswers(payload, s.total)
		}
		if err := q.add(&s, payload); err != nil {
			return p.fail(err)
		}
		var h header
		err = h.decode(q.collected)
		if err != nil {
			return p.fail(err)
		}
		r := p.streams.Get(h.stream)
		if r.needsWholeBody(&h) && len(q.collected) < min(h.size(), p.maxReply()) && q.scan+maxSegment <= p.maxReply() {
			continue
		}
		op := r.operation()
		if _, err := p.onAnswer(&h, r, q.collected[headerLength:], true); err != nil {
			return p.fail(err)
		}
		return op, q.settle(h.size(), op == proxylib.DROP)
	}
}

// onAnswers notes the messages in a segment of total bytes, which passes as it is, or without the reply to a lookup.
func (p *parser) onAnswers(payload []byte, total int) (proxylib.OpType, int) {
	ours := span{}
	for at := 0; at < len(payload); {
		rest := payload[at:]
		if len(rest) < headerLength {
			return p.fail(errEnvelope)
		}
		var h header
		err := h.decode(rest)
		if err != nil {
			return p.fail(err)
		}
		if h.size() > len(rest) {
			return p.fail(errEnvelope)
		}
		r := p.streams.Get(h.stream)
		if r.operation() == proxylib.DROP {
			ours = span{at, at + h.size()}
		}
		if _, err := p.onAnswer(&h, r, rest[headerLength:h.size()], true); err != nil {
			return p.fail(err)
		}
		at += h.size()
	}
	if ours.to == 0 {
		return proxylib.PASS, total
	}
	return p.withoutOurs(payload, ours, total)
}

// span is a part of a payload.
type span struct{ from, to int }

// withoutOurs passes a segment of total bytes without the one reply that is ours.
func (p *parser) withoutOurs(payload []byte, ours span, total int) (proxylib.OpType, int) {
	others := append(payload[:ours.from:ours.from], payload[ours.to:]...)
	if len(others) == 0 {
		return proxylib.DROP, total
	}
	return p.toClient.Replace(p.connection, total, appendSegment(nil, others, p.compressesSegments()))
}
