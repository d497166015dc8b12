package sink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
)

// Line is the JSON form of an entry, one line each.
type Line struct {
	// Time is in RFC 3339 form with nanoseconds, UTC.
	Time string `json:"time"`
	// Type is request, response or denied.
	Type    string `json:"type"`
	Ingress bool   `json:"ingress"`
	// Policy is the policy name: the IP address of the endpoint.
	Policy  string `json:"policy"`
	ProxyID uint32 `json:"proxy_id,omitempty"`
	// Rule is the name of the rule that decided.
	Rule          string `json:"rule,omitempty"`
	SourceID      uint32 `json:"source_id"`
	DestinationID uint32 `json:"destination_id"`
	Source        string `json:"source"`
	Destination   string `json:"destination"`
	// Proto and Fields are the parser's own.
	Proto  string            `json:"proto,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
	// L7 holds what is no generic entry: that of Kafka or HTTP.
	L7 any `json:"l7,omitempty"`
	// Lost counts the entries that were dropped since the one before.
	Lost uint64 `json:"lost,omitempty"`
}

// jsonSink writes lines of JSON.
type jsonSink struct {
	encoder *json.Encoder
	buffer  bytes.Buffer
	writer  io.Writer
	closer  io.Closer
	lost    uint64
}

func newJSON(w io.Writer, closer io.Closer) *jsonSink {
	s := &jsonSink{writer: w, closer: closer}
	s.encoder = json.NewEncoder(&s.buffer)
	s.encoder.SetEscapeHTML(false)
	return s
}

func openFile(path string) (*jsonSink, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("access log: give a file that can be written to: %w", err)
	}
	return newJSON(f, f), nil
}

// deliver writes one line. A line that can not be written counts as lost in the next one.
func (s *jsonSink) deliver(entry []byte, lost uint64) error {
	s.lost += lost
	var m cilium.LogEntry
	if err := proto.Unmarshal(entry, &m); err != nil {
		s.lost++
		return fmt.Errorf("access log: decode entry: %w", err)
	}
	s.buffer.Reset()
	if err := s.encoder.Encode(lineOf(&m, s.lost)); err != nil {
		s.lost++
		return fmt.Errorf("access log: encode entry: %w", err)
	}
	if _, err := s.writer.Write(s.buffer.Bytes()); err != nil {
		s.lost++
		return fmt.Errorf("access log: %w", err)
	}
	s.lost = 0
	return nil
}

func (s *jsonSink) Close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}

func lineOf(m *cilium.LogEntry, lost uint64) *Line {
	line := &Line{
		Time: time.Unix(0, int64(m.GetTimestamp())).UTC().Format(time.RFC3339Nano),
		Type: strings.ToLower(m.GetEntryType().String()), Ingress: m.GetIsIngress(), Policy: m.GetPolicyName(),
		ProxyID: m.GetProxyId(), Rule: m.GetCiliumRuleRef(),
		SourceID: m.GetSourceSecurityId(), DestinationID: m.GetDestinationSecurityId(),
		Source: m.GetSourceAddress(), Destination: m.GetDestinationAddress(), Lost: lost,
	}
	switch l7 := m.GetL7().(type) {
	case *cilium.LogEntry_GenericL7:
		line.Proto, line.Fields = l7.GenericL7.GetProto(), l7.GenericL7.GetFields()
	case *cilium.LogEntry_Kafka:
		line.Proto, line.L7 = "kafka", l7.Kafka
	case *cilium.LogEntry_Http:
		line.Proto, line.L7 = "http", l7.Http
	}
	return line
}
