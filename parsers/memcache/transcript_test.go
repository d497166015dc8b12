package memcache_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
)

const (
	public = "command=get keyPrefix=pub\ncommand=set keyPrefix=pub"
	denied = "CLIENT_ERROR access denied\r\n"
	// known is the configuration for a server that needs no probe.
	known = `{"protocols": ["text", "binary"], "meta": true, "auth": "none"}`
)

// entries makes log entries of "Request command=get keys=a".
func entries(lines ...string) []string {
	var list []string
	for _, l := range lines {
		kind, fields, _ := strings.Cut(l, " ")
		list = append(list, kind+" textmemcached "+fields)
	}
	return list
}

func client(text string) parsertest.Step { return parsertest.Client(text) }
func server(text string) parsertest.Step { return parsertest.Server(text) }

func TestTranscripts(t *testing.T) { parsertest.Run(t, textTranscripts()...) }

func textTranscripts() []parsertest.Case {
	var pipelined, forwarded, replies, order strings.Builder
	var log []string
	for i := range 60 {
		fmt.Fprintf(&pipelined, "get pub%d\r\nget other\r\n", i)
		fmt.Fprintf(&forwarded, "get pub%d\r\n", i)
		replies.WriteString("END\r\n")
		order.WriteString("END\r\n" + denied)
		log = append(log, fmt.Sprintf("Request command=get keys=pub%d", i), "Denied command=get keys=other")
	}
	for range 60 {
		log = append(log, "Response command=get status=miss")
	}
	manyKeys := strings.Repeat(" pub/key", 600)
	loggedKeys := strings.Repeat("pub/key, ", 57) + "..."
	statistics := "stats\r\nstats reset\r\nstats detail on\r\nstats cachedump 1 1\r\nstats detail dump\r\nstats x\r\n"
	told := "STAT pid 1\r\nSTAT x\r\nEND\r\n" + "RESET\r\n" + "OK\r\n" + "ITEM a [1 b; 0 s]\r\nEND\r\n" +
		"PREFIX p get 1 hit 1 set 0 del 0\r\nEND\r\n" + "END\r\n"
	tricky := "END\r\n\r\nEND\r\nERROR\r\nVALUE x 0 1\r\n"

	cases := []parsertest.Case{
		{
			Name: "allowed requests and their replies pass", Policy: public,
			Steps: []parsertest.Step{
				client("set pub1 0 0 5\r\nhello\r\n"), server("STORED\r\n"),
				client("get pub1\r\n"), server("VALUE pub1 0 5\r\nhello\r\nEND\r\n"),
			},
			ToServer: "set pub1 0 0 5\r\nhello\r\nget pub1\r\n",
			ToClient: "STORED\r\nVALUE pub1 0 5\r\nhello\r\nEND\r\n",
			Log: entries("Request command=set keys=pub1 bytes=5", "Response command=set status=stored",
				"Request command=get keys=pub1", "Response command=get status=hit bytes=5"),
		},
		{
			Name: "a rule for an access allows what does no more", Policy: "[readers] access=read\n[writers] command=set access=write keyPrefix=pub",
			Steps: []parsertest.Step{
				client("get a\r\nset pub1 0 0 1\r\nx\r\nset a 0 0 1\r\nx\r\nflush_all\r\n"), server("END\r\nSTORED\r\n"),
			},
			ToServer: "get a\r\nset pub1 0 0 1\r\nx\r\n", ToClient: "END\r\nSTORED\r\n" + denied + denied,
			Log: entries("Request command=get keys=a rule=readers", "Request command=set keys=pub1 bytes=1 rule=writers",
				"Denied command=set keys=a bytes=1", "Denied command=flush_all",
				"Response command=get status=miss", "Response command=set status=stored"),
		},
		{
			Name: "a connection that is read-only changes nothing, also in audit mode", ReadOnly: true, Audit: true,
			Steps: []parsertest.Step{
				client("set a 0 0 1\r\nx\r\nget a\r\ngat 0 a\r\nversion\r\nstats\r\n"), server("END\r\nVERSION 1.6.40\r\n"),
			},
			ToServer: "get a\r\nversion\r\n", ToClient: denied + "END\r\n" + denied + "VERSION 1.6.40\r\n" + denied,
			Log: entries("Denied command=set keys=a bytes=1 reason=readonly", "Request command=get keys=a",
				"Denied command=gat keys=a reason=readonly", "Request command=version", "Denied command=stats reason=readonly",
				"Response command=get status=miss", "Response command=version status=ok"),
		},
		{
			Name: "a denied request is answered and the connection goes on", Policy: public,
			Steps: []parsertest.Step{
				client("flush_all\r\n"), client("set secret 0 0 5\r\nhello\r\n"), client("get pub1\r\n"), server("END\r\n"),
			},
			ToServer: "get pub1\r\n", ToClient: denied + denied + "END\r\n",
			Log: entries("Denied command=flush_all", "Denied command=set keys=secret bytes=5",
				"Request command=get keys=pub1", "Response command=get status=miss"),
		},
		{
			Name: "a denied request that wants no reply gets none", Policy: public,
			Steps: []parsertest.Step{
				client("set secret 0 0 5 noreply\r\nhello\r\ndelete x noreply\r\nget pub\r\n"), server("END\r\n"),
			},
			ToServer: "get pub\r\n", ToClient: "END\r\n",
			Log: entries("Denied command=set keys=secret bytes=5", "Denied command=delete keys=x",
				"Request command=get keys=pub", "Response command=get status=miss"),
		},
		{
			Name: "a request that wants no reply is owed none", Policy: public,
			Steps: []parsertest.Step{
				client("set pub 0 0 1 noreply\r\na\r\nget other\r\nget pub\r\n"), server("VALUE pub 0 1\r\na\r\nEND\r\n"),
			},
			ToServer: "set pub 0 0 1 noreply\r\na\r\nget pub\r\n", ToClient: denied + "VALUE pub 0 1\r\na\r\nEND\r\n",
			Log: entries("Request command=set keys=pub bytes=1", "Denied command=get keys=other",
				"Request command=get keys=pub", "Response command=get status=hit bytes=1"),
		},
		{
			Name: "denials take their place among the replies of pipelined requests", Policy: public,
			Steps:    []parsertest.Step{client(pipelined.String()), server(replies.String())},
			ToServer: forwarded.String(), ToClient: order.String(), Log: entries(log...),
		},
		{
			Name: "every key of a request has to be allowed", Policy: public,
			Steps:    []parsertest.Step{client("get pub1 pub2\r\nget pub1 other\r\n"), server("END\r\n")},
			ToServer: "get pub1 pub2\r\n", ToClient: "END\r\n" + denied,
			Log: entries(`Request command=get keys="pub1, pub2"`, `Denied command=get keys="pub1, other"`,
				"Response command=get status=miss"),
		},
		{
			Name: "a value is delimited by its length alone", Policy: "",
			Steps: []parsertest.Step{
				client("get a b\r\nget c\r\n"),
				server(fmt.Sprintf("VALUE a 0 %d\r\n%s\r\nVALUE b 0 0 77\r\n\r\nEND\r\nEND\r\n", len(tricky), tricky)),
			},
			ToServer: "get a b\r\nget c\r\n",
			ToClient: fmt.Sprintf("VALUE a 0 %d\r\n%s\r\nVALUE b 0 0 77\r\n\r\nEND\r\nEND\r\n", len(tricky), tricky),
			Log: entries(`Request command=get keys="a, b"`, "Request command=get keys=c",
				"Response command=get status=hit bytes=32", "Response command=get status=miss"),
		},
		{
			Name: "a payload is not a command", Policy: public,
			Steps: []parsertest.Step{client("set pub 0 0 11\r\nget secret\r\r\nset x 0 0 9\r\nflush_all\r\n"),
				server("STORED\r\n")},
			ToServer: "set pub 0 0 11\r\nget secret\r\r\n", ToClient: "STORED\r\n" + denied,
			Log: entries("Request command=set keys=pub bytes=11", "Denied command=set keys=x bytes=9",
				"Response command=set status=stored"),
		},
		{
			Name: "an unknown word is answered as the server would", Policy: "",
			Steps:    []parsertest.Step{client("nosuch a b\r\n\r\nversion\r\n"), server("VERSION 1.6.18\r\n")},
			ToServer: "version\r\n", ToClient: "ERROR\r\nERROR\r\nVERSION 1.6.18\r\n",
			Log: entries(`Denied command=nosuch reason="unknown command"`, `Denied command="" reason="unknown command"`, "Request command=version",
				"Response command=version status=ok"),
		},
		{
			Name: "errors end a reply at any point", Policy: "",
			Steps: []parsertest.Step{
				client("get a\r\nget b\r\nset c 0 0 1\r\nx\r\n"),
				server("SERVER_ERROR out of memory\r\nVALUE b 0 1\r\nx\r\nERROR\r\nSERVER_ERROR object too large for cache\r\n"),
			},
			ToServer: "get a\r\nget b\r\nset c 0 0 1\r\nx\r\n",
			ToClient: "SERVER_ERROR out of memory\r\nVALUE b 0 1\r\nx\r\nERROR\r\nSERVER_ERROR object too large for cache\r\n",
			Log: entries("Request command=get keys=a", "Request command=get keys=b", "Request command=set keys=c bytes=1",
				"Response command=get status=error", "Response command=get status=error bytes=1",
				"Response command=set status=error"),
		},
		{
			Name: "statistics come in all their forms", Policy: "",
			Steps:    []parsertest.Step{client(statistics), server(told)},
			ToServer: statistics, ToClient: told,
			Log: entries("Request command=stats", "Request command=stats", "Request command=stats", "Request command=stats",
				"Request command=stats", "Request command=stats", "Response command=stats status=ok",
				"Response command=stats status=ok", "Response command=stats status=ok", "Response command=stats status=ok",
				"Response command=stats status=ok", "Response command=stats status=ok"),
		},
		{
			Name: "dumps of old and new servers pass", Policy: "",
			Steps: []parsertest.Step{
				client("lru_crawler metadump all\r\n"), server("key=a exp=1 la=2\nkey=b exp=1\nEND\r\n"),
				client("lru_crawler metadump all\r\n"), server("OK\r\nkey=a exp=1\nEND\r\n"),
				client("lru_crawler mgdump all\r\n"), server("OK\r\nmg a\r\nEN\r\n"),
				client("lru_crawler metadump all\r\n"), server("BUSY currently processing crawler request\r\n"),
				client("lru_crawler enable\r\n"), server("OK\r\n"),
			},
			ToServer: "lru_crawler metadump all\r\nlru_crawler metadump all\r\nlru_crawler mgdump all\r\n" +
				"lru_crawler metadump all\r\nlru_crawler enable\r\n",
			ToClient: "key=a exp=1 la=2\nkey=b exp=1\nEND\r\nOK\r\nkey=a exp=1\nEND\r\nOK\r\nmg a\r\nEN\r\n" +
				"BUSY currently processing crawler request\r\nOK\r\n",
			Log: entries("Request command=lru_crawler", "Response command=lru_crawler status=ok",
				"Request command=lru_crawler", "Response command=lru_crawler status=ok",
				"Request command=lru_crawler", "Response command=lru_crawler status=ok",
				"Request command=lru_crawler", "Response command=lru_crawler status=error",
				"Request command=lru_crawler", "Response command=lru_crawler status=ok"),
		},
		{
			Name: "a watch streams to the client until the end", Policy: "",
			Steps: []parsertest.Step{
				client("watch fetchers\r\n"), server("OK\r\nts=1 gid=1 type=item_get\nwhatever END\r\n"), server("more"),
			},
			ToServer: "watch fetchers\r\n", ToClient: "OK\r\nts=1 gid=1 type=item_get\nwhatever END\r\nmore",
			Log: entries("Request command=watch", "Response command=watch status=ok"),
		},
		{
			Name: "a value longer than it says closes the connection", Policy: "",
			Steps:    []parsertest.Step{client("get a\r\n"), server("VALUE a 0 1\r\nxyz\r\nEND\r\n")},
			ToServer: "get a\r\n", ToClient: "VALUE a 0 1\r\nx", Closed: "reply does not fit the request",
			Log: entries("Request command=get keys=a"),
		},
		{
			Name: "a watch that the server refuses changes nothing", Policy: "",
			Steps: []parsertest.Step{
				client("watch fetchers\r\n"), server("CLIENT_ERROR watch commands not allowed\r\n"),
				client("version\r\n"), server("VERSION 1\r\n"),
			},
			ToServer: "watch fetchers\r\nversion\r\n", ToClient: "CLIENT_ERROR watch commands not allowed\r\nVERSION 1\r\n",
			Log: entries("Request command=watch", "Response command=watch status=error", "Request command=version",
				"Response command=version status=ok"),
		},
		{
			Name: "a denied watch changes nothing", Policy: public,
			Steps:    []parsertest.Step{client("watch\r\nget pub\r\n"), server("END\r\n")},
			ToServer: "get pub\r\n", ToClient: denied + "END\r\n",
			Log: entries("Denied command=watch", "Request command=get keys=pub", "Response command=get status=miss"),
		},
		{
			Name: "requests after a watch close the connection", Policy: "",
			Steps: []parsertest.Step{
				client("watch\r\n"), server("OK\r\n"), client("flush_all\r\n"),
			},
			ToServer: "watch\r\n", ToClient: "OK\r\n", Closed: "request after a watch",
			Log: entries("Request command=watch", "Response command=watch status=ok"),
		},
		{
			Name: "what follows quit is dropped", Policy: "",
			Steps:    []parsertest.Step{client("quit\r\nflush_all\r\n"), parsertest.ServerEnd()},
			ToServer: "quit\r\n", Log: entries("Request command=quit"),
		},
		{
			Name: "a server that has too many connections may say so", Policy: "",
			Steps:    []parsertest.Step{server("ERROR Too many open connections\r\n"), parsertest.ServerEnd()},
			ToClient: "ERROR Too many open connections\r\n",
		},
		{
			Name:     "a deny rule wins over an allow rule",
			Policy:   "deny command=get keyPrefix=pub/secret\ncommand=get keyPrefix=pub",
			Steps:    []parsertest.Step{client("get pub/a\r\nget pub/secret\r\n"), server("END\r\n")},
			ToServer: "get pub/a\r\n", ToClient: "END\r\n" + denied,
			Log: entries("Request command=get keys=pub/a", `Denied command=get keys=pub/secret reason="deny rule"`,
				"Response command=get status=miss"),
		},
		{
			Name:     "a deny rule wins also where a request has other keys, too",
			Policy:   "deny command=get keyPrefix=pub/secret\ncommand=get keyPrefix=pub",
			Steps:    []parsertest.Step{client("get pub/a pub/secret\r\nget pub/a pub/b\r\n"), server("END\r\n")},
			ToServer: "get pub/a pub/b\r\n", ToClient: denied + "END\r\n",
			Log: entries(`Denied command=get keys="pub/a, pub/secret" reason="deny rule"`, `Request command=get keys="pub/a, pub/b"`,
				"Response command=get status=miss"),
		},
		{
			// The scratch of such a line is given back, so it allocates each time.
			Name: "a get of many keys may be as long as it takes", Policy: public, Allocates: true,
			Steps: []parsertest.Step{client(("get" + manyKeys)[:memcache.MaxLine]),
				client(("get" + manyKeys)[memcache.MaxLine:] + "\r\n"), server("END\r\n")},
			ToServer: "get" + manyKeys + "\r\n", ToClient: "END\r\n",
			Log: entries(`Request command=get keys="`+loggedKeys+`"`, "Response command=get status=miss"),
		},
		{
			Name:   "rules limit keys, their number, and the length of values",
			Policy: "command=get keyExact=a\ncommand=get keyRegex=^b[0-9]$ maxKeys=2\ncommand=set keyExact=c maxValueBytes=3",
			Steps: []parsertest.Step{
				client("get a\r\nget ab\r\nget b1 b2\r\nget b1 b2 b3\r\n"),
				client("set c 0 0 3\r\nabc\r\nset c 0 0 4\r\nabcd\r\n"),
				server("END\r\nEND\r\nSTORED\r\n"),
			},
			ToServer: "get a\r\nget b1 b2\r\nset c 0 0 3\r\nabc\r\n",
			ToClient: "END\r\n" + denied + "END\r\n" + denied + "STORED\r\n" + denied,
			Log: entries("Request command=get keys=a", "Denied command=get keys=ab", `Request command=get keys="b1, b2"`,
				`Denied command=get keys="b1, b2, b3"`, "Request command=set keys=c bytes=3", "Denied command=set keys=c bytes=4",
				"Response command=get status=miss", "Response command=get status=miss", "Response command=set status=stored"),
		},
		{
			Name: "a new policy holds from the next request on", Policy: public,
			Steps: []parsertest.Step{
				client("get pub\r\n"), server("END\r\n"), parsertest.NewPolicy("command=version"), client("get pub\r\n"),
			},
			ToServer: "get pub\r\n", ToClient: "END\r\n" + denied,
			Log: entries("Request command=get keys=pub", "Response command=get status=miss", "Denied command=get keys=pub"),
		},
	}
	for i := range cases {
		cases[i].Parser, cases[i].Config = memcache.Name, known
	}
	return cases
}

