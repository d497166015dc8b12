package redis

import (
	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
)

// owed is a reply that the server owes.
type owed struct {
	// command is that of the request; nil if it is not in the table.
	command *command.Command
	// left is the number of messages that are still to come, for commands that are answered by several.
	left uint32
	// chooses: the request chooses a database, if it succeeds.
	chooses  bool
	database uint16
	// all: an UNSUBSCRIBE without channels, of which it is only known later how many messages answer it.
	all bool
	// queued: the request is one of a transaction.
	queued bool
	// login: a user is logging in.
	login bool
	// poison: the request was one of ours.
	poison bool
	// prompt: the request was a ping of ours.
	prompt bool
	// begins: a MULTI that begins a transaction, as far as is known.
	begins bool
	// message: a message that has begun, in the place of a reply.
	message bool
}

// forward notes what the request, which is allowed, changes, and that a reply is owed, and logs the request.
func (p *parser) forward(verdict proxylib.Verdict) {
	r := &p.request
	o := owed{command: r.command, left: 1, queued: p.multi}
	p.mimics = p.mimics || p.blind && (r.command == nil || r.command.Effect == command.Script)
	if r.command != nil && r.command.Effect != command.None {
		p.effect(&o)
	}
	if !o.login {
		p.users.count()
	}
	silent := p.silence(&o)
	if p.logRequest(verdict); silent {
		p.connection.Unanswered(0)
		return
	}
	r.owed = true
	p.replies.Forwarded(o)
	p.replies.Follow(p.connection)
}

// silence reports whether the server sends no reply to the request.
//
// Messages about subscriptions are sent even where replies are turned off.
func (p *parser) silence(o *owed) bool {
	silent := p.silent || p.skip
	p.skip = false
	if o.command == nil {
		return silent
	}
	switch o.command.Effect {
	case command.Subscribe, command.Unsubscribe:
		return false
	case command.Reply:
		return p.turnReplies(silent)
	}
	return silent
}

// turnReplies carries out CLIENT REPLY, and reports whether it is not answered.
func (p *parser) turnReplies(silent bool) bool {
	choice := p.request.text(p.request.final)
	switch {
	case p.request.err != nil:
	case equalFold(choice, "off"):
		p.silent = true
		p.goBlind()
		return true
	case equalFold(choice, "skip"):
		p.skip = !p.silent
		p.goBlind()
		return true
	case equalFold(choice, "on"):
		p.silent = false
		return false
	}
	return silent
}

// effect notes what a command changes for what follows.
func (p *parser) effect(o *owed) {
	r := &p.request
	switch o.command.Effect {
	case command.Multi:
		o.queued, o.begins = false, !p.multi && r.err == nil
		p.multis++
		p.multi = p.multi || r.err == nil
	case command.Exec, command.Discard:
		p.multi = p.multi && r.err != nil
		o.queued = false
	case command.Reset:
		if r.err != nil {
			return
		}
		// The reply is turned on again, but not where it is to be skipped.
		p.multi, o.queued, p.silent = false, false, false
		p.choosing(o, p.blind)
		p.lookUp()
		if p.users != nil {
			p.loggingIn(o, "")
			p.connection.SetUser(nil)
		}
	case command.Select:
		p.choose(o)
	case command.Auth, command.Hello:
		p.login(o)
	case command.Subscribe, command.Unsubscribe:
		o.left = uint32(max(r.arguments-1, 1))
		o.all = o.command.Effect == command.Unsubscribe && r.arguments == 1
		if o.queued {
			p.subscribed.nested = true
			p.goBlind()
		}
	case command.Quit:
		if o.command.Basic {
			p.mode = modeOver
		}
	case command.Monitor:
		p.monitored = !o.queued
		p.goBlind()
	case command.Irregular:
		p.goBlind()
	case command.Replicate:
		p.mode, o.queued = modeReplica, false
	}
}

// equalFold reports whether text is a word, which is in lower case, in any case.
func equalFold(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i, c := range text {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}
