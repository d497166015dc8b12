package proxylib_test

import (
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

type VerdictSuite struct{}

var _ = check.Suite(&VerdictSuite{})

func (s *VerdictSuite) TearDownTest(c *check.C) { script.next = nil }

func init() {
	Register(Protocol{Name: "declared", New: script.Create, RuleKeys: []RuleKey{
		{Name: "word", Match: Exact, Doc: "it is this word"},
	}})
}

// words is a request of the parser "declared": any number of words.
type words []string

func (w words) Value(_, at int) (Value, int) {
	switch {
	case at >= len(w):
		return NoValue, 0
	case at+1 == len(w):
		return Text([]byte(w[at])), 0
	}
	return Text([]byte(w[at])), at + 1
}

// rule is one for the parser "declared"; it denies if its name begins with deny.
func rule(name string, list ...string) *cilium.PortNetworkPolicyRule {
	r := &cilium.PortNetworkPolicyRule{Name: name, L7Proto: "declared"}
	l7 := &cilium.L7NetworkPolicyRules{}
	for _, word := range list {
		l7.L7AllowRules = append(l7.L7AllowRules, &cilium.L7NetworkPolicyRule{Rule: map[string]string{"word": word}})
	}
	if len(list) > 0 {
		r.L7 = &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: l7}
	}
	if name[:4] == "deny" {
		r.Verdict = &cilium.PortNetworkPolicyRule_Deny{Deny: true}
	}
	return r
}

// under makes a connection under rules, from identity 5.
func under(c *check.C, log *record, rules ...*cilium.PortNetworkPolicyRule) *host.Connection {
	script.next = answers()
	instance := newInstance(log)
	instance.Policies().Replace(compiled(c, rules...))
	return connect(c, instance, "declared")
}

// compiled compiles rules for port 80 of 10.0.0.1.
func compiled(c *check.C, rules ...*cilium.PortNetworkPolicyRule) *policy.Snapshot {
	s, err := policy.Compile([]*cilium.NetworkPolicy{{
		EndpointIps: []string{"10.0.0.1"}, IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: 80, Rules: rules}},
	}}, policy.Registered())
	c.Assert(err, check.IsNil)
	return s
}

func (s *VerdictSuite) TestAVerdictNamesItsRuleAndItsReason(c *check.C) {
	conn := under(c, nil, rule("allow-a", "a"), rule("allow-b", "b", "c"), rule("deny-c", "c"), rule("deny-d", "d", "e"))
	for _, t := range []struct {
		request words
		want    Verdict
	}{
		{words{"a"}, Verdict{Allowed: true, Rule: "allow-a"}},
		{words{"b"}, Verdict{Allowed: true, Rule: "allow-b"}},
		{words{"c"}, Verdict{Rule: "deny-c", Reason: "deny rule deny-c"}},
		{words{"e"}, Verdict{Rule: "deny-d", Reason: "deny rule deny-d"}},
		{words{"x"}, Verdict{Reason: NoRule}},
		{words{"a", "b"}, Verdict{Reason: NoRule}},
		{words{"a", "c"}, Verdict{Rule: "deny-c", Reason: "deny rule deny-c"}},
		{nil, Verdict{Reason: NoRule}},
	} {
		c.Check(conn.Decide(t.request), check.Equals, t.want, check.Commentf("%v", t.request))
		conn.Instance.Settings().Audit = true
		audited := t.want
		audited.Allowed, audited.Audited = true, t.want.Reason != ""
		c.Check(conn.Decide(t.request), check.Equals, audited, check.Commentf("%v", t.request))
		conn.Instance.Settings().Audit = false
	}
	conn.Instance.Settings().Policies.Replace(new(policy.Snapshot))
	c.Check(conn.Decide(words{"a"}), check.Equals, Verdict{Reason: NoPolicy})
}

func (s *VerdictSuite) TestARuleThatDeniesDeniesARequestOneOfWhoseValuesItNames(c *check.C) {
	nested := rule("rule", "public")
	nested.GetL7Rules().L7AllowRules = nil
	nested.GetL7Rules().L7DenyRules = []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{"word": "secret"}}}
	for _, rules := range [][]*cilium.PortNetworkPolicyRule{
		{rule("deny", "secret"), rule("open")}, {nested}, {rule("deny", "x", "secret"), rule("deny", "y"), rule("open")},
	} {
		conn := under(c, nil, rules...)
		c.Check(conn.Decide(words{"public", "secret"}).Allowed, check.Equals, false)
		c.Check(conn.Decide(words{"secret", "public"}).Allowed, check.Equals, false)
		c.Check(conn.Decide(words{"public", "other"}).Allowed, check.Equals, true)
		c.Check(conn.Decide(words{}).Allowed, check.Equals, true)
	}
}

