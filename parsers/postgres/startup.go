package postgres

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// The codes of first messages, which have no type.
const (
	codeProtocol3 = 3 << 16
	minor0        = 0
	minor2        = 2
	codeCancel    = 80877102
	codeSSL       = 80877103
	codeGSS       = 80877104
)

// Lengths of first messages, in bytes.
const (
	startupHead = 8
	maxStartup  = 10000
	// minCancel is the length of a CancelRequest with a key of 4 bytes, maxCancel that of one with a key of 256.
	minCancel = 16
	maxCancel = 12 + 256
)

// firstTLS is the first byte of a TLS handshake.
const firstTLS = 0x16

// The answers to requests for encryption, a byte without any framing.
const (
	answerNo  = "N"
	answerSSL = 'S'
	answerGSS = 'G'
)

// maxSettings is the number of settings in a start-up message.
const maxSettings = 64

var (
	errStartup = errors.New("malformed start-up message")
	errVersion = errors.New("protocol version is not 3.0 or 3.2")
)

// startup is what a StartupMessage says. Its texts are parts of the input.
type startup struct {
	user, database, application []byte
	replication                 bool
	settings                    []setting
}

// setting is a setting that a client gives.
type setting struct{ name, value []byte }

// readStartup reads the parameters of a StartupMessage.
func readStartup(body []byte) (startup, error) {
	s := startup{}
	r := wire.NewReader(body)
	for {
		name := r.String0()
		if !r.OK() {
			return s, errStartup
		}
		if len(name) == 0 {
			break
		}
		value := r.String0()
		if !r.OK() || len(s.settings) == maxSettings {
			return s, errStartup
		}
		for i := range s.settings {
			if bytes.Equal(s.settings[i].name, name) {
				return s, errors.New("start-up parameter is given twice")
			}
		}
		s.settings = append(s.settings, setting{name, value})
	}
	if r.End(); !r.OK() {
		return s, errStartup
	}
	return s, s.assign()
}

// assign finds the parameters that are not settings, and removes them from the settings.
func (s *startup) assign() error {
	kept := s.settings[:0]
	for _, set := range s.settings {
		switch string(set.name) {
		case "user":
			s.user = set.value
		case "database":
			s.database = set.value
		case "replication":
			s.replication = !isFalse(set.value)
		case "application_name":
			s.application = set.value
		default:
			kept = append(kept, set)
		}
	}
	s.settings = kept
	if len(s.database) == 0 {
		s.database = s.user
	}
	switch {
	case len(s.user) == 0:
		return errors.New("start-up message without a user")
	case len(s.user) > maxName || len(s.database) > maxName:
		return errors.New("name of a user or database is longer than 63 bytes, which servers cut")
	}
	return nil
}

// isFalse reports whether a value certainly means that a switch is off.
func isFalse(value []byte) bool {
	switch string(value) {
	case "false", "off", "no", "0":
		return true
	}
	return false
}

