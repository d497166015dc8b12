package cassandra

import (
	"errors"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

// verdict is what becomes of a request.
type verdict uint8

const (
	// verdictMore: what is there of the body is not enough to tell.
	verdictMore verdict = iota
	verdictPass
	verdictDrop
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
	errStream  protocolError = "stream of a request is in use or reserved for the server"
	errVersion protocolError = "version of a frame is not that of the connection"
	errState   protocolError = "message is out of place in the state of the connection"
	errOpcode  protocolError = "unknown opcode"
	errPayload protocolError = "custom payload in version 3"
)

// What denials of requests say that no policy could allow.
const (
	reasonPayload   = "custom payload has a key that is not allowed"
	reasonTooLong   = "request is too long to be judged"
	reasonLearning  = "too many statements are being prepared"
	reasonKeyspace  = "keyspace cannot change while requests are in flight that depend on it"
	reasonName      = "keyspace of the request is no plain name"
	reasonBatch     = "batch holds a statement that is no insert, update or delete"
	unknownPrepared = "unknown prepared query id"
	statusSession   = "holds no statement"
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
	// unqualified: what the request touches depends on the keyspace of the connection.
	unqualified bool
	// unread: one cannot tell what the request does.
	unread bool
}

// compressed reports whether the body of a request is compressed: as in the server, only where that was agreed on, and
// in versions that have no segments.
func (p *parser) compressed(h *header) bool {
	return h.flags&flagCompressed != 0 && p.compression != compressionNone && h.version < version5
}

// headed reports whether the beginning of a request may tell all that it does: values follow.
func (h *header) headed() bool { return h.opcode == opQuery || h.opcode == opExecute }

// streamed reports whether a request of the size is judged by its beginning, as it comes.
func (p *parser) streamed(h *header) bool {
	return h.size() > MaxWhole && !p.compressed(h) && h.headed()
}

// examine checks the header of a request and judges it as [parser.judge] does. A request that is wrong in itself, but
// whose end is certain, is dropped and gets an ERROR, as from a server; the connection goes on.
func (p *parser) examine(r *request, body []byte, part bool) (verdict, error) {
	err := p.checkRequest(r)
	if err == nil {
		var v verdict
		if v, err = p.judge(r, body, part); err == nil {
			return v, nil
		}
	}
	return verdictDrop, p.refuseWrong(r, err)
}

// refuseWrong answers a request that is wrong in itself. Any other error it returns as it is.
func (p *parser) refuseWrong(r *request, err error) error {
	var wrong protocolError
	if !errors.As(err, &wrong) {
		return err
	}
	p.logRefused(r, err.Error())
	return p.refuse(r.stream, codeProtocol, err.Error(), nil)
}

// tooLong gives the verdict on a request of which as much as may be held does not tell what it does.
func (p *parser) tooLong(r *request) (verdict, error) {
	if err := p.checkRequest(r); err != nil {
		return verdictDrop, p.refuseWrong(r, err)
	}
	return p.impossible(r, reasonTooLong)
}

// protocolError is why a request is refused that ends where it says, so that the next one can be found.
type protocolError string

func (e protocolError) Error() string { return string(e) }

// judge gives the verdict on a request whose header has been checked. body is the plain body, or if part is set the
// beginning of it. The error ends the connection.
func (p *parser) judge(r *request, body []byte, part bool) (verdict, error) {
	if r.flags&flagPayload != 0 {
		c := cursor{body: body}
		switch refused := c.customPayload(p.settings.payloads); {
		case r.version < version4:
			return verdictDrop, errPayload
		case c.failed == failedShort && part:
			return verdictMore, nil
		case !c.ok():
			return verdictDrop, errMalformed
		case refused:
			return p.impossible(r, reasonPayload)
		}
		body = body[c.at:]
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
	case r.stream > eventStream>>1 || p.streams.find(r.stream) != nil:
		return errStream
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

// onSession judges a request that holds no statement.
func (p *parser) onSession(r *request, body []byte) (verdict, error) {
	p.asked = nil
	if r.opcode == opStartup {
		return p.onStartup(r, body)
	}
	c := cursor{body: body}
	switch r.opcode {
	case opRegister:
		c.stringList()
	case opAuthResponse:
		c.skipBytes()
	}
	if !c.ok() {
		return verdictDrop, errMalformed
	}
	if r.opcode != opRegister {
		p.forwarded(r)
		return verdictPass, nil
	}
	return p.decide(r)
}

func (p *parser) onStartup(r *request, body []byte) (verdict, error) {
	agreed, err := decodeStartup(body)
	if err == nil && agreed == compressionSnappy && r.version == version5 {
		err = errCompression
	}
	if err != nil {
		return verdictDrop, err
	}
	v, err := p.decide(r)
	if v == verdictPass {
		p.state, p.agreed = stateStarting, agreed
	}
	return v, err
}

func (p *parser) onQuery(r *request, body []byte, part bool) (verdict, error) {
	c := cursor{body: body}
	text := c.longString()
	if v, err := r.params.read(&c, r.version, part); v != verdictPass {
		return v, err
	}
	return p.onText(r, text)
}

// read reads the parameters behind a query or an id. Of a part of a body no more is read than the verdict needs.
func (q *params) read(c *cursor, version uint8, part bool) (verdict, error) {
	err := q.head(c, version, queryFlags)
	if c.ok() && err == nil && (!part || q.hasKeyspace()) {
		q.tail(c)
	}
	switch {
	case c.failed == failedShort && part:
		return verdictMore, nil
	case c.ok() && err != nil:
		return verdictDrop, err
	case !c.ok():
		return verdictDrop, errMalformed
	}
	return verdictPass, nil
}

func (p *parser) onPrepare(r *request, body []byte) (verdict, error) {
	c := cursor{body: body}
	text := c.longString()
	if r.version >= version5 {
		// The flags of PREPARE have a bit of their own for the keyspace.
		switch c.int32() {
		case 0:
		case 1:
			r.bits, r.keyspace = queryKeyspace, c.string()
		default:
			c.refuse()
		}
	}
	if !c.ok() {
		return verdictDrop, errMalformed
	}
	return p.onText(r, text)
}

// onText judges a QUERY or PREPARE of a CQL text.
func (p *parser) onText(r *request, text []byte) (verdict, error) {
	if r.hasKeyspace() && !cql.PlainName(r.keyspace) {
		return p.impossible(r, reasonName)
	}
	s := &p.statement
	s.Reset()
	if err := p.read(r, text); err != nil {
		return p.impossible(r, err.Error())
	}
	p.asked = p.accesses()
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

func (p *parser) onExecute(r *request, body []byte, part bool) (verdict, error) {
	c := cursor{body: body}
	id := c.string()
	if len(id) > maxID {
		c.refuse()
	}
	if r.version >= version5 {
		c.skipString()
	}
	if v, err := r.params.read(&c, r.version, part); v != verdictPass {
		return v, err
	}
	known := p.lookup(id)
	if known == nil {
		return p.unknown(r, id)
	}
	if known.doubtful {
		return p.impossible(r, errDoubtful.Error())
	}
	p.asked = known.accesses
	return p.decide(r)
}

// unknown answers a request for a statement that is not known. The client then prepares it.
func (p *parser) unknown(r *request, id []byte) (verdict, error) {
	if p.connection.Unrestricted() {
		return p.passUnread(r, unknownPrepared)
	}
	p.logUnprepared(r)
	return verdictDrop, p.unprepared(r.stream, id)
}

// impossible denies a request of which one cannot tell what it does, unless the client may do everything.
func (p *parser) impossible(r *request, reason string) (verdict, error) {
	if r.opcode.statement() && p.connection.Unrestricted() {
		return p.passUnread(r, reason)
	}
	p.logRefused(r, reason)
	return verdictDrop, p.deny(r.stream, reason)
}

// passUnread passes a request of which one cannot tell what it does, from a client that may do everything.
func (p *parser) passUnread(r *request, reason string) (verdict, error) {
	r.unread, r.learn, r.unqualified = true, nil, false
	p.asked = nil
	p.connection.LogRequest(p.connection.Decide(&nothing), p.begin().AddConstant(opcodeField(r.opcode)).
		AddNumber(keyStream, uint64(r.stream)).Add("status", reason))
	p.forwarded(r)
	return verdictPass, nil
}

// decide asks the policy about all that p.asked holds, and answers or forwards the request.
func (p *parser) decide(r *request) (verdict, error) {
	whole, denied := p.ask()
	if !whole.Allowed {
		p.logAccesses(whole, r, "")
		return verdictDrop, p.deny(r.stream, describe(denied))
	}
	if r.learn != nil && p.learning+r.learn.cost() > MaxLearning {
		return p.reject(r, reasonLearning)
	}
	if keyspace := p.use(r.opcode); keyspace != nil {
		if !p.mayUse(keyspace) {
			return p.reject(r, reasonKeyspace)
		}
		p.keyspace.use(keyspace)
		r.use = true
	}
	switch {
	case r.opcode.statement():
		p.logAccesses(whole, r, "")
	case whole.Audited:
		p.logAccesses(whole, r, statusSession)
	}
	p.forwarded(r)
	return verdictPass, nil
}

// statement tells whether a request of the kind holds or stands for statements.
func (op opcode) statement() bool {
	return op == opQuery || op == opPrepare || op == opExecute || op == opBatch
}

// reject denies a request for a reason that is not of the policy, unless the client may do everything.
func (p *parser) reject(r *request, reason string) (verdict, error) {
	if p.connection.Unrestricted() {
		return p.passUnread(r, reason)
	}
	refused := proxylib.Verdict{Reason: reason}
	p.verdicts = p.verdicts[:0]
	for range max(1, len(p.asked)) {
		p.verdicts = append(p.verdicts, refused)
	}
	p.logAccesses(refused, r, reason)
	return verdictDrop, p.deny(r.stream, reason)
}

// describe names what is denied.
func describe(t *access) string {
	switch {
	case t.Action == cql.None:
		return "no rule allows this client anything"
	case len(t.Name) == 0:
		return t.Action.String()
	}
	return t.Action.String() + " on " + string(t.Name)
}

// nothing is the access of a request that holds no statement.
var nothing access

// ask asks the policy about each access of the request, and returns the verdict on all of them, with the first one that is
// denied.
func (p *parser) ask() (whole proxylib.Verdict, denied *access) {
	p.verdicts = p.verdicts[:0]
	if len(p.asked) == 0 {
		whole = p.verdictOn(&nothing)
		p.verdicts = append(p.verdicts, whole)
		return whole, &nothing
	}
	for i := range p.asked {
		v := p.verdictOn(&p.asked[i])
		p.verdicts = append(p.verdicts, v)
		if i == 0 {
			whole = v
		}
		if whole = whole.And(v); !v.Allowed && denied == nil {
			denied = &p.asked[i]
		}
	}
	return whole, denied
}

// verdictOn asks the policy. What reaches no data, which is USE and what holds no statement, is allowed to every client
// that rules concern, unless a rule denies it. What may reach more than rules that allow can see is denied by every rule
// that denies some of it.
func (p *parser) verdictOn(t *access) proxylib.Verdict {
	if t.Action == cql.None || t.Action == cql.Use {
		return p.connection.DecideBasic(t)
	}
	v := p.connection.Decide(t)
	if !v.Allowed || !t.reaches() {
		return v
	}
	if w := p.connection.Decide((*reach)(t)); !w.Allowed || w.Audited {
		return w
	}
	return v
}
