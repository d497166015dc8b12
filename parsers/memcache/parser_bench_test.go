package memcache_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// exchange sends requests and their replies through a connection, as a host does.
type exchange struct {
	tb             testing.TB
	conn           *proxylib.Connection
	queue          *accesslog.Queue
	request, reply []byte
	data           [2][]byte
	ops            [proxylib.MaxOps]proxylib.FilterOp
}

func newExchange(tb testing.TB, request, reply string) *exchange {
	e := newExchangeWith(tb, known)
	e.request, e.reply = []byte(request), []byte(reply)
	return e
}

// newExchangeWith has a parser with a configuration.
func newExchangeWith(tb testing.TB, config string) *exchange {
	snapshot, err := parsertest.CompilePolicy(memcache.Name,
		"command=get keyPrefix=pub\ncommand=set keyPrefix=pub\ncommand=noop")
	if err != nil {
		tb.Fatal(err)
	}
	queue := accesslog.NewQueue(0, nil)
	newParser, err := proxylib.Configured(memcache.Name, []byte(config))
	if err != nil {
		tb.Fatal(err)
	}
	instance := &proxylib.Instance{ID: 1, Policies: new(policy.Store), AccessLog: queue}
	instance.Policies.Replace(snapshot)
	conn, err := proxylib.NewConnection(instance, memcache.Name, proxylib.ConnectionInfo{
		Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "10.0.0.2:1000", DstAddr: "10.0.0.1:10000",
		PolicyName: parsertest.Endpoint, New: newParser,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return &exchange{tb: tb, conn: conn, queue: queue}
}

func (e *exchange) run() {
	e.pass(false, e.request, 0)
	e.pass(true, e.reply, 0)
}

// runSplit does the same with each side's bytes in two chunks.
func (e *exchange) runSplit() {
	e.pass(false, e.request, len(e.request)/2)
	e.pass(true, e.reply, len(e.reply)/2)
}

// pass hands over input, cut in two where cut is not 0, until the parser has judged all of it. All must pass.
func (e *exchange) pass(reply bool, input []byte, cut int) {
	for left := len(input); left > 0; {
		data := e.data[:1]
		data[0] = input[len(input)-left:]
		if at := cut - (len(input) - left); at > 0 {
			data = e.data[:2]
			data[0], data[1] = input[len(input)-left:cut], input[cut:]
		}
		ops, result := e.conn.OnData(reply, false, data, e.ops[:0])
		n := 0
		for _, op := range ops {
			if op.Op == proxylib.PASS {
				n += int(op.N)
			}
		}
		if left -= n; result != proxylib.FILTER_OK || n == 0 || left < 0 {
			e.tb.Fatalf("reply %v: %v, %v, %s", reply, ops, result, e.conn.Failure())
		}
	}
}

func (e *exchange) drain() { e.queue.Drain(func([]byte, uint64) {}) }

var exchanges = []struct{ name, request, reply string }{
	{"get", "get pub/key\r\n", "VALUE pub/key 0 5\r\nhello\r\nEND\r\n"},
	{"multiget", "get pub/1 pub/2 pub/3\r\n", "VALUE pub/1 0 5\r\nhello\r\nVALUE pub/3 0 5\r\nhello\r\nEND\r\n"},
	{"multiget of 100", "get" + strings.Repeat(" pub/some-longer-key", 100) + "\r\n", "END\r\n"},
	{"set", "set pub/key 0 0 5\r\nhello\r\n", "STORED\r\n"},
	{"meta get", "mg pub/key v f\r\n", "VA 5 f0\r\nhello\r\n"},
	{"meta get in base64", "mg cHViL2tleQ== b v\r\n", "VA 5\r\nhello\r\n"},
	{"meta set", "ms pub/key 5\r\nhello\r\n", "HD\r\n"},
	{"quiet meta gets", strings.Repeat("mg pub/key v q\r\n", 16) + "mn\r\n", "VA 5\r\nhello\r\nMN\r\n"},
	{"binary get", ask(get, 1, "", "pub/key", ""), reply(get, 1, 0, flags, "", "hello")},
	{"binary set", ask(set, 1, setExtras, "pub/key", "hello"), reply(set, 1, 0, "", "", "")},
	{"binary quiet gets", strings.Repeat(ask(getkq, 1, "", "pub/key", ""), 16) + ask(noop, 2, "", "", ""),
		reply(getkq, 1, 0, flags, "pub/key", "hello") + reply(noop, 2, 0, "", "", "")},
}

func TestARunOfQuietRequestsMayBeLongerThanTheQueue(t *testing.T) {
	const many = proxylib.MaxOwedReplies + 100
	for _, c := range []struct{ quiet, noop, reply string }{
		{"mg pub/a v q\r\n", "mn\r\n", "VA 1\r\na\r\nMN\r\n"},
		{ask(getq, 1, "", "pub/a", ""), ask(noop, 2, "", "", ""),
			reply(getq, 1, 0, flags, "", "a") + reply(noop, 2, 0, "", "", "")},
	} {
		newExchange(t, strings.Repeat(c.quiet, many)+c.noop, c.reply).run()
	}
}

func TestTooManyRequestsCloseTheConnectionWhereTheHostCannotWait(t *testing.T) {
	e := newExchange(t, "", "")
	e.pass(false, []byte(strings.Repeat("get pub/a\r\n", proxylib.MaxOwedReplies)), 0)
	ops, result := e.conn.OnData(false, false, [][]byte{[]byte("get pub/a\r\n")}, e.ops[:0])
	want := fmt.Sprint([]proxylib.FilterOp{{Op: proxylib.DROP, N: 11}})
	if fmt.Sprint(ops) != want || result != proxylib.FILTER_OK {
		t.Errorf("%v, %v, want %s", ops, result, want)
	}
	if !e.conn.Closing() {
		t.Error("the connection goes on")
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
