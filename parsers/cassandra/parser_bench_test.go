package cassandra_test

import (
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// exchange sends a request and its reply through a connection, as a host does.
type exchange struct {
	tb             testing.TB
	conn           *host.Connection
	queue          *accesslog.Queue
	request, reply []byte
	data           [1][]byte
	ops            [host.MaxOps]host.FilterOp
}

// newExchange opens a connection and passes what comes before the exchange, by turns of client and server.
func newExchange(tb testing.TB, request, reply string, before ...string) *exchange {
	snapshot, err := parsertest.CompilePolicy(cassandra.Name, db1)
	if err != nil {
		tb.Fatal(err)
	}
	queue := accesslog.NewQueue(0, nil)
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store), AccessLog: queue})
	instance.Policies().Replace(snapshot)
	conn, err := host.NewConnection(instance, cassandra.Name, host.ConnectionInfo{
		Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "10.0.0.2:1000", DstAddr: "10.0.0.1:10000",
		PolicyName: parsertest.Endpoint,
	})
	if err != nil {
		tb.Fatal(err)
	}
	e := &exchange{tb: tb, conn: conn, queue: queue, request: []byte(request), reply: []byte(reply)}
	for i, data := range before {
		e.pass(i%2 == 1, []byte(data))
	}
	return e
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
	if result != proxylib.OK || n != len(input) {
		e.tb.Fatalf("reply %v: %v, %v, %s", reply, ops, result, e.conn.Failure())
	}
}

func (e *exchange) drain() { e.queue.Drain(func([]byte, uint64) {}) }

type exchangeCase struct {
	name           string
	request, reply string
	before         []string
}

func exchanges() []exchangeCase {
	start4, ready4 := req4(0, opStartup, cqlVersion), rep4(0, opReady, "")
	lz4Start := req4(0, opStartup, startup("COMPRESSION", "lz4"))
	execute5 := req5(1, opExecute, str("id")+str("meta")+u16(6)+u32(1)+u16(1)+long("value"))
	prepared5 := u32(4) + str("id") + str("meta") + u32(0) + u32(0) + u32(0) + u32(4) + u32(0)
	list := []exchangeCase{
		{"query v4", query4(1, "SELECT a, b FROM db1.t1 WHERE k = 'x' AND c > 10"), rep4(1, opResult, rows),
			[]string{start4, ready4}},
		{"execute v4", execute4(1, "0123456789abcdef"), rep4(1, opResult, rows),
			[]string{start4, ready4, prepare4(1, selectText), rep4(1, opResult, prepared4("0123456789abcdef"))}},
		{"batch v4", batch4(1, textEntry(insertText, long("x")), textEntry(insertText, long("y"))), rep4(1, opResult,
			void), []string{start4, ready4}},
		{"query v4 LZ4", frame(4, 1, 1, opQuery,
			lz4Body(long("SELECT a, b FROM db1.t1 WHERE k = 'x' AND c > 10")+params4)), frame(0x84, 1, 1, opResult,
			lz4Body(rows)), []string{lz4Start, ready4}},
	}
	for _, f := range forms {
		before := []string{req5(0, opStartup, startup(f.options...)), rep5(0, opReady, ""),
			f.seg(true, req5(1, opPrepare, long(selectText)+u32(0))), f.seg(true, rep5(1, opResult, prepared5))}
		list = append(list,
			exchangeCase{"query v5 " + f.name, f.seg(true, query5(1,
				"SELECT a, b FROM db1.t1 WHERE k = 'x' AND c > 10")), f.seg(true, rep5(1, opResult, rows)), before},
			exchangeCase{"execute v5 " + f.name, f.seg(true, execute5), f.seg(true, rep5(1, opResult, rows)), before})
	}
	return list
}

func BenchmarkRequestAndReply(b *testing.B) {
	for _, x := range exchanges() {
		b.Run(x.name, func(b *testing.B) {
			e := newExchange(b, x.request, x.reply, x.before...)
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
