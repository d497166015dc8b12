package redis

// goBlind notes that it is no longer certain which reply belongs to which request, as it is not known how many replies a
// request has: the server may have refused to turn replies off, say. From then on nothing that verdicts depend on is
// learned from replies, and logins are refused.
func (p *parser) goBlind() { p.blind, p.sees = true, false }

// lookUp is called for a RESET. Its reply is like no other. If no other one is owed, and nothing can have been made to look
// like it, what the connection is in is certain from there.
func (p *parser) lookUp() {
	p.sees = p.blind && !p.mimics && !p.monitored && !p.skip && p.replies.Empty()
}

// see ends the blindness after the reply to RESET.
func (p *parser) see() {
	if !p.sees {
		return
	}
	p.blind, p.sees, p.subscribed.nested = false, false, false
	p.users = nil
	p.databases = choices{}
}