func (s *VerdictSuite) TestEntriesOfARequestTellOfTheirOwnParts(c *check.C) {
	log := &record{}
	conn := under(c, log, rule("allow-a", "a"), rule("allow-b", "b"), rule("deny-c", "c"))
	request := func(parts ...string) {
		var verdicts []Verdict
		for _, part := range parts {
			verdicts = append(verdicts, conn.Decide(words{part}))
		}
		whole := verdicts[0]
		for _, v := range verdicts {
			whole = whole.And(v)
		}
		for i, v := range verdicts {
			conn.LogPart(i, whole, v, NewL7Entry("x"))
		}
	}
	request("a", "b")
	request("a", "c", "x")
	conn.Instance.Settings().Audit = true
	request("x", "c", "a")
	type line struct {
		kind         EntryType
		rule, reason string
		audit        bool
	}
	var got []line
	for _, e := range log.entries {
		got = append(got, line{e.Type, e.Rule, e.Reason, e.Audit})
	}
	c.Check(got, check.DeepEquals, []line{
		{EntryTypeRequest, "allow-a", "", false}, {EntryTypeRequest, "allow-b", "", false},
		{EntryTypeDenied, "allow-a", "part of a denied request: deny rule deny-c", false},
		{EntryTypeDenied, "deny-c", "deny rule deny-c", false}, {EntryTypeDenied, "", "no rule", false},
		{EntryTypeRequest, "", "no rule", true}, {EntryTypeRequest, "deny-c", "deny rule deny-c", true},
		{EntryTypeRequest, "allow-a", "", false},
	})
	c.Check(conn.Counts(), check.Equals, host.Counts{Passed: 2, Audited: 1, Denied: 1})
}

func (s *VerdictSuite) TestARefusalIsOfNoRule(c *check.C) {
	log := &record{}
	conn := under(c, log, rule("allow-a", "a"))
	conn.LogRequest(conn.Decide(words{"a"}), NewL7Entry("x"))
	conn.LogRefused("unknown command", NewL7Entry("x"))
	conn.LogReply(NewL7Entry("x"))
	c.Check(log.entries[1].Type, check.Equals, EntryTypeDenied)
	c.Check(log.entries[1].Rule+log.entries[1].Reason, check.Equals, "unknown command")
	c.Check(log.entries[2].Type, check.Equals, EntryTypeResponse)
	c.Check(log.entries[2].Rule+log.entries[2].Reason, check.Equals, "")
	c.Check(conn.Counts(), check.Equals, host.Counts{Passed: 1, Denied: 1})
}

func (s *VerdictSuite) TestAnnouncedCallsLogTheVerdictOnce(c *check.C) {
	log := &record{}
	conn := under(c, log, rule("allow-a", "a"), rule("deny-c", "c"))
	conn.Matches(words{"a"})
	conn.Log(EntryTypeRequest, NewL7Entry("x"))
	conn.Log(EntryTypeDenied, NewL7Entry("x"))
	conn.Matches(words{"c"})
	conn.Matches(words{"a"})
	conn.Log(EntryTypeResponse, NewL7Entry("x"))
	conn.Log(EntryTypeDenied, NewL7Entry("x"))
	var got []string
	for _, e := range log.entries {
		got = append(got, e.Type.String()+"/"+e.Rule+"/"+e.Reason)
	}
	c.Check(got, check.DeepEquals, []string{
		"Request/allow-a/", "Denied//refused by the parser", "Response//", "Denied/deny-c/deny rule deny-c",
	})
	c.Check(conn.Counts(), check.Equals, host.Counts{Passed: 1, Denied: 2})
}

func (s *VerdictSuite) TestWhomRulesConcern(c *check.C) {
	others := rule("allow-a", "a")
	others.RemotePolicies = []uint32{9}
	passOn := rule("pass")
	passOn.Precedence, passOn.Verdict = 3, &cilium.PortNetworkPolicyRule_PassPrecedence{PassPrecedence: 1}
	skipped, low := rule("allow-a", "a"), rule("allow-b", "b")
	skipped.Precedence = 2
	denyAll, foreign, named := rule("deny-all"), rule("envoy"), rule("allow-a", "a")
	foreign.L7Proto, named.ServerNames = "envoy.http", []string{"example.com"}
	for i, t := range []struct {
		rules                   []*cilium.PortNetworkPolicyRule
		concerned, unrestricted bool
	}{
		{[]*cilium.PortNetworkPolicyRule{rule("allow-a", "a")}, true, false},
		{[]*cilium.PortNetworkPolicyRule{rule("open")}, true, true},
		{[]*cilium.PortNetworkPolicyRule{rule("open"), rule("deny-c", "c")}, true, false},
		{[]*cilium.PortNetworkPolicyRule{rule("deny-c", "c")}, false, false},
		{[]*cilium.PortNetworkPolicyRule{others}, false, false},
		{[]*cilium.PortNetworkPolicyRule{rule("allow-a", "a"), denyAll}, false, false},
		{[]*cilium.PortNetworkPolicyRule{passOn, skipped}, false, false},
		{[]*cilium.PortNetworkPolicyRule{passOn, skipped, low}, true, false},
		{[]*cilium.PortNetworkPolicyRule{passOn, skipped, rule("open")}, true, true},
		{[]*cilium.PortNetworkPolicyRule{foreign}, false, false},
		{[]*cilium.PortNetworkPolicyRule{named}, false, false},
	} {
		conn := under(c, nil, t.rules...)
		c.Check(conn.Concerned(), check.Equals, t.concerned, check.Commentf("%d", i))
		c.Check(conn.Unrestricted(), check.Equals, t.unrestricted, check.Commentf("%d", i))
		c.Check(conn.DecideBasic(words{"ping"}).Allowed, check.Equals, t.concerned, check.Commentf("%d", i))
		c.Check(conn.DecideBasic(words{"c"}).Allowed, check.Equals, t.concerned && i != 2, check.Commentf("%d", i))
		conn.Instance.Settings().Audit = true
		c.Check(conn.Unrestricted(), check.Equals, true)
		c.Check(conn.DecideBasic(words{"ping"}).Audited, check.Equals, !t.concerned, check.Commentf("%d", i))
	}
}
