package policy

import (
	"fmt"
	"regexp"
	"testing"

	"google.golang.org/protobuf/proto"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
)

type RefusalSuite struct{}

var _ = check.Suite(&RefusalSuite{})

func l7(rules string) string {
	return port80(`{"name": "r", "l7_proto": "words", "l7_rules": {` + rules + `}}`)
}

func (s *RefusalSuite) TestAnUpdateThatIsWrongIsRefusedWithPlaceAndReason(c *check.C) {
	const at = `policy of endpoint 10.0.0.1 (id 7): ingress port 80: rule 0 "r": `
	for _, t := range []struct{ policy, want string }{
		{`{}`, "policy of endpoint without address (id 0): endpoint_ips: has 0 entries, want one or two"},
		{`{"endpoint_ips": ["1.1.1.1", "1.1.1.2", "1.1.1.3"]}`, "endpoint_ips: has 3 entries"},
		{`{"endpoint_ips": ["somewhere"]}`, `endpoint_ips: "somewhere" is not an IP address`},
		{`{"endpoint_ips": [""]}`, `endpoint_ips: "" is not an IP address`},
		{`{"endpoint_ips": ["::1", "0::1"]}`, `endpoint_ips: ::1 is given twice`},
		{ingress(`{"port": 65536}`), "ingress port 65536: a port number is at most 65535"},
		{ingress(`{"port": 1, "end_port": 65536}`), "ingress port 1-65536: a port number is at most 65535"},
		{ingress(`{"port": 80, "end_port": 79}`), "ingress port 80-79: end_port: is below port"},
		{ingress(`{"port": 0, "end_port": 79}`), "end_port: port 0 stands for every port"},
		{ingress(`{"port": 65536, "protocol": "UDP"}`), "a port number is at most 65535"},
		{port80(`{"name": "r", "proxy_id": 65536}`), at + "proxy_id: is at most 65535"},
		{port80(`{"name": "r", "precedence": 4, "pass_precedence": 5}`), at + "pass_precedence: 5 is above the rule's own precedence 4"},
		{port80(`{"precedence": 4, "pass_precedence": 2}, {"precedence": 4, "pass_precedence": 1}`), "different values of pass_precedence"},
		{port80(`{"name": "r", "server_names": ["a b"]}`), at + `server_names: "a b" is not a pattern of a DNS name`},
		{port80(`{"name": "r", "server_names": [""]}`), at + `server_names: "" is not a pattern`},
		{port80(`{"name": "r", "server_names": ["a**.b"]}`), at + `server_names: "a**.b" has a label`},
		{port80(`{"name": "r", "server_names": ["a..b"]}`), at + `server_names: "a..b" has a label`},
		{port80(`{"name": "r", "l7_rules": {}}`), at + "l7_proto: is missing"},
		{port80(`{"name": "r", "l7_proto": "words", "http_rules": {}}`), at + "http_rules: are not for a parser"},
		{port80(`{"l7_proto": "words"}, {"name": "r", "l7_proto": "kafka"}`), `rule 1 "r": l7_proto: words and kafka on the same port`},
		{l7(`"l7_allow_rules": [{}, {"rule": {"wrod": "x"}}]`), at + `l7_allow_rules: rule 1: unknown key "wrod"`},
		{l7(`"l7_allow_rules": [{}, {"rule": {"word": ""}}]`), at + `l7_allow_rules: words rule 1: key word: is empty; leave the key out to match anything`},
		{l7(`"l7_deny_rules": [{"rule": {"word": ""}}]`), at + `l7_deny_rules: words rule 0: key word: is empty; leave the key out to match anything`},
		{l7(`"l7_allow_rules": [{"rule": {"wrod": ""}}]`), at + `l7_allow_rules: rule 0: unknown key "wrod"`},
		{l7(`"l7_deny_rules": [{"rule": {"wrod": "x"}}]`), at + `l7_deny_rules: rule 0: unknown key "wrod"`},
		{l7(`"l7_allow_rules": [{"rule": {"announced": "x"}}]`), at + `l7_allow_rules: unsupported key: announced (config: entry)`},
		{l7(`"l7_allow_rules": [{"rule": {"panic": "x"}}]`), at + `l7_allow_rules: panic: runtime error: index out of range`},
		{l7(`"l7_deny_rules": [{"rule": {"none": "x"}}]`), at + `l7_deny_rules: the rule parser made no rule of 1 entries`},
		{l7(`"l7_allow_rules": [{"rule": {"nil": "x"}}]`), at + `l7_allow_rules: the rule parser made a rule that is nil`},
		{l7(`"l7_allow_rules": [{"metadata_rule": ["AAAA"]}]`), at + `metadata_rule: a parser has no metadata`},
		{port80(`{"name": "r", "deny": true, "l7_proto": "words", "l7_rules": {"l7_deny_rules": [{}]}}`), at + "l7_deny_rules: only a rule that allows"},
		{port80(`{"name": "r", "kafka_rules": {"kafka_rules": [{"topic": "bad topic"}]}}`), at + "kafka_rules: topic: has a space"},
	} {
		_, err := compile(t.policy)
		c.Check(err, check.ErrorMatches, "(?s).*"+regexp.QuoteMeta(t.want)+".*", check.Commentf(t.policy))
	}
	_, err := compile(ingress(``), `{"endpoint_ips": ["10.0.0.1"], "endpoint_id": 8}`)
	c.Check(err, check.ErrorMatches, `policy of endpoint 10.0.0.1 \(id 8\): endpoint_ips: 10.0.0.1 is given twice`)
	_, err = compile(`{"endpoint_ips": ["10.0.0.1"], "egress_per_port_policies": [{"port": 70000}]}`)
	c.Check(err, check.ErrorMatches, `.*: egress port 70000: .*`)
}