func (p *parser) onStart(view proxylib.View) (proxylib.OpType, int) {
	if view.At(0) == firstTLS {
		return p.onDirectTLS(view)
	}
	if missing := view.Missing(startupHead); missing > 0 {
		return proxylib.MORE, missing
	}
	head := view.Bytes(0, startupHead, &p.scratch)
	n, code := int(binary.BigEndian.Uint32(head)), binary.BigEndian.Uint32(head[4:])
	if n < startupHead || n > maxStartup {
		return p.fail("length of a start-up message is out of range", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	if missing := view.Missing(n); missing > 0 {
		return proxylib.MORE, missing
	}
	message := view.Bytes(0, n, &p.scratch)
	switch code {
	case codeSSL, codeGSS:
		return p.onEncryption(n, code)
	case codeCancel:
		return p.onCancel(n)
	case codeProtocol3 | minor0, codeProtocol3 | minor2:
		return p.onStartup(message)
	}
	return p.refuseStart(errVersion.Error(), codeUnsupported, "unsupported frontend protocol")
}

// onEncryption answers a wish for encryption.
func (p *parser) onEncryption(n int, code uint32) (proxylib.OpType, int) {
	asked := uint8(askedSSL)
	if code == codeGSS {
		asked = askedGSS
	}
	if n != startupHead || p.asked&asked != 0 {
		return p.fail("malformed or repeated request for encryption", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	p.asked |= asked
	switch {
	case p.config.TLS == tlsTerminate && code == codeSSL && p.connection.Host().CanStartTLS():
		p.encrypted = true
		return p.connection.StartTLS(n, []byte{answerSSL})
	case p.config.TLS != tlsOpaque:
		if !p.replies.Deny(p.connection, []byte(answerNo)) {
			return p.replies.Wait(p.connection)
		}
		p.wish = code
		return proxylib.DROP, n
	}
	verdict, refused := p.decideConnection(opTLS)
	if !verdict.Allowed {
		return p.connection.Refuse(verdict, p.connectionEntry(opTLS), appendError(nil, severityFatal, refused.code, refused.message))
	}
	p.connection.LogRequest(verdict, p.connectionEntry(opTLS))
	p.phase = phaseEncryption
	return proxylib.PASS, n
}

// onDirectTLS judges a connection that begins with TLS, as servers accept since version 17.
func (p *parser) onDirectTLS(view proxylib.View) (proxylib.OpType, int) {
	if p.config.TLS != tlsOpaque {
		return p.fail("TLS on a plaintext port: connect with sslmode=disable, or with sslnegotiation=postgres",
			proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	verdict, _ := p.decideConnection(opTLS)
	if !verdict.Allowed {
		return p.connection.Refuse(verdict, p.connectionEntry(opTLS), nil)
	}
	p.connection.LogRequest(verdict, p.connectionEntry(opTLS))
	p.phase, p.opaque = phaseOpaque, true
	return proxylib.PASS, view.Len()
}

// onEncryptionAnswer reads the server's byte.
func (p *parser) onEncryptionAnswer(view proxylib.View) (proxylib.OpType, int) {
	switch view.At(0) {
	case answerNo[0]:
		p.phase = phaseStart
		return proxylib.PASS, 1
	case answerSSL, answerGSS:
		p.phase, p.opaque = phaseOpaque, true
		return proxylib.PASS, view.Len()
	}
	return p.fail("unknown answer to a request for encryption", proxylib.ERROR_INVALID_FRAME_TYPE)
}

// onCancel judges a CancelRequest. The server closes the connection without a reply.
func (p *parser) onCancel(n int) (proxylib.OpType, int) {
	if n < minCancel || n > maxCancel {
		return p.fail("length of a cancel request is out of range", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	verdict, _ := p.decideConnection(opCancel)
	if !verdict.Allowed {
		return p.connection.Refuse(verdict, p.connectionEntry(opCancel), nil)
	}
	p.connection.LogRequest(verdict, p.connectionEntry(opCancel))
	p.phase = phaseOver
	return proxylib.PASS, n
}

// onStartup judges a StartupMessage.
func (p *parser) onStartup(message []byte) (proxylib.OpType, int) {
	s, err := readStartup(message[startupHead:])
	if err != nil {
		return p.refuseStart(err.Error(), codeAuthorization, err.Error())
	}
	p.login = string(s.user)
	p.database, p.application = bytes.Clone(s.database), bytes.Clone(s.application)
	op := opConnect
	if s.replication {
		op = opReplication
	}
	if reason := refusedSetting(s.settings); reason != "" {
		return p.refuseStart(reason, codeAuthorization, reason)
	}
	verdict, refused := p.decideStartup(op)
	if !verdict.Allowed {
		return p.connection.Refuse(verdict, p.connectionEntry(op), appendError(nil, severityFatal, refused.code, refused.message))
	}
	if p.isPooled() {
		p.server.search.hidden = true
	} else {
		p.server.search.connect(s.settings)
	}
	p.replies.Expect(owed{kind: owedStartup})
	p.connection.LogRequest(verdict, p.connectionEntry(op))
	p.replies.Follow(p.connection)
	p.phase, p.starting = phaseLogin, op
	return proxylib.PASS, len(message)
}

// refuseStart refuses a start-up message for a reason that is not of the policy.
func (p *parser) refuseStart(reason, code, message string) (proxylib.OpType, int) {
	return p.connection.Refuse(proxylib.Verdict{Reason: reason}, p.connectionEntry(opConnect), appendError(nil, severityFatal, code, message))
}
