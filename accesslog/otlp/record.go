package otlp

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
)

// record returns an entry as a record.
func (s *Sink) record(e *cilium.LogEntry) log.Record {
	line := jsonline.Of(e)
	var r log.Record
	r.SetTimestamp(time.Unix(0, int64(e.Timestamp)))
	r.SetObservedTimestamp(time.Now())
	r.SetEventName("proxylib." + line.Type)
	r.SetSeverity(severityOf(line))
	r.SetSeverityText(severityOf(line).String())
	var parser Parser
	if s.config.Parser != nil {
		parser = s.config.Parser(line.Parser)
	}
	b := builder{parser: parser}
	b.connection(line)
	b.verdict(line)
	if h := e.GetHttp(); h != nil {
		b.http(h, line.Exchange)
		b.exchange(line.Exchange)
	} else {
		b.fields(line.Fields, "proxylib.field.")
		b.exchange(line.Exchange)
		b.reply(line.Exchange)
	}
	if kafka := e.GetKafka(); kafka != nil && len(kafka.Topics) > 0 {
		b.text(semconv.MessagingDestinationNameKey, kafka.Topics[0])
	}
	r.SetBody(attribute.StringValue(b.body(line)))
	r.AddAttributes(b.attributes...)
	return r
}

func severityOf(line *jsonline.Line) log.Severity {
	switch {
	case line.Type == "denied", line.Type == "closed", audited(line):
		return log.SeverityWarn
	}
	return log.SeverityInfo
}

// audited reports whether a request passed that the policy denies. Entries of HTTP have a reason then, and no field.
func audited(line *jsonline.Line) bool {
	return line.Fields["audit"] == "denied" || line.Proto == "http" && line.Type == "request" && line.Reason != ""
}

// builder collects the attributes of a record.
type builder struct {
	parser     Parser
	attributes []attribute.KeyValue
	// operation and status are for the body, and code says what kind of error the server reports.
	operation, code string
}

func (b *builder) text(key attribute.Key, value string) {
	if value != "" {
		b.attributes = append(b.attributes, key.String(value))
	}
}

func (b *builder) number(key attribute.Key, n int64) {
	b.attributes = append(b.attributes, key.Int64(n))
}

// connection adds what is known of the connection.
func (b *builder) connection(line *jsonline.Line) {
	if line.Proto == "kafka" {
		b.text(semconv.MessagingSystemKey, line.Proto)
	} else {
		b.text(semconv.DBSystemNameKey, b.parser.System)
	}
	b.address(semconv.ClientAddressKey, semconv.ClientPortKey, line.Source)
	if line.Proto == "http" {
		// The server is that which the request names; this is the proxy's side of the connection.
		b.address(semconv.NetworkLocalAddressKey, semconv.NetworkLocalPortKey, line.Destination)
	} else {
		b.address(semconv.ServerAddressKey, semconv.ServerPortKey, line.Destination)
	}
	b.text(semconv.NetworkTransportKey, "tcp")
	b.text(semconv.NetworkProtocolNameKey, line.Proto)
	b.text("tls.client.server_name", line.ServerName)
	b.number("proxylib.connection", int64(line.Connection))
	b.text("proxylib.parser", line.Parser)
	b.text("proxylib.policy", line.Policy)
	b.number("proxylib.source_identity", int64(line.SourceID))
	b.number("proxylib.destination_identity", int64(line.DestinationID))
}

func (b *builder) address(address, port attribute.Key, text string) {
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		b.text(address, text)
		return
	}
	b.text(address, a.Addr().String())
	b.number(port, int64(a.Port()))
}

// verdict adds what was decided, and why.
func (b *builder) verdict(line *jsonline.Line) {
	verdict := map[string]string{"request": "allowed", "denied": "denied", "closed": "closed"}[line.Type]
	if audited(line) {
		verdict = "audited"
	}
	b.text("proxylib.verdict", verdict)
	b.text("proxylib.rule", line.Rule)
	b.text("proxylib.reason", line.Reason)
	if line.Request > 0 {
		b.number("proxylib.request", int64(line.Request))
	}
	if line.Offset != nil {
		b.text("proxylib.direction", line.Direction)
		b.number("proxylib.offset", int64(*line.Offset))
	}
}

// numeric are the attributes that are numbers.
var numeric = []string{string(semconv.DBResponseReturnedRowsKey), string(semconv.DBOperationBatchSizeKey)}

// fields adds what the parser has extracted. Those that the conventions have no name for have one of ours.
func (b *builder) fields(fields map[string]string, prefix string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		key := b.parser.Attributes[name]
		switch {
		case name == "user":
			key = string(semconv.UserNameKey)
		case name == "audit":
			continue
		case key == "":
			key = prefix + name
		}
		switch key {
		case string(semconv.DBOperationNameKey):
			b.operation = value
		case string(semconv.DBResponseStatusCodeKey):
			b.code = value
		}
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && slices.Contains(numeric, key) {
			b.number(attribute.Key(key), n)
			continue
		}
		b.text(attribute.Key(key), value)
	}
}

// exchange adds how the request ended.
func (b *builder) exchange(x *jsonline.Exchange) {
	if x == nil {
		return
	}
	b.text("proxylib.status", x.Status)
	b.number("proxylib.request.bytes", int64(x.RequestBytes))
	b.number("proxylib.reply.bytes", int64(x.ReplyBytes))
	b.number("proxylib.latency_ns", int64(x.Latency))
}

// reply adds what a parser has extracted from the reply.
func (b *builder) reply(x *jsonline.Exchange) {
	if x == nil {
		return
	}
	b.fields(x.Reply, "proxylib.reply.field.")
	if x.Status != "error" {
		return
	}
	if b.code == "" {
		b.code = semconv.ErrorTypeOther.Value.AsString()
	}
	b.text(semconv.ErrorTypeKey, b.code)
}

// body says in a few words what happened.
func (b *builder) body(line *jsonline.Line) string {
	text := line.Type
	if line.Proto != "" {
		text += " " + line.Proto
	}
	if b.operation != "" {
		text += " " + b.operation
	}
	if line.Exchange != nil {
		text += ": " + line.Exchange.Status
	}
	if line.Reason != "" {
		text += ": " + line.Reason
	}
	return text
}
