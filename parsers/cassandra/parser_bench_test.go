package cassandra_test

import (
	"slices"
	"testing"

	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
)

// exchange is a case with a request that passes and its reply, after what client and server have sent by turns before.
func exchange(name, request, reply string, before ...string) parsertest.Case {
	c := parsertest.Case{Name: name, Parser: cassandra.Name, Policy: db1}
	for i, data := range append(before, request, reply) {
		if i%2 == 0 {
			c.Steps = append(c.Steps, client(data))
		} else {
			c.Steps = append(c.Steps, server(data))
		}
	}
	return c
}

// exchanges are requests that pass, and their replies, on connections that have begun.
func exchanges() []parsertest.Case {
	start4, ready4 := req4(0, opStartup, cqlVersion), rep4(0, opReady, "")
	lz4Start := req4(0, opStartup, startup("COMPRESSION", "lz4"))
	execute5 := req5(1, opExecute, str("id")+str("meta")+u16(6)+u32(1)+u16(1)+long("value"))
	prepared5 := u32(4) + str("id") + str("meta") + u32(0) + u32(0) + u32(0) + u32(4) + u32(0)
	list := []parsertest.Case{
		exchange("query v4", query4(1, "SELECT a, b FROM db1.t1 WHERE k = 'x' AND c > 10"), rep4(1, opResult, rows),
			start4, ready4),
		exchange("execute v4", execute4(1, "0123456789abcdef"), rep4(1, opResult, rows),
			start4, ready4, prepare4(1, selectText), rep4(1, opResult, prepared4("0123456789abcdef"))),
		exchange("execute v4, types that are nested too deep", execute4(1, "0123456789abcdef"), rep4(1, opResult,
			undescribed["of types that are nested too deep"]), start4, ready4, prepare4(1, selectText), rep4(1, opResult,
			prepared4("0123456789abcdef"))),
		exchange("batch v4", batch4(1, textEntry(insertText, long("x")), textEntry(insertText, long("y"))), rep4(1, opResult,
			void), start4, ready4),
		exchange("query v4 LZ4", frame(4, 1, 1, opQuery,
			lz4Body(long("SELECT a, b FROM db1.t1 WHERE k = 'x' AND c > 10")+params4)), frame(0x84, 1, 1, opResult,
			lz4Body(rows)), lz4Start, ready4),
	}
	for _, f := range forms {
		before := []string{req5(0, opStartup, startup(f.options...)), rep5(0, opReady, ""),
			f.seg(true, req5(1, opPrepare, long(selectText)+u32(0))), f.seg(true, rep5(1, opResult, prepared5))}
		list = append(list,
			exchange("query v5 "+f.name, f.seg(true, query5(1,
				"SELECT a, b FROM db1.t1 WHERE k = 'x' AND c > 10")), f.seg(true, rep5(1, opResult, rows)), before...),
			exchange("execute v5 "+f.name, f.seg(true, execute5), f.seg(true, rep5(1, opResult, rows)), before...))
	}
	return list
}

func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) { parsertest.Allocs(t, exchanges()...) }

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, exchanges()...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) {
	parsertest.Conform(t, slices.Concat(transcripts(), lookups())...)
}
