package filterconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib"
)

// Settings is the filter_config of the filter: a JSON object. Unknown fields are refused. The comments of the fields, here and
// below, and their tags "default" are the reference in docs/reference-configuration.md.
type Settings struct {
	// Parser is the protocol: the name of a parser, of which "proxylib parsers" lists those of the library, or an object. In mode
	// observe it may be "auto": the protocol is detected by the first bytes of each connection.
	Parser Parser `json:"parser" default:"required"`
	// ParserConfig is the configuration of the parser itself.
	ParserConfig json.RawMessage `json:"parser_config"`
	// Direction says whose policy applies: "ingress", that of the server, or "egress", that of the client.
	Direction string `json:"direction" default:"ingress"`
	// PolicyName is the IP address of the endpoint whose policy applies. It has to be given for a listener on an address of
	// its own.
	PolicyName string `json:"policy_name" default:"ingress: the address that the client connected to; egress: the client's"`
	// Port is the destination port that the policy is looked up for.
	Port uint16 `json:"port" default:"the one that the client connected to"`
	// StatPrefix is the part of the names of this filter's counters that distinguishes them from those of other filters: at
	// most 64 letters, digits, "_" and "-". Give filters with the same parser different ones to count them apart.
	StatPrefix string `json:"stat_prefix" default:"the parser's name, with an underscore for each dot"`
	// ProxyID is the number by which rules know the listener.
	ProxyID uint16 `json:"proxy_id" default:"0"`
	// NodeID is the name by which the policy server knows this node. Give one if several Envoys have the same server, to
	// distinguish them there; a Cilium agent accepts only "a~IP~c~d".
	NodeID string `json:"node_id" default:"host~127.0.0.2~libproxylib-N~localdomain, N being the number of the filter configuration"`
	// Policy says where the policy comes from: allow and deny, file, or xds, one of the three.
	Policy PolicySource `json:"policy" default:"required"`
	// Identities are the security identities of addresses; the longest prefix wins. Other addresses have identity 0, which
	// only rules without remote_policies allow.
	Identities []Identity `json:"identities"`
	// ClientName says what uri_san of identities is compared with: "certificate", the URI in the client's certificate of TLS, or
	// "filter_state:KEY", a text that a filter before this one has stored in Envoy's filter state. The HTTP filter also knows
	// "forwarded", the URI in the last element of the header x-forwarded-client-cert, and a Wasm plugin only "certificate".
	ClientName string `json:"client_name" default:"certificate"`
	// AccessLog says where entries go: an object, or a list of them; see docs/accesslog.md.
	AccessLog AccessLogs `json:"access_log" default:"no log"`
	// Log says which entries the readers get that do not say it: "exchange", "request" or "both"; see docs/accesslog.md.
	Log string `json:"log" default:"exchange, of a socket request"`
	// Redact says what happens to fields of the access log, by their names: "hash", "cut" or "drop"; see
	// docs/accesslog.md#redaction.
	Redact map[string]accesslog.Redaction `json:"redact"`
	// RedactKeyFile is the path of a file with the key for hashes, at least 16 bytes.
	RedactKeyFile string `json:"redact_key_file" default:"a random key"`
	// Limits are for all filters together that share them; see docs/configuration.md#limits.
	Limits Limits `json:"limits"`
	// Mode says what becomes of requests that the policy denies: "enforce" denies them, "audit" lets them pass, and the access
	// log marks them, "observe" lets everything pass, also what cannot be read; see docs/policy.md#watching-before-enforcing.
	Mode Mode `json:"mode" default:"enforce"`
	// Audit is the same as the mode "audit".
	Audit bool `json:"audit" default:"false"`
	// ReadOnly denies every request that changes something, whatever the policy allows; see docs/access.md.
	ReadOnly bool `json:"readonly" default:"false"`
	// LogLevel is the level of our own messages in Envoy's log: "error", "warning", "info", "debug" or "trace". Envoy's level
	// for dynamic_modules applies as well.
	LogLevel string `json:"log_level" default:"info"`
}

// Inline is a policy of the configuration itself.
type Inline = inline.Policy

// PolicySource is a policy itself, a file, or the address of an NPDS server. OnError is for a file and a server, the fields
// after it are for a server.
type PolicySource struct {
	Inline
	// File is the path of a policy file.
	File string `json:"file"`
	// XDS is a policy server: the path of its Unix socket, or host:port; in a Wasm plugin, the name of one of Envoy's clusters.
	XDS string `json:"xds"`
	// OnError says what holds for an endpoint whose policy is refused: "keep", the policy that was accepted last, or "deny",
	// everything is denied; see docs/policy.md#when-a-resource-is-refused.
	OnError policy.OnError `json:"on_error" default:"keep"`
	// Delta asks the policy server for changes only.
	Delta bool `json:"delta" default:"false"`
	// Hosts asks the policy server for the identities of addresses as well.
	Hosts bool `json:"hosts" default:"false"`
	// TLS is that to the policy server.
	TLS TLSFiles `json:"tls" default:"no TLS"`
	// TokenFile is the path of a file with the token that authenticates us to the policy server. It is read for each
	// connection, and sent only over TLS, a Unix socket or loopback.
	TokenFile string `json:"token_file" default:"no token"`
}

