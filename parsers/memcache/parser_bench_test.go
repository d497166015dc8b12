package memcache_test

import (
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// exchange sends a request and its reply through a connection, as a host does.
type exchange struct {
	tb             testing.TB
	conn           *proxylib.Connection
	queue          *accesslog.Queue
	request, reply []byte
	data           [1][]byte
	ops            [proxylib.MaxOps]proxylib.FilterOp
}

func newExchange(tb testing.TB, request, reply string) *exchange {
	snapshot, err := parsertest.CompilePolicy(memcache.Name, "command=get keyPrefix=pub\ncommand=set keyPrefix=pub")
	if err != nil {
		tb.Fatal(err)
	}
	queue := accesslog.NewQueue(0)
	instance := &proxylib.Instance{ID: 1, Policies: new(policy.Store), AccessLog: queue}
	instance.Policies.Replace(snapshot)
	conn, err := proxylib.NewConnection(instance, memcache.Name, proxylib.ConnectionInfo{
		Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "10.0.0.2:1000", DstAddr: "10.0.0.1:10000",
		PolicyName: parsertest.Endpoint,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return &exchange{tb: tb, conn: conn, queue: queue, request: []byte(request), reply: []byte(reply)}
}

func (e *exchange) run() {
	e.pass(false, e.request)
	e.pass(true, e.reply)
}

func (e *exchange) pass(reply bool, input []byte) {
	e.data[0] = input
	ops, result := e.conn.OnData(reply, false, e.data[:], e.ops[:0])
	n := 0
	for _, op := range ops {
		if op.Op == proxylib.PASS {
			n += int(op.N)
		}
	}
	if result != proxylib.FILTER_OK || n != len(input) {
		e.tb.Fatalf("reply %v: %v, %v, %s", reply, ops, result, e.conn.Failure())
	}
}

func (e *exchange) drain() { e.queue.Drain(func([]byte, uint64) {}) }

var exchanges = []struct{ name, request, reply string }{
	{"get", "get pub/key\r\n", "VALUE pub/key 0 5\r\nhello\r\nEND\r\n"},
	{"multiget", "get pub/1 pub/2 pub/3\r\n", "VALUE pub/1 0 5\r\nhello\r\nVALUE pub/3 0 5\r\nhello\r\nEND\r\n"},
	{"set", "set pub/key 0 0 5\r\nhello\r\n", "STORED\r\n"},
}

func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) {
	for _, x := range exchanges {
		e := newExchange(t, x.request, x.reply)
		run := func() { e.run(); e.drain() }
		if n := testing.AllocsPerRun(1000, run); n != 0 {
			t.Errorf("%s: %v allocations", x.name, n)
		}
	}
}

func BenchmarkRequestAndReply(b *testing.B) {
	for _, x := range exchanges {
		b.Run(x.name, func(b *testing.B) {
			e := newExchange(b, x.request, x.reply)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e.run()
				if i%256 == 0 {
					e.drain()
				}
			}
		})
	}
}
