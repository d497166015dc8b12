package redis

import "github.com/proxylib/proxylib/proxylib"

var _ proxylib.Prompter = (*parser)(nil)

// ping is a request that is answered in every state, if only by an error.
var ping = []byte("*1\r\n$4\r\nPING\r\n")

// subscribedPong is the reply to it in the state of RESP 2 in which messages come at any time.
const subscribedPong = "*2\r\n$4\r\npong\r\n$0\r\n\r\n"

// Prompt implements [proxylib.Prompter].
func (p *parser) Prompt() (proxylib.OpType, int) {
	switch {
	case p.mode == modeRest && p.rest.op == proxylib.PASS:
		return proxylib.MORE, 1
	case p.mode != modeRequest && p.mode != modeRest:
		return proxylib.NOP, 0
	}
	return p.replies.Prompt(p.connection, owed{prompt: true}, ping)
}

// onPong takes the reply to a ping of ours out of the replies.
func (p *parser) onPong(view proxylib.View) (proxylib.OpType, int) {
	if view.At(0) != typeArray {
		op, n := p.replyLine(view, proxylib.DROP)
		if op == proxylib.DROP {
			p.replies.Done()
		}
		return op, n
	}
	if missing := view.Missing(len(subscribedPong)); missing > 0 {
		return proxylib.MORE, missing
	}
	if !view.HasPrefix([]byte(subscribedPong)) {
		return p.failReply("reply does not fit the request")
	}
	p.replies.Done()
	return proxylib.DROP, len(subscribedPong)
}
