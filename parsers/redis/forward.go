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
}

// forward notes what the request, which is allowed, changes, and that a reply is owed.
func (p *parser) forward() {
	r := &p.request
	o := owed{command: r.command, left: 1, queued: p.multi}
	if r.command != nil && r.command.Effect != command.None {
		p.effect(&o)
	}
	if !p.silence(&o) {
		p.replies.Forwarded(o)
	}
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
	switch choice := p.request.text(p.request.final); {
	case equalFold(choice, "off"):
		p.silent = true
		return true
	case equalFold(choice, "skip"):
		p.skip = !p.silent
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
		p.multi = p.multi || r.err == nil
	case command.Exec, command.Discard:
		p.multi = p.multi && r.err != nil
		o.queued = false
	case command.Reset:
		if r.err != nil {
			return
		}
		p.multi, o.queued, p.silent, p.skip = false, false, false, false
		p.databases.add(0)
		p.choosing(o)
		p.connection.SetUser(nil)
	case command.Select:
		p.choose(o)
	case command.Auth, command.Hello:
		p.login(o)
	case command.Subscribe:
		o.left = uint32(max(r.arguments-1, 1))
	case command.Unsubscribe:
		o.left, o.all = uint32(max(r.arguments-1, 1)), r.arguments == 1
	case command.Quit:
		if o.command.Basic {
			p.mode = modeOver
		}
	case command.Monitor:
		p.monitored = true
	case command.Replicate:
		p.mode, o.queued = modeReplica, false
	}
}

// choose notes that another database is chosen. Whether the server does so is known only later, and in a transaction
// never for certain.
func (p *parser) choose(o *owed) {
	if p.request.err == nil {
		o.database, _ = parseDatabase(p.request.text(p.request.final))
		p.databases.add(o.database)
		if o.queued || p.silent || p.skip {
			p.uncertain = true
		} else {
			p.choosing(o)
		}
	}
}

// choosing notes that the reply will say whether a database is chosen. What was uncertain before it no longer matters then.
func (p *parser) choosing(o *owed) {
	o.chooses = true
	p.selects++
	p.uncertain = false
}

// login notes that a user is logging in, so that requests after it are judged as that user's.
func (p *parser) login(o *owed) {
	r := &p.request
	name := ""
	for _, m := range r.marks {
		if m.kind == command.User {
			name = string(r.text(m)[:min(m.to-m.from, proxylib.MaxUser+1)])
		}
	}
	if name == "" && o.command.Effect == command.Auth {
		name = "default"
	}
	if name == "" {
		return
	}
	o.login = true
	p.logins = append(p.logins, name)
	switch {
	case p.connection.Unrestricted():
	case p.connection.CanWait():
		p.waiting = true
	default:
		p.connection.SetUser(nil)
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
