package cassandra

import (
	"github.com/proxylib/proxylib/proxylib"
)

// Limits of requests, in bytes. Longer ones are answered with an error.
const (
	// MaxWhole is the length of the longest QUERY and EXECUTE that is held until it is complete. Of a longer one only
	// the beginning is held, as far as the verdict needs.
	MaxWhole = 64 << 10
	// MaxHeld is the longest reply, or beginning of one, that is held. Of requests, [DefaultMaxRequest] is held.
	MaxHeld = 1 << 20
)

// state is how far the connection is set up.
type state uint8

const (
	// stateStart: nothing but OPTIONS and STARTUP may come.
	stateStart state = iota
	// stateStarting: STARTUP was passed. The client has to wait.
	stateStarting
	// stateAuthenticating: the server has asked for a login.
	stateAuthenticating
	stateReady
	// stateOver: an error was sent with which the connection ends.
	stateOver
)

func (s *settings) newParser(connection *proxylib.Connection) proxylib.Parser {
	return &parser{
		connection: connection, settings: s, known: cache{limit: MaxKnown},
		server:  proxylib.Shared(connection, connection.DstAddr, newServer),
		streams: streams{Max: maxInFlight}, toClient: proxylib.Outbox{Reply: true},
	}
}

// parser serves one connection. What it keeps is bounded: the streams in flight, the statements it knows, what waits
// for its place, scratches, and the pieces of one message in each direction.
type parser struct {
	connection *proxylib.Connection
	settings   *settings
	state      state
	// version is that of the connection, 0 before the first request.
	version uint8
	// agreed is the compression that the client asked for, compression the one in force.
	agreed, compression compression
	// framed: both directions are in segments.
	framed   bool
	keyspace keyspace
	login    login

	streams streams
	// unqualified is the number of requests in flight that depend on the keyspace, learning what it costs to remember
	// the statements that are being prepared.
	unqualified, learning int
	known                 cache
	server                *server
	lookup                lookup

	// requests and replies are the pieces of a message that is larger than a segment.
	requests, replies pieces
	judged            judgedEnvelopes
	// replying: a frame has been passed to the client that has not come as a whole.
	replying bool
	// head is the beginning of a frame that has passed to the client, while what it tells is not complete.
	head []byte
	// toClient and toServer are what waits for its place in either direction.
	toClient, toServer proxylib.Outbox
	// refusedStream is the stream of the request that was answered last in place of the server.
	refusedStream uint16
	// lookAt is the number of bytes at which a long request is looked at again.
	lookAt int

	// memory is nil before the first bytes.
	*memory
}

// Owes reports whether answers may still come, which are delivered before an error of the client's closes the connection.
func (p *parser) Owes() bool { return p.streams.Len() > 0 || !p.toClient.Empty() }

func (p *parser) OnData(reply, endStream bool, data [][]byte) (op proxylib.OpType, n int) {
	if len(data) == 0 && p.toClient.Empty() && p.toServer.Empty() {
		return proxylib.NOP, 0
	}
	if p.memory == nil {
		p.memory = memories.Get().(*memory)
	}
	view := proxylib.NewView(data)
	if reply {
		op, n = p.onReply(view)
	} else {
		op, n = p.onRequest(view)
		p.releaseLong()
	}
	releaseLarge(&p.raw)
	releaseLarge(&p.inflated)
	return op, n
}

// Close implements [proxylib.Closer].
func (p *parser) Close() {
	if p.memory != nil {
		p.memory.reset()
		memories.Put(p.memory)
		p.memory = nil
	}
}

func (p *parser) fail(err error) (proxylib.OpType, int) {
	code := proxylib.ERROR_INVALID_FRAME_TYPE
	if err == errLength || err == errSegmentLength {
		code = proxylib.ERROR_INVALID_FRAME_LENGTH
	}
	return p.connection.Fail(err.Error(), code)
}

func (p *parser) onRequest(view proxylib.View) (proxylib.OpType, int) {
	switch {
	case !p.toServer.Empty():
		return p.toServer.Next(p.connection)
	case p.lookup.pending:
		return p.connection.Wait()
	case view.Len() == 0:
		return proxylib.NOP, 0
	case p.toClient.Len() > pauseDenials && (p.replying || p.replies.rest > 0) && p.connection.CanWait():
		return p.connection.Wait()
	case p.state == stateStarting:
		return p.fail(errStarting)
	case p.state == stateOver:
		return p.fail(errOver)
	case p.framed:
		return p.onRequestSegment(view)
	}
	return p.onRequestFrame(view)
}

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	p.replying = false
	switch {
	case !p.toClient.Empty() && p.replies.rest == 0:
		op, n := p.toClient.Next(p.connection)
		if p.toClient.Empty() {
			p.connection.Resume()
		}
		return op, n
	case view.Len() == 0:
		return proxylib.NOP, 0
	case p.framed:
		return p.onReplySegment(view)
	case p.replies.rest > 0:
		return p.onReplyRest(view)
	}
	return p.onReplyFrame(view)
}

// compressesSegments reports whether segments have the form for LZ4.
func (p *parser) compressesSegments() bool { return p.compression == compressionLZ4 }
