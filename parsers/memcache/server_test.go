package memcache_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib/host"
)

const (
	locked = "CLIENT_ERROR unauthenticated\r\n"
	writes = "command=get keyPrefix=pub\ncommand=writeGroup keyPrefix=pub"
)

// Payloads and frames wait until the server has said that it takes them for what they are.
func TestRequestsWaitUntilTheServerIsKnown(t *testing.T) {
	const ms, add = "ms pub 11\r\nget secret\r\r\n", "add pub 0 0 11\r\nget secret\r\r\n"
	const base64 = "mg cHVi b v\r\n"
	frame := ask(set, 1, setExtras, "pub", "\r\nflush_all\r\n")
	stored := reply(set, 1, 0, "", "", "")
	long := fmt.Sprintf("set pub 0 0 %d\r\n%s\r\n", 10000, strings.Repeat("x", 10000))
	for _, c := range []parsertest.Case{
		{Name: "a meta set, and an old server", Steps: []parsertest.Step{client(ms + "get pub\r\n"), server("VERSION 1.6.9\r\n"),
			server("END\r\n")},
			ToServer: "version\r\nget pub\r\n", ToClient: "CLIENT_ERROR meta commands need memcached 1.6.10\r\nEND\r\n",
			Log: entries(`Denied command=ms keys=pub bytes=11 reason="the server does not say that it knows meta commands as of version 1.6.10"`,
				"Request command=get keys=pub", "Response command=get status=miss")},
		{Name: "a meta set, and a server that knows it", Steps: []parsertest.Step{client(ms + "ms pub 1\r\na\r\n"),
			server("VERSION 1.6.10\r\n"), server("HD\r\nHD\r\n")},
			ToServer: "version\r\n" + ms + "ms pub 1\r\na\r\n", ToClient: "HD\r\nHD\r\n",
			Log: entries("Request command=ms keys=pub bytes=11", "Request command=ms keys=pub bytes=1",
				"Response command=ms status=stored", "Response command=ms status=stored")},
		{Name: "a meta set, and a proxy with a version of its own", Steps: []parsertest.Step{client(ms),
			server("VERSION mcrouter 0.41\r\n")},
			ToServer: "version\r\n", ToClient: "CLIENT_ERROR meta commands need memcached 1.6.10\r\n",
			Log: entries(`Denied command=ms keys=pub bytes=11 reason="the server does not say that it knows meta commands as of version 1.6.10"`)},
		{Name: "a meta set after quiet requests", Steps: []parsertest.Step{client("mg pub q\r\nmg pub q\r\n" + ms),
			server("HD\r\nMN\r\nVERSION 1.6.45\r\n"), server("HD\r\n")},
			ToServer: "mg pub q\r\nmg pub q\r\nmn\r\nversion\r\n" + ms, ToClient: "HD\r\nHD\r\n",
			Log: entries("Request command=mg keys=pub", "Request command=mg keys=pub", "Response command=mg status=hit",
				"Request command=ms keys=pub bytes=11", "Response command=ms status=stored")},
		{Name: "a key in base64", Steps: []parsertest.Step{client(base64), server("VERSION 1.5.22\r\n")},
			ToServer: "version\r\n", ToClient: "CLIENT_ERROR meta commands need memcached 1.6.10\r\n",
			Log: entries(`Denied command=mg keys=pub reason="the server does not say that it knows meta commands as of version 1.6.10"`)},
		{Name: "an add, and a server that wants a login", Steps: []parsertest.Step{client(add + "get pub\r\n"), server(locked),
			server(locked)},
			ToServer: "version\r\nget pub\r\n", ToClient: locked + locked,
			Log: entries(`Denied command=add keys=pub bytes=11 reason="the server takes no commands before a login"`,
				"Request command=get keys=pub", "Response command=get status=error")},
		{Name: "an add after a login", Steps: []parsertest.Step{client("set pub 0 0 7\r\nfoo bar\r\n" + add),
			server("STORED\r\n"), server("VERSION 1.6.18\r\nSTORED\r\n")},
			ToServer: "set pub 0 0 7\r\nfoo bar\r\nversion\r\n" + add, ToClient: "STORED\r\nSTORED\r\n",
			Log: entries("Request command=set keys=pub bytes=7", "Response command=set status=stored",
				"Request command=add keys=pub bytes=11", "Response command=add status=stored")},
		{Name: "a login after a denial", Steps: []parsertest.Step{client(add), server(locked),
			client("set pub 0 0 7\r\nfoo bar\r\n"), server("STORED\r\n"), client(add), server("STORED\r\n")},
			ToServer: "version\r\nset pub 0 0 7\r\nfoo bar\r\n" + add, ToClient: locked + "STORED\r\nSTORED\r\n",
			Log: entries(`Denied command=add keys=pub bytes=11 reason="the server takes no commands before a login"`,
				"Request command=set keys=pub bytes=7", "Response command=set status=stored user=foo",
				"Request command=add keys=pub bytes=11 user=foo", "Response command=add status=stored user=foo")},
		{Name: "a value too long for a login", Steps: []parsertest.Step{client(long), server(locked)},
			ToServer: "version\r\n", ToClient: locked,
			Log: entries(`Denied command=set keys=pub bytes=10000 reason="the server takes no commands before a login"`)},
		{Name: "an append that wants no reply", Steps: []parsertest.Step{client("append pub 0 0 1 noreply\r\nx\r\nget pub\r\n"),
			server("VERSION 1.4.0\r\n"), server("END\r\n")},
			ToServer: "version\r\nappend pub 0 0 1 noreply\r\nx\r\nget pub\r\n", ToClient: "END\r\n",
			Log: entries("Request command=append keys=pub bytes=1", "Request command=get keys=pub",
				"Response command=get status=miss")},
		{Name: "a frame, and a server of text alone", Steps: []parsertest.Step{client(frame), server("ERROR\r\n")},
			ToServer: probeAsk, Closed: "does not speak the binary protocol"},
		{Name: "a frame, and a server of both", Steps: []parsertest.Step{client(frame + ask(noop, 2, "", "", "")),
			server(probeReply), server(stored + reply(noop, 2, 0, "", "", ""))},
			ToServer: probeAsk + frame + ask(noop, 2, "", "", ""), ToClient: stored + reply(noop, 2, 0, "", "", ""),
			Log: binaryEntries("Request opcode=1 key=pub bytes=13", "Request opcode=10", "Response opcode=1 status=stored",
				"Response opcode=10 status=ok")},
		{Name: "the client's half of the connection ends", Steps: []parsertest.Step{client(add), parsertest.ClientEnd(),
			server("VERSION 1.6.18\r\n"), server("STORED\r\n")},
			ToServer: "version\r\n" + add, ToClient: "STORED\r\n",
			Log: entries("Request command=add keys=pub bytes=11", "Response command=add status=stored")},
	} {
		c.Parser, c.Policy, c.Waits = memcache.Name, writes, true
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}

func TestWhereTheHostCannotWaitTheClientIsSaidToTryAgain(t *testing.T) {
	frame := ask(set, 1, setExtras, "pub", "a\nb")
	const reason = ` reason="the server is not known yet, and the host cannot wait for what it says"`
	for _, c := range []parsertest.Case{
		{Name: "text", Steps: []parsertest.Step{client("ms pub 1\r\na\r\n"), client("get pub\r\n"), server("VERSION 1.6.18\r\nEND\r\n"),
			client("ms pub 1\r\nb\r\n"), server("HD\r\n")},
			ToServer: "version\r\nget pub\r\nms pub 1\r\nb\r\n",
			ToClient: "SERVER_ERROR not ready, try again\r\nEND\r\nHD\r\n",
			Log: entries("Denied command=ms keys=pub bytes=1"+reason, "Request command=get keys=pub",
				"Response command=get status=miss", "Request command=ms keys=pub bytes=1", "Response command=ms status=stored")},
		{Name: "binary", Steps: []parsertest.Step{client(frame), client(ask(noop, 2, "", "", "")),
			server(probeReply + reply(noop, 2, 0, "", "", "")), client(frame)},
			ToServer: probeAsk + ask(noop, 2, "", "", "") + frame,
			ToClient: reply(set, 1, 0x86, "", "", "Temporary failure") + reply(noop, 2, 0, "", "", ""),
			Log: binaryEntries("Denied opcode=1 key=pub bytes=3"+reason, "Request opcode=10", "Response opcode=10 status=ok",
				"Request opcode=1 key=pub bytes=3")},
	} {
		c.Parser, c.Policy, c.CannotWait = memcache.Name, writes, true
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}

func TestNothingWaitsWhereItDoesNoHarmToAnyServer(t *testing.T) {
	small := "set pub 0 0 11\r\nget secret\r\r\n"
	inert := ask(get, 1, "", "pub", "") + ask(set, 2, setExtras, "pub", "value") + ask(noop, 3, "", "", "")
	for name, request := range map[string]string{"a set that may be a login": small, "frames without LF": inert} {
		t.Run(name, func(t *testing.T) {
			c := parsertest.Case{Parser: memcache.Name, Policy: writes, Steps: []parsertest.Step{client(request)},
				ToServer: request, Log: entries("Request command=set keys=pub bytes=11")}
			if request == inert {
				// Cut, a value is not seen as a whole.
				conn := connect(t)
				conn.Do(client(request))
				if toServer := conn.ToServer(); toServer != request || conn.Waits() {
					t.Errorf("to server %q, waits: %t", toServer, conn.Waits())
				}
				return
			}
			parsertest.Check(t, c)
		})
	}
	for name, request := range map[string]string{
		"in the opaque": packet(0x80, get, 0, 0x0a000000, "", "pub", ""), "in the key": ask(get, 1, "", "pub\nflush_all\n", ""),
		"in the extras": ask(incr, 1, "\nflush_all\n"+strings.Repeat("\x00", 9), "pub", ""),
		"in the body's length, before what the client chooses": ask(get, 1, "", "pub4567890", ""),
		"in the vbucket": packet(0x80, get, 0x0a0a, 1, "", "pub", ""),
	} {
		t.Run("but a frame with LF "+name, func(t *testing.T) {
			parsertest.Check(t, parsertest.Case{Parser: memcache.Name, Policy: writes, Waits: true,
				Steps: []parsertest.Step{client(request)}, ToServer: probeAsk})
		})
	}
}

func TestTheConfigurationIsCheckedAgainstTheServer(t *testing.T) {
	for _, c := range []struct {
		name, config, request, reply, toClient, closed, log string
	}{
		{"no login", `{"auth": "none"}`, "get pub\r\n", locked, "", "demands a login", ""},
		{"a login", `{"auth": "ascii"}`, "get pub\r\n", "END\r\n", "", "demands no login", ""},
		{"meta commands", `{"meta": true}`, "version\r\n", "VERSION 1.5.6\r\n", "", "older than 1.6.10", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := "Request command=get keys=pub"
			if c.request == "version\r\n" {
				log = "Request command=version"
			}
			parsertest.Check(t, parsertest.Case{Parser: memcache.Name, Config: c.config, Policy: writes,
				Steps: []parsertest.Step{client(c.request), server(c.reply)}, ToServer: c.request, Closed: c.closed,
				Log: entries(log)})
		})
	}
	for name, c := range map[string]struct{ config, first, log string }{
		"binary": {`{"protocols": ["text"]}`, ask(get, 1, "", "pub", ""), "binarymemcached"},
		"text":   {`{"protocols": ["binary"]}`, "get pub\r\n", "textmemcached"},
	} {
		t.Run("no "+name, func(t *testing.T) {
			const reason = "protocol that the server does not speak, as the parser_config says"
			parsertest.Check(t, parsertest.Case{Parser: memcache.Name, Config: c.config, Policy: writes,
				Steps: []parsertest.Step{client(c.first)}, Closed: reason,
				Log: []string{fmt.Sprintf("Denied %s status=%q", c.log, reason)}})
		})
	}
}

func TestAConfigurationThatSaysNothingUsefulIsRefused(t *testing.T) {
	for config, want := range map[string]string{
		`{"protocols": []}`:      "protocols: is empty",
		`{"protocols": ["udp"]}`: `protocols: "udp" is unknown`,
		`{"auth": "sasl"}`:       `auth: "sasl" is unknown`,
		`{"meta": "yes"}`:        "meta",
		`{"metta": true}`:        "unknown field",
		`{"protocols": ["text"], "auth":"none", "meta": true, "strict": true}`: "",
	} {
		_, err := host.Configured(memcache.Name, []byte(config))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", config, err, want)
		}
	}
}

func TestAValueThatWasNotAskedForClosesTheConnection(t *testing.T) {
	for name, reply := range map[string]string{
		"another key":  "VALUE secret 0 1\r\n",
		"one too many": "VALUE pub2 0 1\r\nx\r\nVALUE pub1 0 1\r\nx\r\nVALUE pub1 0 1\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			passed := reply[:strings.LastIndex(reply, "VALUE")]
			parsertest.Check(t, parsertest.Case{Parser: memcache.Name, Policy: public,
				Steps:    []parsertest.Step{client("get pub1 pub2\r\n"), server(reply + "x\r\nEND\r\n")},
				ToServer: "get pub1 pub2\r\n", ToClient: passed, Closed: "value of a key that was not asked for",
				Log: entries(`Request command=get keys="pub1, pub2"`)})
		})
	}
}
