package redis

import (
	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
)

// What the client gets in place of the reply, in the words of current servers.
const (
	deniedKey     = "-NOPERM No permissions to access a key\r\n"
	deniedChannel = "-NOPERM No permissions to access a channel\r\n"
	deniedUnknown = "-NOPERM this command is not known to the proxy\r\n"
)

// poison is a request that no server knows. It is sent in place of one that is denied in a transaction, so that the server
// aborts the transaction, as it does where its own permissions refuse a command.
const poison = "*1\r\n$15\r\nproxylib-denied\r\n"

// refusals are what a connection keeps of requests that were refused, and that are not answered in the usual way.
type refusals struct {
	// err is why the connection is closed after the replies that are owed; nil if it is not.
	err error
	// denials are what the client gets in place of the replies to requests of ours, in their order; see poison. due is what is
	// left of the one whose turn has come.
	denials [][]byte
	due     []byte
}

// refusing returns what is kept of refusals, to be added to.
func (p *parser) refusing() *refusals {
	if p.refusals == nil {
		p.refusals = new(refusals)
	}
	return p.refusals
}

// deny drops the request, and answers it in its place.
func (p *parser) deny(verdict proxylib.Verdict) (proxylib.OpType, int) {
	silent, skip := p.silent || p.skip, p.skip
	if !silent && !p.monitored && !p.answer(p.denial()) {
		return p.replies.Wait(p.connection)
	}
	p.skip = false
	p.logRequest(verdict)
	switch {
	case p.monitored && !silent:
		return p.connection.Fail("request denied while the server sends what it does", proxylib.ERROR_INVALID_FRAME_TYPE)
	case p.multi, skip:
		// Where the server is to skip a reply, it is that of this request.
		p.poisoned = true
		return p.sendPoison()
	}
	return p.finish(proxylib.DROP)
}

// answer queues a denial. It reports false while too much waits.
func (p *parser) answer(denial []byte) bool {
	if !p.multi {
		return p.replies.Deny(p.connection, denial)
	}
	if !p.connection.Hold(len(denial)) {
		return false
	}
	r := p.refusing()
	r.denials = append(r.denials, denial)
	return p.replies.Forwarded(owed{poison: true})
}

func (p *parser) overload() (proxylib.OpType, int) {
	return p.connection.Fail("too many denials wait for their turn", proxylib.ERROR_INVALID_FRAME_TYPE)
}

// denial returns what the client gets.
func (p *parser) denial() []byte {
	r := &p.request
	switch {
	case r.err == errUnknown:
		return []byte(deniedUnknown)
	case r.err != nil:
		return []byte("-NOPERM " + r.err.Error() + "\r\n")
	case r.has(command.Key):
		return []byte(deniedKey)
	case r.has(command.Channel), r.has(command.Pattern) && !r.whole():
		return []byte(deniedChannel)
	}
	return []byte("-NOPERM User " + p.user() + " has no permissions to run the '" + r.command.Name + "' command\r\n")
}

func (r *request) has(kind command.Kind) bool {
	for _, m := range r.marks {
		if m.kind == kind {
			return true
		}
	}
	return false
}

// user returns the name of the user for messages, without what cannot stand in one.
func (p *parser) user() string {
	name := []byte(p.connection.User())
	if len(name) == 0 {
		return "default"
	}
	name = append([]byte(nil), name[:min(len(name), maxWord)]...)
	for i, c := range name {
		if c < ' ' || c > '~' {
			name[i] = '?'
		}
	}
	return string(name)
}

// sendPoison sends a request in place of the one at the front.
func (p *parser) sendPoison() (proxylib.OpType, int) {
	if n := p.connection.Inject(false, []byte(poison)); n < len(poison) {
		return p.overload()
	}
	return proxylib.INJECT, len(poison)
}

// dropPoisoned drops the request that another one has gone to the server for.
func (p *parser) dropPoisoned() (proxylib.OpType, int) {
	p.poisoned = false
	return p.finish(proxylib.DROP)
}

// onPoison takes the server's refusal of a request of ours out of the replies.
func (p *parser) onPoison(view proxylib.View) (proxylib.OpType, int) {
	if view.At(0) != typeError {
		return p.failReply("server knows the command that no server knows")
	}
	op, n := p.replyLine(view, proxylib.DROP)
	if op == proxylib.DROP {
		r := p.refusals
		r.due, r.denials = r.denials[0], r.denials[1:]
		p.replies.Done()
	}
	return op, n
}

// sendDenial sends the denial that takes the place of a reply.
func (p *parser) sendDenial() (proxylib.OpType, int) {
	r := p.refusals
	if r == nil || len(r.due) == 0 {
		return 0, 0
	}
	n := p.connection.Inject(true, r.due)
	p.connection.Unhold(n)
	if r.due = r.due[n:]; len(r.due)+len(r.denials) == 0 && r.err == nil {
		p.refusals = nil
	}
	return proxylib.INJECT, n
}
