package cilium

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/instance"
	"github.com/proxylib/proxylib/policy"
)

// parameter is a parameter of the filter. Its default and meaning are the reference of docs/reference-configuration.md.
type parameter struct {
	name, byDefault, meaning string
	// set takes a value. Its error says what to write instead.
	set func(config *instance.Config, value string) error
}

// parameters are those that the filter has.
var parameters = []parameter{
	{"access-log-path", "no log", "the unixpacket socket that takes the access log", text(
		func(c *instance.Config) *string { return &c.AccessLogSocket })},
	{"access-log-server", "false", "true sends the access log to the policy server as well, if that is proxylib serve; see " +
		"docs/monitor.md#at-the-policy-server", truth(
		func(c *instance.Config) *bool { return &c.AccessLogServer })},
	{"access-logs", "none", `further readers of the access log: a JSON list as access_log of filter_config is, such as ` +
		`[{"otlp": "grpc://localhost:4317", "verdicts": ["denied"]}]; see docs/accesslog.md#several-and-less`, object(
		func(c *instance.Config) any { return (*filterconfig.AccessLogs)(&c.AccessLogs) })},
	{"audit", "false", "true lets requests pass that the policy denies, and marks them in the access log", truth(
		func(c *instance.Config) *bool { return &c.Audit })},
	{"log", "request", "request: an entry for a request and one for its reply; exchange: one for both; both: see docs/accesslog.md", text(
		func(c *instance.Config) *string { return &c.LogKinds })},
	{"log-level", "info, or debug with the host's debug flag", "error, warning, info, debug or trace", text(
		func(c *instance.Config) *string { return &c.LogLevel })},
	{"log-queue-bytes", "4 MiB", "memory of entries that wait for the access log; see docs/configuration.md#limits", limit(
		func(c *instance.Config) *int { return &c.Limits.LogQueueBytes })},
	{"max-connections", "100000", "connections that may be open at once; see docs/configuration.md#limits", limit(
		func(c *instance.Config) *int { return &c.Limits.Connections })},
	{"mode", "enforce", "enforce, audit or observe; see docs/policy.md#watching-before-enforcing. In mode observe the parser may be auto",
		func(c *instance.Config, value string) error {
			mode := filterconfig.Mode(value)
			if mode != "" && mode != filterconfig.Enforce && mode != filterconfig.Audit && mode != filterconfig.Observe {
				return fmt.Errorf("%q is unknown; use enforce, audit or observe", value)
			}
			c.Audit, c.Observe = mode == filterconfig.Audit, mode == filterconfig.Observe
			return nil
		}},
	{"node-id", "host~127.0.0.2~libproxylib-N~localdomain, N being the number of the instance",
		"name by which the policy server knows this node", text(
			func(c *instance.Config) *string { return &c.NodeID })},
	{"parser-config", "none", `configurations of parsers: a JSON object with one for each, by name, such as {"memcache": {"auth": "none"}}`, text(
		func(c *instance.Config) *string { return &c.ParserConfig })},
	{"policy", "none", "policies for everybody, instead of xds-path and policy-path: a JSON object with allow and deny for each parser, " +
		`such as {"r2d2": {"allow": [{"cmd": "READ"}]}}; connections with other parsers are denied everything. ` +
		"Cilium's agent never passes it, as policies come from the agent: it is for a configuration of your own", text(
		func(c *instance.Config) *string { return &c.InlinePolicies })},
	{"policy-on-error", "keep", "keep or deny: what holds for an endpoint whose policy is refused; see docs/policy.md#when-a-resource-is-refused",
		func(c *instance.Config, value string) error {
			c.OnError = policy.OnError(value)
			if c.OnError.Check() != nil {
				return fmt.Errorf("%q is unknown; use keep or deny", value)
			}
			return nil
		}},
	{"policy-path", "none", "policy file, instead of a policy server", text(
		func(c *instance.Config) *string { return &c.PolicyFile })},
	{"readonly", "false", "true denies every request that changes something, whatever the policy allows; see docs/access.md", truth(
		func(c *instance.Config) *bool { return &c.ReadOnly })},
	{"redact", "none", `what happens to fields of the access log: a JSON object such as {"keys": "hash"}; see docs/accesslog.md#redaction`, object(
		func(c *instance.Config) any { return &c.Redact })},
	{"redact-key-file", "a random key", "file with the key for hashes, at least 16 bytes", text(
		func(c *instance.Config) *string { return &c.RedactKeyFile })},
	{"wasm-parsers", "none", "files of parsers, separated by commas, each of which takes the place of the library's own parser of its " +
		"name; see docs/wasm-parsers.md", func(config *instance.Config, value string) error {
		for path := range strings.SplitSeq(value, ",") {
			if path != "" {
				config.WasmParsers = append(config.WasmParsers, instance.WasmParser{Path: path})
			}
		}
		return nil
	}},
	{"xds-ca", "no TLS", "file with the certificates of those who may sign the policy server's", text(
		func(c *instance.Config) *string { return &c.XDSTLS.CA })},
	{"xds-cert", "none", "file with our own certificate, for a policy server that asks for one", text(
		func(c *instance.Config) *string { return &c.XDSTLS.Cert })},
	{"xds-delta", "false", "true uses the incremental variant of the protocol", truth(
		func(c *instance.Config) *bool { return &c.XDSDelta })},
	{"xds-key", "none", "file with the key of that certificate", text(
		func(c *instance.Config) *string { return &c.XDSTLS.Key })},
	{"xds-path", "none", "policy server: the absolute path of its Unix socket, or host:port", text(
		func(c *instance.Config) *string { return &c.XDSAddress })},
	{"xds-server-name", "the host of xds-path", "the name that the certificate of the policy server has to have", text(
		func(c *instance.Config) *string { return &c.XDSTLS.ServerName })},
	{"xds-token-file", "no token", "file with the token for the policy server; see docs/policy.md#authentication", text(
		func(c *instance.Config) *string { return &c.XDSTokenFile })},
}