func TestWhatCanNotBeReadSafelyClosesTheConnection(t *testing.T) {
	refused := func(command, reason string) []string {
		entry := fmt.Sprintf("Denied status=%q", reason)
		if command != "" {
			entry += " command=" + command
		}
		return entries(entry)
	}
	const badLine = "CLIENT_ERROR bad command line format\r\n"
	const character = "malformed command line: CR or NUL in it, or a line end other than CR LF"
	const lineFeed = "malformed command line: ends in LF alone before a payload"
	for _, c := range []parsertest.Case{
		{Name: "bare line feed before a payload", Steps: []parsertest.Step{client("set pub 0 0 9\nflush_all\r\n")},
			ToClient: badLine, Closed: lineFeed, Log: refused("set", lineFeed)},
		{Name: "NUL", Steps: []parsertest.Step{client("set pub 0 0 3\x00 noreply\r\nget secret\r\n\r\n")},
			ToClient: badLine, Closed: character, Log: refused("", character)},
		{Name: "HTTP", Steps: []parsertest.Step{client("POST /x HTTP/1.1\r\nHost: h\r\n\r\nset pub 0 0 1\r\n1\r\n")},
			Closed: "request of another protocol", Log: refused("POST", "request of another protocol")},
		{Name: "HTTP that looks like a command", Steps: []parsertest.Step{client("delete /x HTTP/1.1\r\nget pub\r\n")},
			Closed: "request of another protocol", Log: refused("delete", "request of another protocol")},
		{Name: "RTSP after requests", Closed: "request of another protocol",
			Steps:    []parsertest.Step{client("get pub\r\nPLAY x RTSP/1.0\r\nget pub\r\n"), server("END\r\n")},
			ToServer: "get pub\r\n", ToClient: "END\r\n",
			Log: append(entries("Request command=get keys=pub"), append(refused("PLAY", "request of another protocol"),
				entries("Response command=get status=miss")...)...)},
		{Name: "leading space", Steps: []parsertest.Step{client(" set pub 0 0 12\r\nget secret\r\n\r\n")},
			ToClient: badLine, Closed: "begins with a space", Log: refused("", "malformed command line: begins with a space")},
		{Name: "impossible length", Steps: []parsertest.Step{client("set pub 0 0 3000000000\r\nget secret\r\n")},
			ToClient: badLine, Closed: "number", Log: refused("set", "malformed command line: malformed or impossible number")},
		{Name: "surplus argument", Steps: []parsertest.Step{client("set pub 0 0 12 junk noreply\r\nget secret\r\n\r\n")},
			ToClient: badLine, Closed: "unknown argument", Log: refused("set", "malformed command line: unknown argument")},
		{Name: "TLS", Steps: []parsertest.Step{client("\x16\x03\x01\x02\x00")},
			Closed: "TLS on a plaintext port", Log: refused("", "TLS on a plaintext port")},
		{Name: "payload longer than it says", Steps: []parsertest.Step{client("set pub 0 0 1\r\nabc\r\n")},
			ToServer: "set pub 0 0 1\r\na", ToClient: "CLIENT_ERROR bad data chunk\r\n", Closed: "payload does not end",
			Log: entries("Request command=set keys=pub bytes=1")},
		{Name: "payload longer than it says, after a reply that came too early",
			Steps:    []parsertest.Step{client("set pub 0 0 1\r\n"), server("STORED\r\n"), client("abc\r\n")},
			ToServer: "set pub 0 0 1\r\na", ToClient: "STORED\r\n", Closed: "payload does not end",
			Log: entries("Request command=set keys=pub bytes=1", "Response command=set status=stored")},
		{Name: "line without end", Steps: []parsertest.Step{client("set " + strings.Repeat("a", memcache.MaxLine))},
			ToClient: badLine, Closed: "command line too long", Log: refused("", "command line too long")},
		{Name: "reply without a request", Steps: []parsertest.Step{server("STORED\r\n")}, Closed: "reply without a request"},
		{Name: "end of stream in a request", Steps: []parsertest.Step{client("get pu"), parsertest.ClientEnd()},
			Closed: "end of stream inside a message"},
	} {
		c.Parser, c.Config, c.Policy = memcache.Name, known,
			"command=get keyPrefix=pub\ncommand=set keyPrefix=pub\ncommand=delete keyPrefix=pub"
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}

func TestAMalformedLineThatHasNoPayloadIsAnsweredAndTheConnectionGoesOn(t *testing.T) {
	const badLine = "CLIENT_ERROR bad command line format\r\n"
	denied := func(command, reason string) string {
		return fmt.Sprintf("Denied status=%q command=%s", "malformed command line: "+reason, command)
	}
	for _, c := range []parsertest.Case{
		{Name: "get without a key", Steps: []parsertest.Step{client("get\r\nget pub\r\n"), server("END\r\n")},
			ToServer: "get pub\r\n", ToClient: badLine + "END\r\n",
			Log: entries(denied("get", "wrong number of arguments"), "Request command=get keys=pub",
				"Response command=get status=miss")},
		{Name: "in its turn", Steps: []parsertest.Step{client("get pub\r\ndelete a b c\r\n"), server("END\r\n")},
			ToServer: "get pub\r\n", ToClient: "END\r\n" + badLine,
			Log: entries("Request command=get keys=pub", denied("delete", "unknown argument")+" keys=a",
				"Response command=get status=miss")},
		{Name: "noreply that is a key or not", Steps: []parsertest.Step{client("delete noreply\r\n")},
			ToClient: badLine,
			Log:      entries(denied("delete", "noreply where servers differ on what it means") + " keys=noreply")},
		{Name: "a flag that is none", Steps: []parsertest.Step{client("mg pub !\r\n")}, ToClient: badLine,
			Log: entries(`Denied status="malformed meta command: unknown, malformed or repeated flag" command=mg keys=pub`)},
	} {
		c.Parser, c.Config, c.Policy = memcache.Name, known, "command=get keyPrefix=pub\ncommand=delete keyPrefix=pub"
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}

func TestRepliesThatDoNotFitCloseTheConnection(t *testing.T) {
	for name, reply := range map[string]string{
		"a line of another shape":    "STORED\r\n",
		"a value without length":     "VALUE a 0\r\n",
		"a value of negative length": "VALUE a 0 -1\r\n",
		"a line end that is none":    "END\n",
	} {
		c := parsertest.Case{
			Parser: memcache.Name, Config: known, Steps: []parsertest.Step{client("get a\r\n"), server(reply)},
			ToServer: "get a\r\n", Closed: "reply does not fit the request",
			Log: entries("Request command=get keys=a"),
		}
		t.Run(name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}
