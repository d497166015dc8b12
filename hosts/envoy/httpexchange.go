package envoy

import (
	"slices"
	"time"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// httpExchange is a request that passed, until its reply has ended. Its texts are in its own memory.
type httpExchange struct {
	// open: the entry is not written yet.
	open    bool
	time    int64
	audited bool
	reason  string
	entry   accesslog.HTTP
	text    []byte
	end     accesslog.Exchange
	reply   accesslog.Generic
}

// longestText is the length, in bytes, of the longest text that is kept: entries cut what is longer than a value, and show that.
const longestText = accesslog.MaxValue + 1

// begin keeps a request.
func (x *httpExchange) begin(e *accesslog.HTTP, at int64, r *httpResult) {
	x.open, x.time, x.audited, x.reason = true, at, r.audited, r.reason
	x.reply.Begin("http")
	x.end = accesslog.Exchange{}
	size := keptSize(e.Scheme) + keptSize(e.Host) + keptSize(e.Path) + keptSize(e.Method)
	for _, list := range [...][]accesslog.HTTPHeader{e.Headers, e.Missing, e.Rejected} {
		for i := range list {
			size += keptSize(list[i].Key) + keptSize(list[i].Value)
		}
	}
	x.text = slices.Grow(x.text[:0], size)
	x.entry = accesslog.HTTP{
		Protocol: e.Protocol, Scheme: x.kept(e.Scheme), Host: x.kept(e.Host), Path: x.kept(e.Path), Method: x.kept(e.Method),
		Headers: x.keptHeaders(x.entry.Headers, e.Headers), Missing: x.keptHeaders(x.entry.Missing, e.Missing),
		Rejected: x.keptHeaders(x.entry.Rejected, e.Rejected),
	}
}

// keptSize is how much of a text is kept.
func keptSize(text string) int { return min(len(text), longestText) }

// kept copies a text into the memory, which is large enough.
func (x *httpExchange) kept(text string) string {
	from := len(x.text)
	x.text = append(x.text, text[:keptSize(text)]...)
	return lent(x.text[from:])
}

func (x *httpExchange) keptHeaders(into, headers []accesslog.HTTPHeader) []accesslog.HTTPHeader {
	into = into[:0]
	for i := range headers {
		into = append(into, accesslog.HTTPHeader{Key: x.kept(headers[i].Key), Value: x.kept(headers[i].Value)})
	}
	return into
}

// logEnd writes the entry of the exchange, unless it has been written: the stream has ended, with this status, which is 0 if
// there was no reply, after these bytes of bodies. It returns the latency in nanoseconds, which is known if there was a reply.
func (s *httpStream) logEnd(status uint32, requestBytes, replyBytes uint64) (latency uint64, known bool) {
	x := &s.exchange
	if !x.open {
		return 0, false
	}
	x.open = false
	if x.entry.Status == 0 {
		x.entry.Status = status
	}
	switch {
	case x.entry.Status == 0:
		x.end.Status = cilium.ReplyStatus_NoReply
	case x.entry.Status >= firstError:
		x.end.Status = cilium.ReplyStatus_Failed
	default:
		x.end.Status = cilium.ReplyStatus_Succeeded
	}
	x.end.RequestBytes, x.end.ReplyBytes, x.end.Latency = requestBytes, replyBytes, uint64(max(time.Now().UnixNano()-x.time, 0))
	if x.reply.FieldsLen() > 0 {
		x.end.Reply = &x.reply
	}
	s.filter.instance.AccessLog().Log(accesslog.Entry{
		Time: x.time, Type: cilium.EntryType_Request, Rule: s.rule, Reason: x.reason, Audit: x.audited, Exchange: &x.end, Flow: &s.flow.log,
		For: accesslog.Exchanges, L7: &x.entry,
	})
	return x.end.Latency, x.end.Status != cilium.ReplyStatus_NoReply
}

// firstError is the lowest status code that reports an error.
const firstError = 400
