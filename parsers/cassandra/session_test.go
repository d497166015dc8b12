package cassandra_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
)

func check(t *testing.T, cases ...parsertest.Case) {
	t.Helper()
	for _, c := range cases {
		c.Parser = cassandra.Name
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}

func TestConnectionsAreSetUp(t *testing.T) {
	ask := str("org.apache.cassandra.auth.PasswordAuthenticator")
	query3 := frame(3, 0, 1, opQuery, long("SELECT * FROM db1.t1")+params4)
	check(t,
		pass("version 3", db1, entries(selectT1, selectRows),
			frame(3, 0, 0, opStartup, cqlVersion), frame(0x83, 0, 0, opReady, ""), query3, frame(0x83, 0, 1, opResult, rows)),
		pass("options first, and a login that fails once", db1, entries(selectT1),
			req4(5, opOptions, ""), rep4(5, opSupported, u16(0)), req4(0, opStartup, cqlVersion), rep4(0, opAuthenticate, ask),
			req4(1, opAuthResponse, long("\x00a\x00b")), rep4(1, opError, errorBody(0x100, "bad")),
			req4(1, opAuthResponse, long("\x00a\x00c")), rep4(1, opAuthSuccess, u32(-1)), query4(1,
				"SELECT * FROM db1.t1")),
		pass("login in steps", "", nil, req4(0, opStartup, cqlVersion), rep4(0, opAuthenticate, ask),
			req4(1, opAuthResponse, u32(-1)), rep4(1, 0xe, long("more")), req4(1, opAuthResponse, long("x")), rep4(1,
				opAuthSuccess, long("y"))),
		pass("a server that does not speak the version says so", "", nil,
			req5(0, opStartup, cqlVersion), rep4(0, opError, errorBody(0xa, "Invalid or unsupported protocol version (5)"))),
		pass("a server that does not speak the version says so to OPTIONS, on stream 0", "", nil,
			req5(7, opOptions, ""), frame(0x83, 0, 0, opError, errorBody(0xa,
				"Invalid or unsupported protocol version (5)"))),
		parsertest.Case{
			Name: "a client that no rule concerns can not even begin", Policy: `{"endpointIps":["127.0.0.1"],
				"ingressPerPortPolicies":[{"port":10000,"rules":[{"remotePolicies":[77],"l7Proto":"cassandra",
				"l7Rules":{"l7AllowRules":[{"rule":{"query_action":"select"}}]}}]}]}`,
			Steps:    []parsertest.Step{client(req4(0, opStartup, cqlVersion))},
			ToClient: denial4(0, "no rule allows this client anything"), Log: entries("Denied"),
		},
		parsertest.Case{
			Name: "a client that is denied everything can not even begin", Policy: "query_action=select\ndeny",
			Steps:    []parsertest.Step{client(req4(0, opStartup, cqlVersion))},
			ToClient: denial4(0, "no rule allows this client anything"), Log: entries("Denied"),
		},
	)
}

func TestVersionsThatAreNotSpokenAreRefusedSoThatDriversFallBack(t *testing.T) {
	for _, version := range []int{6, 65, 66, 7} {
		text := fmt.Sprintf("Invalid or unsupported protocol version (%d); supported versions are (3/v3, 4/v4, 5/v5)",
			version)
		check(t, parsertest.Case{
			Name: fmt.Sprint(version), Steps: []parsertest.Step{client(frame(version, 0x10, 3, opOptions, ""))},
			ToClient: rep4(3, opError, errorBody(0xa, text)), Log: entries(fmt.Sprintf("Denied status=%q", text)),
		})
	}
	text := "Invalid or unsupported protocol version (5); supported versions are (3/v3, 4/v4, 5/v5)"
	check(t, parsertest.Case{
		Name: "the beta of version 5", Steps: []parsertest.Step{client(frame(5, 0x10, 0, opStartup, cqlVersion)),
			client("\x05")},
		ToClient: rep4(0, opError, errorBody(0xa, text)), Closed: "out of place",
		Log: entries(fmt.Sprintf("Denied status=%q", text)),
	})
}

func TestUnknownCompressionIsRefused(t *testing.T) {
	for name, start := range map[string]string{
		"unknown":      req4(0, opStartup, startup("COMPRESSION", "zstd")),
		"snappy in v5": req5(0, opStartup, startup("COMPRESSION", "snappy")),
		"twice":        req4(0, opStartup, startup("COMPRESSION", "lz4", "Compression", "snappy")),
	} {
		version := 0x80 | int(start[0])
		check(t, parsertest.Case{Name: name, Steps: []parsertest.Step{client(start)},
			ToClient: frame(version, 0, 0, opError, errorBody(0xa, "unknown compression"))})
	}
}

func TestCompressedFrames(t *testing.T) {
	for _, f := range []struct {
		name     string
		compress func(string) string
	}{{"lz4", lz4Body}, {"Snappy", snappyBody}} {
		start := req4(0, opStartup, startup("cOMPRESSION", f.name))
		packed := func(version, stream, op int, body string) string {
			return frame(version, 1, stream, op, f.compress(body))
		}
		query := func(stream int, text string) string { return packed(4, stream, opQuery, long(text)+params4) }
		cut := query(1, "SELECT * FROM db1.t1")
		for _, c := range []parsertest.Case{
			pass(f.name+", replies", db1, entries(selectT1, selectRows, selectT1,
				"Response query_action=select status=error error_code=0x1200"),
				query(1, "SELECT * FROM db1.t1"), packed(0x84, 1, opResult, rows),
				query(1, "SELECT * FROM db1.t1"), packed(0x84, 1, opError, errorBody(0x1200, "too late"))),
			pass(f.name+", prepared", db1, entries(prepareT1, preparedT1, executeT1, selectRows),
				packed(4, 1, opPrepare, long(selectText)), packed(0x84, 1, opResult, prepared4("id")),
				packed(4, 1, opExecute, str("id")+params4), rep4(1, opResult, rows)),
			pass(f.name+", USE", db1, entries(useDB1, usedDB1, selectT1), query(1, "USE db1"),
				frame(0x84, 1|2, 1, opResult, f.compress(strings.Repeat("u", 16)+setKeyspace("db1"))), query(1,
					"SELECT * FROM t1")),
			{
				Name: f.name + ", denied", Policy: db1, Steps: []parsertest.Step{client(query(1,
					"SELECT * FROM secret.t"))},
				ToClient: denial4(1, "select on secret.t"), Log: entries(secretT),
			},
			{
				Name: f.name + ", damaged", Steps: []parsertest.Step{client(frame(4, 1, 1, opQuery,
					cut[9:len(cut)-2]))},
				ToClient: rep4(1, opError, errorBody(0xa, "compressed data is damaged or inflates beyond the limit")),
				Closed:   "compressed data is damaged",
				Log:      entries(`Denied status="compressed data is damaged or inflates beyond the limit"`),
			},
		} {
			t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, session(c, start, rep4(0, opReady, ""))) })
		}
	}
}

