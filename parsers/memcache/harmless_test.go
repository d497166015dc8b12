package memcache_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
)

func TestWhatServersTakeIsNotRefused(t *testing.T) {
	const badLine = "CLIENT_ERROR bad command line format\r\n"
	for _, c := range []parsertest.Case{
		{Name: "lines that end in LF alone", Steps: []parsertest.Step{client("get pub\nget secret\nversion\n"),
			server("END\r\nVERSION 1.6.18\r\n")},
			ToServer: "get pub\nversion\n", ToClient: "END\r\n" + denied + "VERSION 1.6.18\r\n",
			Log: entries("Request command=get keys=pub", "Denied command=get keys=secret", "Request command=version",
				"Response command=get status=miss", "Response command=version status=ok")},
		{Name: "but not if the configuration is strict", Config: `{"strict": true}`,
			Steps: []parsertest.Step{client("get pub\n")}, ToClient: badLine, Closed: "line end other than CR LF",
			Log: entries(`Denied status="malformed command line: CR or NUL in it, or a line end other than CR LF"`)},
		{Name: "control characters in keys", Steps: []parsertest.Step{client("get pub\x01\t\x7f\r\n"), server("END\r\n")},
			ToServer: "get pub\x01\t\x7f\r\n", ToClient: "END\r\n",
			Log: entries(`Request command=get keys=pub\x01\x09\x7f`, "Response command=get status=miss")},
		{Name: "an empty line after the error of a retrieval", Steps: []parsertest.Step{client("get pub\r\nset pub 0 0 1\r\nx\r\n"),
			server("SERVER_ERROR out of memory\r\n\r\nSTORED\r\n")},
			ToServer: "get pub\r\nset pub 0 0 1\r\nx\r\n", ToClient: "SERVER_ERROR out of memory\r\n\r\nSTORED\r\n",
			Log: entries("Request command=get keys=pub", "Request command=set keys=pub bytes=1",
				"Response command=get status=error", "Response command=set status=stored")},
		{Name: "commands that reach no data, from everybody whom a rule concerns",
			Steps:    []parsertest.Step{client("version\r\nmn\r\n"), server("VERSION 1.6.18\r\nMN\r\n"), client("quit\r\n")},
			ToServer: "version\r\nmn\r\nquit\r\n", ToClient: "VERSION 1.6.18\r\nMN\r\n",
			Log: entries("Request command=version", "Request command=mn", "Response command=version status=ok",
				"Response command=mn status=ok", "Request command=quit")},
		{Name: "but not where a rule denies them", Policy: public + "\ndeny command=version",
			Steps: []parsertest.Step{client("version\r\n")}, ToClient: denied,
			Log: entries(`Denied command=version reason="deny rule"`)},
		{Name: "malformed lines that want no reply get none", Steps: []parsertest.Step{
			client("incr pub x noreply\r\ndelete pub 5 noreply\r\nnosuch noreply\r\nget pub\r\n"), server("END\r\n")},
			ToServer: "get pub\r\n", ToClient: "END\r\n",
			Log: entries(`Denied status="malformed command line: malformed or impossible number" command=incr keys=pub`,
				`Denied status="malformed command line: unknown argument" command=delete keys=pub`,
				"Denied command=nosuch reason=\"unknown command\"", "Request command=get keys=pub",
				"Response command=get status=miss")},
		{Name: "an unknown word after an allowed request names no rule",
			Policy:   "[readers] command=get keyPrefix=public/\n[writers] command=set keyPrefix=public/",
			Steps:    []parsertest.Step{client("get public/a\r\nfoo bar\r\nget secret/a\r\n"), server("END\r\n")},
			ToServer: "get public/a\r\n", ToClient: "END\r\nERROR\r\n" + denied,
			Log: entries("Request command=get keys=public/a rule=readers", `Denied command=foo reason="unknown command"`,
				"Denied command=get keys=secret/a", "Response command=get status=miss")},
		{Name: "what is owed comes before the error that closes the connection", Closed: "unknown argument",
			Steps:    []parsertest.Step{client("get pub\r\nset pub 0 0 1 x\r\nget pub\r\n"), client("more"), server("END\r\n")},
			ToServer: "get pub\r\n", ToClient: "END\r\n" + badLine,
			Log: entries("Request command=get keys=pub", `Denied status="malformed command line: unknown argument" command=set`,
				"Response command=get status=miss")},
	} {
		c.Parser = memcache.Name
		if c.Policy == "" {
			c.Policy = public
		}
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}

// connect opens a connection to a server that is not known, for a client that may do all of what exchange allows.
func connect(t *testing.T) *parsertest.Connection {
	t.Helper()
	c := exchange("", "", "")
	c.Config = ""
	return parsertest.Connect(t, c)
}

func TestALineMayHaveTenThousandKeys(t *testing.T) {
	var line, values strings.Builder
	line.WriteString("get")
	for i := range 10_000 {
		fmt.Fprintf(&line, " pub%04d", i)
		fmt.Fprintf(&values, "VALUE pub%04d 0 1\r\nx\r\n", 9_999-i)
	}
	passes(t, line.String()+"\r\n", values.String()+"END\r\n")
}

func TestALineWithTooManyKeysIsAnsweredAndTheConnectionGoesOn(t *testing.T) {
	conn := connect(t)
	conn.Do(client("get"))
	for range memcache.MaxKeysLine / 4 {
		conn.Do(client(" pub1"))
	}
	conn.Do(client("\r\nget pub2\r\n"))
	toClient, toServer := conn.ToClient(), conn.ToServer()
	if conn.Closed() != "" || toClient != "CLIENT_ERROR line too long\r\n" || toServer != "get pub2\r\n" {
		t.Errorf("closed %q, to client %q, to server %q", conn.Closed(), toClient, toServer)
	}
}

func TestALineWithoutAnEndClosesTheConnection(t *testing.T) {
	conn := connect(t)
	piece := strings.Repeat(" pub1", 20_000)
	conn.Do(client("get"))
	for sent := 0; sent < 2*memcache.MaxDroppedLine && conn.Closed() == ""; sent += len(piece) {
		conn.Do(client(piece))
	}
	if !strings.Contains(conn.Closed(), "too long") {
		t.Errorf("closed for %q", conn.Closed())
	}
}

func TestRequestsWaitWhileTooManyAreUnderWay(t *testing.T) {
	const many = proxylib.MaxOwedReplies + 5000
	for name, request := range map[string]string{
		"requests": "get pub%d\r\n", "denials between them": "get pub%d\r\nget x\r\n",
		"keys": "get pub%d" + strings.Repeat(" pub", 100) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t)
			asked, answered, waited := 0, 0, false
			for i := range many {
				conn.Do(client(fmt.Sprintf(request, i)))
				asked += strings.Count(conn.ToServer(), "get pub")
				waited = waited || conn.Waits()
				for conn.Waits() && answered < asked {
					conn.Do(server("END\r\n"))
					answered++
					asked += strings.Count(conn.ToServer(), "get pub")
				}
				if conn.Closed() != "" {
					t.Fatalf("request %d: closed: %s", i, conn.Closed())
				}
			}
			if asked != many || !waited {
				t.Errorf("%d of %d requests have passed, waited %v", asked, many, waited)
			}
		})
	}
}

func TestRequestsOfOneKindAreDescribedTogether(t *testing.T) {
	const many = 20_000
	one := "set pub 0 0 32\r\n" + strings.Repeat("x", 32) + "\r\n"
	passes(t, strings.Repeat(one, many), strings.Repeat("STORED\r\n", many))
}
