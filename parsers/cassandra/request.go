package cassandra

import (
	"errors"

	"github.com/proxylib/proxylib/proxylib/wire"
)

// decision is what becomes of a request.
type decision uint8

const (
	// decideMore: what is there of the body is not enough to tell.
	decideMore decision = iota
	decidePass
	decideDrop
	// decideWait: the request has to wait for the reply to a lookup.
	decideWait
)

// Why a message ends the connection.
var (
	errOldVersion = errors.New("version of a frame has another header than that of the connection")
	errFlags      = errors.New("flags of a frame are unknown or not agreed on")
	errOver       = errors.New("message after an error with which the connection ends")
	errStarting   = errors.New("message before the answer to STARTUP")
	errDirection  = errors.New("message goes in the wrong direction")
	errTLS        = errors.New("TLS on a plaintext port")
	// errKeyspace denies a request.
	errKeyspace = errors.New("current keyspace is not known, say USE first")
)

// Why a request is refused.
const (
	errStream  protocolError = "stream of a request is in use"
	errFull    protocolError = "too many requests are in flight"
	errVersion protocolError = "version of a frame is not that of the connection"
	errState   protocolError = "message is out of place in the state of the connection"
	errOpcode  protocolError = "unknown opcode"
	errPayload protocolError = "custom payload in version 3"
)

// request is a request that is being judged.
type request struct {
	header
	params
	// entries is the number of statements in a BATCH.
	entries int
	// learn is what a PREPARE is of.
	learn *prepared
	// use tells that the answer may change the keyspace.
	use bool
	// unqualified: the accesses of the request depend on the keyspace of the connection.
	unqualified bool
	// unread: one cannot tell what the request does.
	unread bool
}

// compressed reports whether the body of a request is compressed: as in the server, only where that was agreed on, and
// in versions that have no segments.
func (p *parser) compressed(h *header) bool {
	return h.flags&flagCompressed != 0 && p.compression != compressionNone && h.version < version5
}

// beginsWithStatement reports whether the beginning of a request may tell all that it does: values follow.
func (h *header) beginsWithStatement() bool { return h.opcode == opQuery || h.opcode == opExecute }

// judgedByBeginning reports whether a request of the size is judged by its beginning, as it comes.
func (p *parser) judgedByBeginning(h *header) bool {
	return h.size() > MaxWhole && !p.compressed(h) && h.beginsWithStatement()
}

// examine checks the header of a request and judges it as [parser.judge] does. A request that is wrong in itself, but
// whose end is certain, is dropped and gets an ERROR, as from a server; the connection goes on.
func (p *parser) examine(r *request, body []byte, part bool) (decision, error) {
	err := p.checkRequest(r)
	if err == nil {
		var v decision
		if v, err = p.judge(r, body, part); err == nil {
			return v, nil
		}
	}
	return decideDrop, p.refuseMalformed(r, err)
}

// refuseMalformed answers a request that is wrong in itself. Any other error it returns as it is.
func (p *parser) refuseMalformed(r *request, err error) error {
	var wrong protocolError
	if !errors.As(err, &wrong) {
		return err
	}
	p.logRefused(r, err.Error())
	return p.injectError(r.stream, codeProtocol, err.Error(), nil)
}

// tooLong gives the verdict on a request that is still unclear after the maximum that may be held.
func (p *parser) tooLong(r *request) (decision, error) {
	if err := p.checkRequest(r); err != nil {
		return decideDrop, p.refuseMalformed(r, err)
	}
	return p.denyUnreadable(r, reasonTooLong)
}

// protocolError is why a request is refused that ends where it says, so that the next one can be found.
type protocolError string

func (e protocolError) Error() string { return string(e) }

// judge gives the verdict on a request whose header has been checked. body is the plain body, or if part is set the
// beginning of it. The error ends the connection.
func (p *parser) judge(r *request, body []byte, part bool) (decision, error) {
	if r.flags&flagPayload != 0 {
		in := wire.NewReader(body)
		switch refused := skipCustomPayload(&in, p.settings.payloads); {
		case r.version < version4:
			return decideDrop, errPayload
		case in.Short() && part:
			return decideMore, nil
		case !in.OK():
			return decideDrop, errMalformed
		case refused:
			return p.denyUnreadable(r, reasonPayload)
		}
		body = body[in.Offset():]
	}
	switch r.opcode {
	case opQuery:
		return p.onQuery(r, body, part)
	case opPrepare:
		return p.onPrepare(r, body)
	case opExecute:
		return p.onExecute(r, body, part)
	case opBatch:
		return p.onBatch(r, body)
	}
	return p.onSession(r, body)
}

// checkRequest checks the header of a request.
func (p *parser) checkRequest(r *request) error {
	switch {
	case r.response:
		return errDirection
	case r.version != p.version:
		return errVersion
	case p.streams.Get(r.stream) != nil:
		return errStream
	case p.streams.Full():
		return errFull
	}
	return p.checkState(r.opcode)
}

// checkState checks that a request may come in the state of the connection.
func (p *parser) checkState(op opcode) error {
	switch op {
	case opStartup:
		// Of what may be in flight, OPTIONS, the server answers first.
		if p.state == stateStart {
			return nil
		}
	case opOptions:
		if p.state == stateStart || p.state == stateReady {
			return nil
		}
	case opAuthResponse:
		if p.state == stateAuthenticating || p.state == stateReady {
			return nil
		}
	case opRegister, opQuery, opPrepare, opExecute, opBatch:
		if p.state == stateReady {
			return nil
		}
	default:
		return errOpcode
	}
	return errState
}
