package postgres

import (
	"sync"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
)

// phase is what the client's next bytes are.
type phase uint8

const (
	// phaseStart: a first message, which has no type.
	phaseStart phase = iota
	// phaseEncryption: nothing, until the server has answered a request for encryption.
	phaseEncryption
	// phaseLogin: what the server asks for, until it is ready.
	phaseLogin
	// phaseReady: requests.
	phaseReady
	// phaseOver: nothing that the server would read.
	phaseOver
	// phaseOpaque: anything, since the connection is encrypted or one of a replica's.
	phaseOpaque
)

// What a client has asked for before its start-up message, each once.
const (
	askedSSL = 1 << iota
	askedGSS
)

// parser serves one connection. What it keeps from one call to the next is bounded: a queue with a slot for each reply that
// is owed, what is known of prepared statements and portals, and denials that wait. It never keeps input.
type parser struct {
	connection *proxylib.Connection
	config     *config
	cache      *cache
	phase      phase
	// asked are the requests for encryption so far. opaque: nothing is judged any more. ready: the server has been ready.
	asked         uint8
	opaque, ready bool
	// wish is the last wish for encryption that was refused, 0 if there is none. prompted: the server has been asked the same.
	wish     uint32
	prompted bool
	// encrypted: the host decrypts what the client sends.
	encrypted bool
	// starting is connect or replication. answers is the number of password messages that the server has asked for.
	starting operation
	answers  int
	// login is the user that the client wants to be.
	login                 string
	database, application []byte
	server                server
	// drop is the number of bytes at the front that are dropped, after something else has been sent for them.
	drop int
	batch
	copying copying
	names   names
	replies proxylib.ReplyQueue[owed]
	// ends is the number of replies that end with a ReadyForQuery and are owed.
	ends  int
	reply reply
	// denials are what the client gets in place of the errors for messages of ours, in their order; see poison.
	denials [][]byte
	subject subject
	*call
}

// call is what a parser needs while it reads a request, or writes an entry.
type call struct {
	entry   proxylib.L7Entry
	scratch []byte
	reader  sql.Reader
	// list is a list in a log field.
	list []byte
}

// keptScratch is how much memory of a call is kept for others, in bytes.
const keptScratch = 128 << 10

// calls holds those that no parser uses, so that idle connections are small.
var calls = sync.Pool{New: func() any { return new(call) }}

func (c *config) newParser(connection *proxylib.Connection) proxylib.Parser {
	p := &parser{connection: connection, config: c, cache: proxylib.Shared(connection, cacheKey{}, newCache)}
	return p
}

func (p *parser) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	if p.call == nil {
		p.call = calls.Get().(*call)
	}
	view := proxylib.NewView(data)
	if reply {
		return p.onReply(view)
	}
	return p.onRequest(view)
}

// Release implements [proxylib.Releaser]: it gives the memory of the call back.
func (p *parser) Release() {
	if p.call == nil {
		return
	}
	if cap(p.scratch)+cap(p.list)+p.reader.Size() <= keptScratch {
		calls.Put(p.call)
	}
	p.call = nil
}

// Owes reports whether the client is owed replies that may still come: they are delivered before an error of the client
// closes the connection. A server that waits for the data of a COPY has sent all others, and one that waits for a Sync keeps
// those since the last one.
func (p *parser) Owes() bool { return p.ready && p.ends > 0 && p.copying.state != copyActive }

func (p *parser) fail(reason string, code proxylib.OpError) (proxylib.OpType, int) {
	return p.connection.Fail(reason, code)
}

func (p *parser) onRequest(view proxylib.View) (proxylib.OpType, int) {
	switch {
	case view.Len() == 0:
		return proxylib.NOP, 0
	case p.drop > 0:
		n := p.drop
		p.drop = 0
		return proxylib.DROP, n
	}
	switch p.phase {
	case phaseStart:
		return p.onStart(view)
	case phaseEncryption:
		return p.fail("bytes before the answer to a request for encryption", proxylib.ERROR_INVALID_FRAME_TYPE)
	case phaseOver:
		return proxylib.DROP, view.Len()
	case phaseOpaque:
		return proxylib.PASS, view.Len()
	}
	h, missing := readHeader(view, 0)
	switch {
	case missing > 0:
		return proxylib.MORE, missing
	case h.length < 0:
		return p.fail("length of a message is out of range", proxylib.ERROR_INVALID_FRAME_LENGTH)
	case p.phase == phaseLogin:
		return p.onLogin(h)
	}
	return p.onMessage(h, view)
}

// onLogin passes what the server has asked for. It is never looked at.
func (p *parser) onLogin(h header) (proxylib.OpType, int) {
	switch {
	case h.kind == msgTerminate && h.length == headerLen:
		p.phase = phaseOver
		return proxylib.PASS, h.length
	case h.kind != msgPassword || p.answers == 0:
		return p.fail("message before the login is complete", proxylib.ERROR_INVALID_FRAME_TYPE)
	case h.length > maxPassword:
		return p.fail("password message is too long", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	p.answers--
	return proxylib.PASS, h.length
}
