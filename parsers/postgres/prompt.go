package postgres

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
)

var _ proxylib.Prompter = (*parser)(nil)

// What makes the server speak: a Sync, which changes nothing where nothing is under way, and a Flush, for what is. Before the
// start-up message it is the wish for encryption that was refused, of which the server says the same, or a cancel request for
// nobody, at which it closes the connection.
var (
	promptSync   = appendMessage(nil, msgSync)
	promptFlush  = appendMessage(nil, msgFlush)
	promptCancel = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, minCancel<<32|codeCancel), 0)
)

// Prompt implements [proxylib.Prompter].
func (p *parser) Prompt() (proxylib.OpType, int) {
	request := promptFlush
	switch {
	case p.phase == phaseStart && p.prompted:
		return proxylib.NOP, 0
	case p.phase == phaseStart && p.wish != 0:
		request = binary.BigEndian.AppendUint64(nil, startupHead<<32|uint64(p.wish))
		p.wish, p.prompted = 0, true
	case p.phase == phaseStart:
		// The client gets the last words, and the connection ends.
		p.phase = phaseOver
		request = promptCancel
	case p.phase != phaseReady || !p.replies.Empty():
		return proxylib.NOP, 0
	case p.forwarded:
	default:
		op, n := p.replies.Prompt(p.connection, owed{kind: owedSync, prompt: true}, promptSync)
		if op == proxylib.INJECT {
			p.ends++
		}
		return op, n
	}
	n := p.connection.Inject(false, request)
	if n < len(request) {
		return p.fail("no space to send a message of our own", proxylib.ERROR_INVALID_OP_LENGTH)
	}
	return proxylib.INJECT, n
}

// dropReady takes the end of the reply to a Sync of ours out of the replies.
func (p *parser) dropReady(h header, view proxylib.View) (proxylib.OpType, int) {
	if next, _, reason := p.onReady(h, view, 0); next == stepFail {
		return p.fail(reason, proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	return proxylib.DROP, h.length
}

// onPrompted takes the server's answer to a wish for encryption out of the stream. One that would encrypt does not understand
// what the client goes on with.
func (p *parser) onPrompted(view proxylib.View) (proxylib.OpType, int) {
	if view.At(0) != answerNo[0] {
		return p.fail("the server would encrypt: connect with sslmode=disable and gssencmode=disable", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	p.prompted = false
	return proxylib.DROP, 1
}
