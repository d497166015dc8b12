package memcache

import (
	"strconv"

	"github.com/proxylib/proxylib/proxylib"
)

// maxLoggedKeys is about the number of bytes of keys in a log entry.
const maxLoggedKeys = 512

// logEntry is the entry that is being put together.
type logEntry struct {
	fields [4]proxylib.LogField
	n      int
	// digits holds the numbers among the fields, used bytes so far; two of 64 bits fit.
	digits [40]byte
	used   int
	entry  proxylib.L7Entry
}

// begin begins a new entry.
func (e *logEntry) begin() { e.n, e.used = 0, 0 }

// forget lets go of the input, which is in the bytes of fields alone.
func (e *logEntry) forget() {
	for i := range e.fields {
		e.fields[i].Bytes = nil
	}
}

func (e *logEntry) add(f proxylib.LogField) {
	e.fields[e.n] = f
	e.n++
}

func (e *logEntry) text(key, value string) { e.add(proxylib.LogField{Key: key, Value: value}) }

// bytes adds a field if it has a value.
func (e *logEntry) bytes(key string, value []byte) {
	if len(value) > 0 {
		e.add(proxylib.LogField{Key: key, Bytes: value})
	}
}

func (e *logEntry) number(key string, n uint64) {
	digits := strconv.AppendUint(e.digits[e.used:e.used], n, 10)
	e.used += len(digits)
	e.bytes(key, digits)
}

// write logs the entry and begins a new one.
func (p *parser) write(entryType proxylib.EntryType) {
	e := &p.log
	e.entry = proxylib.L7Entry{Proto: protoText, Fields: e.fields[:e.n]}
	if p.protocol == binaryProtocol {
		e.entry.Proto = protoBinary
	}
	p.connection.Log(entryType, &e.entry)
	e.begin()
}

// logLine logs the command line that has been decoded.
func (p *parser) logLine(entryType proxylib.EntryType) {
	p.log.add(proxylib.LogField{Key: "command", Bytes: p.line.word})
	p.log.bytes("keys", p.joinedKeys())
	if p.line.bytes != noValue {
		p.log.number("bytes", uint64(p.line.bytes))
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
	p.log.number("opcode", uint64(p.frame.header.op))
	p.log.bytes("key", p.frame.key)
	if p.frame.bytes != noValue {
		p.log.number("bytes", uint64(p.frame.bytes))
	}
	p.write(entryType)
}

// logRefused logs why the client's bytes are refused, and the command if it is known.
func (p *parser) logRefused(reason string) {
	p.log.text("status", reason)
	switch {
	case p.protocol == textProtocol:
		p.log.bytes("command", p.line.word)
	case p.frame.op != nil:
		p.log.number("opcode", uint64(p.frame.header.op))
	}
	p.write(proxylib.EntryTypeDenied)
}

// logReply logs the reply to a command of the text protocol, of which the values have been counted.
func (p *parser) logReply(command, status string) {
	p.log.text("command", command)
	p.log.text("status", status)
	if p.values > 0 {
		p.log.number("bytes", p.valueBytes)
	}
	p.write(proxylib.EntryTypeResponse)
}

// logReplyFrame logs the last frame of a reply.
func (p *parser) logReplyFrame(h *header, key []byte) {
	o := &opcodes[h.op]
	p.log.number("opcode", uint64(h.op))
	p.log.bytes("key", key)
	p.log.text("status", frameStatus(o, h.status))
	if h.status == 0 && o.success == statusHit {
		p.log.number("bytes", uint64(h.value()))
	}
	p.write(proxylib.EntryTypeResponse)
}
