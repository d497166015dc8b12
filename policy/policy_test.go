package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
)

func Test(t *testing.T) { check.TestingT(t) }

// wordRule is the L7 rule of the parser "words": the request, a string, has to begin with it.
type wordRule string

func (r wordRule) Matches(l7 any) bool {
	word, ok := l7.(string)
	return ok && strings.HasPrefix(word, string(r))
}

// words are the rule parsers of the tests. The key of a rule is word; other keys are refused in different ways.
var words = RuleParsers{
	"words": func(rule *cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
		var rules []L7NetworkPolicyRule
		for i, entry := range rule.GetL7Rules().GetL7AllowRules() {
			for key := range entry.GetRule() {
				switch key {
				case "word":
				case "announced":
					ParseError("unsupported key: announced", "entry")
				case "panic":
					var list []int
					_ = list[i]
				case "none":
					return nil, nil
				case "nil":
					return []L7NetworkPolicyRule{nil}, nil
				default:
					return nil, fmt.Errorf("rule %d: unknown key %q", i, key)
				}
			}
			rules = append(rules, wordRule(entry.GetRule()["word"]))
		}
		return rules, nil
	},
	"kafka": func(rule *cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) {
		var rules []L7NetworkPolicyRule
		for _, entry := range rule.GetKafkaRules().GetKafkaRules() {
			if entry.GetTopic() == "bad topic" {
				return nil, errors.New("topic: has a space")
			}
			rules = append(rules, wordRule(entry.GetTopic()))
		}
		return rules, nil
	},
}

