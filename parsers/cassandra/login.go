package cassandra

import (
	"bytes"
	"errors"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

// passwordAuthenticator is what AUTHENTICATE names where clients log in by name and password, in SASL's form PLAIN. What
// other authenticators take for the name is not known.
const passwordAuthenticator = "org.apache.cassandra.auth.PasswordAuthenticator"

var errLogins = errors.New("login while another one has no answer yet")

// login is what is known of the client's login.
type login struct {
	// byPassword: the server takes a name and a password.
	byPassword bool
	// waiting: an AUTH_RESPONSE has no answer yet. user is the name in it.
	waiting bool
	user    []byte
}

// onAuthenticate notes how the server wants clients to log in.
func (p *parser) onAuthenticate(h *header, body []byte) {
	body, _, err := p.plain(h, body)
	in := wire.NewReader(body)
	skipPrefix(&in, h.flags)
	p.login.byPassword = err == nil && string(in.Bytes16()) == passwordAuthenticator && in.OK()
}

// onLogin notes an AUTH_RESPONSE that has passed.
func (p *parser) onLogin(token []byte) {
	l := &p.login
	l.waiting = true
	if _, user, _, ok := wire.SASLPlain(token); ok && l.byPassword {
		l.user = bytes.Clone(user[:min(len(user), proxylib.MaxUser+1)])
	}
}

// onLoginAnswer notes the answer to an AUTH_RESPONSE. With AUTH_SUCCESS the user is known, or another one than before that is
// not.
func (p *parser) onLoginAnswer(answer opcode) {
	if answer == opAuthSuccess {
		p.connection.SetUser(p.login.user)
	}
	p.login.waiting, p.login.user = false, nil
}
