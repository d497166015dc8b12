package proxylibtest_test

// A parser as authors wrote it for Cilium 1.3 to 1.7: dot imports, Create returns a Parser, and the rules are in l7_rules.

import (
	"bytes"

	. "gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/proxylibtest"
)

type parcelRule struct{ shelf string }

type parcelRequest struct{ shelf string }

func (rule *parcelRule) Matches(data interface{}) bool {
	request, ok := data.(parcelRequest)
	return ok && (rule.shelf == "" || rule.shelf == request.shelf)
}

func parcelRuleParser(rule *cilium.PortNetworkPolicyRule) []L7NetworkPolicyRule {
	var rules []L7NetworkPolicyRule
	l7Rules := rule.GetL7Rules()
	if l7Rules == nil {
		return rules
	}
	for _, l7Rule := range l7Rules.GetL7Rules() {
		pr := &parcelRule{}
		for k, v := range l7Rule.Rule {
			switch k {
			case "shelf":
				pr.shelf = v
			default:
				ParseError("Unsupported key: "+k, rule)
			}
		}
		rules = append(rules, pr)
	}
	return rules
}

type parcelFactory struct{}

var theParcelFactory *parcelFactory

func init() {
	RegisterParserFactory("test.parcel", theParcelFactory)
	RegisterL7RuleParser("test.parcel", parcelRuleParser)
}

type parcelParser struct {
	connection *Connection
}

func (f *parcelFactory) Create(connection *Connection) Parser {
	return &parcelParser{connection: connection}
}

// OnData judges a message of two bytes: the number of a shelf, and a line feed.
func (p *parcelParser) OnData(reply, endStream bool, dataArray [][]byte) (OpType, int) {
	data := bytes.Join(dataArray, []byte{})
	if len(data) == 0 {
		return NOP, 0
	}
	if len(data) < 2 {
		return MORE, 2 - len(data)
	}
	if data[1] != '\n' {
		return ERROR, int(ERROR_INVALID_FRAME_TYPE)
	}
	if reply {
		return PASS, 2
	}
	request := parcelRequest{string(data[:1])}
	entry := &cilium.LogEntry_GenericL7{
		GenericL7: &cilium.L7LogEntry{Proto: "parcel", Fields: map[string]string{"shelf": request.shelf}},
	}
	if !p.connection.Matches(request) {
		p.connection.Log(cilium.EntryType_Denied, entry)
		p.connection.Inject(true, []byte("-\n"))
		return DROP, 2
	}
	p.connection.Log(cilium.EntryType_Request, entry)
	return PASS, 2
}

type ParcelSuite struct {
	logServer *proxylibtest.AccessLogServer
	ins       *proxylibtest.Instance
}

var _ = Suite(&ParcelSuite{})

func (s *ParcelSuite) SetUpSuite(c *C) {
	s.logServer = proxylibtest.StartAccessLogServer("access_log.sock", 10)
	c.Assert(s.logServer, Not(IsNil))
	s.ins = proxylibtest.NewInstance("node1", s.logServer)
	c.Assert(s.ins, Not(IsNil))
}

func (s *ParcelSuite) checkAccessLogs(c *C, expPasses, expDrops int) {
	passes, drops := s.logServer.Clear()
	c.Check(passes, Equals, expPasses)
	c.Check(drops, Equals, expDrops)
}

func (s *ParcelSuite) TearDownTest(c *C) { s.logServer.Clear() }

func (s *ParcelSuite) TearDownSuite(c *C) { s.logServer.Close() }

func (s *ParcelSuite) TestWithoutAPolicyAllIsDenied(c *C) {
	conn := s.ins.CheckNewConnectionOK(c, "test.parcel", true, 1, 2, "1.1.1.1:34567", "2.2.2.2:80", "no-policy")
	data := [][]byte{[]byte("1"), []byte("\n2")}
	conn.CheckOnDataOK(c, false, false, &data, []byte("-\n"), DROP, 2, MORE, 1)
	s.checkAccessLogs(c, 0, 1)
}

func (s *ParcelSuite) TestRulesAllowWhatTheyName(c *C) {
	s.ins.CheckInsertPolicyText(c, "1", []string{`
		name: "cp1"
		policy: 2
		ingress_per_port_policies: <
		  port: 80
		  rules: <
		    l7_proto: "test.parcel"
		    l7_rules: <
		      l7_rules: <
		        rule: <
		          key: "shelf"
		          value: "7"
		        >
		      >
		    >
		  >
		>
		`})
	conn := s.ins.CheckNewConnectionOK(c, "test.parcel", true, 1, 2, "1.1.1.1:34567", "2.2.2.2:80", "cp1")
	data := [][]byte{[]byte("7\n8\n7\n")}
	conn.CheckOnDataOK(c, false, false, &data, []byte("-\n"), PASS, 2, DROP, 2, PASS, 2)
	s.checkAccessLogs(c, 2, 1)
	reply := [][]byte{[]byte("+\n")}
	conn.CheckOnDataOK(c, true, false, &reply, []byte{}, PASS, 2)
	wrong := [][]byte{[]byte("7x")}
	conn.CheckOnDataOK(c, false, false, &wrong, []byte{}, ERROR, int(ERROR_INVALID_FRAME_TYPE))
}

func (s *ParcelSuite) TestAKeyThatIsNotSupportedRefusesThePolicy(c *C) {
	err := s.ins.InsertPolicyText("1", []string{`
		name: "cp1"
		ingress_per_port_policies: < port: 80 rules: <
		  l7_proto: "test.parcel" l7_rules: < l7_rules: < rule: < key: "colour" value: "red" > > >
		> >
		`}, "update")
	c.Assert(err, ErrorMatches, ".*Unsupported key: colour.*")
}
