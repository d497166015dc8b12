package memcache

import (
	"strconv"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

// The keys of log fields.
var (
	keyCommand = proxylib.NewLogKey("command")
	keyKeys    = proxylib.NewLogKey("keys")
	keyKey     = proxylib.NewLogKey("key")
	keyBytes   = proxylib.NewLogKey("bytes")
)

// Log fields of each command and of each opcode.
var (
	commandFields = func() (fields [256]proxylib.LogConstant) {
		for i, c := range commands {
			fields[i] = proxylib.NewLogConstant("command", c.word)
		}
		return fields
	}()
	opcodeFields = func() (fields [256]proxylib.LogConstant) {
		for i := range fields {
			fields[i] = proxylib.NewLogConstant("opcode", strconv.Itoa(i))
		}
		return fields
	}()
)

// begin returns the entry, without fields.
func (p *parser) begin() *proxylib.L7Entry {
	p.entry.Begin(protocolNames[p.protocol])
	return &p.entry
}

// reasonUnknown is why a line is denied whose first word is not a command.
const reasonUnknown = "unknown command"

// logLine logs the command line that has been decoded.
func (p *parser) logLine(verdict proxylib.Verdict) {
	e, l := p.begin(), &p.line
	if strings.HasPrefix(verdict.Reason, "malformed ") {
		e.Add("status", verdict.Reason)
	}
	if l.command != nil {
		e.AddConstant(commandFields[l.id])
	} else {
		e.AddBytes(keyCommand, l.word)
	}
	e.AddSome(keyKeys, p.joinedKeys())
	if l.bytes != noValue {
		e.AddNumber(keyBytes, uint64(l.bytes))
	}
	p.connection.LogRequest(verdict, e)
}

// joinedKeys returns the keys as the log lists them.
func (p *parser) joinedKeys() []byte {
	if p.line.list == nil {
		return p.line.key
	}
	p.names.Reset()
	w := words{rest: p.line.list}
	for w.more() && p.names.Add(w.next()) {
	}
	return p.names.Bytes()
}

// logFrame logs the frame that has been decoded.
func (p *parser) logFrame(verdict proxylib.Verdict) {
	e, f := p.begin(), &p.frame
	e.AddConstant(opcodeFields[f.header.opcode])
	e.AddSome(keyKey, f.key)
	if f.bytes != noValue {
		e.AddNumber(keyBytes, uint64(f.bytes))
	}
	p.connection.LogRequest(verdict, e)
}

// logRefused logs why the client's bytes are refused, and the command if it is known.
func (p *parser) logRefused(reason string) {
	e := p.begin().Add("status", reason).AddSome(keyCommand, p.line.word)
	if p.frame.layout != nil {
		e.AddConstant(opcodeFields[p.frame.header.opcode])
	}
	p.connection.LogRefused(reason, e)
}

// logReply logs the reply to a command of the text protocol, of which the values have been counted.
func (p *parser) logReply(command id, status status) {
	e := p.begin().AddConstant(commandFields[command]).Reply().AddConstant(statusFields[status])
	if p.values > 0 {
		e.AddNumber(keyBytes, p.valueBytes)
	}
	p.replies.LogReply(p.connection, status.reports(), e)
}

// logReplyFrame logs the last frame of a reply.
func (p *parser) logReplyFrame(h *header, key []byte) {
	o := &layouts[h.opcode]
	e := p.begin().AddConstant(opcodeFields[h.opcode])
	e.AddSome(keyKey, key)
	status := frameStatus(o, h.status)
	e.Reply().AddConstant(statusFields[status])
	if h.status == 0 && o.success == statusHit {
		e.AddNumber(keyBytes, uint64(h.value()))
	}
	p.replies.LogReply(p.connection, status.reports(), e)
}
