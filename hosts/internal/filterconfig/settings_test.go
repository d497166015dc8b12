package filterconfig

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/accesslog"
	_ "github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/policy"
	_ "github.com/proxylib/proxylib/testparsers"
)

func Test(t *testing.T) {
	check.TestingT(t)
}

type SettingsSuite struct{}

var _ = check.Suite(&SettingsSuite{})

const minimal = `{"parser": "test.passer", "policy": {"file": "p.yaml"}}`

func (s *SettingsSuite) TestWhatIsLeftOutHasDefaults(c *check.C) {
	got, err := Parse([]byte(minimal))
	c.Assert(err, check.IsNil)
	c.Check(got, check.DeepEquals, &Settings{
		Parser: Parser{Name: "test.passer"}, StatPrefix: "test_passer", Direction: "ingress", Policy: PolicySource{File: "p.yaml"},
		LogLevel: "info", Mode: Enforce, ClientName: NameCertificate,
	})
}

// What the tag "default" says in one word is the value itself.
func (s *SettingsSuite) TestDefaultsAreThoseOfTheReference(c *check.C) {
	got, err := Parse([]byte(minimal))
	c.Assert(err, check.IsNil)
	checked := 0
	for _, of := range []any{*got, got.Policy, got.Limits, AccessLog{}} {
		value := reflect.ValueOf(of)
		for i := range value.NumField() {
			fallback := value.Type().Field(i).Tag.Get("default")
			switch is := fmt.Sprint(value.Field(i).Interface()); fallback {
			case "ingress", "info", "0", "false":
				c.Check(is, check.Equals, fallback, check.Commentf(value.Type().Field(i).Name))
				checked++
			case "keep":
				c.Check(is, check.Equals, "")
			}
		}
	}
	c.Check(checked >= 8, check.Equals, true)
}

func (s *SettingsSuite) TestEveryFieldIsTaken(c *check.C) {
	got, err := Parse([]byte(`{
		"parser": "test.passer", "direction": "egress", "policy_name": "::ffff:10.0.0.1", "port": 11211, "proxy_id": 3,
		"stat_prefix": "Cache-west_1",
		"node_id": "node-1", "policy": {"xds": "/run/xds.sock", "on_error": "deny", "token_file": "/run/token"}, "identities": [{"cidr": "10.0.0.0/8", "identity": 7}], "client_name": "filter_state:a",
		"access_log": {"file": "stdout", "socket": "/run/log.sock"}, "log": "both", "redact": {"key": "hash"}, "redact_key_file": "/run/key", "limits": {"held_bytes": 4096,
		"connections": 10, "total_held_bytes": 8192, "log_queue_bytes": 200000}, "mode": "audit", "log_level": "debug"}`))
	c.Assert(err, check.IsNil)
	c.Check(got, check.DeepEquals, &Settings{
		Parser: Parser{Name: "test.passer"}, Direction: "egress", PolicyName: "10.0.0.1", Port: 11211, StatPrefix: "Cache-west_1",
		ProxyID: 3, NodeID: "node-1",
		Policy: PolicySource{OnError: policy.Deny, XDS: "/run/xds.sock", TokenFile: "/run/token"}, Identities: []Identity{{CIDR: "10.0.0.0/8", Identity: 7}},
		ClientName: "filter_state:a",
		AccessLog:  AccessLogs{{File: "stdout", Log: "both"}, {Socket: "/run/log.sock", Log: "both"}}, LogLevel: "debug", Mode: Audit, Audit: true,
		Log: "both", Redact: map[string]accesslog.Redaction{"key": "hash"}, RedactKeyFile: "/run/key",
		Limits: Limits{HeldBytes: 4096, Connections: 10, TotalHeldBytes: 8192, LogQueueBytes: 200000},
	})
}

