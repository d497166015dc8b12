package memcache

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
)

// knowledge is what is known of something that a server may do.
type knowledge uint8

const (
	no knowledge = iota
	unknown
	yes
)

func knownAs(known bool) knowledge {
	if known {
		return yes
	}
	return no
}

// server is what is known of the server. A server that does not take a request for what it is may read its payload, or
// the bytes of a frame, as commands. So these are passed only to a server that is known to take them.
type server struct {
	// text and binary: it speaks the protocol.
	text, binary knowledge
	// open: it carries out commands. One with option -Y does so after a login; before, it reads a line, answers it with an
	// error, and reads the payload as lines, unless the line is the set of a login.
	open knowledge
	// meta: it knows the meta commands as they are since version 1.6.10. Earlier ones read the payload of ms as commands, and
	// take a key in base64 as it is.
	meta knowledge
	// probing: a request of our own, which tells, is under way.
	probing bool
}

// maxLogin is the length, in bytes, of the longest payload of a set that all servers take for a login before one was
// accepted. It is also the longest that they read as a payload at any time.
const maxLogin = 8192

// takes reports whether the server takes the line for what it is.
func (s *server) takes(l *line) knowledge {
	known := yes
	if l.command.payload() && !l.fitsLogin() {
		known = min(known, s.open)
	}
	if l.own == opMetaSet || l.encoded {
		known = min(known, s.meta)
	}
	return known
}

// fitsLogin reports whether a server takes the line and its payload for a login before one was accepted.
func (l *line) fitsLogin() bool { return l.command.operations == opSet && l.bytes <= maxLogin }

// What the log says of requests that the server would not take, and what the client gets.
const (
	reasonClosed  = "the server takes no commands before a login"
	reasonNoMeta  = "the server does not say that it knows meta commands as of version 1.6.10"
	reasonUnready = "the server is not known yet, and the host cannot wait for what it says"
)

var (
	unauthenticated = []byte("CLIENT_ERROR unauthenticated\r\n")
	noMeta          = []byte("CLIENT_ERROR meta commands need memcached 1.6.10\r\n")
	unready         = []byte("SERVER_ERROR not ready, try again\r\n")
)

// versionID is the place of version in the table: so the server is asked in the text protocol.
var versionID, _ = find([]byte("version"))

// passTaken passes the line if the server is known to take it, and else asks the server or denies it.
func (p *parser) passTaken(view proxylib.View, n int, verdict proxylib.Verdict) (proxylib.OpType, int) {
	l := &p.line
	switch p.server.takes(l) {
	case yes:
		return p.passLine(view, n, verdict)
	case no:
		answer, reason := unauthenticated, reasonClosed
		if p.server.open != no || !l.command.payload() || l.fitsLogin() {
			answer, reason = noMeta, reasonNoMeta
		}
		return p.denyLine(view, n, answer, proxylib.Verdict{Reason: reason})
	}
	return p.ask(func() (proxylib.OpType, int) {
		return p.denyLine(view, n, unready, proxylib.Verdict{Reason: reasonUnready})
	})
}

// ask sends the probe, and then waits for the answer. deny is for a host that cannot wait.
func (p *parser) ask(deny func() (proxylib.OpType, int)) (proxylib.OpType, int) {
	switch {
	case p.server.probing && p.connection.CanWait():
		return p.connection.Wait()
	case p.server.probing:
		return deny()
	case p.afterRun():
		return p.sendFence()
	}
	op, n := p.send(&probes[p.protocol], probing)
	p.server.probing = op == proxylib.INJECT
	return op, n
}

// learn learns from the first line of a reply. It returns why the connection must be closed, if it must.
func (p *parser) learn(head *owed, text []byte) (mismatch string) {
	s, before := &p.server, p.server
	if s.open == yes && head.purpose != probing && head.name != uint8(versionID) && (len(text) == 0 || text[0] != unauthenticated[0]) {
		// The usual reply of a server that carries out commands shows nothing new.
		return ""
	}
	version, isVersion := bytes.CutPrefix(text, versionPrefix)
	isVersion = isVersion && head.name == uint8(versionID)
	locked := bytes.Equal(text, unauthenticated[:len(unauthenticated)-len(lineEnd)])
	switch {
	case locked && p.config.Auth == authNone:
		return `the server demands a login, against "auth": "none" of the parser_config`
	case !isError(text) && s.open == no && p.config.Auth == authASCII && commands[head.name].operations != opSet:
		return `the server demands no login, against "auth": "ascii" of the parser_config`
	case !isError(text):
		s.open = yes
	case locked && s.open == unknown:
		s.open = no
	}
	if isVersion {
		known := metaSince(version)
		if known == no && p.config.Meta != nil && *p.config.Meta {
			return `the server is older than 1.6.10, against "meta": true of the parser_config`
		}
		if s.meta == unknown {
			s.meta = known
		}
	}
	if head.purpose == probing {
		s.endProbe()
	}
	if *s != before {
		p.connection.Resume()
	}
	return ""
}

// endProbe takes what the probe has not shown for what the server does not do. After a login it may be asked again.
func (s *server) endProbe() {
	s.probing = false
	if s.open == unknown {
		s.open = no
	}
	if s.meta == unknown {
		s.meta = no
	}
}

// tryLogin notes that a set is passed: if it is a login, and is accepted, the server takes commands then.
func (p *parser) tryLogin() {
	if p.server.open == no {
		p.server.open, p.server.meta = unknown, p.config.start.meta
	}
}

// metaSince says whether a version of memcached is 1.6.10 or a later one. Of what is not the version of memcached it is
// unknown.
func metaSince(version []byte) knowledge {
	version, first := bytes.CutPrefix(version, []byte("1."))
	second, third, _ := bytes.Cut(version, []byte("."))
	third = third[:len(third)-len(bytes.TrimLeft(third, "0123456789"))]
	minor, err := parseNumber(second, maxVersionPart)
	patch, err2 := parseNumber(third, maxVersionPart)
	if !first || err != nil || err2 != nil {
		return unknown
	}
	return knownAs(minor > 6 || minor == 6 && patch >= 10)
}

// maxVersionPart is the largest number in a version that is taken for one.
const maxVersionPart = 9999