func (s *RefusalSuite) TestAnEmptyValueIsAcceptedWhereItMeansAny(c *check.C) {
	for _, t := range []struct {
		rules, word string
		want        bool
	}{
		{`"l7_allow_rules": [{"rule": {"word": ""}}]`, "any", true},
		{`"l7_allow_rules": [{}], "l7_deny_rules": [{"rule": {"word": ""}}]`, "any", false},
	} {
		r, err := resource(l7(t.rules))
		c.Assert(err, check.IsNil)
		compiler := NewCompiler(words).AllowEmptyValues()
		c.Assert(compiler.Add(r), check.IsNil)
		decision := compiler.Snapshot().Lookup("10.0.0.1", true, 80).Decide(&Request{Parser: "words", L7: t.word})
		c.Check(decision.Allowed, check.Equals, t.want, check.Commentf(t.rules))
	}
	r, err := resource(l7(`"l7_allow_rules": [{"rule": {"wrod": ""}}]`))
	c.Assert(err, check.IsNil)
	c.Check(NewCompiler(words).AllowEmptyValues().Add(r), check.ErrorMatches, `.*rule 0: unknown key "wrod"`)
}

func parsesNone(*cilium.PortNetworkPolicyRule) ([]L7NetworkPolicyRule, error) { return nil, nil }

func init() { RegisterL7RuleParser("taken", parsesNone) }

func (s *RefusalSuite) TestParserNamesAreTakenOnce(c *check.C) {
	c.Check(func() { RegisterL7RuleParser("taken", parsesNone) }, check.PanicMatches, `policy: rule parser "taken" is registered twice`)
	Registered()["taken"] = nil
	c.Check(Registered()["taken"], check.NotNil, check.Commentf("the registry was handed out"))
}

// FuzzCompile compiles arbitrary resources: it must end in a snapshot or an error, and a snapshot must decide.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{port80(allowGet), ingress(`{"port": 0}, {"port": 80, "end_port": 90}`),
		port80(`{"precedence": 3, "pass_precedence": 1, "server_names": ["**.a"]}, {"deny": true}`)} {
		r, err := resource(text)
		if err != nil {
			f.Fatal(err)
		}
		b, err := proto.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &cilium.NetworkPolicy{}
		if proto.Unmarshal(b, r) != nil {
			return
		}
		snapshot, err := Compile([]*cilium.NetworkPolicy{r}, words)
		if err != nil {
			return
		}
		for _, port := range []uint16{0, 1, 80, 65535} {
			snapshot.Lookup(r.GetEndpointIps()[0], true, port).Decide(&Request{RemoteID: 1, ServerName: "a", Parser: "words", L7: "get"})
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{1, 10, 1000, 10_000} {
		rules := ""
		for i := range n {
			rules += fmt.Sprintf(`{"remote_policies": [%d]},`, i+10)
		}
		snapshot, err := compile(port80(rules + allowGet))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n, "rules"), func(b *testing.B) {
			rules := snapshot.Lookup("10.0.0.1", true, 80)
			var word any = "get"
			b.ReportAllocs()
			for b.Loop() {
				if !rules.Decide(&Request{RemoteID: 5, Parser: "words", L7: word}).Allowed {
					b.Fatal("denied")
				}
			}
		})
	}
}
