package memcache

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// maxCredentials is the length, in bytes, of the longest name and password that are looked at. memcached knows none of
// more than 256.
const maxCredentials = 1024

// mechanismPlain is the mechanism of SASL that has the user's name.
const mechanismPlain = "PLAIN"

// What closes the connection, as it leaves open who is logged in.
const (
	reasonLogins  = "login while another one has no reply yet"
	reasonUnnamed = "login of a user whose name was not read"
)

// login is what is known of the client's login. A name counts once the server has accepted it.
type login struct {
	// user is the name in the login whose reply is to come, empty if it has none that is known.
	user []byte
	// demanded: the server takes a set of the text protocol for a login, as it has said, or the parser_config does. A set
	// whose reply would be the same otherwise could claim any name.
	demanded bool
	// waiting: the reply to a login is to come.
	waiting bool
	// plain: the exchange of SASL that the client has begun is one of the mechanism PLAIN.
	plain bool
}

// readsAsLogin reports whether the server takes the line for a login, and no other one is under way.
func (p *parser) readsAsLogin(l *line) bool {
	return p.login.demanded && !p.login.waiting && l.fitsLogin() && l.shape != silent
}

// missingLogin returns how many bytes are to come of the payload of a login, of which the line has n.
func (p *parser) missingLogin(view proxylib.View, n int) int {
	if l := &p.line; l.login && l.bytes <= maxCredentials {
		return view.Missing(n + l.bytes)
	}
	return 0
}

// noteTextLogin notes that a login is passed, whose line has n bytes and whose payload is a name and a password, with spaces
// between them.
func (p *parser) noteTextLogin(view proxylib.View, n int) {
	p.login.waiting, p.login.user = true, p.login.user[:0]
	if l := &p.line; l.bytes <= maxCredentials {
		w := words{rest: view.Bytes(n, n+l.bytes, &p.keys)}
		p.login.keep(w.next())
	}
}

// keep copies a name. One that a server written in C may read in another way is not known.
func (l *login) keep(user []byte) {
	if bytes.IndexByte(user, 0) < 0 {
		l.user = append(l.user[:0], user[:min(len(user), proxylib.MaxUser+1)]...)
	}
}

// learnUser learns from the first line of a reply who is logged in. It returns why the connection must be closed, if it must.
func (p *parser) learnUser(head *owed, text []byte) (reason string) {
	l := &p.login
	if head.purpose == loggingIn {
		l.waiting = false
	}
	if bytes.Equal(text, unauthenticated[:len(unauthenticated)-len(lineEnd)]) {
		l.demanded = true
	}
	if isError(text) || !l.demanded {
		return ""
	}
	l.demanded = false
	switch {
	case commands[head.name].operations != opSet || string(text) != "STORED":
		return ""
	case head.purpose != loggingIn || len(l.user) == 0:
		return reasonUnnamed
	}
	p.connection.SetUser(l.user)
	l.user = nil
	return ""
}

// saslLogin reports whether a frame is part of a login.
func (f *frame) saslLogin() bool { return f.operations&(opSaslAuth|opSaslStep) != 0 }

// passLogin passes the frame at the front, which is part of a login.
func (p *parser) passLogin(view proxylib.View, verdict proxylib.Verdict) (proxylib.OpType, int) {
	f := &p.frame
	if p.login.waiting {
		return p.refuse(reasonLogins, proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	if missing := view.Missing(f.header.length()); missing > 0 && f.plain() {
		return proxylib.MORE, missing
	}
	op, n := p.passFrame(verdict)
	if op == proxylib.PASS {
		p.noteSASLLogin(view)
	}
	return op, n
}

// plain reports whether the value of a frame is a message of SASL's PLAIN that is looked at.
func (f *frame) plain() bool {
	return f.saslLogin() && string(f.key) == mechanismPlain && f.header.value() <= maxCredentials
}

// noteSASLLogin notes that a frame of a login is passed. Who acts for somebody else is not known.
func (p *parser) noteSASLLogin(view proxylib.View) {
	l, f := &p.login, &p.frame
	l.waiting, l.user = true, l.user[:0]
	// Servers do not look at the mechanism that a later step names.
	if f.operations == opSaslAuth {
		l.plain = string(f.key) == mechanismPlain
	}
	if l.plain && f.plain() {
		identity, user, _, ok := wire.SASLPlain(view.Bytes(f.header.front(), f.header.length(), &p.keys))
		if ok && (len(identity) == 0 || bytes.Equal(identity, user)) {
			l.keep(user)
		}
	}
}

// learnSASLUser learns from the reply to a frame of a login who is logged in.
func (p *parser) learnSASLUser(h *header) {
	p.login.waiting = false
	if h.status == 0 {
		p.connection.SetUser(p.login.user)
	}
}
