package proxylib

import (
	"fmt"
	"maps"
	"slices"
)

// Protocol is what the rest of the system needs to know of a protocol: how its parsers are made and configured, which
// keys the policy rules about it have, and what is logged of it. Validation of policies, the messages about their
// mistakes, and documentation come from it.
type Protocol struct {
	// Name is the name by which hosts and users know the parser, and the l7_proto of its rules.
	Name string
	// New makes the parser of a new connection. It returns nil to decline the connection, which is then refused. It is
	// called from several threads at once.
	New func(*Connection) Parser
	// Configure, if not nil, takes the configuration that a filter has for the parser, a JSON object, and returns what takes
	// the place of New there. Its error names the field and says what to write instead, and refuses the configuration when
	// it is loaded. Configure is called once for each configuration, possibly from several threads at once, and must not
	// keep config. [DecodeConfig] reads the object.
	Configure func(config []byte) (func(*Connection) Parser, error)
	// Detect, if not nil, says whether a connection that begins with these bytes, request from the client and reply from the
	// server, speaks the protocol: request and reply grow until it decides, to at most 512 bytes each, and one of them may be
	// empty. Hosts ask it in observe mode alone, where nobody has named the parser. It must not keep the bytes.
	Detect func(request, reply []byte) Detection
	// RuleKeys are the keys that an L7 rule may have, in the order in which they are documented. Requests that the parser
	// passes to [Connection.Decide] have to be a [Subject]. A protocol without any has no L7 rules, unless it brings a rule
	// parser of its own; see [RegisterL7RuleParser].
	RuleKeys []RuleKey
	// CheckRule, if not nil, refuses rules whose keys, each of them valid, make no sense together. keys are those of RuleKeys
	// that the rule has; they are not empty, and no value in them is.
	CheckRule func(keys map[string]string) error
	// Imply, if not nil, returns what a rule demands besides what is written in it, by keys that are Implied. keys is not
	// empty, and no value in it is.
	Imply func(keys map[string]string) map[string]string
	// Describe, if not nil, returns fields of a request, by their numbers, that follow from others which are given: those
	// that Implied keys are about. Tools that ask about a request without its bytes call it.
	Describe func(given map[int]string) map[int]string
	// ReadLog, if not nil, returns the requests that the fields of an entry of the access log stand for, each by the values of
	// its fields: none where the log does not say enough. Tools that learn from logs call it. Without it, a field of the log is
	// the field of requests that has its name.
	ReadLog func(entry map[string]string) []map[int][]string
	// LogFields are the fields of access-log entries, in the order in which they are documented.
	LogFields []LogFieldDoc
	// System is the db.system.name of OpenTelemetry's semantic conventions; empty if the protocol is not that of a database.
	System string
	// Access documents what the protocol counts as read, write and admin. With it rules have the key access, and a filter
	// may be configured to be read-only; requests have to be [Classified]. Empty: the protocol does not say.
	Access []AccessDoc
	// Pauses reports that the parser calls [Connection.Pause]. Hosts that cannot have requests pause refuse such a protocol when
	// they are configured.
	Pauses bool
	// Login reports that the parser calls [Connection.SetUser]. With it rules have the keys user, user_prefix and user_regex,
	// and entries of the access log have the field user.
	Login bool

	// origin is the package of a factory, where New is not from there; see [Protocol.Package].
	origin string
	// complete: the protocol has the keys and fields of the framework.
	complete bool
}

// protocols is filled by init functions and read-only afterwards.
var protocols = map[string]*Protocol{}

// Register makes a protocol known. It is meant to be called from an init function. A name that is taken, a protocol
// without a name or New, and two keys or fields of one name,
// those of the framework among them, are programming errors and panic.
func Register(p Protocol) {
	registered := p.Complete()
	if _, taken := protocols[p.Name]; taken {
		panic(fmt.Sprintf("proxylib: parser %q is registered twice", p.Name))
	}
	protocols[p.Name] = registered
	if registered.hasRules() {
		RegisterL7RuleParser(p.Name, registered.ParseRules)
	}
}

// Registered returns the protocol that is registered under a name, complete and not to be changed, or nil.
func Registered(name string) *Protocol { return protocols[name] }

// ParserNames lists the registered protocols in alphabetical order.
func ParserNames() []string { return slices.Sorted(maps.Keys(protocols)) }

// Complete returns the protocol as [Register] would register it, with the keys and fields of the framework, for tests and
// tools that use it without registration. It panics as Register does.
func (p Protocol) Complete() *Protocol {
	if p.complete {
		return &p
	}
	p.complete = true
	if p.Name == "" || p.New == nil {
		panic(fmt.Sprintf("proxylib: protocol %q needs both Name and New", p.Name))
	}
	if len(p.Access) > 0 {
		p.RuleKeys = append(slices.Clip(p.RuleKeys), accessKey)
	}
	if p.Login {
		p.RuleKeys = append(slices.Clip(p.RuleKeys), userKeys...)
		p.LogFields = append(slices.Clip(p.LogFields), userField)
	}
	for i := range p.RuleKeys {
		if p.key(p.RuleKeys[i].Name) != &p.RuleKeys[i] {
			panic(fmt.Sprintf("proxylib: parser %q has key %q twice", p.Name, p.RuleKeys[i].Name))
		}
	}
	for i, f := range p.LogFields {
		if slices.IndexFunc(p.LogFields, func(g LogFieldDoc) bool { return g.Name == f.Name }) != i {
			panic(fmt.Sprintf("proxylib: parser %q has log field %q twice", p.Name, f.Name))
		}
	}
	return &p
}

// hasRules reports whether the framework compiles the L7 rules of the protocol.
func (p *Protocol) hasRules() bool { return p.RuleKeys != nil || p.CheckRule != nil }

// Configured returns what makes parsers by a configuration: without one it is New. The error says what to write instead.
func (p *Protocol) Configured(config []byte) (func(*Connection) Parser, error) {
	switch {
	case len(config) == 0:
		return p.New, nil
	case p.Configure == nil:
		return nil, fmt.Errorf("parser %s takes no configuration: leave it out", p.Name)
	}
	return p.Configure(config)
}

// ParseRules compiles the L7 rules of a rule, which it takes from l7_allow_rules. It is the rule parser of the protocol.
func (p *Protocol) ParseRules(rule *PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
	var rules []map[string]string
	for _, entry := range rule.GetL7Rules().GetL7AllowRules() {
		rules = append(rules, entry.GetRule())
	}
	set, err := p.Compile(rules)
	if err != nil {
		return nil, err
	}
	return []L7NetworkPolicyRule{set}, nil
}

func (p *Protocol) key(name string) *RuleKey {
	i := slices.IndexFunc(p.RuleKeys, func(k RuleKey) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &p.RuleKeys[i]
}

func (p *Protocol) keyNames() []string {
	var names []string
	for _, k := range p.RuleKeys {
		if !k.Implied {
			names = append(names, k.Name)
		}
	}
	return names
}
