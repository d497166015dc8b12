package proxylib_test

import (
	"bytes"
	"testing"

	"github.com/sirupsen/logrus"
	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

func Test(t *testing.T) { check.TestingT(t) }

// scripted is a parser whose answers a test writes down.
type scripted struct {
	onData func(c *Connection, reply, endStream bool, data [][]byte) (OpType, int)
	c      *Connection
	closed int
}

func (p *scripted) OnData(reply, endStream bool, data [][]byte) (OpType, int) {
	return p.onData(p.c, reply, endStream, data)
}

func (p *scripted) Close() { p.closed++ }

// scriptedFactory makes the parser that a test has put into next.
type scriptedFactory struct{ next *scripted }

func (f *scriptedFactory) Create(c *Connection) Parser {
	if f.next == nil {
		return nil
	}
	f.next.c = c
	return f.next
}

var script = &scriptedFactory{}

func init() { RegisterParserFactory("scripted", script) }

// record keeps what is logged, in the wire form's message.
type record struct{ entries []accesslog.Entry }

func (r *record) Log(e accesslog.Entry) { r.entries = append(r.entries, e) }

func newInstance(log accesslog.Logger) *host.Instance {
	quiet := logrus.New()
	quiet.SetOutput(&bytes.Buffer{})
	return host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store), AccessLog: log, Log: quiet})
}

// connect makes a connection with inject buffers of the size that hosts give.
func connect(c *check.C, instance *host.Instance, parser string) *host.Connection {
	orig, reply := make([]byte, 0, InjectBufSize), make([]byte, 0, InjectBufSize)
	conn, err := host.NewConnection(instance, parser, host.ConnectionInfo{
		Id: 7, Ingress: true, SrcId: 5, DstId: 6, SrcAddr: "10.0.0.2:1000", DstAddr: "10.0.0.1:80",
		PolicyName: "10.0.0.1", OrigBuf: &orig, ReplyBuf: &reply,
	})
	c.Assert(err, check.IsNil)
	return conn
}

// snapshot compiles a policy for port 80 of 10.0.0.1 that allows what rules say.
func snapshot(c *check.C, parser string, rules ...map[string]string) *policy.Snapshot {
	l7 := &cilium.L7NetworkPolicyRules{}
	for _, r := range rules {
		l7.L7AllowRules = append(l7.L7AllowRules, &cilium.L7NetworkPolicyRule{Rule: r})
	}
	s, err := policy.Compile([]*cilium.NetworkPolicy{{
		EndpointIps: []string{"10.0.0.1"},
		IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: 80, Rules: []*cilium.PortNetworkPolicyRule{{
			Name: "only", L7Proto: parser, L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: l7},
		}}}},
	}}, policy.Registered())
	c.Assert(err, check.IsNil)
	return s
}

func chunks(parts ...string) [][]byte {
	var list [][]byte
	for _, p := range parts {
		list = append(list, []byte(p))
	}
	return list
}
