package proxylib_test

import (
	"errors"
	"strings"
	"testing"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// deed is a request of the parser "test.login".
type deed struct {
	word   string
	access Access
}

func (d deed) Value(int, int) (Value, int) { return Text([]byte(d.word)), 0 }
func (d deed) AccessClass() Access         { return d.access }

type UserSuite struct{}

var _ = check.Suite(&UserSuite{})

// underRules makes a connection of the parser "test.login" under one policy rule with L7 rules.
func underRules(c *check.C, log *record, rules ...map[string]string) *host.Connection {
	instance := newInstance(log)
	instance.Policies().Replace(snapshot(c, "test.login", rules...))
	return connect(c, instance, "test.login")
}

func (s *UserSuite) TestRulesWithAUserMatchThatUserAlone(c *check.C) {
	for _, t := range []struct {
		key, value   string
		match, other string
	}{
		{"user", "web", "web", "web2"}, {"user_prefix", "we", "web", "other"}, {"user_regex", "^w.b$", "wab", "swab"},
	} {
		conn := underRules(c, nil, map[string]string{t.key: t.value, "word": "a"})
		comment := check.Commentf("%s: %s", t.key, t.value)
		c.Check(conn.Decide(deed{"a", Read}).Allowed, check.Equals, false, comment)
		conn.SetUser([]byte(t.match))
		c.Check(conn.User(), check.Equals, t.match)
		c.Check(conn.Decide(deed{"a", Read}).Allowed, check.Equals, true, comment)
		c.Check(conn.Decide(deed{"b", Read}).Allowed, check.Equals, false, comment)
		conn.SetUser([]byte(t.other))
		c.Check(conn.Decide(deed{"a", Read}).Allowed, check.Equals, false, comment)
		conn.SetUser(nil)
		c.Check(conn.Decide(deed{"a", Read}).Allowed, check.Equals, false, comment)
	}
}

func (s *UserSuite) TestManyRulesWithUsersAreFoundByTheUser(c *check.C) {
	var rules []map[string]string
	for _, user := range strings.Fields("a b c d e f g h i") {
		rules = append(rules, map[string]string{"user": user, "access": "write"})
	}
	conn := underRules(c, nil, rules...)
	for _, user := range strings.Fields("a e i") {
		conn.SetUser([]byte(user))
		c.Check(conn.Decide(deed{"x", Write}).Allowed, check.Equals, true)
		c.Check(conn.Decide(deed{"x", Admin}).Allowed, check.Equals, false)
	}
	conn.SetUser([]byte("z"))
	c.Check(conn.Decide(deed{"x", Write}).Allowed, check.Equals, false)
}

func (s *UserSuite) TestARuleThatDeniesAUserNeverMatchesAnotherOrNone(c *check.C) {
	deny := &cilium.PortNetworkPolicyRule{Name: "no web", L7Proto: "test.login", L7: &cilium.PortNetworkPolicyRule_L7Rules{
		L7Rules: &cilium.L7NetworkPolicyRules{
			L7AllowRules: []*cilium.L7NetworkPolicyRule{{}},
			L7DenyRules:  []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{"user": "web", "access": "write"}}},
		},
	}}
	instance := newInstance(nil)
	instance.Policies().Replace(compiled(c, deny))
	conn := connect(c, instance, "test.login")
	c.Check(conn.Decide(deed{"a", Admin}).Allowed, check.Equals, true)
	conn.SetUser([]byte("batch"))
	c.Check(conn.Decide(deed{"a", Admin}).Allowed, check.Equals, true)
	conn.SetUser([]byte("web"))
	c.Check(conn.Decide(deed{"a", Admin}).Reason, check.Equals, "deny rule no web")
	c.Check(conn.Decide(deed{"a", Write}).Allowed, check.Equals, false)
	c.Check(conn.Decide(deed{"a", Read}).Allowed, check.Equals, true)
}

func (s *UserSuite) TestAUserWhoMaySendEverythingIsUnrestricted(c *check.C) {
	conn := underRules(c, nil, map[string]string{"user": "root"})
	c.Check(conn.Unrestricted(), check.Equals, false)
	c.Check(conn.Concerned(), check.Equals, true, check.Commentf("a client has to be able to log in"))
	conn.SetUser([]byte("root"))
	c.Check(conn.Unrestricted(), check.Equals, true)
	conn.SetUser([]byte("web"))
	c.Check(conn.Unrestricted(), check.Equals, false)
}

