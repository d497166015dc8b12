package proxylibtest_test

// A parser as authors have written it since Cilium 1.9: Create returns an interface{}.

import (
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/proxylibtest"
)

type bellRule struct{ ring byte }

func (rule *bellRule) Matches(data interface{}) bool {
	ring, ok := data.(byte)
	return ok && ring == rule.ring
}

func bellRuleParser(rule *cilium.PortNetworkPolicyRule) []proxylib.L7NetworkPolicyRule {
	var rules []proxylib.L7NetworkPolicyRule
	l7Rules := rule.GetL7Rules()
	if l7Rules == nil {
		proxylib.ParseError("Can't get L7 rules.", rule)
	}
	for _, l7Rule := range l7Rules.GetL7AllowRules() {
		rules = append(rules, &bellRule{l7Rule.Rule["ring"][0]})
	}
	return rules
}

type bellFactory struct{}

func init() {
	proxylib.RegisterParserFactory("test.bell", &bellFactory{})
	proxylib.RegisterL7RuleParser("test.bell", bellRuleParser)
}

type bellParser struct{ connection *proxylib.Connection }

func (f *bellFactory) Create(connection *proxylib.Connection) interface{} {
	if connection.SrcId == 0 {
		return nil
	}
	return &bellParser{connection: connection}
}

// OnData judges each byte. One that is not a letter is an error.
func (p *bellParser) OnData(reply, endStream bool, dataArray [][]byte) (proxylib.OpType, int) {
	if len(dataArray) == 0 {
		return proxylib.NOP, 0
	}
	ring := dataArray[0][0]
	switch {
	case reply:
		return proxylib.PASS, len(dataArray[0])
	case ring < 'a' || ring > 'z':
		return proxylib.ERROR, int(proxylib.ERROR_INVALID_FRAME_TYPE)
	case p.connection.Matches(ring):
		return proxylib.PASS, 1
	}
	p.connection.Log(cilium.EntryType_Denied, &cilium.LogEntry_GenericL7{
		GenericL7: &cilium.L7LogEntry{Proto: "bell", Fields: map[string]string{"ring": string(ring)}},
	})
	if p.connection.IsInjectBufFull(true) {
		return proxylib.ERROR, int(proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	p.connection.Inject(true, []byte{'!'})
	return proxylib.DROP, 1
}

const bellPolicy = `
	endpoint_ips: "10.0.0.2"
	endpoint_id: 2
	ingress_per_port_policies: <
	  port: 80
	  rules: <
	    l7_proto: "test.bell"
	    l7_rules: <
	      l7_allow_rules: < rule: < key: "ring" value: "a" > >
	      l7_allow_rules: < rule: < key: "ring" value: "b" > >
	    >
	  >
	>
	`

func TestBell(t *testing.T) {
	server := proxylibtest.StartAccessLogServer("access_log.sock", 10)
	defer server.Close()
	ins := proxylibtest.NewInstance("node1", server)
	ins.CheckInsertPolicyText(t, "1", []string{bellPolicy})
	conn := ins.CheckNewConnectionOK(t, "test.bell", true, 1, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	data := [][]byte{[]byte("ac"), []byte("b")}
	conn.CheckOnDataOK(t, false, false, &data, []byte("!"), proxylib.PASS, 1, proxylib.DROP, 1, proxylib.PASS, 1)
	if passes, drops := server.Clear(); passes != 0 || drops != 1 {
		t.Errorf("%d passes and %d drops in the access log", passes, drops)
	}
	bad := [][]byte{[]byte("7")}
	conn.CheckOnData(t, false, false, &bad, proxylib.OK, nil, proxylib.ERROR, int(proxylib.ERROR_INVALID_FRAME_TYPE))
	if text := proxylib.OpError(proxylib.ERROR_INVALID_FRAME_TYPE).String(); text != "ERROR_INVALID_FRAME_TYPE" {
		t.Errorf("the error is called %s", text)
	}
}

func TestBellDeclinesConnectionsWithoutIdentity(t *testing.T) {
	ins := proxylibtest.NewInstance("node1", nil)
	err, _ := ins.CheckNewConnection("test.bell", true, 0, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	if err != proxylib.POLICY_DROP {
		t.Errorf("got %v", err)
	}
	if made := proxylib.GetParserFactory("test.bell").Create(&proxylib.Connection{SrcId: 1}); made == nil {
		t.Error("the registered factory makes no parser")
	}
}