func (s *SettingsSuite) TestNumbersMayBeTexts(c *check.C) {
	const text = `{"parser": "test.passer", "policy": {"file": "p"}, "limits": {"total_held_bytes": %s}}`
	for number, want := range map[string]WholeNumber{
		`4294967296`: 4294967296, `"4294967296"`: 4294967296, `4.294967296e+09`: 4294967296, `"0"`: 0, `null`: 0, `1099511627776`: 1 << 40,
	} {
		got, err := Parse(fmt.Appendf(nil, text, number))
		c.Assert(err, check.IsNil, check.Commentf(number))
		c.Check(got.Limits.TotalHeldBytes, check.Equals, want, check.Commentf(number))
	}
	for _, number := range []string{
		`"4 GiB"`, `""`, `"4294967296.5"`, `"4e9"`, `"0x10"`, `"+1"`, `"1_000"`, `" 1"`, `1.5`, `1e300`, `"9223372036854775808"`, `"null"`, `true`, `[1]`, `{}`,
	} {
		_, err := Parse(fmt.Appendf(nil, text, number))
		c.Check(err, check.ErrorMatches, "is not valid: cannot unmarshal .* into Go struct field .*limits.total_held_bytes of type .*",
			check.Commentf(number))
	}
	ids := `{"parser": "test.passer", "policy": {"file": "p"}, "identities": [{"cidr": "10.0.0.0/8", "identity": "%d"}]}`
	got, err := Parse(fmt.Appendf(nil, ids, uint32(math.MaxUint32)))
	c.Assert(err, check.IsNil)
	table, err := NewIdentities(got.Identities)
	c.Assert(err, check.IsNil)
	c.Check(table.Of(netip.MustParseAddr("10.0.0.1")), check.Equals, uint32(math.MaxUint32))
	for _, number := range []int64{-1, math.MaxUint32 + 1} {
		_, err := NewIdentities([]Identity{{CIDR: "10.0.0.0/8", Identity: WholeNumber(number)}})
		c.Check(err, check.ErrorMatches, `identities\[0\]: identity: .* is out of range: .*`)
	}
}

func (s *SettingsSuite) TestAStructInWireFormIsTakenLikeJSON(c *check.C) {
	object, err := structpb.NewStruct(map[string]any{
		"parser": "test.passer", "policy": map[string]any{"file": "p.yaml"}, "proxy_id": 65535,
		"identities": []any{map[string]any{"cidr": "10.0.0.0/8", "identity": 4294967295}},
	})
	c.Assert(err, check.IsNil)
	wire, err := proto.Marshal(object)
	c.Assert(err, check.IsNil)
	got, err := Parse(wire)
	c.Assert(err, check.IsNil)
	c.Check(got.ProxyID, check.Equals, uint16(65535))
	c.Check(got.Identities, check.DeepEquals, []Identity{{CIDR: "10.0.0.0/8", Identity: 4294967295}})
}

