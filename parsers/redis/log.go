package redis

import (
	"github.com/proxylib/proxylib/parsers/redis/command"
	"github.com/proxylib/proxylib/proxylib"
)

// maxLoggedKeys is the maximum number of keys or channels in an entry.
const maxLoggedKeys = 16

var (
	keyCommand  = proxylib.NewLogKey("command")
	keyKeys     = proxylib.NewLogKey("keys")
	keyChannels = proxylib.NewLogKey("channels")
	keyDB       = proxylib.NewLogKey("db")
	keyBytes    = proxylib.NewLogKey("bytes")
	keyError    = proxylib.NewLogKey("error")
)

var logFields = []proxylib.LogFieldDoc{
	{Name: "command", Attribute: "db.operation.name", Doc: "the command, with its subcommand after a bar; of one that is not known, its first word in lower case"},
	{Name: "keys", Doc: "the keys, or the pattern of keys that are looked for, with `, ` between them, at most 16 and about 512 bytes; absent where there are none"},
	{Name: "channels", Doc: "the channels and patterns, likewise"},
	{Name: "db", Attribute: "db.namespace", Doc: "the number of the database; absent in database 0"},
	{Name: "bytes", Doc: "of a request, the length of its longest value; of a reply, its length"},
	{Name: "status", Doc: "of a reply: `ok`, `nil` or `error`"},
	{Name: "error", Attribute: "db.response.status_code", Doc: "of a reply that is an error, its first word, such as `WRONGTYPE`"},
}

// commandFields are the log fields of commands, by their numbers.
var commandFields = proxylib.NewLogConstants("command", command.Names()...)

var statusFields = [...]proxylib.LogConstant{
	statusOK:    proxylib.NewLogConstant("status", "ok"),
	statusNil:   proxylib.NewLogConstant("status", "nil"),
	statusError: proxylib.NewLogConstant("status", "error"),
}

// logRequest logs the request that has been judged.
func (p *parser) logRequest(verdict proxylib.Verdict) {
	e, r := &p.entry, &p.request
	e.Begin(Name)
	if r.command != nil {
		e.AddConstant(commandFields[r.command.Number])
	} else if r.read > 0 {
		r.word = appendLower(r.word[:0], r.text(r.name))
		e.AddBytes(keyCommand, r.word)
	}
	if r.whole() {
		p.logNames(keyKeys, command.Key, command.Pattern)
	} else {
		p.logNames(keyKeys, command.Key, command.KeyPattern)
		p.logNames(keyChannels, command.Channel, command.Pattern)
	}
	if n := p.databases.confirmed; n > 0 {
		e.AddNumber(keyDB, uint64(n))
	}
	if r.largest > 0 {
		e.AddNumber(keyBytes, uint64(r.largest))
	}
	p.connection.LogRequest(verdict, e)
}

// logNames adds the arguments of two kinds, with ", " between them.
func (p *parser) logNames(key proxylib.LogKey, one, other command.Kind) {
	r := &p.request
	if len(r.marks) == 1 && r.marks[0].to-r.marks[0].from <= maxWord {
		// Most requests have one short name, which need not be copied.
		if m := r.marks[0]; m.kind == one || m.kind == other {
			p.entry.AddSome(key, r.text(m))
		}
		return
	}
	p.names.Max = maxLoggedKeys
	p.names.Reset()
	for i := range r.marks {
		m := r.marks[i]
		if (m.kind == one || m.kind == other) && !p.names.Add(r.text(m)) {
			break
		}
	}
	p.entry.AddSome(key, p.names.Bytes())
}

// logReply logs the reply at the head of the queue.
func (p *parser) logReply(head *owed) {
	e, r := &p.entry, &p.reply
	e.Begin(Name)
	if head.command != nil {
		e.AddConstant(commandFields[head.command.Number])
	}
	e.Reply().AddConstant(statusFields[r.status])
	if r.codeN > 0 {
		e.AddBytes(keyError, r.code[:r.codeN])
	}
	e.AddNumber(keyBytes, r.bytes)
	status := proxylib.Succeeded
	if r.status == statusError {
		status = proxylib.Failed
	}
	p.replies.LogReply(p.connection, status, e)
}
