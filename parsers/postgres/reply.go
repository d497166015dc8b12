package postgres

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// owedKind is what ends a reply.
type owedKind uint8

const (
	// owedStartup: the first ReadyForQuery.
	owedStartup owedKind = iota
	// owedQuery: the ReadyForQuery of a Query or FunctionCall.
	owedQuery
	// owedSync: that of a Sync.
	owedSync
	// owedExecute: the end of an execution.
	owedExecute
	// owedPoison: the error of a message of ours.
	owedPoison
)

// owed is a reply that the server owes.
type owed struct {
	statement *statement
	kind      owedKind
	// poison: the Query was one of ours. prompt: the Sync was.
	poison, prompt bool
}

// reply is how far the server's reply has been read.
type reply struct {
	// failed: an error has come, whose SQLSTATE is code.
	failed bool
	code   [sqlStateLen]byte
	// unsettled: an error has come since there was last nothing under way.
	unsettled bool
	// counted: the server has given numbers of rows, in all rows.
	counted bool
	rows    uint64
	// replaced: the error of a message of ours has come.
	replaced bool
}

const (
	sqlStateLen = 5
	// maxParameter is the length of the longest ParameterStatus, maxTag that of the longest CommandComplete.
	maxParameter = 64 << 10
	maxTag       = 1 << 10
	// errorHead is how much of an error is looked at. Its SQLSTATE comes after its severity.
	errorHead = 256
	// readyLen is the length of a ReadyForQuery, authLen that of the beginning of an authentication message.
	readyLen = headerLen + 1
	authLen  = headerLen + 4
)

// step is what becomes of a message of the server.
type step uint8

