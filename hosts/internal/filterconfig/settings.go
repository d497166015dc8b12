package filterconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/inline"
	"github.com/proxylib/proxylib/proxylib"
)

// Settings is the filter_config of the filter: a JSON object. Unknown fields are refused.
type Settings struct {
	// Parser is the name of the protocol; required.
	Parser string `json:"parser"`
	// ParserConfig is the configuration of the parser, an object that the parser itself defines; none by default.
	ParserConfig json.RawMessage `json:"parser_config"`
	// Direction says whose policy applies: that of the server, "ingress", the default, or that of the client, "egress".
	Direction string `json:"direction"`
	// PolicyName is the IP address of the endpoint whose policy applies. By default it is the address that the client
	// connected to for ingress, and the client's own for egress.
	PolicyName string `json:"policy_name"`
	// Port is the port that policy is looked up for; by default the one that the client connected to.
	Port uint16 `json:"port"`
	// StatPrefix is the part of the names of this filter's counters that distinguishes it from other filters; by default the
	// name of the parser, with an underscore for each dot.
	StatPrefix string `json:"stat_prefix"`
	// ProxyID is the number by which rules know the listener.
	ProxyID uint16 `json:"proxy_id"`
	// NodeID is the name by which the policy server knows this node.
	NodeID string `json:"node_id"`
	// Policy says where policies come from; required.
	Policy PolicySource `json:"policy"`
	// Identities are the security identities of addresses.
	Identities []Identity `json:"identities"`
	// AccessLog says where access-log entries go; nowhere by default.
	AccessLog *AccessLog `json:"access_log"`
	Limits    Limits     `json:"limits"`
	// Audit lets requests pass that the policy denies; the access log marks them.
	Audit bool `json:"audit"`
	// ReadOnly denies every request that changes something, whatever the policy allows.
	ReadOnly bool `json:"readonly"`
	// LogLevel is the level of our own messages in Envoy's log, "info" by default. Envoy's own level applies as well.
	LogLevel string `json:"log_level"`
}

// Inline is a policy of the configuration itself.
type Inline = inline.Policy

// PolicySource is a policy itself, a file, or the address of an NPDS server: the path of its Unix socket, or host:port.
// OnError is for a file and a server, the fields after it are for a server.
type PolicySource struct {
	Inline
	File string `json:"file"`
	XDS  string `json:"xds"`
	// OnError says what happens to the policy of an endpoint when the source sends one that is refused.
	OnError policy.OnError `json:"on_error"`
	// Delta asks for changes only, Hosts for the identities of addresses as well.
	Delta bool     `json:"delta"`
	Hosts bool     `json:"hosts"`
	TLS   TLSFiles `json:"tls"`
	// TokenFile is the path of a file with the token for the server.
	TokenFile string `json:"token_file"`
}

// TLSFiles are those of npds.TLSFiles.
type TLSFiles struct {
	CA         string `json:"ca"`
	Cert       string `json:"cert"`
	Key        string `json:"key"`
	ServerName string `json:"server_name"`
}

// Identity gives the addresses of a prefix a number.
type Identity struct {
	CIDR     string      `json:"cidr"`
	Identity WholeNumber `json:"identity"`
}

// AccessLog is the places that entries go to: File, which may be "stdout" or "stderr", takes lines of JSON, Socket is
// the path of a Cilium agent's unixpacket socket, and Server sends them to the policy server as well.
type AccessLog struct {
	File   string `json:"file"`
	Socket string `json:"socket"`
	// Envoy is for a Wasm plugin, where it is the only place: Envoy's log, at level info.
	Envoy  bool `json:"envoy"`
	Server bool `json:"server"`
}

// Limits limit what the filter accepts and holds.
type Limits struct {
	// HeldBytes limits the bytes of one direction of a connection that wait for a verdict; 0 takes the default.
	HeldBytes WholeNumber `json:"held_bytes"`
	// The others are those of [instance.Limits].
	Connections    WholeNumber `json:"connections"`
	TotalHeldBytes WholeNumber `json:"total_held_bytes"`
	LogQueueBytes  WholeNumber `json:"log_queue_bytes"`
}

