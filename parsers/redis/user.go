package redis

import (
	"slices"

	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
)

// maxLogins is the number of logins that may be on the way before another one is refused.
const maxLogins = 4

// users are those as whom the server may carry out the next request.
type users struct {
	// known is the last one that the server has accepted; empty if there is none.
	known string
	// pending are the names of those that are logging in, in their order. RESET is a login without a name.
	pending []string
	// since is the number of requests that have been passed since the last of them, and have a reply.
	since int
}

func (u *users) full() bool { return u != nil && len(u.pending) >= maxLogins }

// changing reports whether a login is on the way.
func (u *users) changing() bool { return u != nil && len(u.pending) > 0 }

// count notes that a request has been passed that is not a login.
func (u *users) count() {
	if u != nil {
		u.since++
	}
}

// decideForUsers returns the verdict on the request. While logins are on the way, it has to be allowed to each user that
// the server may take the client for.
func (p *parser) decideForUsers() proxylib.Verdict {
	u := p.users
	if !u.changing() {
		return p.decide()
	}
	p.connection.SetUser([]byte(u.known))
	verdict := p.decide()
	for _, name := range u.pending {
		if !verdict.Allowed {
			break
		}
		p.connection.SetUser([]byte(name))
		verdict = verdict.And(p.decide())
	}
	p.connection.SetUser(nil)
	return verdict
}

// login notes that a user is logging in, so that requests after it are judged as that user's.
func (p *parser) login(o *owed) {
	r := &p.request
	for _, m := range r.marks {
		if m.kind == command.User {
			p.loggingIn(o, string(r.text(m)[:min(m.to-m.from, proxylib.MaxUser+1)]))
			return
		}
	}
	if o.command.Effect == command.Auth && r.err == nil {
		p.loggingIn(o, "default")
	}
}

// loggingIn notes that a login is on the way. Where replies do not say what becomes of it, that stays so.
func (p *parser) loggingIn(o *owed, name string) {
	if p.users == nil {
		p.users = new(users)
	}
	u := p.users
	switch {
	case !p.blind:
		o.login, u.since = true, 0
		u.pending = append(u.pending, name)
	case !slices.Contains(u.pending, name):
		u.pending = append(u.pending, name)
	}
	if o.login && p.connection.CanWait() {
		p.waiting = true
		return
	}
	p.connection.SetUser(nil)
}

// loggedIn ends the login that is first on the way. A server may send no reply to a login that fails, so that the reply is
// certain to be its own only if no other request has been passed since, or if it is that of RESET.
func (p *parser) loggedIn(head *owed, accepted bool) {
	u := p.users
	if (len(u.pending) > 1 || u.since > 0) && head.command.Effect != command.Reset {
		p.goBlind()
	}
	if p.blind {
		return
	}
	if accepted {
		u.known = u.pending[0]
	}
	if u.pending = u.pending[1:]; len(u.pending) == 0 {
		u.pending = nil
		p.connection.SetUser([]byte(u.known))
	}
}
