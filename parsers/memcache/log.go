package memcache

import (
	"strconv"

	"github.com/proxylib/proxylib/proxylib"
)

// maxLoggedKeys is about the number of bytes of keys in a log entry.
const maxLoggedKeys = 512

// logEntry is the entry that is being put together.
type logEntry struct {
	proxylib.L7Entry
	fields [4]proxylib.LogField
	// digits holds the numbers among the fields, used bytes so far; two of 64 bits fit.
	digits [40]byte
	used   int
}

// begin begins a new entry.
func (e *logEntry) begin() {
	e.Fields = e.fields[:0]
	e.used = 0
}

// addKnown adds a field if it has a value.
func (e *logEntry) addKnown(key string, value []byte) {
	if len(value) > 0 {
		e.AddBytes(key, value)
	}
}

func (e *logEntry) addNumber(key string, n uint64) {
	digits := strconv.AppendUint(e.digits[e.used:e.used], n, 10)
	e.used += len(digits)
	e.AddBytes(key, digits)
}

// write logs the entry and begins a new one.
func (p *parser) write(entryType proxylib.EntryType) {
	e := &p.log
	e.Proto = protoText
	if p.protocol == binaryProtocol {
		e.Proto = protoBinary
	}
	p.connection.Log(entryType, &e.L7Entry)
	e.begin()
}

// logLine logs the command line that has been decoded.
func (p *parser) logLine(entryType proxylib.EntryType) {
	p.log.AddBytes("command", p.line.word)
	p.log.addKnown("keys", p.joinedKeys())
	if p.line.bytes != noValue {
		p.log.addNumber("bytes", uint64(p.line.bytes))
	}
	p.write(entryType)
}

// joinedKeys returns the keys with ", " between them.
func (p *parser) joinedKeys() []byte {
	list := p.line.list
	if list == nil {
		return p.line.key
	}
	joined := p.keys[:0]
	w := words{rest: list}
	for key := w.next(); len(key) > 0; key = w.next() {
		if len(joined) > 0 {
			joined = append(joined, ", "...)
		}
		if len(joined) > maxLoggedKeys {
			joined = append(joined, "..."...)
			break
		}
		joined = append(joined, key...)
	}
	p.keys = joined
	return joined
}

// logFrame logs the frame that has been decoded.
func (p *parser) logFrame(entryType proxylib.EntryType) {
	p.log.addNumber("opcode", uint64(p.frame.header.op))
	p.log.addKnown("key", p.frame.key)
	if p.frame.bytes != noValue {
		p.log.addNumber("bytes", uint64(p.frame.bytes))
	}
	p.write(entryType)
}

// logRefused logs why the client's bytes are refused, and the command if it is known.
func (p *parser) logRefused(reason string) {
	p.log.AddText("status", reason)
	switch {
	case p.protocol == textProtocol:
		p.log.addKnown("command", p.line.word)
	case p.frame.op != nil:
		p.log.addNumber("opcode", uint64(p.frame.header.op))
	}
	p.write(proxylib.EntryTypeDenied)
}

// logReply logs the reply to a command of the text protocol, of which the values have been counted.
func (p *parser) logReply(command, status string) {
	p.log.AddText("command", command)
	p.log.AddText("status", status)
	if p.values > 0 {
		p.log.addNumber("bytes", p.valueBytes)
	}
	p.write(proxylib.EntryTypeResponse)
}

// logReplyFrame logs the last frame of a reply.
func (p *parser) logReplyFrame(h *header, key []byte) {
	o := &opcodes[h.op]
	p.log.addNumber("opcode", uint64(h.op))
	p.log.addKnown("key", key)
	p.log.AddText("status", frameStatus(o, h.status))
	if h.status == 0 && o.success == statusHit {
		p.log.addNumber("bytes", uint64(h.value()))
	}
	p.write(proxylib.EntryTypeResponse)
}