// maxHeldBytes is the largest limit of held bytes that can be configured.
const maxHeldBytes = 1 << 30

// The values of Direction.
const (
	Ingress = "ingress"
	Egress  = "egress"
)

// Parse decodes and checks a filter_config. An error says which field is wrong and how to fix it.
func Parse(data []byte) (*Settings, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New(`is empty: give a JSON object with at least "parser" and "policy"`)
	}
	s := New()
	if err := Decode(data, s); err != nil {
		return nil, err
	}
	if err := s.checkParser(); err != nil {
		return nil, err
	}
	if err := s.CheckShared(); err != nil {
		return nil, err
	}
	if !s.Policy.Given() {
		return s, nil
	}
	if _, err := inline.Compile(s.Inline(), policy.Registered()); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return s, nil
}

// New returns settings that nothing has been given for.
func New() *Settings { return &Settings{Direction: Ingress, LogLevel: "info"} }

// Decode decodes a filter_config, in which each field must be known.
func Decode(data []byte, into any) error {
	if err := proxylib.DecodeConfig(jsonOf(data), into); err != nil {
		return fmt.Errorf("is not valid: %w", err)
	}
	return nil
}

// CheckShared checks all but the parser and the rules of a policy in the settings themselves.
func (s *Settings) CheckShared() error {
	for _, check := range []func() error{s.checkStatPrefix, s.checkFlow, s.checkPolicy, s.checkAccessLog, s.checkLimits} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Settings) checkParser() error {
	names := strings.Join(proxylib.ParserNames(), ", ")
	if s.Parser == "" {
		return fmt.Errorf("parser: is missing: give one of %s", names)
	}
	if proxylib.Registered(s.Parser) == nil {
		return fmt.Errorf("parser: %q is not in this library: give one of %s", s.Parser, names)
	}
	if s.ReadOnly {
		if err := proxylib.Registered(s.Parser).CheckReadOnly(); err != nil {
			return fmt.Errorf("readonly: %w", err)
		}
	}
	return nil
}

// maxStatPrefix is the length, in bytes, of the longest stat_prefix.
const maxStatPrefix = 64

// statPrefixBytes are those that a stat_prefix may have: to Envoy's tags, a dot would end it.
const statPrefixBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func (s *Settings) checkStatPrefix() error {
	if s.StatPrefix == "" {
		s.StatPrefix = strings.ReplaceAll(s.Parser, ".", "_")
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
	return map[string]Inline{s.Parser: s.Policy.Inline}
}

func (s *Settings) checkAccessLog() error {
	if s.AccessLog != nil && *s.AccessLog == (AccessLog{}) {
		return errors.New(`access_log: give {"file": PATH, "stdout" or "stderr"}, {"socket": PATH}, {"server": true} or several, or leave it out`)
	}
	if s.AccessLog != nil && s.AccessLog.Server && s.Policy.XDS == "" {
		return errors.New("access_log.server: is for a policy server: give policy.xds, or leave it out")
	}
	return nil
}

func (s *Settings) checkLimits() error {
	if s.Limits.HeldBytes < 0 || s.Limits.HeldBytes > maxHeldBytes {
		return fmt.Errorf("limits.held_bytes: %d is out of range: give at most %d", s.Limits.HeldBytes, maxHeldBytes)
	}
	if _, err := logrus.ParseLevel(s.LogLevel); err != nil {
		return fmt.Errorf("log_level: %q is unknown: give trace, debug, info, warning or error", s.LogLevel)
	}
	return nil
}

// jsonOf returns the JSON form of a google.protobuf.Struct, which Envoy 1.37.0 hands over in wire form, where the later
// ones hand over JSON. Everything else is returned as it is.
func jsonOf(data []byte) []byte {
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