// TLSFiles are those of npds.TLSFiles.
type TLSFiles struct {
	// CA is the path of the certificates of those who may sign the server's.
	CA string `json:"ca" default:"required for TLS"`
	// Cert is the path of our own certificate, for a server that asks for one, and Key that of its key.
	Cert string `json:"cert"`
	Key  string `json:"key"`
	// ServerName is the name that the server's certificate has to have.
	ServerName string `json:"server_name" default:"the host of xds"`
}

// Identity gives the addresses of a prefix a number.
type Identity struct {
	// CIDR is a prefix, or an address.
	CIDR string `json:"cidr" default:"required, or uri_san"`
	// URISAN takes the place of cidr: a URI in the certificate of the client, or what client_name says. It precedes the address.
	URISAN string `json:"uri_san"`
	// Identity is the number of the addresses, from 1 to 4294967295.
	Identity WholeNumber `json:"identity" default:"required"`
}

// Limits limit what the filter accepts and holds.
type Limits struct {
	// HeldBytes are bytes of one direction of a connection that may wait for a verdict; beyond, the connection is closed.
	HeldBytes WholeNumber `json:"held_bytes" default:"1 MiB, or what the parser needs (cassandra 16 MiB)"`
	// Connections may be open at once; further ones are closed at their first bytes.
	Connections WholeNumber `json:"connections" default:"100000"`
	// TotalHeldBytes are memory, in bytes, of what all connections hold for a verdict; one that would need more is closed.
	TotalHeldBytes WholeNumber `json:"total_held_bytes" default:"256 MiB"`
	// LogQueueBytes are memory, in bytes, of entries on their way to the access log; further ones are dropped and counted.
	LogQueueBytes WholeNumber `json:"log_queue_bytes" default:"4 MiB"`
	// VerdictMilliseconds are how long a request may wait for a verdict that its parser gets elsewhere; then it is denied. They
	// are for parsers that do so.
	VerdictMilliseconds WholeNumber `json:"verdict_milliseconds" default:"5000"`
}

// Bounds of the time that a request may wait for a verdict.
const (
	defaultVerdictTime = 5 * time.Second
	maxVerdictTime     = 10 * time.Minute
)

// VerdictTime is how long a request may wait for a verdict.
func (l *Limits) VerdictTime() time.Duration {
	if l.VerdictMilliseconds == 0 {
		return defaultVerdictTime
	}
	return time.Duration(l.VerdictMilliseconds) * time.Millisecond
}

// maxHeldBytes is the largest limit of held bytes that can be configured.
const maxHeldBytes = 1 << 30

// The values of Direction.
const (
	Ingress = "ingress"
	Egress  = "egress"
)

// Parse decodes and checks a filter_config, for a host that loads no parsers from files. An error says which field is wrong and
// how to fix it.
func Parse(data []byte) (*Settings, error) {
	return ParseAndLoad(data, func(*Settings) (*proxylib.Protocol, error) {
		return nil, errors.New("a Wasm plugin loads no parsers from files, and is itself replaced as a whole: give the name of a parser")
	})
}

// ParseAndLoad is [Parse] for a host that loads parsers from files.
func ParseAndLoad(data []byte, load Load) (*Settings, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New(`is empty: give a JSON object with at least "parser" and "policy"`)
	}
	s := New()
	if err := Decode(data, s); err != nil {
		return nil, err
	}
	protocol, err := s.checkParser(load)
	if err != nil {
		return nil, err
	}
	if err := s.CheckShared(); err != nil {
		return nil, err
	}
	if !s.Policy.Given() {
		return s, nil
	}
	rules := policy.Registered()
	if s.Parser.Wasm != "" {
		rules[s.Parser.Name] = protocol.ParseRules
	}
	if _, err := inline.Compile(s.Inline(), rules); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return s, nil
}

// New returns settings that nothing has been given for.
func New() *Settings {
	return &Settings{Direction: Ingress, LogLevel: "info", ClientName: NameCertificate}
}

// Decode decodes a filter_config, in which each field must be known.
func Decode(data []byte, into any) error {
	if err := proxylib.DecodeConfig(JSON(data), into); err != nil {
		return fmt.Errorf("is not valid: %w", err)
	}
	return nil
}

