package memcache

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
)

// maxLoggedKeys is about the number of bytes of keys in a log entry.
const maxLoggedKeys = 512

// logRequest logs the request that has been decoded.
func (p *parser) logRequest(entryType proxylib.EntryType) {
	p.fields = [2]proxylib.LogField{{Key: "command", Bytes: p.request.word}, {Key: "keys", Bytes: p.joinedKeys()}}
	n := 1
	if len(p.request.keys) > 0 {
		n = 2
	}
	p.entry = proxylib.L7Entry{Proto: proto, Fields: p.fields[:n]}
	p.connection.Log(entryType, &p.entry)
}

// joinedKeys returns the keys with ", " between them.
func (p *parser) joinedKeys() []byte {
	if bytes.IndexByte(p.request.keys, ' ') < 0 {
		return p.request.keys
	}
	p.keys = p.keys[:0]
	p.request.eachKey(func(key []byte) bool {
		if len(p.keys) > 0 {
			p.keys = append(p.keys, ", "...)
		}
		if len(p.keys) > maxLoggedKeys {
			p.keys = append(p.keys, "..."...)
			return false
		}
		p.keys = append(p.keys, key...)
		return true
	})
	return p.keys
}

// logRefused logs bytes that are no request, and why.
func (p *parser) logRefused(word []byte, reason string) {
	p.fields = [2]proxylib.LogField{{Key: "status", Value: reason}, {Key: "command", Bytes: word}}
	n := 1
	if len(word) > 0 {
		n = 2
	}
	p.entry = proxylib.L7Entry{Proto: proto, Fields: p.fields[:n]}
	p.connection.Log(proxylib.EntryTypeDenied, &p.entry)
}

// logReply logs that the server has begun to answer a command.
func (p *parser) logReply(command id) {
	p.fields = [2]proxylib.LogField{{Key: "command", Value: commands[command].word}}
	p.entry = proxylib.L7Entry{Proto: proto, Fields: p.fields[:1]}
	p.connection.Log(proxylib.EntryTypeResponse, &p.entry)
}
