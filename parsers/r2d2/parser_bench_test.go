package r2d2_test

import (
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// counting is an access log that only counts.
type counting struct{ entries int }

func (c *counting) Log(accesslog.Entry) { c.entries++ }

// exchange sends one READ and its reply through a connection, as a host does.
type exchange struct {
	tb             testing.TB
	conn           *proxylib.Connection
	request, reply []byte
	data           [1][]byte
	ops            [proxylib.MaxOps]proxylib.FilterOp
}

func newExchange(tb testing.TB, log accesslog.Logger) *exchange {
	snapshot, err := policy.Compile([]*cilium.NetworkPolicy{{
		EndpointIps: []string{"10.0.0.1"},
		IngressPerPortPolicies: []*cilium.PortNetworkPolicy{{Port: 80, Rules: []*cilium.PortNetworkPolicyRule{{
			L7Proto: r2d2.Name, L7: &cilium.PortNetworkPolicyRule_L7Rules{L7Rules: &cilium.L7NetworkPolicyRules{
				L7AllowRules: []*cilium.L7NetworkPolicyRule{{Rule: map[string]string{"cmd": "READ", "file": "^public/"}}},
			}},
		}}}},
	}}, policy.Registered())
	if err != nil {
		tb.Fatal(err)
	}
	instance := &proxylib.Instance{ID: 1, Policies: new(policy.Store), AccessLog: log}
	instance.Policies.Replace(snapshot)
	conn, err := proxylib.NewConnection(instance, r2d2.Name, proxylib.ConnectionInfo{
		Ingress: true, SrcAddr: "10.0.0.2:1000", DstAddr: "10.0.0.1:80", PolicyName: "10.0.0.1",
	})
	if err != nil {
		tb.Fatal(err)
	}
	return &exchange{tb: tb, conn: conn, request: []byte("READ public/x\r\n"), reply: []byte("OK some data\r\n")}
}

func (e *exchange) run() {
	e.pass(false, e.request)
	e.pass(true, e.reply)
}

func (e *exchange) pass(reply bool, input []byte) {
	e.data[0] = input
	ops, result := e.conn.OnData(reply, false, e.data[:], e.ops[:0])
	if result != proxylib.FILTER_OK || ops[0] != (proxylib.FilterOp{Op: proxylib.PASS, N: int64(len(input))}) {
		e.tb.Fatalf("reply %v: %v, %v, %s", reply, ops, result, e.conn.Failure())
	}
}

func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) {
	log := &counting{}
	e := newExchange(t, log)
	if n := testing.AllocsPerRun(1000, e.run); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if log.entries != 1001 {
		t.Errorf("%d entries for 1001 requests", log.entries)
	}
}

func BenchmarkRequestAndReply(b *testing.B) {
	e := newExchange(b, &counting{})
	b.ReportAllocs()
	for b.Loop() {
		e.run()
	}
}
