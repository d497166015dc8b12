package proxylibtest_test

// A parser in the Reader form, as authors have written it since Cilium 1.9: it takes its input from a Reader.

import (
	"encoding/binary"
	"io"
	"testing"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/proxylibtest"
)

type boxRule struct{ label string }

func (rule *boxRule) Matches(data interface{}) bool { return data == rule.label }

func init() {
	proxylib.RegisterParserFactory("test.box", &boxFactory{})
	proxylib.RegisterL7RuleParser("test.box", func(rule *cilium.PortNetworkPolicyRule) []proxylib.L7NetworkPolicyRule {
		var rules []proxylib.L7NetworkPolicyRule
		for _, l7Rule := range rule.GetL7Rules().GetL7AllowRules() {
			rules = append(rules, &boxRule{l7Rule.Rule["label"]})
		}
		return rules
	})
}

type boxFactory struct{}

func (f *boxFactory) Create(connection *proxylib.Connection) interface{} {
	return &boxParser{connection: connection}
}

type boxParser struct{ connection *proxylib.Connection }

// readBox reads a message: two bytes with the length of the label, and the label.
func readBox(reader *proxylib.Reader) (label string, missing int, err error) {
	var header [2]byte
	if _, err = reader.PeekFull(header[:]); err == io.EOF {
		return "", len(header) - reader.Length(), nil
	}
	n := len(header) + int(binary.BigEndian.Uint16(header[:]))
	if missing = n - reader.Length(); missing > 0 {
		return "", missing, nil
	}
	message := make([]byte, n)
	_, err = io.ReadFull(reader, message)
	return string(message[len(header):]), 0, err
}

func (p *boxParser) OnData(reply bool, reader *proxylib.Reader) (proxylib.OpType, int) {
	if reader.Length() == 0 {
		return proxylib.NOP, 0
	}
	label, missing, err := readBox(reader)
	switch {
	case err != nil:
		return proxylib.ERROR, int(proxylib.ERROR_INVALID_FRAME_LENGTH)
	case missing > 0:
		return proxylib.MORE, missing
	case reply || p.connection.Matches(label):
		return proxylib.PASS, 2 + len(label)
	}
	p.connection.Inject(true, []byte{0, 0})
	return proxylib.DROP, 2 + len(label)
}

func TestBox(t *testing.T) {
	ins := proxylibtest.NewInstance("node1", nil)
	ins.CheckInsertPolicyText(t, "1", []string{`
		endpoint_ips: "10.0.0.2"
		ingress_per_port_policies: < port: 80 rules: <
		  l7_proto: "test.box" l7_rules: < l7_allow_rules: < rule: < key: "label" value: "ok" > > >
		> >
		`})
	conn := ins.CheckNewConnectionOK(t, "test.box", true, 1, 2, "10.0.0.1:34567", "10.0.0.2:80", "10.0.0.2")
	data := [][]byte{{0}, {2, 'o'}, []byte("k\x00\x03bad\x00\x05x")}
	conn.CheckOnDataOK(t, false, false, &data, []byte{0, 0}, proxylib.PASS, 4, proxylib.DROP, 5, proxylib.MORE, 4)
}

func TestAReaderReadsWhatIsThere(t *testing.T) {
	reader := proxylib.NewReader([][]byte{{0, 3, 'a'}, []byte("bc")}, false)
	label, missing, err := readBox(&reader)
	if label != "abc" || missing != 0 || err != nil {
		t.Errorf("got %q, %d missing, %v", label, missing, err)
	}
	if n, err := reader.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
}
