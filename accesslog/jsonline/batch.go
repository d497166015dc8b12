package jsonline

import (
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// Batch keeps entries and makes their lines later, one after another. Where a processor does much else between two entries, that
// takes less time: what makes a line is then in its caches. It keeps nothing of an entry but copies. The zero value is ready
// for use, by one thread at a time.
type Batch struct {
	encoder Encoder
	entries []kept
	// texts are those of the entries, one after another.
	texts []byte
	// size is about how long the lines are, written how many entries have been made lines.
	size, written int
}

// kept is an entry, whose text ends at a place of the texts of the batch. isWire: that is its wire form. Else it has rule, reason, l7
// and the fields of the reply, one after another; the first three end at places of their own.
type kept struct {
	isWire                      bool
	flow                        string
	rule, reason, l7, end       int
	connection, request, offset uint64
	time                        int64
	entryType                   uint64
	closed, reply               bool

	exchange                                  bool
	status, requestBytes, replyBytes, latency uint64
}

// plainLine is about how long the line of an entry is without its texts, and plainExchange how much more it is with an exchange, in
// bytes. Both are rather more, so that lines of the size that is wanted come in one piece.
const (
	plainLine     = 240
	plainExchange = 100
)

// Size returns about how long the lines of the entries are, in bytes: not less, unless much has to be escaped. It is 0 if there
// are none.
func (b *Batch) Size() int { return b.size }

// Add adds an entry.
func (b *Batch) Add(e *accesslog.Entry) {
	if n := len(b.entries); n < cap(b.entries) {
		// What was there before is set again below, as far as it is read.
		b.entries = b.entries[:n+1]
	} else {
		b.entries = append(b.entries, kept{})
	}
	k, begin := &b.entries[len(b.entries)-1], len(b.texts)
	p, ok := e.Parts()
	if k.isWire = !ok || uint64(e.Type) >= uint64(len(typeNames)); k.isWire {
		b.texts = e.Append(b.texts)
		k.end = len(b.texts)
		b.size += plainLine + k.end - begin
		return
	}
	k.flow, k.connection = p.Flow, e.Flow.Connection()
	k.time, k.entryType, k.request = e.Time, uint64(e.Type), e.Request
	if k.closed = e.Closed != nil; k.closed {
		k.reply, k.offset = e.Closed.Reply, e.Closed.Offset
	}
	if k.exchange = e.Exchange != nil; k.exchange {
		x := e.Exchange
		b.size += plainExchange
		k.status, k.requestBytes, k.replyBytes, k.latency = uint64(x.Status), x.RequestBytes, x.ReplyBytes, x.Latency
	}
	b.texts = append(b.texts, e.Rule...)
	k.rule = len(b.texts)
	b.texts = append(b.texts, e.Reason...)
	k.reason = len(b.texts)
	b.texts = append(b.texts, p.L7...)
	k.l7 = len(b.texts)
	b.texts = append(b.texts, p.Reply...)
	k.end = len(b.texts)
	b.size += plainLine + len(k.flow) + k.end - begin
}

// Append takes entries out of the batch and appends their lines to lines, until that is longer than most bytes or the batch is
// empty. An entry that no line can be made of is left out.
func (b *Batch) Append(lines []byte, most int) []byte {
	for b.written < len(b.entries) && len(lines) <= most {
		lines = b.appendNext(lines)
	}
	if b.written == len(b.entries) {
		b.entries, b.texts, b.size, b.written = b.entries[:0], b.texts[:0], 0, 0
	}
	return lines
}

func (b *Batch) appendNext(lines []byte) []byte {
	begin, before, ok := 0, len(lines), true
	if b.written > 0 {
		begin = b.entries[b.written-1].end
	}
	k := &b.entries[b.written]
	b.written++
	if k.isWire {
		ok = b.encoder.Decode(b.texts[begin:k.end])
	} else {
		b.encoder.set(k, b.texts[:k.end], begin)
	}
	if ok {
		lines, ok = b.encoder.Append(lines, 0)
	}
	if !ok {
		lines = append(lines[:before], k.foreign(b.texts[begin:k.end])...)
	}
	return lines
}

// set prepares the line of an entry of a batch, whose texts begin at a place.
func (l *Encoder) set(k *kept, texts []byte, begin int) {
	if l.setFlow(k.flow, k.connection) {
		l.connection = l.flow.connection
	} else {
		l.texts = append(l.texts[:0], k.flow...)
		l.Decode(l.texts)
	}
	l.time, l.entryType, l.request = k.time, k.entryType, k.request
	l.closed, l.reply, l.offset = k.closed, k.reply, k.offset
	l.exchange, l.status, l.requestBytes, l.replyBytes, l.latency = k.exchange, k.status, k.requestBytes, k.replyBytes, k.latency
	l.rule, l.reason = texts[begin:k.rule], texts[k.rule:k.reason]
	l.isHTTP, l.l7 = false, texts[k.reason:k.l7]
	l.replyFields, l.replyField = texts[k.l7:], fieldFields
}

// foreign returns the line of an entry that is of another kind than usual, or nothing if its text is none.
func (k *kept) foreign(text []byte) []byte {
	var e cilium.LogEntry
	if !k.isWire || proto.Unmarshal(text, &e) != nil {
		return nil
	}
	line, err := json.Marshal(Of(&e))
	if err != nil {
		return nil
	}
	return append(line, '\n')
}