func text(field func(*instance.Config) *string) func(*instance.Config, string) error {
	return func(c *instance.Config, value string) error {
		*field(c) = value
		return nil
	}
}

// object takes a value in JSON.
func object(field func(*instance.Config) any) func(*instance.Config, string) error {
	return func(c *instance.Config, value string) error {
		if value == "" {
			return nil
		}
		return json.Unmarshal([]byte(value), field(c))
	}
}

func truth(field func(*instance.Config) *bool) func(*instance.Config, string) error {
	return func(c *instance.Config, value string) error {
		if value != "" && value != "true" && value != "false" {
			return fmt.Errorf("%q is unknown; use true or false", value)
		}
		*field(c) = value == "true"
		return nil
	}
}

// limit takes a number above 0. Without text it leaves the default.
func limit(field func(*instance.Config) *int) func(*instance.Config, string) error {
	return func(c *instance.Config, value string) error {
		if value == "" {
			return nil
		}
		n, err := strconv.Atoi(value)
		if err != nil || n <= 0 {
			return fmt.Errorf("%q is unknown; use a number above 0", value)
		}
		*field(c) = n
		return nil
	}
}

// parseParams reads the parameters, whose strings are the host's memory.
func parseParams(params [][2]string, debug bool) (instance.Config, error) {
	config := instance.Config{Debug: debug}
	seen := map[string]bool{}
	for _, p := range params {
		key, value := strings.Clone(p[0]), strings.Clone(p[1])
		i := slices.IndexFunc(parameters, func(known parameter) bool { return known.name == key })
		if i < 0 {
			return config, fmt.Errorf("unknown parameter %q; use %s", key, strings.Join(parameterNames(), ", "))
		}
		if seen[key] {
			return config, fmt.Errorf("parameter %s is given twice", key)
		}
		seen[key] = true
		if err := parameters[i].set(&config, value); err != nil {
			return config, fmt.Errorf("parameter %s: %w", key, err)
		}
	}
	for i := range config.AccessLogs {
		if config.AccessLogs[i].Log == "" {
			config.AccessLogs[i].Log = config.LogKinds
		}
	}
	switch {
	case filterconfig.AccessLogs(config.AccessLogs).Envoy():
		return config, errors.New("parameter access-logs: envoy: is for a Wasm plugin; use a file, a socket or a collector")
	case config.RedactKeyFile != "" && len(config.Redact) == 0:
		return config, errors.New("parameter redact-key-file: there is nothing to redact; use redact, or leave it out")
	case seen["mode"] && seen["audit"]:
		return config, errors.New("parameter audit: it is the same as mode=audit; leave it out beside mode")
	case config.Observe && config.ReadOnly:
		return config, errors.New("parameter readonly: nothing is denied in mode observe; leave it out, or use another mode")
	}
	return config, nil
}

func parameterNames() []string {
	var names []string
	for _, p := range parameters {
		names = append(names, p.name)
	}
	return names
}