func TestWhatCanNotBeEndsTheConnection(t *testing.T) {
	broken := func(name, request, reason string) parsertest.Case {
		return parsertest.Case{
			Name: name, Steps: []parsertest.Step{client(request)}, Closed: reason,
			ToClient: rep4(1, opError, errorBody(0xa, reason)), Log: entries(fmt.Sprintf("Denied status=%q", reason)),
		}
	}
	const malformed, flags, state = "malformed message", "flags of a frame are unknown or not agreed on",
		"message is out of place in the state of the connection"
	quiet := func(c parsertest.Case) parsertest.Case { c.ToClient = ""; return c }
	tail := func(consistency int, bits, rest string) string {
		return req4(1, opQuery, long("SELECT * FROM db1.t1")+u16(consistency)+bits+rest)
	}
	for _, c := range []parsertest.Case{
		broken("compression that was not agreed on", frame(4, 1, 1, opQuery, lz4Body("x")), flags),
		broken("unknown flag", frame(4, 0x20, 1, opQuery, ""), flags),
		broken("warning of a client", frame(4, 8, 1, opQuery, ""), flags),
		broken("another version", frame(3, 0, 1, opOptions, ""), "version of a frame is not that of the connection"),
		broken("second STARTUP", req4(1, opStartup, cqlVersion), state),
		broken("login that nobody asked for", req4(1, opAuthResponse, u32(-1)), state),
		broken("unknown opcode", req4(1, 0x11, ""), "unknown opcode"),
		broken("opcode of a server", req4(1, opResult, void), "unknown opcode"),
		broken("opcode of version 1", req4(1, 4, ""), "unknown opcode"),
		broken("text longer than the frame", req4(1, opQuery, u32(100)+"SELECT"), malformed),
		broken("text of negative length", req4(1, opQuery, u32(-1)+params4), malformed),
		broken("no parameters", req4(1, opQuery, long("SELECT * FROM db1.t1")), malformed),
		broken("bytes behind the message", tail(1, "\x00", "x"), malformed),
		broken("unknown consistency", tail(11, "\x00", ""), "unknown consistency"),
		broken("keyspace in version 4", tail(1, "\x80", str("db1")), "unknown flags of a query"),
		broken("value of length -3", tail(1, "\x01", u16(1)+u32(-3)), malformed),
		broken("fewer values than said", tail(1, "\x01", u16(2)+u32(-1)), malformed),
		broken("value longer than the frame", tail(1, "\x01", u16(1)+u32(1<<30)), malformed),
		broken("batch of an unknown type", req4(1, opBatch, "\x03"+u16(0)+u16(1)+"\x00"), malformed),
		broken("batch with an unknown entry", req4(1, opBatch, "\x00"+u16(1)+"\x02"+str("")+u16(0)+u16(1)+"\x00"),
			malformed),
		broken("batch with names", req4(1, opBatch, "\x00"+u16(0)+u16(1)+"\x40"), "unknown flags of a query"),
		broken("id that is too long", req4(1, opExecute, str(strings.Repeat("x", 65))+params4), malformed),
		broken("id that is too long in a batch", batch4(1, idEntry(strings.Repeat("x", 65))), malformed),
		broken("consistency of a batch", req4(1, opBatch, "\x00"+u16(0)+u16(99)+"\x00"), "unknown consistency"),
		broken("PREPARE with bytes behind it", req4(1, opPrepare, long("SELECT * FROM t")+"x"), malformed),
		broken("REGISTER without a list", req4(1, opRegister, u16(1)), malformed),
		broken("OPTIONS with a body", req4(1, opOptions, "x"), malformed),
		quiet(broken("request that is a reply", rep4(1, opQuery, ""), "message goes in the wrong direction")),
		quiet(broken("stream of the server", req4(0x8000, opOptions, ""),
			"stream of a request is in use or reserved for the server")),
	} {
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, session4(c)) })
	}
	none := func(name, request, reason string) parsertest.Case {
		return parsertest.Case{Name: name, Steps: []parsertest.Step{client(request)}, Closed: reason,
			Log: entries(fmt.Sprintf("Denied status=%q", reason))}
	}
	check(t,
		none("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS on a plaintext port"),
		none("version 2", "\x02\x00\x00\x05\x00\x00\x00\x00\x00", "version of a frame is not that of the connection"),
		none("HTTP", "GET / HTTP/1.1\r\n\r\n", "body of a frame is too long"),
		parsertest.Case{Name: "request before STARTUP", Steps: []parsertest.Step{client(query4(1,
			"SELECT * FROM db1.t1"))},
			ToClient: rep4(1, opError, errorBody(0xa, state)), Closed: state,
			Log: entries(fmt.Sprintf("Denied status=%q", state))},
		parsertest.Case{Name: "request behind STARTUP", Steps: []parsertest.Step{client(req4(0, opStartup, cqlVersion) +
			query4(1, "SELECT * FROM db1.t1"))},
			ToServer: req4(0, opStartup, cqlVersion), Closed: state},
	)
}

