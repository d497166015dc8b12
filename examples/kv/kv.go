// Package kv is an example of a protocol of length-prefixed messages with tags, whose replies come in any order: a store of
// keys and values.
//
// A message is a length (4 bytes, big-endian, of what follows), a tag (4 bytes) and a code (1 byte), and then, in requests,
// the key with its length (2 bytes) and the value. A reply repeats the tag of its request; its code is a status.
package kv

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

const (
	// headLen is the length of what all messages begin with; keyLen is that of the longest key, in bytes.
	headLen, keyLen = 9, 256
	// statusDenied is the status of the replies that are ours.
	statusDenied = 3

	fieldOp = iota
	fieldKey
	fieldBytes
)

// ops are the names of the requests, by their codes, and what they do.
var ops = [...]struct {
	name   []byte
	access proxylib.Access
}{{}, {[]byte("get"), proxylib.Read}, {[]byte("put"), proxylib.Write}, {[]byte("delete"), proxylib.Write}}

// framing is how a stream is cut into messages, of which the header is what a verdict needs, without the key.
var framing = wire.Framing{HeaderLen: headLen, Size: 4, Included: headLen - 4, Max: 1 << 30}

// Protocol is what a library with this parser passes to [proxylib.Register].
var Protocol = proxylib.Protocol{
	Name: "kv", New: func(c *proxylib.Connection) proxylib.Parser {
		return &parser{connection: c, denials: proxylib.Outbox{Reply: true}}
	},
	RuleKeys: []proxylib.RuleKey{
		{Name: "op", Field: fieldOp, Match: proxylib.Exact, Doc: "it is this one: `get`, `put` or `delete`",
			Values: proxylib.Words("get", "put", "delete")},
		{Name: "key", Field: fieldKey, Match: proxylib.Prefix, MaxLen: keyLen, Doc: "its key begins with this"},
		{Name: "max_bytes", Field: fieldBytes, Match: proxylib.AtMost, Doc: "it is a `put` of a value of at most this number of bytes"},
	},
	LogFields: []proxylib.LogFieldDoc{
		{Name: "op", Doc: "`get`, `put` or `delete`"}, {Name: "key", Doc: "the key"}, {Name: "tag", Doc: "the tag"},
	},
	Access: []proxylib.AccessDoc{{Access: proxylib.Read, Doc: "`get`"}, {Access: proxylib.Write, Doc: "`put`, `delete`"}},
}

var opLog, keyLog, tagLog = proxylib.NewLogKey("op"), proxylib.NewLogKey("key"), proxylib.NewLogKey("tag")

// request is a request as rules see it.
type request struct {
	op    uint8
	key   []byte
	bytes int
}

// AccessClass implements [proxylib.Classified].
func (r *request) AccessClass() proxylib.Access { return ops[r.op].access }

// Value implements [proxylib.Subject].
func (r *request) Value(field, _ int) (proxylib.Value, int) {
	switch {
	case field == fieldOp:
		return proxylib.Text(ops[r.op].name), 0
	case field == fieldKey:
		return proxylib.Text(r.key), 0
	case field == fieldBytes && r.op == 2:
		return proxylib.Number(int64(r.bytes)), 0
	}
	return proxylib.NoValue, 0
}

// parser serves one connection. A message passes with one PASS, including bytes not yet received, so that a denial never
// comes between its bytes.
type parser struct {
	connection *proxylib.Connection
	inFlight   proxylib.InFlight[uint32, struct{}]
	denials    proxylib.Outbox
	request    request
	entry      proxylib.L7Entry
	scratch    []byte
}

// Owes reports whether replies may still come, which are delivered before an error of the client's closes the connection.
func (p *parser) Owes() bool { return p.inFlight.Len() > 0 || !p.denials.Empty() }

func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if reply {
		return p.onReply(view)
	}
	if view.Len() > 0 && p.inFlight.Full() {
		return p.inFlight.Wait(p.connection)
	}
	return p.onRequest(view)
}

func (p *parser) onRequest(view proxylib.View) (proxylib.OpType, int) {
	frame, need, err := framing.Next(view, &p.scratch)
	if err != nil {
		return p.fail(err.Error())
	}
	if frame.Header == nil {
		return proxylib.MORE, need
	}
	// The key is all of the body that a verdict needs.
	maxHead := min(frame.Len, headLen+2+keyLen)
	head := view.Bytes(0, min(view.Len(), maxHead), &p.scratch)
	r := wire.NewReader(head[4:])
	tag, op, key := r.Uint32(), r.Uint8(), r.Bytes16()
	switch {
	case r.Short() && len(head) < maxHead:
		return proxylib.MORE, 1
	case !r.OK() || op == 0 || int(op) >= len(ops):
		return p.fail("malformed request")
	case p.inFlight.Get(tag) != nil:
		return p.fail(proxylib.ErrInUse.Error())
	}
	p.request = request{op: op, key: key, bytes: frame.Len - 4 - r.Offset()}
	verdict := p.connection.Decide(&p.request)
	p.log(verdict, tag)
	if verdict.Allowed {
		p.inFlight.Put(tag)
		p.inFlight.Follow(p.connection, tag)
		return proxylib.PASS, frame.Len
	}
	if !p.denials.SendNow(p.connection, denial(tag)) {
		return p.fail("too many bytes of denials wait")
	}
	return proxylib.DROP, frame.Len
}

// denial is the reply to a denied request: nothing but the tag and the status.
func denial(tag uint32) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0, 0, 0, headLen - 4}, tag), statusDenied)
}

func (p *parser) onReply(view proxylib.View) (proxylib.OpType, int) {
	if op, n := p.denials.Next(p.connection); op != proxylib.NOP {
		return op, n
	}
	frame, need, err := framing.Next(view, &p.scratch)
	if err != nil {
		return p.fail(err.Error())
	}
	if frame.Header == nil {
		return proxylib.MORE, need
	}
	if _, ok := p.inFlight.Take(binary.BigEndian.Uint32(frame.Header[4:])); !ok {
		return p.fail("reply without a request")
	}
	return proxylib.PASS, frame.Len
}

func (p *parser) log(verdict proxylib.Verdict, tag uint32) {
	p.entry.Begin("kv")
	p.entry.AddBytes(opLog, ops[p.request.op].name)
	p.entry.AddBytes(keyLog, p.request.key)
	p.entry.AddNumber(tagLog, uint64(tag))
	p.connection.LogRequest(verdict, &p.entry)
}

func (p *parser) fail(reason string) (proxylib.OpType, int) {
	return p.connection.Fail(reason, proxylib.ERROR_INVALID_FRAME_TYPE)
}
