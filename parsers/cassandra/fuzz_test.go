package cassandra_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
)

// seeds4 and seeds5 are transcripts to start from.
func seeds4() [][]parsertest.Step {
	start, ready := client(req4(0, opStartup, cqlVersion)), server(rep4(0, opReady, ""))
	lz4, snappy := client(req4(0, opStartup, startup("COMPRESSION", "lz4"))), client(req4(0, opStartup,
		startup("COMPRESSION", "snappy")))
	return [][]parsertest.Step{
		{start, ready, client(query4(1, "SELECT * FROM db1.t1") + query4(2, "SELECT * FROM secret.t")), server(rep4(1,
			opResult, rows))},
		{start, ready, client(query4(1, "USE db1")), server(rep4(1, opResult, setKeyspace("db1"))), client(query4(2,
			"INSERT INTO t1 (k) VALUES (1)"))},
		{start, ready, client(prepare4(1, selectText)), server(rep4(1, opResult, prepared4("id"))), client(execute4(1,
			"id") + execute4(2, "x"))},
		{start, ready, client(batch4(1, textEntry(insertText, u32(-1)), idEntry("id", long("x"))))},
		{lz4, ready, client(frame(4, 1, 1, opQuery, lz4Body(long("SELECT * FROM db1.t1")+params4))), server(frame(0x84,
			1, 1, opResult, lz4Body(rows)))},
		{snappy, ready, client(frame(4, 1, 1, opPrepare, snappyBody(long(selectText)))), server(frame(0x84, 1, 1,
			opResult, snappyBody(prepared4("id"))))},
		{client(frame(0x42, 0, 0, opOptions, "")), client(req4(0, opOptions, ""))},
		{start, server(rep4(0, opAuthenticate, str("x"))), client(req4(0, opAuthResponse, long("x"))), server(rep4(0,
			opAuthSuccess, u32(-1)))},
	}
}

func seeds5() [][]parsertest.Step {
	var seeds [][]parsertest.Step
	for _, f := range forms {
		begin := []parsertest.Step{client(req5(0, opStartup, startup(f.options...))), server(rep5(0, opReady, ""))}
		seeds = append(seeds,
			append(begin, client(f.seg(true, query5(1, "SELECT * FROM db1.t1")+query5(2, "SELECT * FROM secret.t"))),
				server(f.seg(true, rep5(1, opResult, rows)))),
			append(begin, client(inPieces(f, query5(1, "SELECT * FROM db1.t1"), 20)), server(inPieces(f, rep5(1,
				opResult, rows), 20))))
	}
	return seeds
}

// noLookup is the configuration in which hosts that can wait do the same as those that cannot.
const noLookup = `{"look_up_statements": false}`

func FuzzParser(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: cassandra.Name, Config: noLookup, Policy: db1},
		append(seeds4(), seeds5()...)...)
}

func FuzzParserThatAllowsAll(f *testing.F) {
	parsertest.Fuzz(f, cassandra.Name, "", append(seeds4(), seeds5()...)...)
}

// FuzzLookup has batches wait until the server has said what their statements are.
func FuzzLookup(f *testing.F) {
	found := storedRows(stored(idA, "", insertA), stored(idB, "db1", insertB))
	seeds := [][]parsertest.Step{{
		client(req4(0, opStartup, cqlVersion)), server(rep4(0, opReady, "")),
		client(batch4(3, idEntry(idA), idEntry(idB)) + query4(1, "SELECT * FROM db1.t1")),
		server(rep4(3, opResult, found) + rep4(3, opResult, void)),
	}}
	for _, form := range forms[:2] {
		seeds = append(seeds, []parsertest.Step{
			client(req5(0, opStartup, startup(form.options...))), server(rep5(0, opReady, "")),
			client(form.seg(true, query5(1, "SELECT * FROM db1.t1")+batch5(3, idA, idB)+query5(4, "SELECT * FROM secret.t"))),
			server(form.seg(true, rep5(3, opResult, found)) + form.seg(true, rep5(1, opResult, rows)+rep5(3, opResult, void))),
		})
	}
	parsertest.FuzzCase(f, parsertest.Case{Parser: cassandra.Name, Policy: db1, Waits: true}, append(seeds, seeds4()...)...)
}
