package cilium

import (
	"io"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// BenchmarkData passes a request and its reply, as OnData does behind its C part, with a policy and an access log that
// nobody reads.
func BenchmarkData(b *testing.B) {
	for _, x := range []struct{ name, parser, rule, request, reply string }{
		{"r2d2", "r2d2", "cmd=READ file=^public/", "READ public/a\r\n", "OK\r\n"},
		{"memcached text", "memcache", "command=get keyPrefix=pub", "get pub/key\r\n", "VALUE pub/key 0 5\r\nhello\r\nEND\r\n"},
		{"redis", "redis", "command=get key_prefix=pub", "*2\r\n$3\r\nGET\r\n$7\r\npub/key\r\n", "$5\r\nhello\r\n"},
		{"memcached binary", "memcache", "command=get keyPrefix=pub",
			"\x80\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x07" + "\x00\x00\x00\x01" + "\x00\x00\x00\x00\x00\x00\x00\x00pub/key",
			"\x81\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x09" + "\x00\x00\x00\x01" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00hello"},
	} {
		b.Run(x.name, func(b *testing.B) {
			m := newModule(io.Discard)
			snapshot, err := parsertest.CompilePolicy(x.parser, x.rule)
			if err != nil {
				b.Fatal(err)
			}
			queue := accesslog.NewQueue(0, nil)
			instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store), AccessLog: queue})
			instance.Policies().Replace(snapshot)
			inject := [2][]byte{make([]byte, 0, proxylib.InjectBufSize), make([]byte, 0, proxylib.InjectBufSize)}
			conn, err := host.NewConnection(instance, x.parser, host.ConnectionInfo{
				Id: 1, Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "192.0.2.1:1", DstAddr: "192.0.2.2:2",
				PolicyName: parsertest.Endpoint, Port: parsertest.Port, OrigBuf: &inject[0], ReplyBuf: &inject[1],
			})
			if err != nil {
				b.Fatal(err)
			}
			m.connections.Put(conn.Id, conn)
			inputs := [2][]byte{[]byte(x.request), []byte(x.reply)}
			list, data := make([]host.FilterOp, 0, host.MaxOps), make([][]byte, 1)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				for direction, input := range inputs {
					data[0] = input
					result := m.data(1, direction == 1, false, data, &list)
					if result != proxylib.OK || len(list) != 1 || list[0].N != int64(len(input)) {
						b.Fatal(result, list)
					}
				}
				if i%256 == 0 {
					queue.Drain(func([]byte, uint64) {})
				}
			}
		})
	}
}

// BenchmarkConnection opens and closes a connection, with its parser.
func BenchmarkConnection(b *testing.B) {
	for _, parser := range []string{"r2d2", "memcache", "cassandra"} {
		b.Run(parser, func(b *testing.B) {
			m := newModule(io.Discard)
			instance := m.open(nil, false)
			inject := [2][]byte{make([]byte, 0, proxylib.InjectBufSize), make([]byte, 0, proxylib.InjectBufSize)}
			b.ReportAllocs()
			for id := uint64(0); b.Loop(); id++ {
				if result := m.connect(instance, parser, host.ConnectionInfo{
					Id: id, Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "192.0.2.1:34567", DstAddr: "192.0.2.2:11211",
					PolicyName: parsertest.Endpoint, OrigBuf: &inject[0], ReplyBuf: &inject[1],
				}); result != proxylib.OK {
					b.Fatal(result)
				}
				m.close(id)
			}
		})
	}
}