func (s *UserSuite) TestAUserWithANameThatIsTooLongMayDoNothing(c *check.C) {
	for _, rules := range [][]map[string]string{nil, {{"user_prefix": "w"}}, {{"word": "a"}}} {
		conn := underRules(c, nil, rules...)
		conn.SetUser([]byte(strings.Repeat("w", MaxUser)))
		c.Check(conn.Decide(deed{"a", Read}).Allowed, check.Equals, true)
		conn.SetUser([]byte(strings.Repeat("w", MaxUser+1)))
		c.Check(conn.Decide(deed{"a", Read}), check.Equals, Verdict{Reason: "user name too long"})
		c.Check(conn.DecideBasic(deed{"a", Read}).Allowed, check.Equals, false)
		c.Check(conn.Unrestricted(), check.Equals, false)
		conn.SetUser(nil)
		c.Check(conn.Decide(deed{"a", Read}).Reason, check.Not(check.Equals), "user name too long")
	}
}

func (s *UserSuite) TestEveryEntryAfterTheLoginHasTheUser(c *check.C) {
	log := &record{}
	conn := underRules(c, log, map[string]string{"user": "web"})
	users := func() (list []string) {
		for _, e := range log.entries {
			list = append(list, e.Flow.User())
		}
		log.entries = nil
		return list
	}
	entry := NewL7Entry("test.login")
	conn.LogRequest(conn.Decide(deed{"a", Read}), entry)
	conn.LogReply(entry)
	c.Check(users(), check.DeepEquals, []string{"", ""})
	name := []byte("web")
	conn.SetUser(name)
	name[0] = 'X'
	conn.LogRequest(conn.Decide(deed{"a", Read}), entry)
	conn.LogReply(entry)
	conn.LogRefused("unknown command", entry)
	conn.LogClosed(false, "line too long")
	c.Check(users(), check.DeepEquals, []string{"web", "web", "web", "web"})
}

func (s *UserSuite) TestADecisionForAUserAllocatesNothing(c *check.C) {
	conn := underRules(c, nil, map[string]string{"user": "web", "access": "read"})
	conn.SetUser([]byte("web"))
	request := &deed{"a", Read}
	c.Check(testing.AllocsPerRun(100, func() { conn.Decide(request) }), check.Equals, 0.0)
}

func readOnly(log accesslog.Logger, c *check.C, rules ...map[string]string) *host.Instance {
	instance := newInstance(log)
	(*Instance)(instance).Settings().ReadOnly = true
	instance.Policies().Replace(snapshot(c, "test.login", rules...))
	return instance
}

func (s *UserSuite) TestAReadOnlyConnectionChangesNothingWhateverThePolicyAllows(c *check.C) {
	for _, audit := range []bool{false, true} {
		instance := readOnly(nil, c)
		(*Instance)(instance).Settings().Audit = audit
		conn := connect(c, instance, "test.login")
		for _, user := range []string{"", "web"} {
			conn.SetUser([]byte(user))
			c.Check(conn.Decide(deed{"a", Read}).Allowed, check.Equals, true)
			for _, request := range []any{deed{"a", Write}, deed{"a", Admin}, deed{"a", 0}, words{"a"}, "no subject", nil} {
				c.Check(conn.Decide(request), check.Equals, Verdict{Reason: ReadOnly}, check.Commentf("%v", request))
				c.Check(conn.DecideBasic(request).Allowed, check.Equals, false)
			}
			c.Check(conn.Unrestricted(), check.Equals, false)
		}
	}
}

func (s *UserSuite) TestWhatTheConnectionMayReadIsWhatThePolicyAllows(c *check.C) {
	conn := connect(c, readOnly(nil, c, map[string]string{"word": "a"}), "test.login")
	c.Check(conn.Decide(deed{"a", Read}).Allowed, check.Equals, true)
	c.Check(conn.Decide(deed{"b", Read}).Reason, check.Equals, NoRule)
}

func (s *UserSuite) TestAProtocolThatDoesNotClassifyCannotBeReadOnly(c *check.C) {
	instance := readOnly(nil, c)
	_, err := host.NewConnection(instance, "test.unclassifying", host.ConnectionInfo{Port: 80})
	c.Check(errors.Is(err, POLICY_DROP), check.Equals, true)
	c.Check(err, check.ErrorMatches, ".*parser test.unclassifying does not say which requests change nothing: leave readonly out")
	c.Check(Registered("test.classifying").CheckReadOnly(), check.IsNil)
}

func (s *UserSuite) TestAProtocolMayNotHaveNamesOfTheFramework(c *check.C) {
	made := func(*Connection) Parser { return nil }
	for want, p := range map[string]Protocol{
		`.* has key "user" twice`:       {Login: true, RuleKeys: []RuleKey{{Name: "user"}}},
		`.* has key "access" twice`:     {Access: []AccessDoc{{Read, "all"}}, RuleKeys: []RuleKey{{Name: "access"}}},
		`.* has log field "user" twice`: {Login: true, LogFields: []LogFieldDoc{{Name: "user"}}},
	} {
		p.Name, p.New = "test.clash", made
		c.Check(func() { p.Complete() }, check.PanicMatches, want)
	}
}
