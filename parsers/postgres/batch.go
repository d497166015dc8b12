package postgres

import "github.com/proxylib/proxylib/proxylib"

// batch is what is known of the messages since the last Sync or Query.
type batch struct {
	// number counts batches.
	number uint32
	// forwarded: a message of the batch has been passed that the server executes in the transaction that Sync ends.
	forwarded bool
	// skip: everything up to the next Sync is dropped, as the server does after an error.
	skip bool
}

// deny drops a message, and lets the client have an error in its place.
//
// Where the server has nothing under way and no transaction is open, the error is of our own. Else the server gets a message
// that it certainly refuses, so that it aborts the transaction, and its error is replaced.
func (p *parser) deny(h header, verdict proxylib.Verdict, why refusal, entry *proxylib.L7Entry) (proxylib.OpType, int) {
	simple := h.kind == msgQuery || h.kind == msgFunctionCall
	denial := appendError(nil, severityError, why.code, why.message)
	if !p.forwarded && p.replies.Empty() && p.server.status != statusTransaction {
		if simple {
			denial = appendReady(denial, p.server.status)
		}
		if !p.replies.Deny(p.connection, denial) {
			return p.replies.Wait(p.connection)
		}
		p.connection.LogRequest(verdict, entry)
		p.skip = !simple
		return proxylib.DROP, h.length
	}
	return p.poison(h, verdict, denial, entry)
}

// poison sends a message in place of the one that is denied.
func (p *parser) poison(h header, verdict proxylib.Verdict, denial []byte, entry *proxylib.L7Entry) (proxylib.OpType, int) {
	o, message := owed{kind: owedPoison}, poisonParse
	if h.kind == msgQuery || h.kind == msgFunctionCall {
		o, message = owed{kind: owedQuery, poison: true}, poisonQuery
	}
	if p.replies.Full() || !p.connection.Hold(len(denial)) {
		return p.replies.Wait(p.connection)
	}
	if p.connection.Inject(false, []byte(message)) < len(message) {
		return p.fail("no space to send a message of our own", proxylib.ERROR_INVALID_OP_LENGTH)
	}
	p.connection.LogRequest(verdict, entry)
	p.denials = append(p.denials, denial)
	p.owe(o)
	if o.kind == owedQuery {
		p.number++
		p.forwarded = false
	} else {
		p.skip = true
	}
	p.drop = h.length
	return proxylib.INJECT, len(message)
}

// denyUnread denies a message for a reason that is not of the policy.
func (p *parser) denyUnread(h header, reason string) (proxylib.OpType, int) {
	return p.deny(h, proxylib.Verdict{Reason: reason}, deniedBecause(reason), p.messageEntry(h.kind))
}

// denyStatement denies the use of a statement that is not known, so that clients prepare it again.
func (p *parser) denyStatement(h header, name []byte) (proxylib.OpType, int) {
	why := refusal{codeStatement, `prepared statement "` + printable(name) + `" does not exist`}
	return p.deny(h, proxylib.Verdict{Reason: reasonStatement}, why, p.messageEntry(h.kind).AddSome(keyPrepared, name))
}
