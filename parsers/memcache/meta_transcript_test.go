package memcache_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
)

func TestMetaTranscripts(t *testing.T) { parsertest.Run(t, metaTranscripts()...) }

func metaTranscripts() []parsertest.Case {
	failed := "SERVER_ERROR out of memory storing object\r\n" +
		"CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"
	tricky := "MN\r\nHD\r\nEND\r\n"
	cases := []parsertest.Case{
		{
			Name: "allowed meta commands and their replies pass", Policy: public +
				"\ncommand=delete\ncommand=incr\ncommand=me\ncommand=mn",
			Steps: []parsertest.Step{
				client("ms pub 5 T0\r\nhello\r\n"), server("HD\r\n"),
				client("mg pub v f\r\n"), server("VA 5 f0\r\nhello\r\n"),
				client("mg pub\r\n"), server("EN\r\n"),
				client("md pub\r\n"), server("NF\r\n"),
				client("ma pub v\r\n"), server("VA 1\r\n6\r\n"),
				client("me pub\r\n"), server("ME pub exp=-1 la=0\r\n"),
				client("mn\r\n"), server("MN\r\n"),
			},
			ToServer: "ms pub 5 T0\r\nhello\r\nmg pub v f\r\nmg pub\r\nmd pub\r\nma pub v\r\nme pub\r\nmn\r\n",
			ToClient: "HD\r\nVA 5 f0\r\nhello\r\nEN\r\nNF\r\nVA 1\r\n6\r\nME pub exp=-1 la=0\r\nMN\r\n",
			Log: entries("Request command=ms keys=pub bytes=5", "Response command=ms status=stored",
				"Request command=mg keys=pub", "Response command=mg status=hit bytes=5",
				"Request command=mg keys=pub", "Response command=mg status=miss",
				"Request command=md keys=pub", "Response command=md status=not_found",
				"Request command=ma keys=pub", "Response command=ma status=ok bytes=1",
				"Request command=me keys=pub", "Response command=me status=hit",
				"Request command=mn", "Response command=mn status=ok"),
		},
		{
			Name: "a key in base64 is judged as what it stands for", Policy: public,
			Steps: []parsertest.Step{
				client("mg c2VjcmV0 b v\r\nms c2VjcmV0 3 b\r\nabc\r\nmg cHVi b v\r\nmg pub0 b v\r\nmg cHViIGE= b\r\n"),
				server("EN\r\nEN\r\n"),
			},
			ToServer: "mg cHVi b v\r\nmg cHViIGE= b\r\n", ToClient: denied + denied + "EN\r\n" + denied + "EN\r\n",
			Log: entries("Denied command=mg keys=secret", "Denied command=ms keys=secret bytes=3",
				"Request command=mg keys=pub", `Denied command=mg keys=\xa6\xe6\xf4`, `Request command=mg keys="pub a"`,
				"Response command=mg status=miss", "Response command=mg status=miss"),
		},
		{
			Name: "a meta get that writes is not a get", Policy: public,
			Steps: []parsertest.Step{
				client("mg pub T30\r\nmg pub N30\r\nmg pub E1\r\nms pub 1 ME\r\na\r\nmg pub t\r\n"), server("HD t-1\r\n"),
			},
			ToServer: "mg pub t\r\n", ToClient: strings.Repeat(denied, 4) + "HD t-1\r\n",
			Log: entries("Denied command=mg keys=pub", "Denied command=mg keys=pub", "Denied command=mg keys=pub",
				"Denied command=ms keys=pub bytes=1", "Request command=mg keys=pub", "Response command=mg status=hit"),
		},
		{
			Name:   "a deny rule for a classic command holds for the meta command, too",
			Policy: "deny command=touch\ndeny command=add\nallow",
			Steps: []parsertest.Step{
				client("ma n T5\r\nma n N5\r\nms n 1 ME\r\na\r\nma n\r\n"), server("HD\r\n"),
			},
			ToServer: "ma n\r\n", ToClient: strings.Repeat(denied, 3) + "HD\r\n",
			Log: entries(`Denied command=ma keys=n reason="deny rule"`, `Denied command=ma keys=n reason="deny rule"`,
				`Denied command=ms keys=n bytes=1 reason="deny rule"`,
				"Request command=ma keys=n", "Response command=ma status=ok"),
		},
		{
			Name: "a value of a meta command is delimited by its length alone", Policy: "",
			Steps: []parsertest.Step{
				client("mg a v q\r\nmg b v q\r\nmn\r\n"),
				server(fmt.Sprintf("VA %d\r\n%s\r\nVA 0\r\n\r\nMN\r\n", len(tricky), tricky)),
			},
			ToServer: "mg a v q\r\nmg b v q\r\nmn\r\n",
			ToClient: fmt.Sprintf("VA %d\r\n%s\r\nVA 0\r\n\r\nMN\r\n", len(tricky), tricky),
			Log: entries("Request command=mg keys=a", "Request command=mg keys=b", "Request command=mn",
				"Response command=mg status=hit bytes=13", "Response command=mg status=hit bytes=0",
				"Response command=mn status=ok"),
		},
		{
			Name: "quiet requests that are served in silence owe nothing", Policy: "",
			Steps: []parsertest.Step{
				client("mg a v q\r\nms b 1 q\r\nx\r\nmd c q\r\nma d q\r\nmn\r\n"), server("NF\r\nMN\r\n"),
				client("get a\r\n"), server("END\r\n"),
			},
			ToServer: "mg a v q\r\nms b 1 q\r\nx\r\nmd c q\r\nma d q\r\nmn\r\nget a\r\n", ToClient: "NF\r\nMN\r\nEND\r\n",
			Log: entries("Request command=mg keys=a", "Request command=ms keys=b bytes=1", "Request command=md keys=c",
				"Request command=ma keys=d", "Request command=mn", "Response command=ms status=not_found",
				"Response command=mn status=ok", "Request command=get keys=a", "Response command=get status=miss"),
		},
		{
			Name: "a denial behind quiet requests takes the place of the answer to a noop of ours", Policy: public +
				"\ncommand=mn",
			Steps: []parsertest.Step{
				client("mg pub1 v q\r\nmg pub2 v q\r\nmg secret v q\r\nmg secret\r\nmg pub3 v q\r\nmn\r\n"),
				server("VA 1\r\na\r\n"), server("MN\r\n"), server("VA 1\r\nc\r\nMN\r\n"),
			},
			ToServer: "mg pub1 v q\r\nmg pub2 v q\r\nmn\r\nmg pub3 v q\r\nmn\r\n",
			ToClient: "VA 1\r\na\r\n" + denied + denied + "VA 1\r\nc\r\nMN\r\n",
			Log: entries("Request command=mg keys=pub1", "Request command=mg keys=pub2", "Denied command=mg keys=secret",
				"Denied command=mg keys=secret", "Request command=mg keys=pub3", "Request command=mn",
				"Response command=mg status=hit bytes=1", "Response command=mg status=hit bytes=1",
				"Response command=mn status=ok"),
		},
		{
			Name: "a noop of ours and its answer are seen by nobody but the server", Policy: public,
			Steps:    []parsertest.Step{client("mg pub q\r\nmg x\r\n"), server("MN\r\n")},
			ToServer: "mg pub q\r\nmn\r\n", ToClient: denied,
			Log: entries("Request command=mg keys=pub", "Denied command=mg keys=x"),
			Ops: []string{"client PASS 10", "client INJECT 4", "client DROP 6", "server DROP 4", "server INJECT 28"},
		},
		{
			Name: "a reply that is always sent is distinguished from those of quiet requests before it", Policy: "",
			Steps: []parsertest.Step{
				client("ma a q\r\nget b\r\nmg c\r\n"),
				server("MN\r\nSERVER_ERROR out of memory\r\nHD\r\n"),
			},
			ToServer: "ma a q\r\nmn\r\nget b\r\nmg c\r\n", ToClient: "SERVER_ERROR out of memory\r\nHD\r\n",
			Log: entries("Request command=ma keys=a", "Request command=get keys=b", "Request command=mg keys=c",
				"Response command=get status=error", "Response command=mg status=hit"),
		},
		{
			Name: "errors of quiet requests pass", Policy: "",
			Steps:    []parsertest.Step{client("ms a 1 q\r\nx\r\nma b q\r\nmn\r\n"), server(failed + "MN\r\n")},
			ToServer: "ms a 1 q\r\nx\r\nma b q\r\nmn\r\n", ToClient: failed + "MN\r\n",
			Log: entries("Request command=ms keys=a bytes=1", "Request command=ma keys=b", "Request command=mn",
				"Response command=ms status=error", "Response command=ma status=error", "Response command=mn status=ok"),
		},
		{
			Name: "a request that wants no reply needs no noop", Policy: "",
			Steps: []parsertest.Step{
				client("mg a q\r\nset b 0 0 1 noreply\r\nx\r\nquit\r\n"), server("HD\r\n"),
			},
			ToServer: "mg a q\r\nset b 0 0 1 noreply\r\nx\r\nquit\r\n", ToClient: "HD\r\n",
			Log: entries("Request command=mg keys=a", "Request command=set keys=b bytes=1", "Request command=quit",
				"Response command=mg status=hit"),
		},
		{
			Name: "a malformed meta command closes the connection", Policy: "",
			Steps:    []parsertest.Step{client("ms a S5\r\nflush_all\r\n")},
			ToClient: "CLIENT_ERROR bad command line format\r\n", Closed: "number",
			Log: entries(`Denied status="malformed command line: malformed or impossible number" command=ms`),
		},
		{
			Name: "an answer that no quiet request gives closes the connection", Policy: "",
			Steps:    []parsertest.Step{client("mg a q\r\nmn\r\n"), server("EN\r\n")},
			ToServer: "mg a q\r\nmn\r\n", Closed: "reply does not fit the request",
			Log: entries("Request command=mg keys=a", "Request command=mn"),
		},
		{
			Name: "a server that does not know our noop closes the connection", Policy: "",
			Steps:    []parsertest.Step{client("mg a q\r\nget b\r\n"), server("ERROR\r\n"), server("ERROR\r\nEND\r\n")},
			ToServer: "mg a q\r\nmn\r\nget b\r\n", ToClient: "ERROR\r\n", Closed: "reply does not fit the request",
			Log: entries("Request command=mg keys=a", "Request command=get keys=b", "Response command=mg status=error"),
		},
	}
	for i := range cases {
		cases[i].Parser, cases[i].Config = memcache.Name, known
	}
	return cases
}
