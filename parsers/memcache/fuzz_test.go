package memcache_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
)

// knowing is a case with a server that needs no probe.
func knowing(policy string) parsertest.Case {
	return parsertest.Case{Parser: memcache.Name, Config: known, Policy: policy}
}

// FuzzUnknownServer has requests wait until the server has said what it is.
func FuzzUnknownServer(f *testing.F) {
	parsertest.FuzzCase(f, parsertest.Case{Parser: memcache.Name, Policy: public + "\ncommand=add", Waits: true},
		[]parsertest.Step{client("ms pub 1\r\na\r\nget pub\r\n"), server("VERSION 1.6.18\r\nHD\r\nEND\r\n")},
		[]parsertest.Step{client("add pub 0 0 1\r\na\r\nset pub 0 0 1\r\na\r\nadd pub 0 0 1\r\nb\r\n"),
			server("CLIENT_ERROR unauthenticated\r\nSTORED\r\nNOT_STORED\r\n")},
		[]parsertest.Step{client("mg pub q\r\nms pub 1\r\na\r\n"), server("HD\r\nMN\r\nVERSION 1.6.9\r\n")},
		[]parsertest.Step{client(ask(set, 1, setExtras, "pub", "a\nb")), server(probeReply), server(reply(set, 1, 0, "", "", ""))},
	)
}

func FuzzText(f *testing.F) {
	parsertest.FuzzCase(f, knowing(public),
		[]parsertest.Step{client("get pub1 pub2\r\nget x\r\n"), server("VALUE pub1 0 5\r\nhello\r\nEND\r\n")},
		[]parsertest.Step{client("set pub 0 0 5\r\nhello\r\nset x 0 0 1 noreply\r\na\r\n"), server("STORED\r\n")},
		[]parsertest.Step{client("gat 5 pub\r\nstats\r\nwatch\r\nquit\r\n"), server("END\r\n")},
		[]parsertest.Step{client("cas pub 1 2 3 4\r\nabc\r\nincr pub 1\r\ndelete noreply\r\n")},
	)
}

func FuzzMeta(f *testing.F) {
	parsertest.FuzzCase(f, knowing(public+"\ncommand=mn\ncommand=me"),
		[]parsertest.Step{client("mg pub v q k\r\nmg x\r\nmg pub2 q\r\nmn\r\n"), server("VA 1 kpub\r\na\r\nMN\r\nHD\r\nMN\r\n")},
		[]parsertest.Step{client("ms pub 1 q\r\na\r\nms x 1 q\r\nb\r\n"), server("NS\r\nMN\r\n")},
		[]parsertest.Step{client("mg cHVi b v\r\nme pub\r\nget pub\r\n"), server("EN\r\nME pub a=b\r\nEND\r\n")},
		[]parsertest.Step{client("mg pub q\r\nget pub\r\nmd pub q I T5\r\nma pub MI N5 J1\r\n"), server("HD\r\nMN\r\nEND\r\n")},
	)
}

func FuzzBinary(f *testing.F) {
	parsertest.FuzzCase(f, knowing(public+"\ncommand=noop\ncommand=stats"),
		[]parsertest.Step{client(ask(get, 1, "", "pub", "") + ask(get, 2, "", "x", "")), server(reply(get, 1, 0, flags, "", "hello"))},
		[]parsertest.Step{client(ask(getq, 1, "", "pub", "") + ask(getq, 2, "", "x", "") + ask(noop, 3, "", "", "")),
			server(fenceReply + reply(noop, 3, 0, "", "", ""))},
		[]parsertest.Step{client(ask(set, 1, setExtras, "pub", "v") + ask(setq, 1, setExtras, "x", "v")),
			server(reply(set, 1, 0, "", "", ""))},
		[]parsertest.Step{client(ask(stat, 1, "", "", "")), server(reply(stat, 1, 0, "", "a", "b") + reply(stat, 1, 0, "", "", ""))},
		[]parsertest.Step{client(ask(quit, 1, "", "", "")), server("ERROR Too many open connections\r\n")},
	)
}

// FuzzReplies lets everything pass, so that what the server sends is judged for every command.
func FuzzReplies(f *testing.F) {
	parsertest.FuzzCase(f, knowing(""),
		[]parsertest.Step{client("stats\r\nlru_crawler metadump all\r\n"), server("STAT a b\r\nEND\r\nOK\r\nkey=a\nEND\r\n")},
		[]parsertest.Step{client("watch\r\n"), server("OK\r\nx\n")},
		[]parsertest.Step{server("ERROR Too many open connections\r\n")},
		[]parsertest.Step{client("gets a\r\ntouch a 1\r\n"), server("VALUE a 0 1 7\r\nx\r\nEND\r\nTOUCHED\r\n")},
		[]parsertest.Step{client("mg a q\r\nms b 1 q\r\nx\r\nmd c q\r\nma d q\r\nget a\r\n"),
			server("HD\r\nNS\r\nNF\r\nEX\r\nMN\r\nEND\r\n")},
		[]parsertest.Step{client(ask(saslAuth, 1, "", "PLAIN", "x") + ask(deleteq, 1, "", "x", "") + ask(noop, 1, "", "", "")),
			server(reply(saslAuth, 1, 0x21, "", "", "x") + reply(deleteq, 1, 1, "", "", "no") + reply(noop, 1, 0, "", "", ""))},
	)
}
