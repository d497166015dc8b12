package cassandra

import (
	"bytes"
	"errors"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// Why a reply ends the connection.
var (
	errUnasked   = errors.New("reply without a request")
	errUnfit     = errors.New("reply does not fit the request")
	errReply     = errors.New("malformed reply")
	errReported  = errors.New("server prepared a statement for another table than was judged")
	errPrepareID = errors.New("id of a prepared statement cannot be")
)

// The kinds of a RESULT (native_protocol_v5.spec, section 4.2.5).
const (
	resultVoid         = 1
	resultRows         = 2
	resultSetKeyspace  = 3
	resultPrepared     = 4
	resultSchemaChange = 5
)

// The bits of the flags of metadata (native_protocol_v5.spec, section 4.2.5.2).
const (
	// metadataGlobal: all columns are of one table, which is named.
	metadataGlobal = 1 << iota
	metadataMorePages
	metadataNone
	metadataChanged
)

// needsWholeBody reports whether what a reply holds has to be known: all of its body, up to the limit of held bytes.
func (r *inflight) needsWholeBody(h *header) bool {
	return r != nil && (h.opcode == opAuthenticate || h.opcode == opResult && (r.learn != nil || r.use || r.unread || r.lookup))
}

// onAnswer notes a message of the server. r is the request that is in flight on its stream, or nil. body is the
// beginning of the body, all of it if [inflight.needsWholeBody]. Where it does not suffice, the answer is true, unless final is
// set: then no more will be looked at.
func (p *parser) onAnswer(h *header, r *inflight, body []byte, final bool) (more bool, err error) {
	if !h.response {
		return false, errDirection
	}
	if p.state != stateReady && p.state != stateOver && h.opcode == opError {
		p.onEarlyError(h)
	}
	if h.version != p.version && p.state != stateOver {
		return false, errVersion
	}
	if err := p.checkFlags(h); err != nil {
		return false, err
	}
	if h.stream == eventStream && h.opcode == opEvent && p.state == stateReady {
		return false, nil
	}
	if r == nil {
		// With an ERROR that belongs to no request, a server says why it is going to close.
		if h.opcode == opError && (p.state == stateOver || h.stream == 0) {
			return false, nil
		}
		return false, errUnasked
	}
	return p.onReplyTo(r, h, body, final)
}

// checkFlags checks the flags of a reply.
func (p *parser) checkFlags(h *header) error {
	allowed := uint8(flagTracing | flagWarning | flagPayload)
	if p.compression != compressionNone || p.state == stateStarting && p.agreed != compressionNone {
		allowed |= flagCompressed
	}
	if h.version == version5 {
		allowed &^= flagCompressed
	}
	if h.flags&^allowed != 0 {
		return errFlags
	}
	return nil
}

// onEarlyError notes an ERROR before the connection is set up. To STARTUP or a version it does not speak the server
// says so in any version, perhaps on stream 0, and the client has to begin again. A login may be tried again.
func (p *parser) onEarlyError(h *header) {
	if p.state == stateAuthenticating && h.version == p.version {
		return
	}
	if h.version < version3 || h.version > version5 {
		return
	}
	if p.state == stateStarting || h.version != p.version {
		p.state = stateOver
	}
}

// onReplyTo notes the reply to a request.
func (p *parser) onReplyTo(r *inflight, h *header, body []byte, final bool) (more bool, err error) {
	if !fits(r.opcode, h.opcode) {
		return false, errUnfit
	}
	if r.prompt {
		p.streams.Remove(h.stream)
		return false, nil
	}
	if r.lookup {
		p.onLookedUp(h, body)
		p.answered(h, r)
		return false, nil
	}
	switch h.opcode {
	case opSupported:
		// Servers that have extensions have no segments, in which an answer could not be replaced.
		if _, removed, err := withoutExtensions(body); p.framed && (removed > 0 || err != nil) {
			return false, errUnfit
		}
	case opAuthenticate:
		p.onAuthenticate(h, body)
		p.onProgress(r.opcode, h.opcode)
	case opReady, opAuthSuccess:
		p.onProgress(r.opcode, h.opcode)
	}
	if r.opcode == opAuthResponse {
		p.onLoginAnswer(h.opcode)
	}
	if r.opcode.statement() {
		if more, err := p.onResult(r, h, body, final); more || err != nil {
			return more, err
		}
	}
	p.answered(h, r)
	return false, nil
}

// fits reports whether a message may answer a request.
func fits(asked, answer opcode) bool {
	if answer == opError {
		return true
	}
	switch asked {
	case opStartup:
		return answer == opReady || answer == opAuthenticate
	case opOptions:
		return answer == opSupported
	case opAuthResponse:
		return answer == opAuthChallenge || answer == opAuthSuccess
	case opRegister:
		return answer == opReady
	}
	return answer == opResult
}

// onProgress moves the connection on. With the answer to STARTUP begin compression, and the segments of version 5.
func (p *parser) onProgress(asked, answer opcode) {
	switch {
	case asked == opRegister:
		return
	case answer == opAuthenticate:
		p.state = stateAuthenticating
	default:
		p.state = stateReady
	}
	if asked == opStartup {
		p.compression = p.agreed
		p.framed = p.version == version5
	}
}

// onResult reads what counts of the answer to a statement.
func (p *parser) onResult(r *inflight, h *header, body []byte, final bool) (more bool, err error) {
	if r.needsWholeBody(h) {
		return false, p.onWhole(r, h, body)
	}
	var o outcome
	err = p.outcome(&o, h, body)
	switch {
	case err != nil:
		return false, err
	case o.short && !final:
		return true, nil
	case o.known && h.opcode == opResult &&
		o.number != resultVoid && o.number != resultRows && o.number != resultSchemaChange:
		return false, errUnfit
	}
	p.logAnswer(r, h, &o)
	return false, nil
}

// onWhole reads the result of a request that may change what the connection knows.
func (p *parser) onWhole(r *inflight, h *header, body []byte) error {
	body, cut, err := p.plain(h, body)
	if err != nil {
		return err
	}
	in := wire.NewReader(body)
	skipPrefix(&in, h.flags)
	o := outcome{number: uint32(in.Int32()), known: in.OK()}
	switch {
	case !o.known:
		err = errReply
	case r.learn != nil:
		err = p.onPrepared(r, o.number, &in)
	case r.unread:
		err = p.onUnread(o.number, &in)
	default:
		err = p.onUsed(o.number, &in)
	}
	// A statement that is not learned the client prepares again.
	if err != nil && (r.learn == nil || !cut || !in.Short()) {
		return err
	}
	p.logAnswer(r, h, &o)
	return nil
}

// plain returns the body of a reply, inflated, or its beginning up to the limit of held bytes; then cut is true.
func (p *parser) plain(h *header, body []byte) (plain []byte, cut bool, err error) {
	cut = len(body) < h.length
	if h.flags&flagCompressed == 0 {
		return body, cut, nil
	}
	if !cut {
		plain, err = p.compression.inflate(body, &p.inflated)
		if err != errInflateTooLong {
			return plain, false, err
		}
	}
	plain, err = p.compression.inflatePrefix(body, resize(&p.inflated, MaxHeld)[:0:MaxHeld])
	return plain, true, err
}

// onUsed changes the keyspace.
func (p *parser) onUsed(kind uint32, in *wire.Reader) error {
	name := in.Bytes16()
	if kind != resultSetKeyspace || !in.OK() || !bytes.Equal(name, p.keyspace.switching) {
		return errUnfit
	}
	p.keyspace.switched(name)
	return nil
}

// onUnread reads the result of a request that was not read, which may change the keyspace.
func (p *parser) onUnread(kind uint32, in *wire.Reader) error {
	if kind != resultSetKeyspace {
		return nil
	}
	name := in.Bytes16()
	if !in.OK() {
		return errReply
	}
	p.keyspace.switched(name)
	return nil
}

// onPrepared learns a prepared statement. Where the keyspace of its names has been uncertain, it does not; the client
// then prepares again.
func (p *parser) onPrepared(r *inflight, kind uint32, in *wire.Reader) error {
	if kind != resultPrepared {
		return errUnfit
	}
	id := in.Bytes16()
	if p.version >= version5 {
		skipShort(in)
	}
	if !in.OK() {
		return errReply
	}
	if len(id) == 0 || len(id) > maxID {
		return errPrepareID
	}
	if err := p.checkReported(r.learn, in); err != nil {
		return err
	}
	k := &p.keyspace
	certain := r.epoch == k.epoch && !k.uncertain() && (k.switching == nil || bytes.Equal(k.switching, k.current))
	if certain || !r.unqualified {
		p.learn(id, r.learn)
	}
	return nil
}

// checkReported compares the table that the server reports for the values of a statement, or if it has none for its
// results, with what was judged. They differ only if the server has read the statement otherwise.
func (p *parser) checkReported(statement *prepared, in *wire.Reader) error {
	flags, columns := in.Int32(), in.Int32()
	if p.version >= version4 {
		for n := in.Int32(); n > 0 && in.OK(); n-- {
			in.Uint16()
		}
	}
	if columns == 0 {
		flags, columns = resultMetadata(in)
	}
	keyspace, table := []byte(nil), []byte(nil)
	if flags&metadataGlobal != 0 && columns > 0 {
		keyspace, table = in.Bytes16(), in.Bytes16()
	}
	if !in.OK() {
		return errReply
	}
	// For values that are of no table the server makes up names such as [batch].
	if cql.PlainName(keyspace) && cql.PlainName(table) && !statement.hasTable(keyspace, table) {
		return errReported
	}
	return nil
}

// resultMetadata reads the metadata of results up to the name of the table.
func resultMetadata(in *wire.Reader) (flags, columns int32) {
	flags, columns = in.Int32(), in.Int32()
	if flags&metadataMorePages != 0 {
		in.Nullable32()
	}
	if flags&metadataChanged != 0 {
		skipShort(in)
	}
	if flags&metadataNone != 0 {
		columns = 0
	}
	return flags, columns
}