func (s *SettingsSuite) TestMistakesAreRefusedWithTheFieldAndTheRemedy(c *check.C) {
	for _, t := range []struct{ config, want string }{
		{``, `is empty: .*"parser" and "policy"`},
		{" \n", `is empty: .*`},
		{`parser: x`, `is not valid: invalid character 'p'.*`},
		{"\x00\x01\x02", `is not valid: invalid character.*`},
		{`[]`, `is not valid: .*array.*`},
		{`7`, `is not valid: .*number.*`},
		{`null`, `parser: is missing: .*`},
		{minimal + `{}`, `is not valid: there is more after the JSON object`},
		{minimal + `x`, `is not valid: there is more after the JSON object`},
		{`{"parser": "test.passer", "polcy": {}}`, `is not valid: unknown field "polcy"`},
		{`{"parser": "test.passer", "policy": {"path": "x"}}`, `is not valid: unknown field "path"`},
		{`{"parser": "test.passer", "parser": "r2d2"}`, `is not valid: field "parser" is given twice`},
		{`{"parser": "test.passer", "Parser": "r2d2"}`, `is not valid: field "Parser" is given twice`},
		{`{"parser": "test.passer", "policy": {"file": "a", "file": "b"}}`, `is not valid: field "file" is given twice`},
		{`{"parser": "test.passer", "port": 65536}`, `is not valid: .*65536.*port.*`},
		{`{"parser": "test.passer", "port": "x"}`, `is not valid: .*string.*port.*`},
		{`{"policy": {"file": "p"}}`, `parser: is missing: give one of .*test\.passer.*`},
		{`{"parser": "x", "policy": {"file": "p"}}`, `parser: "x" is not in this library: give one of .*test\.passer.*`},
		{`{"parser": "test.passer", "direction": "in", "policy": {"file": "p"}}`,
			`direction: "in" is unknown: give "ingress" or "egress"`},
		{`{"parser": "test.passer", "policy_name": "web", "policy": {"file": "p"}}`,
			`policy_name: "web" is not an IP address: .*`},
		{`{"parser": "test.passer", "readonly": true, "policy": {"file": "p"}}`,
			`readonly: parser test.passer does not say which requests change nothing: leave readonly out`},
		{`{"parser": "test.passer", "stat_prefix": "a.b", "policy": {"file": "p"}}`,
			`stat_prefix: "a.b" cannot be used: give at most 64 letters, .*`},
		{`{"parser": "test.passer", "stat_prefix": "` + strings.Repeat("a", 65) + `", "policy": {"file": "p"}}`,
			`stat_prefix: "a{64}" cannot be used: .*`},
		{`{"parser": "test.passer"}`, `policy: give either .*`},
		{`{"parser": "test.passer", "policy": {"file": "p", "on_error": "drop"}}`,
			`policy.on_error: "drop" is unknown: give "keep" or "deny"`},
		{`{"parser": "test.passer", "policy": {"file": "p", "xds": "q"}}`, `policy: give either .*`},
		{`{"parser": "test.passer", "policy": {"file": "p", "allow": "all"}}`, `policy: give either .*`},
		{`{"parser": "test.passer", "policy": {"xds": "p", "deny": [{}]}}`, `policy: give either .*`},
		{`{"parser": "test.passer", "policy": {}}`, `policy: give either .*`},
		{`{"parser": "test.passer", "policy": {"allow": "all", "on_error": "deny"}}`, `policy.on_error: is for a file or a policy server.*`},
		{`{"parser": "test.passer", "policy": {"allow": "all", "delta": true}}`, `policy: delta, .* are for a policy server.*`},
		{`{"parser": "test.passer", "policy": {"allow": [{"a": "b", "a": "c"}]}}`, `is not valid: field "a" is given twice`},
		{`{"parser": "test.passer", "policy": {"file": "p", "token_file": "t"}}`, `policy: .*token_file are for a policy server.*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": {}}`, `access_log: give .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": [{"file": "a"}, {}]}`, `access_log: give .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": [{"file": "a", "fil": "b"}]}`, `.*access_log: .*unknown field "fil".*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": [{"file": "a", "socket": "b", "otlp": "c"}]}`, `access_log: give .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": {"file": "a", "log": "all"}}`, `access_log: log: "all" is unknown: .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "log": "all"}`, `log: "all" is unknown: .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": {"file": "a", "sample": "0.5"}}`, `access_log: sample: "0.5" .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": {"file": "a", "slow": "50"}}`, `access_log: slow: "50" .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": {"socket": "a", "slow": "50ms"}}`, `access_log: slow: only an entry of an exchange .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": {"file": "a", "verdicts": ["ok"]}}`, `access_log: verdicts: "ok" .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": {"file": "a", "parsers": ["nosuch"]}}`, `access_log: parsers: "nosuch" .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "access_log": {"file": "a", "headers": {"a": "b"}}}`, `access_log: headers: .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "redact": {"key": "hide"}}`, `redact: "key": "hide" is unknown: .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "mode": "watch"}`, `mode: "watch" is unknown: .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "mode": "enforce", "audit": true}`, `audit: .*`},
		{`{"parser": "test.passer", "mode": "observe", "readonly": true}`, `readonly: .*`},
		{`{"parser": "test.passer", "mode": "audit"}`, `policy: give .*`},
		{`{"parser": "auto", "policy": {"file": "p"}}`, `parser: "auto" is for the mode "observe": .*`},
		{`{"parser": "auto", "mode": "audit", "policy": {"file": "p"}}`, `parser: "auto" is for the mode "observe": .*`},
		{`{"parser": "auto", "mode": "observe", "parser_config": {}}`, `parser_config: is for one parser: .*`},
		{`{"parser": "auto", "mode": "observe", "policy": {"allow": [{}]}}`, `policy: allow and deny are for one parser: .*`},
		{`{"parser": "auto", "mode": "observe", "readonly": true}`, `readonly: .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "redact_key_file": "k"}`, `redact_key_file: there is nothing .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "limits": {"held_bytes": -1}}`, `limits.held_bytes: .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "limits": {"held_bytes": 1073741825}}`, `limits.held_bytes: .*`},
		{`{"parser": "test.passer", "policy": {"file": "p"}, "log_level": "loud"}`, `log_level: "loud" is unknown: .*`},
	} {
		_, err := Parse([]byte(t.config))
		c.Check(err, check.ErrorMatches, t.want, check.Commentf("%s", t.config))
	}
}

func (s *SettingsSuite) TestAParserThatClassifiesMayBeReadOnly(c *check.C) {
	got, err := Parse([]byte(`{"parser": "r2d2", "readonly": true, "policy": {"file": "p"}}`))
	c.Assert(err, check.IsNil)
	c.Check(got.ReadOnly, check.Equals, true)
}
