package jsonline

import (
	"strconv"
	"strings"
	"time"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// Line is the JSON form of an access-log entry. The keys come in this order, and those that may be left out are where they
// have nothing to say.
type Line struct {
	// Time is that of the entry in UTC, RFC 3339 with up to nine digits of a second.
	Time string `json:"time"`
	// Type is "request" for one that was allowed, "response", "denied", or "closed" for the end of a connection.
	Type string `json:"type"`
	// Connection is the number of the connection, 0 where the host has none.
	Connection uint64 `json:"connection"`
	// Request is the number of the request in its connection, from 1. The line of a reply has that of its request.
	Request uint64 `json:"request,omitempty"`
	// Ingress reports whether the policy of the server's side decided.
	Ingress bool `json:"ingress"`
	// Policy is the name by which the policy was found.
	Policy string `json:"policy"`
	// ProxyID is the number of the listener, 0 where the host has none.
	ProxyID uint32 `json:"proxy_id"`
	// Rule is the name of the policy rule that decided, empty if it has none.
	Rule string `json:"rule"`
	// Reason says why the policy does not allow a request, or why a connection is closed.
	Reason string `json:"reason,omitempty"`
	// Direction is "request" or "reply", whose bytes could not be passed when a connection is closed, and Offset how many
	// bytes of it had been passed or dropped before. Other lines have neither.
	Direction string  `json:"direction,omitempty"`
	Offset    *uint64 `json:"offset,omitempty"`
	// ServerName is that of the TLS handshake.
	ServerName string `json:"server_name,omitempty"`
	// SourceID and DestinationID are security identities, 0 where unknown.
	SourceID      uint32 `json:"source_id"`
	DestinationID uint32 `json:"destination_id"`
	// Source and Destination are "address:port", IPv6 addresses in brackets.
	Source      string `json:"source"`
	Destination string `json:"destination"`
	// Parser is the name of the parser, Proto that of the protocol, and Fields what the parser extracted.
	Parser string            `json:"parser,omitempty"`
	Proto  string            `json:"proto"`
	Fields map[string]string `json:"fields"`
	// Exchange is there in the line of a request that also says how the request ended.
	*Exchange
	// Lost is how many entries were lost since the last line.
	Lost uint64 `json:"lost,omitempty"`
}

// Exchange is the part of a [Line] that says how a request ended.
type Exchange struct {
	// Status is "ok" or "error" as the reply says, "replied" where the parser does not tell them apart, "no reply" if the
	// connection ended before, "silent" if the server sends none, and "not awaited" if too many requests waited.
	Status string `json:"status"`
	// RequestBytes were passed to the server, ReplyBytes to the client.
	RequestBytes uint64 `json:"request_bytes"`
	ReplyBytes   uint64 `json:"reply_bytes"`
	// Latency is in nanoseconds, from the verdict on the request to the end of the reply.
	Latency uint64 `json:"latency_ns"`
	// Reply is what the parser extracted from the reply.
	Reply map[string]string `json:"reply"`
}

// Of returns the JSON form of an entry.
func Of(e *cilium.LogEntry) *Line {
	line := &Line{
		Time:     time.Unix(0, int64(e.Timestamp)).UTC().Format(time.RFC3339Nano),
		Type:     strings.ToLower(e.EntryType.String()),
		Ingress:  e.IsIngress,
		Policy:   e.PolicyName,
		ProxyID:  e.ProxyId,
		Rule:     e.CiliumRuleRef,
		SourceID: e.SourceSecurityId, DestinationID: e.DestinationSecurityId,
		Source: e.SourceAddress, Destination: e.DestinationAddress,
		Connection: e.ConnectionId, Reason: e.Reason, ServerName: e.ServerName,
		Request: e.RequestId, Parser: e.Parser, Exchange: exchangeOf(e.Exchange),
	}
	if e.Closed != nil {
		line.Type, line.Direction, line.Offset = typeClosed, directionOf(e.Closed.Reply), &e.Closed.Offset
	}
	switch l7 := e.L7.(type) {
	case *cilium.LogEntry_GenericL7:
		line.Proto, line.Fields = l7.GenericL7.GetProto(), l7.GenericL7.GetFields()
	case *cilium.LogEntry_Kafka:
		line.Proto, line.Fields = "kafka", kafkaFields(l7.Kafka)
	case *cilium.LogEntry_Http:
		line.Proto, line.Fields = "http", httpFields(l7.Http)
	}
	if line.Fields == nil {
		line.Fields = map[string]string{}
	}
	return line
}

func exchangeOf(x *cilium.ExchangeLogEntry) *Exchange {
	if x == nil {
		return nil
	}
	e := &Exchange{
		Status: accesslog.StatusName(x.Status), RequestBytes: x.RequestBytes, ReplyBytes: x.ReplyBytes, Latency: x.Latency, Reply: x.ReplyFields,
	}
	if e.Reply == nil {
		e.Reply = map[string]string{}
	}
	return e
}

// typeClosed is the type of lines that say that a connection is closed.
const typeClosed = "closed"

func directionOf(reply bool) string {
	if reply {
		return "reply"
	}
	return "request"
}

func kafkaFields(k *cilium.KafkaLogEntry) map[string]string {
	return map[string]string{
		"correlation_id": strconv.Itoa(int(k.CorrelationId)),
		"error_code":     strconv.Itoa(int(k.ErrorCode)),
		"api_version":    strconv.Itoa(int(k.ApiVersion)),
		"api_key":        strconv.Itoa(int(k.ApiKey)),
		"topics":         strings.Join(k.Topics, ","),
	}
}

func httpFields(h *cilium.HttpLogEntry) map[string]string {
	fields := map[string]string{
		"http_protocol": h.HttpProtocol.String(),
		"scheme":        h.Scheme, "host": h.Host, "path": h.Path, "method": h.Method,
		"status": strconv.FormatUint(uint64(h.Status), 10),
	}
	for name, headers := range map[string][]*cilium.KeyValue{
		"headers": h.Headers, "missing_headers": h.MissingHeaders, "rejected_headers": h.RejectedHeaders,
	} {
		if len(headers) > 0 {
			fields[name] = joinHeaders(headers)
		}
	}
	return fields
}

func joinHeaders(headers []*cilium.KeyValue) string {
	var b strings.Builder
	for i, h := range headers {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(h.Key + ": " + h.Value)
	}
	return b.String()
}
