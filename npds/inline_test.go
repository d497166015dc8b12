package npds

import (
	"encoding/json"
	"errors"
	"strings"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

type InlineSuite struct{}

var _ = check.Suite(&InlineSuite{})

// decoded decodes a policy as a host does.
func decoded(c *check.C, text string) (policies map[string]Inline) {
	c.Assert(json.Unmarshal([]byte(text), &policies), check.IsNil)
	return policies
}

// fields is a request by the numbers of its fields.
type fields map[int]string

func (f fields) Value(field, _ int) (proxylib.Value, int) { return proxylib.Text([]byte(f[field])), 0 }

// r2d2Request is a request of that protocol.
func r2d2Request(cmd, file string) proxylib.Subject {
	values := map[string]string{"cmd": cmd, "file": file}
	request := fields{}
	for _, key := range proxylib.Registered("r2d2").RuleKeys {
		if value := values[key.Name]; value != "" {
			request[key.Field] = value
		}
	}
	return request
}

func (s *InlineSuite) TestAnInlinePolicyIsForEveryAddressPortAndClient(c *check.C) {
	snapshot, err := CompileInline(decoded(c, `{
		"r2d2": {"allow": [{"cmd": "READ", "file": "^a"}, {"cmd": "HALT"}], "deny": [{"file": "secret"}]},
		"other": {"allow": "all"}}`), policy.Registered())
	c.Assert(err, check.IsNil)
	for _, flow := range []struct {
		name    string
		ingress bool
		port    uint16
	}{{"10.0.0.1", true, 80}, {"::1", false, 65535}, {"", true, 1}} {
		rules := snapshot.Lookup(flow.name, flow.ingress, flow.port)
		for _, q := range []struct {
			parser string
			l7     any
			want   policy.Verdict
		}{
			{"r2d2", r2d2Request("READ", "ab"), policy.Verdict{Allowed: true, Rule: "inline"}},
			{"r2d2", r2d2Request("HALT", ""), policy.Verdict{Allowed: true, Rule: "inline"}},
			{"r2d2", r2d2Request("READ", "b"), policy.Verdict{Reason: policy.NoRule}},
			{"r2d2", r2d2Request("READ", "a secret"), policy.Verdict{Rule: "inline", Reason: "deny rule inline", ByDenyRule: true}},
			{"other", nil, policy.Verdict{Allowed: true, Rule: "inline"}},
			{"third", nil, policy.Verdict{Reason: policy.NoRule}},
		} {
			got := rules.Decide(&policy.Request{Parser: q.parser, L7: q.l7, RemoteID: 7})
			c.Check(got, check.Equals, q.want, check.Commentf("%+v %s %v", flow, q.parser, q.l7))
		}
	}
}

func (s *InlineSuite) TestWhatOnlyDeniesAllowsTheRestWhereThatIsWritten(c *check.C) {
	snapshot, err := CompileInline(decoded(c, `{"r2d2": {"allow": "all", "deny": [{"cmd": "HALT"}]}}`), policy.Registered())
	c.Assert(err, check.IsNil)
	rules := snapshot.Lookup("10.0.0.1", true, 80)
	c.Check(rules.Decide(&policy.Request{Parser: "r2d2", L7: r2d2Request("READ", "a")}).Allowed, check.Equals, true)
	c.Check(rules.Decide(&policy.Request{Parser: "r2d2", L7: r2d2Request("HALT", "")}).Allowed, check.Equals, false)
}

func (s *InlineSuite) TestAnInlinePolicyIsRefusedWithThePlaceAndTheReason(c *check.C) {
	for text, want := range map[string]string{
		`{"r2d2": {"allow": [{"comand": "READ"}]}}`:                    `allow: r2d2 rule 0: key comand: is unknown, use `,
		`{"r2d2": {"allow": [{}], "deny": [{}, {"cmd": "JUMP"}]}}`:     `deny: r2d2 rule 1: key cmd: "JUMP" is unknown`,
		`{"r2d2": {"allow": [{"cmd": ""}]}}`:                           `allow: r2d2 rule 0: key cmd: `,
		`{"r2d2": {"allow": [{"cmd": "READ"}, {"file": 7}]}}`:          `allow: r2d2 rule 1: key file: want a text: put it in quotes`,
		`{"r2d2": {"allow": [{"file": null}]}}`:                        `allow: r2d2 rule 0: key file: want a text`,
		`{"r2d2": {"allow": ["READ"]}}`:                                `allow: r2d2 rule 0: want keys and values: write {} for every request`,
		`{"r2d2": {"allow": [null]}}`:                                  `allow: r2d2 rule 0: want keys and values`,
		`{"r2d2": {"allow": []}}`:                                      `allow: want a list of rules for r2d2: write [{}] for every request`,
		`{"r2d2": {"allow": null}}`:                                    `allow: want a list of rules for r2d2`,
		`{"r2d2": {"allow": "some"}}`:                                  `allow: want a list of rules for r2d2`,
		`{"r2d2": {"allow": {"cmd": "READ"}}}`:                         `allow: want a list of rules for r2d2`,
		`{"r2d2": {"deny": [{"cmd": "HALT"}]}}`:                        `allow: is missing for r2d2: write allow: all for what no rule denies`,
		`{"r2d2": {"allow": [{}], "deny": []}}`:                        `deny: want a list of rules for r2d2`,
		`{"r2d2": {"allow": "all", "deny": "all"}}`:                    `deny: want a list of rules for r2d2`,
		`{"other": {"allow": [{"cmd": "READ"}]}}`:                      `allow: other has no rule keys: write allow: all`,
		`{"r2d2": {"allow": [{"cmd": "HALT"}]}, "a": {"allow": [{}]}}`: `allow: a has no rule keys`,
	} {
		snapshot, err := CompileInline(decoded(c, text), policy.Registered())
		var typed *policy.Error
		if snapshot != nil || !errors.As(err, &typed) || !strings.Contains(err.Error(), want) {
			c.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