// compile makes a snapshot of resources in JSON.
func compile(resources ...string) (*Snapshot, error) {
	var list []*cilium.NetworkPolicy
	for _, text := range resources {
		r, err := resource(text)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return Compile(list, words)
}

func resource(text string) (*cilium.NetworkPolicy, error) {
	r := &cilium.NetworkPolicy{}
	return r, protojson.Unmarshal([]byte(text), r)
}

// ingress is a resource for 10.0.0.1 with the given port entries.
func ingress(ports string) string {
	return `{"endpoint_ips": ["10.0.0.1"], "endpoint_id": 7, "ingress_per_port_policies": [` + ports + `]}`
}

// port80 is a resource with the given rules for port 80.
func port80(rules string) string { return ingress(`{"port": 80, "rules": [` + rules + `]}`) }

type SemanticsSuite struct{}

var _ = check.Suite(&SemanticsSuite{})

// ask is a request, written "word" or "word key=value…" with the keys port, remote, proxy, name and parser.
func ask(c *check.C, s *Snapshot, text string) Verdict {
	fields := strings.Fields(text)
	q := Request{Parser: "words", L7: fields[0], RemoteID: 5}
	port := uint16(80)
	for _, f := range fields[1:] {
		key, value, _ := strings.Cut(f, "=")
		var err error
		switch key {
		case "port":
			_, err = fmt.Sscan(value, &port)
		case "remote":
			_, err = fmt.Sscan(value, &q.RemoteID)
		case "proxy":
			_, err = fmt.Sscan(value, &q.ProxyID)
		case "name":
			q.ServerName = value
		case "parser":
			q.Parser = value
		default:
			c.Fatalf("unknown key %s", key)
		}
		c.Assert(err, check.IsNil)
	}
	return s.Lookup("10.0.0.1", true, port).Decide(&q)
}

const (
	allowGet  = `{"name": "get", "l7_proto": "words", "l7_rules": {"l7_allow_rules": [{"rule": {"word": "get"}}]}}`
	denyFive  = `{"name": "no5", "deny": true, "remote_policies": [5]}`
	allowFive = `{"name": "yes5", "remote_policies": [5, 9]}`
)

func (s *SemanticsSuite) TestDecisions(c *check.C) {
	for _, t := range []struct {
		name           string
		policy         string
		allows, denies []string
	}{
		{"a direction without entries is denied", ingress(``), nil, []string{"get", "get port=0"}},
		{"an entry without rules allows all on its port", ingress(`{"port": 80}`),
			[]string{"get", "get remote=0", "get parser=other"}, []string{"get port=81", "get port=79"}},
		{"port 0 stands for every port", ingress(`{"port": 0}`), []string{"get port=1", "get port=65535", "get port=0"}, nil},
		{"a range covers its ends", ingress(`{"port": 80, "end_port": 90}`),
			[]string{"get port=80", "get port=85", "get port=90"}, []string{"get port=79", "get port=91"}},
		{"a range may end at the last port", ingress(`{"port": 65000, "end_port": 65535}`),
			[]string{"get port=65535"}, []string{"get port=64999"}},
		{"all entries that cover a port apply", ingress(`{"port": 0, "rules": [` + denyFive + `]}, {"port": 70, "end_port": 80}, {"port": 80, "rules": [` + allowGet + `]}`),
			[]string{"set remote=6", "get port=75 remote=6"}, []string{"set", "get", "get remote=6 port=81"}},
		{"an entry for UDP is skipped", ingress(`{"port": 80, "protocol": "UDP"}`), nil, []string{"get"}},
		{"requests have to match an L7 rule", port80(allowGet), []string{"get", "getx"}, []string{"set"}},
		{"L7 rules of another parser say nothing", port80(allowGet), nil, []string{"get parser=other"}},
		{"a rule with a parser and no L7 rules is for that parser", port80(`{"l7_proto": "words"}`),
			[]string{"set"}, []string{"set parser=other"}},
		{"a rule that does not match leaves the decision to others", port80(allowGet + `,` + allowFive),
			[]string{"set", "get remote=6", "set remote=9"}, []string{"set remote=6"}},
		{"remote identities are matched", port80(allowFive), []string{"get remote=5", "get remote=9"},
			[]string{"get remote=6", "get remote=0", "get remote=4"}},
		{"an unknown remote matches no rule that names identities", port80(`{"remote_policies": [0]}`), nil, []string{"get remote=0"}},
		{"deny comes before allow", port80(allowFive + `,` + denyFive), []string{"get remote=9"}, []string{"get remote=5"}},
		{"a higher precedence wins over a deny of a lower one",
			port80(`{"precedence": 2, "remote_policies": [5]}, {"deny": true, "precedence": 1}`),
			[]string{"get"}, []string{"get remote=6"}},
		{"a deny with L7 rules denies what they match",
			port80(`{}, {"deny": true, "l7_proto": "words", "l7_rules": {"l7_allow_rules": [{"rule": {"word": "flush"}}]}}`),
			[]string{"get"}, []string{"flush"}},
		{"L7 deny rules deny", port80(`{"l7_proto": "words", "l7_rules": {"l7_allow_rules": [{"rule": {"word": "get"}}], "l7_deny_rules": [{"rule": {"word": "getsecret"}}]}}`),
			[]string{"get"}, []string{"getsecret", "set"}},
		{"L7 deny rules alone allow the rest", port80(`{"l7_proto": "words", "l7_rules": {"l7_deny_rules": [{"rule": {"word": "flush"}}]}}`),
			[]string{"get"}, []string{"flush", "get parser=other"}},
		{"L7 deny rules win over other rules of the precedence",
			port80(`{}, {"l7_proto": "words", "l7_rules": {"l7_deny_rules": [{"rule": {"word": "flush"}}]}}`),
			[]string{"get"}, []string{"flush"}},
		{"L7 deny rules concern the remotes of their rule",
			port80(`{}, {"remote_policies": [5], "l7_proto": "words", "l7_rules": {"l7_deny_rules": [{"rule": {"word": "flush"}}]}}`),
			[]string{"flush remote=6"}, []string{"flush remote=5"}},
		{"an empty L7 rule matches any request", port80(`{"l7_proto": "words", "l7_rules": {"l7_allow_rules": [{}]}}`),
			[]string{"get", "set"}, nil},
		{"a pass rule goes on below its mark",
			port80(`{"precedence": 10, "pass_precedence": 5, "remote_policies": [5]}, {"precedence": 7, "deny": true}, {"precedence": 5, "deny": true}, {"precedence": 4}`),
			[]string{"get"}, []string{"get remote=6"}},
		{"a pass rule of its own precedence skips the rest of the tier only",
			port80(`{"precedence": 10, "pass_precedence": 10}, {"precedence": 9}`), []string{"get"}, nil},
		{"allow comes before pass", port80(`{"precedence": 3, "pass_precedence": 1}, {"precedence": 3}, {"deny": true}`),
			[]string{"get"}, nil},
		{"pass rules alone deny", port80(`{"precedence": 3, "pass_precedence": 1}`), nil, []string{"get"}},
		{"a listener's number is matched", port80(`{"proxy_id": 12}`), []string{"get proxy=12"}, []string{"get", "get proxy=13"}},
		{"server names are matched", port80(`{"server_names": ["www.example.com", "*.api.example.com"]}`),
			[]string{"get name=www.example.com", "get name=WWW.Example.COM", "get name=a.api.example.com", "get name=.api.example.com"},
			[]string{"get", "get name=example.com", "get name=a.b.api.example.com", "get name=wwwxexample.com"}},
		{"two stars stand for whole labels", port80(`{"server_names": ["**.example.com"]}`),
			[]string{"get name=a.example.com", "get name=a.b.example.com"}, []string{"get name=example.com", "get name=a.example.com.evil"}},
		{"a star stands for a part of a label", port80(`{"server_names": ["a*z.com"]}`),
			[]string{"get name=az.com", "get name=abz.com"}, []string{"get name=a.z.com"}},
		{"a lone star stands for any name", port80(`{"server_names": ["*"]}`), []string{"get name=x"}, []string{"get"}},
		{"a protocol that nobody knows closes the port", ingress(`{"port": 80, "rules": [{"l7_proto": "unheard"}]}, {"port": 0}`),
			[]string{"get port=81"}, []string{"get", "get parser=unheard"}},
		{"rules for Envoy's own filters say nothing", port80(`{"l7_proto": "envoy.filters.x"}`), nil, []string{"get"}},
		{"rules for HTTP say nothing", port80(`{"http_rules": {"http_rules": [{}]}}`), nil, []string{"get"}},
		{"rules for Kafka are for its parser", port80(`{"kafka_rules": {"kafka_rules": [{"topic": "a"}]}}`),
			[]string{"a parser=kafka"}, []string{"a", "b parser=kafka"}},
	} {
		snapshot, err := compile(t.policy)
		c.Assert(err, check.IsNil, check.Commentf(t.name))
		for _, text := range t.allows {
			c.Check(ask(c, snapshot, text).Allowed, check.Equals, true, check.Commentf("%s: %s", t.name, text))
		}
		for _, text := range t.denies {
			c.Check(ask(c, snapshot, text).Allowed, check.Equals, false, check.Commentf("%s: %s", t.name, text))
		}
	}
}

func (s *SemanticsSuite) TestARuleParserThatMakesNoRulesMakesTheRuleAboutEveryRequest(c *check.C) {
	for verdict, want := range map[string]Verdict{
		"":               {Allowed: true, Rule: "r"},
		`"deny": true, `: {Rule: "r", Reason: "deny rule r", ByDenyRule: true},
	} {
		snapshot, err := compile(port80(`{"name": "r", ` + verdict + `"l7_proto": "words",
			"l7_rules": {"l7_allow_rules": [{"rule": {"none": "x"}}]}}`))
		c.Assert(err, check.IsNil)
		rules := snapshot.Lookup("10.0.0.1", true, 80)
		c.Check(rules.Decide(&Request{Parser: "words", L7: "anything"}), check.Equals, want)
		c.Check(rules.Decide(&Request{Parser: "others", L7: "anything"}).Allowed, check.Equals, false)
	}
}

func (s *SemanticsSuite) TestTheRuleThatDecidedIsNamed(c *check.C) {
	snapshot, err := compile(port80(allowGet + `,` + denyFive))
	c.Assert(err, check.IsNil)
	c.Check(ask(c, snapshot, "get remote=6"), check.Equals, Verdict{Allowed: true, Rule: "get"})
	c.Check(ask(c, snapshot, "get remote=5"), check.Equals, Verdict{Rule: "no5", Reason: "deny rule no5", ByDenyRule: true})
	c.Check(ask(c, snapshot, "set remote=6"), check.Equals, Verdict{Reason: NoRule})
}

func (s *SemanticsSuite) TestAFlowFindsThePolicyOfItsEndpointAndDirection(c *check.C) {
	snapshot, err := compile(
		`{"endpoint_ips": ["10.0.0.1", "FD00::0001"], "ingress_per_port_policies": [{"port": 80}]}`,
		`{"endpoint_ips": ["10.0.0.2"], "egress_per_port_policies": [{"port": 80}]}`)
	c.Assert(err, check.IsNil)
	for _, t := range []struct {
		name    string
		ingress bool
		found   bool
	}{
		{"10.0.0.1", true, true}, {"10.0.0.1", false, false}, {"10.0.0.2", false, true}, {"10.0.0.2", true, false},
		{"fd00::1", true, true}, {"fd00:0::1", true, true}, {"::ffff:10.0.0.1", true, true},
		{"10.0.0.3", true, false}, {"", true, false}, {"nonsense", true, false},
	} {
		verdict := snapshot.Lookup(t.name, t.ingress, 80).Decide(&Request{})
		c.Check(verdict.Allowed, check.Equals, t.found, check.Commentf("%+v", t))
	}
	c.Check(snapshot.Endpoints(), check.Equals, 3)
}

func (s *SemanticsSuite) TestAPolicyThatOnlyWatchesTellsSo(c *check.C) {
	snapshot, err := compile(strings.Replace(port80(allowGet+`,`+denyFive), "{", `{"audit": true, `, 1))
	c.Assert(err, check.IsNil)
	for _, t := range []struct {
		port   uint16
		remote uint32
		l7     string
		want   Verdict
	}{
		{80, 1, "get", Verdict{Allowed: true, Rule: "get"}},
		{80, 1, "set", Verdict{Audit: true, Reason: NoRule}},
		{80, 5, "get", Verdict{Rule: "no5", Audit: true, Reason: "deny rule no5", ByDenyRule: true}},
		{81, 1, "get", Verdict{Audit: true, Reason: NoRule}},
	} {
		rules := snapshot.Lookup("10.0.0.1", true, t.port)
		c.Check(rules.Decide(&Request{RemoteID: t.remote, Parser: "words", L7: t.l7}), check.Equals, t.want)
	}
	c.Check(snapshot.Lookup("10.0.0.9", true, 80), check.IsNil)
}

func (s *SemanticsSuite) TestNothingDenies(c *check.C) {
	var rules *PortRules
	c.Check(rules.Decide(&Request{}), check.Equals, Verdict{Reason: NoPolicy})
	c.Check(new(Snapshot).Lookup("10.0.0.1", true, 80), check.IsNil)
	c.Check(new(Store).Current().Lookup("10.0.0.1", true, 80), check.IsNil)
}

func (s *SemanticsSuite) TestAStoreShowsTheLastSnapshot(c *check.C) {
	var store Store
	a, b := &Snapshot{}, &Snapshot{}
	store.Replace(a)
	c.Check(store.Current(), check.Equals, a)
	store.Replace(b)
	c.Check(store.Current(), check.Equals, b)
}
