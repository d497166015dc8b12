package redis

import (
	"errors"

	"github.com/proxylib/proxylib/parsers/redis/command"
)

var (
	errDatabases = errors.New("too many choices of a database are under way")
	errDatabase  = errors.New("database that is not a number")
	errReply     = errors.New("CLIENT REPLY in a transaction")
	errReplica   = errors.New("request of a replica in a transaction")
	errSubscribe = errors.New("subscription, or MONITOR, in a transaction")
	errLogin     = errors.New("login in a transaction, or without a reply")
	errHello     = errors.New("HELLO that servers may take as a login although they refuse it")
	errLogins    = errors.New("too many logins are under way")
)

// neverPasses reports whether a request with this error is refused even to who may send everything, as it could not be
// followed what it does.
func neverPasses(err error) bool {
	switch err {
	case errDatabases, errReply, errReplica, errLogin, errHello, errLogins:
		return true
	}
	return false
}

// check refuses requests that cannot be followed in the state of the connection.
func (r *request) check(p *parser) {
	switch {
	case r.command == nil:
	case r.command.Effect == command.Hello && r.has(command.User):
		r.checkHello(p)
	case r.err == nil:
		r.err = r.inState(p)
	}
}

// inState returns why a request cannot be followed in the state of the connection.
func (r *request) inState(p *parser) error {
	switch r.command.Effect {
	case command.Select:
		n, ok := parseDatabase(r.text(r.final))
		if !ok {
			return errDatabase
		}
		if d := p.databases.possible; !d.add(n) {
			return errDatabases
		}
	case command.Reply:
		if p.multi {
			return errReply
		}
	case command.Subscribe, command.Unsubscribe, command.Monitor:
		// Their messages come in the reply to EXEC, which then has more members than it says.
		if p.multi {
			return errSubscribe
		}
	case command.Replicate:
		if p.multi {
			return errReplica
		}
	case command.Reset:
		if p.users.full() {
			return errLogins
		}
	case command.Auth, command.Hello:
		return r.checkLogin(p)
	}
	return nil
}

// checkLogin returns why a login cannot be followed.
func (r *request) checkLogin(p *parser) error {
	switch {
	case p.multi, p.silent, p.skip, p.blind:
		return errLogin
	case p.users.full():
		return errLogins
	}
	for _, m := range r.marks {
		if m.kind == command.User && m.from == m.to {
			return errLogin
		}
	}
	return nil
}

// checkHello refuses a HELLO with a login which servers before Redis 7.2 may carry out and then refuse for something
// else: another login, the name of the client, an option.
func (r *request) checkHello(p *parser) {
	logins := 0
	for _, m := range r.marks {
		if m.kind == command.User {
			logins++
		}
	}
	if r.err != nil || r.odd || logins > 1 {
		r.err = errHello
		return
	}
	r.err = r.checkLogin(p)
}

// odd reports whether servers refuse a text as the name of a client.
func odd(name []byte) bool {
	for _, c := range name {
		if c < '!' || c > '~' {
			return true
		}
	}
	return false
}