const (
	// stepPass: it passes, and so may what follows.
	stepPass step = iota
	// stepStop: it passes, and the parser has to be called again after it.
	stepStop
	// stepMore: more of it is needed.
	stepMore
	// stepAlone: it is judged alone, by alone.
	stepAlone
	// stepFail: the connection is closed.
	stepFail
)

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if op, n := p.replies.Next(p.connection); op != proxylib.NOP {
		return op, n
	}
	switch {
	case view.Len() == 0:
		return proxylib.NOP, 0
	case p.opaque:
		return proxylib.PASS, view.Len()
	case p.prompted:
		return p.onPrompted(view)
	case p.phase == phaseEncryption:
		return p.onEncryptionAnswer(view)
	case p.phase == phaseStart:
		return p.fail("server speaks before the client", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	at := 0
	for at < view.Len() {
		if p.ready {
			if at = afterRun(view.Front(), at, msgDataRow, msgCopyData); at >= view.Len() {
				break
			}
		}
		h, missing := readHeader(view, at)
		if missing > 0 {
			return passOr(at, missing)
		}
		next, need, reason := stepFail, 0, "length of a message of the server is out of range"
		if h.length > 0 {
			next, need, reason = p.onServer(h, view, at)
		}
		switch {
		case next == stepMore:
			return passOr(at, need)
		case next == stepPass:
			at += h.length
			p.connection.ReplyEnds(at)
			continue
		case next == stepStop:
			return proxylib.PASS, at + h.length
		case at > 0:
			// So as much passes as if the bytes had come one by one.
			return proxylib.PASS, at
		case next == stepAlone:
			return p.alone(h, view)
		}
		return p.fail(reason, proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	return proxylib.PASS, at
}

// passOr passes what has been read, or asks for more if that is nothing.
func passOr(n, missing int) (proxylib.OpType, int) {
	if n > 0 {
		return proxylib.PASS, n
	}
	return proxylib.MORE, missing
}

// onServer judges the message at an offset. need is the number of bytes that are missing for that.
func (p *parser) onServer(h header, view proxylib.View, at int) (next step, need int, reason string) {
	switch h.kind {
	case msgDataRow, msgRowDescription, msgParameterDescription, msgNoData, msgParseComplete, msgBindComplete, msgCloseComplete,
		msgCopyData, msgCopyDone, msgCopyOut, msgFunctionResult:
		if !p.ready {
			return stepFail, 0, "reply before the login is complete"
		}
		return stepPass, 0, ""
	case msgNotice, msgNotification, msgBackendKeyData, msgNegotiate:
		return stepPass, 0, ""
	case msgCommandComplete:
		if need = view.Missing(at + min(h.length, maxTag)); need > 0 {
			return stepMore, need, ""
		}
		p.count(view, at, h)
		return p.onExecuted()
	case msgEmptyQuery, msgPortalSuspended:
		return p.onExecuted()
	case msgReadyForQuery:
		if need = view.Missing(at + min(h.length, readyLen)); need > 0 {
			return stepMore, need, ""
		}
		if head := p.replies.Head(); head != nil && head.prompt {
			return stepAlone, 0, ""
		}
		return p.onReady(h, view, at)
	case msgError:
		if need = view.Missing(at + min(h.length, errorHead)); need > 0 {
			return stepMore, need, ""
		}
		return p.onError(h, view, at)
	case msgParameterStatus:
		if h.length > maxParameter {
			return stepFail, 0, "ParameterStatus is too long"
		}
		if need = view.Missing(at + h.length); need > 0 {
			return stepMore, need, ""
		}
		return p.onStatus(h, view, at)
	case msgAuthentication:
		if need = view.Missing(at + min(h.length, authLen)); need > 0 {
			return stepMore, need, ""
		}
		return p.onAuthentication(h, view, at)
	case msgCopyIn:
		if !p.beginCopy() {
			return stepFail, 0, "server wants data of a COPY that was not asked for"
		}
		return stepStop, 0, ""
	}
	return stepFail, 0, "message of the server of an unknown or forbidden type"
}

// onStatus notes a setting.
func (p *parser) onStatus(h header, view proxylib.View, at int) (step, int, string) {
	body := wire.NewReader(view.Bytes(at+headerLen, at+h.length, &p.scratch))
	name, value := body.String0(), body.String0()
	if body.End(); !body.OK() {
		return stepFail, 0, "malformed ParameterStatus"
	}
	p.onParameter(name, value)
	return stepPass, 0, ""
}

// onAuthentication follows the login. What is in the messages is not looked at.
func (p *parser) onAuthentication(h header, view proxylib.View, at int) (step, int, string) {
	if p.ready || h.length < authLen {
		return stepFail, 0, "malformed authentication message, or one after the login"
	}
	var b [4]byte
	view.CopyAt(b[:], at+headerLen)
	switch binary.BigEndian.Uint32(b[:]) {
	case authOk:
		return stepAlone, 0, ""
	case authSASLFinal:
	default:
		p.answers++
	}
	return stepPass, 0, ""
}

// alone judges a message that may be replaced: AuthenticationOk, or what a message of ours causes.
func (p *parser) alone(h header, view proxylib.View) (proxylib.OpType, int) {
	if h.kind == msgReadyForQuery {
		return p.dropReady(h, view)
	}
	if h.kind == msgError {
		denial := p.denials[0]
		p.denials = p.denials[1:]
		p.connection.Unhold(len(denial))
		p.reply.replaced = true
		if head := p.replies.Head(); head.kind == owedPoison {
			p.replies.Done()
		}
		return p.replies.Replace(p.connection, h.length, denial)
	}
	p.connection.SetUser([]byte(p.login))
	verdict, refused := p.decideConnection(p.starting)
	if verdict.Allowed && p.starting == opConnect {
		if v := p.anything(); !v.Allowed && v.Reason == proxylib.NoRule {
			verdict = v
		}
	}
	if !verdict.Allowed {
		return p.connection.Refuse(verdict, p.connectionEntry(p.starting), appendError(nil, severityFatal, refused.code, refused.message))
	}
	return proxylib.PASS, h.length
}

// count notes the number of rows at the end of a CommandComplete.
func (p *parser) count(view proxylib.View, at int, h header) {
	tag := view.Bytes(at+headerLen, at+min(h.length, maxTag), &p.scratch)
	if len(tag) < 2 || tag[len(tag)-1] != 0 {
		return
	}
	n, digits, unit := uint64(0), 0, uint64(1)
	for i := len(tag) - 2; i >= 0 && '0' <= tag[i] && tag[i] <= '9' && digits < 18; i-- {
		n += uint64(tag[i]-'0') * unit
		unit *= 10
		digits++
	}
	if digits > 0 {
		p.reply.rows += n
		p.reply.counted = true
	}
}

// onExecuted judges the end of an execution, or of a statement of a simple query.
func (p *parser) onExecuted() (step, int, string) {
	head := p.replies.Head()
	switch {
	case head == nil || p.reply.failed:
	case head.kind == owedQuery && !head.poison:
		return stepPass, 0, ""
	case head.kind == owedExecute:
		if head.statement.copyIn {
			p.endCopy()
		}
		p.logReply(head.statement)
		p.replies.Done()
		return stepPass, 0, ""
	}
	return stepFail, 0, "result that was not asked for"
}

// onError judges an error.
func (p *parser) onError(h header, view proxylib.View, at int) (step, int, string) {
	r := &p.reply
	code := sqlState(view.Bytes(at+headerLen, at+min(h.length, errorHead), &p.scratch))
	head := p.replies.Head()
	if head == nil {
		return stepPass, 0, ""
	}
	if r.failed || r.replaced {
		// Only the end of the connection comes after an error.
		return stepPass, 0, ""
	}
	ours := head.kind == owedPoison || head.poison
	if ours && string(code[:]) == codeSyntax {
		r.unsettled = true
		return stepAlone, 0, ""
	}
	r.failed, r.unsettled = true, true
	r.code = code
	p.logReply(head.statement)
	if p.copying.state != copyNone && !p.copying.query {
		p.endCopy()
	}
	if head.kind == owedExecute {
		p.replies.Done()
	}
	return stepPass, 0, ""
}

// sqlState returns the SQLSTATE of an error, of which the beginning is given.
func sqlState(fields []byte) (code [sqlStateLen]byte) {
	r := wire.NewReader(fields)
	for r.OK() {
		kind := r.Uint8()
		if value := r.String0(); kind == 'C' && r.OK() && len(value) == sqlStateLen {
			copy(code[:], value)
			return code
		}
	}
	copy(code[:], "?????")
	return code
}

// onReady judges the end of a reply.
func (p *parser) onReady(h header, view proxylib.View, at int) (step, int, string) {
	if h.length != readyLen {
		return stepFail, 0, "malformed ReadyForQuery"
	}
	status := view.At(at + headerLen)
	if status != statusIdle && status != statusTransaction && status != statusFailed {
		return stepFail, 0, "malformed ReadyForQuery"
	}
	if !p.endReply() {
		return stepFail, 0, "ReadyForQuery that was not asked for"
	}
	p.server.status = status
	p.reply.failed, p.reply.replaced = false, false
	if p.replies.Empty() && !p.forwarded {
		p.settle()
	}
	if p.opaque || p.replies.Head() == nil {
		// A denial is due, or no reply is, and then a connection that is about to be closed ends here.
		return stepStop, 0, ""
	}
	return stepPass, 0, ""
}

// endReply ends the reply at the head, and what the server has skipped of its batch. It reports false for what cannot be.
func (p *parser) endReply() bool {
	for {
		head := p.replies.Head()
		if head == nil {
			return false
		}
		switch o := *head; o.kind {
		case owedStartup:
			p.begin()
		case owedQuery:
			if o.poison && !p.dropPoison() {
				return false
			}
			if o.statement != nil && o.statement.copyIn {
				p.endCopy()
			}
			if !o.poison && !p.reply.failed {
				p.logReply(o.statement)
			}
			p.ends--
		case owedSync:
			p.ends--
		case owedExecute, owedPoison:
			if !p.reply.failed && !p.reply.replaced || o.kind == owedPoison && !p.dropPoison() {
				return false
			}
			p.replies.Skip()
			continue
		}
		p.replies.Done()
		if p.ends == 0 && p.copying.state == copyNone {
			p.resume()
		}
		return true
	}
}

// dropPoison ends a message of ours. If its error has not come, as the server has failed before, nor does the denial. It
// reports false if the server has executed the message.
func (p *parser) dropPoison() bool {
	if p.reply.replaced {
		return true
	}
	if !p.reply.failed {
		return false
	}
	p.connection.Unhold(len(p.denials[0]))
	p.denials = p.denials[1:]
	return true
}

// begin ends the login.
func (p *parser) begin() {
	p.ready = true
	p.server.initial = p.server.lex
	if p.starting == opReplication {
		p.phase, p.opaque = phaseOpaque, true
		return
	}
	if p.phase == phaseLogin {
		p.phase = phaseReady
	}
	if len(p.server.user) > 0 {
		p.connection.SetUser(p.server.user)
	}
}

// settle notes that the server has executed everything that it was sent.
func (p *parser) settle() {
	p.server.settle(p.reply.unsettled)
	if !p.reply.unsettled {
		p.names.settle(p.server.status == statusIdle)
	}
	if p.shifting() && (p.reply.unsettled || p.server.status == statusIdle) {
		p.names.shift(p.keepsPrepared())
	}
	p.reply.unsettled = false
}
