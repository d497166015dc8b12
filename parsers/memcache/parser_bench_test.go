package memcache_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
)

// exchange is a case with a request that passes and its reply.
func exchange(name, request, reply string) parsertest.Case {
	return parsertest.Case{
		Name: name, Parser: memcache.Name, Config: known,
		Policy: "command=get keyPrefix=pub\ncommand=set keyPrefix=pub\ncommand=noop",
		Steps:  []parsertest.Step{client(request), server(reply)},
	}
}

// exchanges are requests that pass, and their replies.
var exchanges = []parsertest.Case{
	exchange("get", "get pub/key\r\n", "VALUE pub/key 0 5\r\nhello\r\nEND\r\n"),
	exchange("multiget", "get pub/1 pub/2 pub/3\r\n", "VALUE pub/1 0 5\r\nhello\r\nVALUE pub/3 0 5\r\nhello\r\nEND\r\n"),
	exchange("multiget of 100", "get"+strings.Repeat(" pub/some-longer-key", 100)+"\r\n", "END\r\n"),
	exchange("set", "set pub/key 0 0 5\r\nhello\r\n", "STORED\r\n"),
	exchange("meta get", "mg pub/key v f\r\n", "VA 5 f0\r\nhello\r\n"),
	exchange("meta get in base64", "mg cHViL2tleQ== b v\r\n", "VA 5\r\nhello\r\n"),
	exchange("meta set", "ms pub/key 5\r\nhello\r\n", "HD\r\n"),
	exchange("quiet meta gets", strings.Repeat("mg pub/key v q\r\n", 16)+"mn\r\n", "VA 5\r\nhello\r\nMN\r\n"),
	exchange("binary get", ask(get, 1, "", "pub/key", ""), reply(get, 1, 0, flags, "", "hello")),
	exchange("binary set", ask(set, 1, setExtras, "pub/key", "hello"), reply(set, 1, 0, "", "", "")),
	exchange("binary quiet gets", strings.Repeat(ask(getkq, 1, "", "pub/key", ""), 16)+ask(noop, 2, "", "", ""),
		reply(getkq, 1, 0, flags, "pub/key", "hello")+reply(noop, 2, 0, "", "", "")),
}

func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) { parsertest.Allocs(t, exchanges...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) {
	parsertest.Conform(t, slices.Concat(exchanges, textTranscripts(), metaTranscripts(), binaryTranscripts(),
		loginTranscripts(), binaryLoginTranscripts())...)
}

// What an idle connection takes, in bytes; the host adds its own part.
func TestAnIdleConnectionIsSmall(t *testing.T) { parsertest.Idle(t, 896, exchanges...) }

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, exchanges...) }

// passes requires that requests and their replies pass on one connection.
func passes(t *testing.T, requests, replies string) {
	t.Helper()
	conn := parsertest.Connect(t, exchange("", requests, replies))
	toServer, toClient := conn.ToServer(), conn.ToClient()
	if toServer != requests || toClient != replies || conn.Closed() != "" {
		t.Errorf("of %d bytes of the client %d passed, of %d of the server %d; closed: %q", len(requests), len(toServer),
			len(replies), len(toClient), conn.Closed())
	}
}

func TestARunOfQuietRequestsMayBeLongerThanTheQueue(t *testing.T) {
	const many = proxylib.MaxOwedReplies + 100
	passes(t, strings.Repeat("mg pub/a v q\r\n", many)+"mn\r\n", "VA 1\r\na\r\nMN\r\n")
	passes(t, strings.Repeat(ask(getq, 1, "", "pub/a", ""), many)+ask(noop, 2, "", "", ""),
		reply(getq, 1, 0, flags, "", "a")+reply(noop, 2, 0, "", "", ""))
}

func TestTooManyRequestsCloseTheConnectionWhereTheHostCannotWait(t *testing.T) {
	c := exchange("", "", "")
	c.CannotWait = true
	conn := parsertest.Connect(t, c)
	many := strings.Repeat("get pub/a\r\n", proxylib.MaxOwedReplies)
	conn.Do(client(many), client("get pub/a\r\n"))
	if toServer := conn.ToServer(); toServer != many || conn.Closed() != "" {
		t.Fatalf("%d bytes of %d passed, closed: %q", len(toServer), len(many), conn.Closed())
	}
	conn.Do(server(strings.Repeat("END\r\n", proxylib.MaxOwedReplies)), client("get pub/a\r\n"))
	if toServer := conn.ToServer(); toServer != "" || conn.Closed() != "too many requests wait for a reply" {
		t.Errorf("to server %q, closed: %q", toServer, conn.Closed())
	}
}