func TestStreamsThatAreTakenEndTheConnection(t *testing.T) {
	q := query4(1, "SELECT * FROM db1.t1")
	parsertest.Check(t, session4(parsertest.Case{
		Steps: []parsertest.Step{client(q + q)}, ToServer: q, Closed: "stream of a request is in use",
		Log: entries(selectT1, `Denied status="stream of a request is in use or reserved for the server"`),
	}))
}

func TestRepliesThatDoNotFitEndTheConnection(t *testing.T) {
	q := query4(1, "SELECT * FROM db1.t1")
	for _, c := range []struct{ name, reply, closed string }{
		{"another stream", rep4(2, opResult, rows), "reply without a request"},
		{"another version", frame(0x85, 0, 1, opResult, rows), "version of a frame"},
		{"a request", req4(1, opResult, rows), "wrong direction"},
		{"another opcode", rep4(1, opReady, ""), "does not fit"},
		{"a keyspace", rep4(1, opResult, setKeyspace("secret")), "does not fit"},
		{"a prepared statement", rep4(1, opResult, prepared4("id")), "does not fit"},
		{"compression that was not agreed on", frame(0x84, 1, 1, opResult, rows), "flags of a frame"},
		{"an event on a stream", rep4(1, opEvent, ""), "does not fit"},
		{"a result without a kind", rep4(1, opResult, "\x00"), "malformed reply"},
		{"a body that is too long", "\x84\x00\x00\x01\x08\xff\xff\xff\xff", "body of a frame is too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			parsertest.Check(t, session4(parsertest.Case{
				Steps: []parsertest.Step{client(q), server(c.reply)}, ToServer: q, Closed: c.closed,
				Log: entries(selectT1),
			}))
		})
	}
}
