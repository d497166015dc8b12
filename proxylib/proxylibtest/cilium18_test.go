package proxylibtest_test

// A parser as authors wrote it for Cilium 1.8: Create returns a Parser, and the rules are in l7_allow_rules. It has no policy
// of its own yet and only logs: its rule parser makes no rules, which allows every request.

import (
	"bytes"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/proxylibtest"
)

var visibleRules proxylib.L7RuleParser = func(rule *cilium.PortNetworkPolicyRule) []proxylib.L7NetworkPolicyRule {
	var rules []proxylib.L7NetworkPolicyRule
	for _, l7Rule := range rule.GetL7Rules().GetL7AllowRules() {
		for k := range l7Rule.Rule {
			if k != "command" {
				proxylib.ParseError("Unsupported key: "+k, rule)
			}
		}
	}
	return rules
}

type visibleFactory struct{}

var _ proxylib.ParserFactory = &visibleFactory{}

func init() {
	proxylib.RegisterParserFactory("test.visible", &visibleFactory{})
	proxylib.RegisterL7RuleParser("test.visible", visibleRules)
}

type visibleParser struct{ connection *proxylib.Connection }

func (f *visibleFactory) Create(connection *proxylib.Connection) proxylib.Parser {
	return &visibleParser{connection: connection}
}

func (p *visibleParser) OnData(reply, endStream bool, dataArray [][]byte) (proxylib.OpType, int) {
	data := bytes.Join(dataArray, []byte{})
	end := bytes.IndexByte(data, ';')
	switch {
	case len(data) == 0:
		return proxylib.NOP, 0
	case end < 0:
		return proxylib.MORE, 1
	case reply:
		return proxylib.PASS, end + 1
	}
	kind := cilium.EntryType_Denied
	matches := p.connection.Matches(string(data[:end]))
	if matches {
		kind = cilium.EntryType_Request
	}
	p.connection.Log(kind, &cilium.LogEntry_GenericL7{
		GenericL7: &cilium.L7LogEntry{Proto: "visible", Fields: map[string]string{"query": string(data[:end])}},
	})
	if !matches {
		return proxylib.DROP, end + 1
	}
	return proxylib.PASS, end + 1
}

type VisibleSuite struct {
	logServer *proxylibtest.AccessLogServer
	ins       *proxylibtest.Instance
}

var _ = check.Suite(&VisibleSuite{})

func (s *VisibleSuite) SetUpTest(c *check.C) {
	s.logServer = proxylibtest.StartAccessLogServer("access_log.sock", 10)
	s.ins = proxylibtest.NewInstance("node1", s.logServer)
}

func (s *VisibleSuite) TestARuleParserThatMakesNoRulesAllowsAll(c *check.C) {
	s.ins.CheckInsertPolicyText(c, "1", []string{`
		endpoint_ips: "10.0.0.2"
		endpoint_id: 2
		ingress_per_port_policies: <
		  port: 80
		  rules: <
		    remote_policies: 1
		    l7_proto: "test.visible"
		    l7_rules: <
		      l7_allow_rules: < rule: < key: "command" value: "select" > >
		    >
		  >
		>
		`})
	conn := s.ins.CheckNewConnectionOK(c, "test.visible", true, 1, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	data := [][]byte{[]byte("drop table t;sel")}
	conn.CheckOnDataOK(c, false, false, &data, []byte{}, proxylib.PASS, 13, proxylib.MORE, 1)
	passes, drops := s.logServer.Clear()
	c.Check([]int{passes, drops}, check.DeepEquals, []int{1, 0})

	other := s.ins.CheckNewConnectionOK(c, "test.visible", true, 3, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	other.CheckOnDataOK(c, false, false, &data, []byte{}, proxylib.DROP, 13, proxylib.MORE, 1)
	passes, drops = s.logServer.Clear()
	c.Check([]int{passes, drops}, check.DeepEquals, []int{0, 1})
}

func (s *VisibleSuite) TestAConnectionOfAnUnknownParserIsRefused(c *check.C) {
	err, conn := s.ins.CheckNewConnection("test.invisible", true, 1, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	c.Check(err, check.Equals, proxylib.UNKNOWN_PARSER)
	c.Check(conn, check.IsNil)
	err, _ = s.ins.CheckNewConnection("test.visible", true, 1, 2, "10.0.0.1:34567", "10.0.0.2", "10.0.0.2")
	c.Check(err, check.Equals, proxylib.INVALID_ADDRESS)
}