// CheckShared checks all but the parser and the rules of a policy in the settings themselves.
func (s *Settings) CheckShared() error {
	for _, check := range []func() error{s.checkMode, s.checkStatPrefix, s.checkFlow, s.checkClientName, s.checkPolicy, s.checkAccessLog, s.checkLimits} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkParser returns the protocol.
func (s *Settings) checkParser(load Load) (p *proxylib.Protocol, err error) {
	names := strings.Join(proxylib.ParserNames(), ", ")
	switch {
	case s.Parser.Wasm != "":
		if p, err = load(s); err != nil {
			return nil, fmt.Errorf("parser: wasm: %w", err)
		}
		if err = s.Parser.loaded(p.Name); err != nil {
			return nil, err
		}
	case s.Parser.Name == "":
		return nil, fmt.Errorf("parser: is missing: give one of %s", names)
	case s.Parser.Name == Auto:
		return nil, s.checkAuto()
	default:
		p = proxylib.Registered(s.Parser.Name)
	}
	if p == nil {
		return nil, fmt.Errorf("parser: %q is not in this library: give one of %s", s.Parser.Name, names)
	}
	if s.ReadOnly {
		if err := p.CheckReadOnly(); err != nil {
			return nil, fmt.Errorf("readonly: %w", err)
		}
	}
	return p, nil
}

// maxStatPrefix is the length, in bytes, of the longest stat_prefix.
const maxStatPrefix = 64

// statPrefixBytes are those that a stat_prefix may have: to Envoy's tags, a dot would end it.
const statPrefixBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func (s *Settings) checkStatPrefix() error {
	if s.StatPrefix == "" {
		s.StatPrefix = statName(s.Parser.Name)
		return nil
	}
	if len(s.StatPrefix) > maxStatPrefix || strings.Trim(s.StatPrefix, statPrefixBytes) != "" {
		return fmt.Errorf("stat_prefix: %.*q cannot be used: give at most %d letters, digits, underscores and hyphens",
			maxStatPrefix, s.StatPrefix, maxStatPrefix)
	}
	return nil
}

func (s *Settings) checkFlow() error {
	if s.Direction != Ingress && s.Direction != Egress {
		return fmt.Errorf("direction: %q is unknown: give %q or %q", s.Direction, Ingress, Egress)
	}
	if s.PolicyName == "" {
		return nil
	}
	addr, err := netip.ParseAddr(s.PolicyName)
	if err != nil {
		return fmt.Errorf("policy_name: %q is not an IP address: give one of the endpoint_ips of the policy", s.PolicyName)
	}
	s.PolicyName = addr.Unmap().String()
	return nil
}

func (s *Settings) checkPolicy() error {
	given := 0
	for _, there := range []bool{s.Policy.File != "", s.Policy.XDS != "", s.Policy.Given()} {
		if there {
			given++
		}
	}
	if given == 0 && s.Mode == Observe {
		return nil
	}
	if given != 1 {
		return errors.New(`policy: give either {"allow": RULES, "deny": RULES}, {"file": PATH} or {"xds": SOCKET or HOST:PORT}`)
	}
	if err := s.Policy.OnError.Check(); err != nil {
		return fmt.Errorf("policy.%w", err)
	}
	if s.Policy.OnError != "" && s.Policy.Given() {
		return errors.New("policy.on_error: is for a file or a policy server: leave it out beside allow and deny")
	}
	if s.Policy.XDS == "" && (s.Policy.Delta || s.Policy.Hosts || s.Policy.TLS != TLSFiles{} || s.Policy.TokenFile != "") {
		return errors.New("policy: delta, hosts, tls and token_file are for a policy server: give xds, or leave them out")
	}
	return nil
}

// Inline is the policy that the configuration itself has, by the name of the parser.
func (s *Settings) Inline() map[string]Inline {
	return map[string]Inline{s.Parser.Name: s.Policy.Inline}
}

func (s *Settings) checkLimits() error {
	if s.Limits.HeldBytes < 0 || s.Limits.HeldBytes > maxHeldBytes {
		return fmt.Errorf("limits.held_bytes: %d is out of range: give at most %d", s.Limits.HeldBytes, maxHeldBytes)
	}
	if n := s.Limits.VerdictMilliseconds; n < 0 || time.Duration(n) > maxVerdictTime/time.Millisecond {
		return fmt.Errorf("limits.verdict_milliseconds: %d is out of range: give at most %d", n, maxVerdictTime/time.Millisecond)
	}
	if _, err := logrus.ParseLevel(s.LogLevel); err != nil {
		return fmt.Errorf("log_level: %q is unknown: give trace, debug, info, warning or error", s.LogLevel)
	}
	return nil
}

// JSON returns the JSON form of a google.protobuf.Struct, which Envoy 1.37.0 hands over in wire form, where the later
// ones hand over JSON. Everything else is returned as it is.
func JSON(data []byte) []byte {
	if json.Valid(data) {
		return data
	}
	var object structpb.Struct
	if err := proto.Unmarshal(data, &object); err != nil || len(object.ProtoReflect().GetUnknown()) > 0 {
		return data
	}
	text, err := object.MarshalJSON()
	if err != nil {
		return data
	}
	return text
}
