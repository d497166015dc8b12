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
		c.Parser, c.Without = cassandra.Name, []string{"stream"}
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}

func TestConnectionsAreSetUp(t *testing.T) { check(t, setupTranscripts()...) }

func setupTranscripts() []parsertest.Case {
	ask := str("org.apache.cassandra.auth.PasswordAuthenticator")
	query3 := frame(3, 0, 1, opQuery, long("SELECT * FROM db1.t1")+params4)
	return []parsertest.Case{
		pass("version 3", db1, entries(selectT1, selectRows),
			frame(3, 0, 0, opStartup, cqlVersion), frame(0x83, 0, 0, opReady, ""), query3, frame(0x83, 0, 1, opResult, rows)),
		pass("options first, and a login that fails once", db1, entries(selectT1+" user=a"),
			req4(5, opOptions, ""), rep4(5, opSupported, u16(0)), req4(0, opStartup, cqlVersion), rep4(0, opAuthenticate, ask),
			req4(1, opAuthResponse, long("\x00a\x00b")), rep4(1, opError, errorBody(0x100, "bad")),
			req4(1, opAuthResponse, long("\x00a\x00c")), rep4(1, opAuthSuccess, u32(-1)), query4(1,
				"SELECT * FROM db1.t1")),
		pass("login in steps", "", nil, req4(0, opStartup, cqlVersion), rep4(0, opAuthenticate, ask),
			req4(1, opAuthResponse, u32(-1)), rep4(1, 0xe, long("more")), req4(1, opAuthResponse, long("x")), rep4(1,
				opAuthSuccess, long("y"))),
		{
			Name: "a client that no rule concerns any more does not get on", Policy: db1,
			Steps: []parsertest.Step{
				client(req4(0, opStartup, cqlVersion)), server(rep4(0, opAuthenticate, ask)), parsertest.NewPolicy("deny"),
				client(req4(1, opAuthResponse, long("\x00a\x00b"))), client(req4(1, opAuthResponse, long("\x00a\x00c"))),
			},
			ToServer: req4(0, opStartup, cqlVersion),
			ToClient: rep4(0, opAuthenticate, ask) + strings.Repeat(denial4(1, "no rule allows this client anything"), 2),
			Log:      entries(`Denied reason="deny rule"`, `Denied reason="deny rule"`),
		},
		pass("a server that does not speak the version says so", "", nil,
			req5(0, opStartup, cqlVersion), rep4(0, opError, errorBody(0xa, "Invalid or unsupported protocol version (5)"))),
		pass("a server that does not speak the version says so to OPTIONS, on stream 0", "", nil,
			req5(7, opOptions, ""), frame(0x83, 0, 0, opError, errorBody(0xa,
				"Invalid or unsupported protocol version (5)"))),
		{
			Name: "a client that no rule concerns cannot even begin", Policy: `{"endpointIps":["127.0.0.1"],
				"ingressPerPortPolicies":[{"port":10000,"rules":[{"remotePolicies":[77],"l7Proto":"cassandra",
				"l7Rules":{"l7AllowRules":[{"rule":{"query_action":"select"}}]}}]}]}`,
			Steps:    []parsertest.Step{client(req4(1, opOptions, "") + req4(0, opStartup, cqlVersion))},
			ToClient: denial4(1, "no rule allows this client anything") + denial4(0, "no rule allows this client anything"),
			Log:      entries("Denied", "Denied"),
		},
		{
			Name: "a client that is denied everything cannot even begin", Policy: "query_action=select\ndeny",
			Steps:    []parsertest.Step{client(req4(0, opStartup, cqlVersion))},
			ToClient: denial4(0, "no rule allows this client anything"), Log: entries(`Denied reason="deny rule"`),
		},
	}
}

func TestVersionsThatAreNotSpokenAreRefusedSoThatDriversFallBack(t *testing.T) {
	check(t, versionTranscripts()...)
}

func versionTranscripts() (cases []parsertest.Case) {
	for _, version := range []int{6, 65, 66, 7} {
		text := fmt.Sprintf("Invalid or unsupported protocol version (%d); supported versions are (3/v3, 4/v4, 5/v5)",
			version)
		cases = append(cases, parsertest.Case{
			Name: fmt.Sprint(version), Steps: []parsertest.Step{client(frame(version, 0x10, 3, opOptions, ""))},
			ToClient: rep4(3, opError, errorBody(0xa, text)), Log: entries(fmt.Sprintf("Response status=error error=%q error_code=0x000a", text)),
		})
	}
	for version := 1; version <= 2; version++ {
		text := fmt.Sprintf("Invalid or unsupported protocol version (%d); supported versions are (3/v3, 4/v4, 5/v5)",
			version)
		old := func(stream, op int, body string) string {
			return string([]byte{byte(version), 0, byte(stream), byte(op)}) + long(body)
		}
		answer := old(7, opError, errorBody(0xa, text))
		for name, body := range map[string]string{"without a body": "", "with a body": cqlVersion} {
			cases = append(cases, parsertest.Case{
				Name: fmt.Sprint(version, " ", name), Steps: []parsertest.Step{client(old(7, opStartup, body))},
				ToClient: change(answer, 0, 0x80), Log: entries(fmt.Sprintf("Response status=error error=%q error_code=0x000a", text)),
			})
		}
	}
	return cases
}

// A server that is older than segments takes the beta flag of version 5 for leave to speak without them.
func TestTheBetaFlagIsTakenOffBeforeTheSegmentsOfVersion5Begin(t *testing.T) {
	ready := rep5(2, opReady, "")
	query := segment(true, frame(5, 0x10, 1, opQuery, long("SELECT * FROM db1.t1")+params5))
	check(t, parsertest.Case{
		Policy: db1, Steps: []parsertest.Step{
			client(frame(5, 0x10, 1, opOptions, "")), server(rep5(1, opSupported, u16(0))),
			client(frame(5, 0x10, 2, opStartup, cqlVersion)), server(ready), client(query),
		},
		ToServer: req5(1, opOptions, "") + req5(2, opStartup, cqlVersion) + query,
		ToClient: rep5(1, opSupported, u16(0)) + ready, Log: entries(selectT1),
	})
}

func TestUnknownCompressionIsRefused(t *testing.T) {
	for name, start := range map[string]string{
		"unknown":      req4(0, opStartup, startup("COMPRESSION", "zstd")),
		"snappy in v5": req5(0, opStartup, startup("COMPRESSION", "snappy")),
		"twice":        req4(0, opStartup, startup("COMPRESSION", "lz4", "Compression", "snappy")),
	} {
		version := 0x80 | int(start[0])
		again := frame(int(start[0]), 0, 1, opStartup, cqlVersion)
		check(t, parsertest.Case{Name: name, Steps: []parsertest.Step{client(start + again)}, ToServer: again,
			ToClient: frame(version, 0, 0, opError, errorBody(0xa, "unknown compression")),
			Log:      entries(`Denied opcode=STARTUP status="unknown compression"`)})
	}
}

func TestCompressedFrames(t *testing.T) { check(t, compressedTranscripts()...) }

func compressedTranscripts() (cases []parsertest.Case) {
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
				"Response query_action=select query_table=db1.t1 keyspace=db1 status=error error_code=0x1200"),
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
				Name: f.name + ", damaged", Policy: db1, Steps: []parsertest.Step{client(frame(4, 1, 1, opQuery,
					cut[9:len(cut)-2]) + cut)},
				ToServer: cut, ToClient: rep4(1, opError, errorBody(0xa, "compressed data is damaged")),
				Log: entries(`Denied opcode=QUERY status="compressed data is damaged"`, selectT1),
			},
		} {
			cases = append(cases, session(c, start, rep4(0, opReady, "")))
		}
	}
	return cases
}

// A request whose end is certain, but which is wrong in itself, gets an ERROR on its stream, and the connection goes on:
// so do servers.
func TestARequestThatIsWrongIsRefusedAndTheConnectionGoesOn(t *testing.T) {
	after := query4(9, "SELECT * FROM db1.t1")
	refused := func(name string, stream int, request, reason string) parsertest.Case {
		return parsertest.Case{
			Name: name, Policy: db1, Steps: []parsertest.Step{client(request + after)}, ToServer: after,
			ToClient: rep4(stream, opError, errorBody(0xa, reason)),
			Log:      entries(refusal(request, reason), selectT1),
		}
	}
	const malformed, state = "malformed message", "message is out of place in the state of the connection"
	const taken = "stream of a request is in use"
	tail := func(consistency int, bits, rest string) string {
		return req4(1, opQuery, long("SELECT * FROM db1.t1")+u16(consistency)+bits+rest)
	}
	for _, c := range []parsertest.Case{
		refused("another version", 1, frame(3, 0, 1, opOptions, ""), "version of a frame is not that of the connection"),
		refused("a version that is not spoken", 1, frame(66, 0, 1, opOptions, ""),
			"version of a frame is not that of the connection"),
		refused("second STARTUP", 1, req4(1, opStartup, cqlVersion), state),
		refused("unknown opcode", 1, req4(1, 0x11, ""), "unknown opcode"),
		refused("opcode of a server", 1, req4(1, opResult, void), "unknown opcode"),
		refused("opcode of version 1", 1, req4(1, 4, ""), "unknown opcode"),
		refused("text longer than the frame", 1, req4(1, opQuery, u32(100)+"SELECT"), malformed),
		refused("text of negative length", 1, req4(1, opQuery, u32(-1)+params4), malformed),
		refused("no parameters", 1, req4(1, opQuery, long("SELECT * FROM db1.t1")), malformed),
		refused("unknown consistency", 1, tail(11, "\x00", ""), "unknown consistency"),
		refused("keyspace in version 4", 1, tail(1, "\x80", str("db1")), "unknown flags of a query"),
		refused("value of length -3", 1, tail(1, "\x01", u16(1)+u32(-3)), malformed),
		refused("fewer values than said", 1, tail(1, "\x01", u16(2)+u32(-1)), malformed),
		refused("value longer than the frame", 1, tail(1, "\x01", u16(1)+u32(1<<30)), malformed),
		refused("batch of an unknown type", 1, req4(1, opBatch, "\x03"+u16(0)+u16(1)+"\x00"), malformed),
		refused("batch with an unknown entry", 1, req4(1, opBatch, "\x00"+u16(1)+"\x02"+str("")+u16(0)+u16(1)+"\x00"),
			malformed),
		refused("batch with names", 1, req4(1, opBatch, "\x00"+u16(0)+u16(1)+"\x40"), "unknown flags of a query"),
		refused("id that is too long", 1, req4(1, opExecute, str(strings.Repeat("x", 65))+params4), malformed),
		refused("id that is too long in a batch", 1, batch4(1, idEntry(strings.Repeat("x", 65))), malformed),
		refused("consistency of a batch", 1, req4(1, opBatch, "\x00"+u16(0)+u16(99)+"\x00"), "unknown consistency"),
		refused("REGISTER without a list", 1, req4(1, opRegister, u16(1)), malformed),
	} {
		t.Run(c.Name, func(t *testing.T) { parsertest.Check(t, session4(c)) })
	}
	q := query4(1, "SELECT * FROM db1.t1")
	check(t,
		session4(parsertest.Case{
			Name: "stream in use", Steps: []parsertest.Step{client(q + q), server(rep4(1, opResult, rows)), client(q)},
			ToServer: q + q, ToClient: rep4(1, opError, errorBody(0xa, taken)) + rep4(1, opResult, rows),
			Log: entries(selectT1, refusal(q, taken), selectRows, selectT1),
		}),
		parsertest.Case{
			Name: "request before STARTUP", Steps: []parsertest.Step{client(q + req4(0, opStartup, cqlVersion))},
			ToServer: req4(0, opStartup, cqlVersion), ToClient: rep4(1, opError, errorBody(0xa, state)),
			Log: entries(refusal(q, state)),
		},
	)
}

// refusal is the log entry of a request that is refused.
func refusal(request, reason string) string {
	name := map[byte]string{
		opStartup: "STARTUP", opOptions: "OPTIONS", opQuery: "QUERY", opPrepare: "PREPARE", opExecute: "EXECUTE",
		opRegister: "REGISTER", opBatch: "BATCH", opAuthResponse: "AUTH_RESPONSE",
	}[request[4]]
	if name == "" {
		name = fmt.Sprintf("0x%02x", request[4])
	}
	return fmt.Sprintf("Denied opcode=%s status=%q", name, reason)
}

// What servers ignore passes as it is.
func TestWhatServersIgnorePasses(t *testing.T) {
	ask := long("SELECT * FROM db1.t1") + params4
	prepare := long(selectText)
	pass4 := func(name, request string, log []string) parsertest.Case {
		return session4(parsertest.Case{
			Name: name, Policy: db1, Steps: []parsertest.Step{client(request)}, ToServer: request, Log: log,
		})
	}
	for flag, name := range map[int]string{
		0x01: "compression that was not agreed on", 0x08: "warning", 0x10: "beta", 0x20: "unknown", 0x80: "the highest",
	} {
		check(t, pass4("flag: "+name, frame(4, flag, 1, opQuery, ask), entries(selectT1)))
	}
	start := req4(2, opStartup, cqlVersion)
	check(t,
		pass4("bytes after the parameters", req4(1, opQuery, ask+"x"), entries(selectT1)),
		pass4("bytes after a PREPARE", req4(1, opPrepare, prepare+"x"), entries(prepareT1)),
		pass4("OPTIONS with a body", req4(1, opOptions, "x"), nil),
		session4(pass("streams below 0, of which -1 has events too", db1, entries(selectT1, selectT1, selectRows, selectRows),
			query4(0x8000, "SELECT * FROM db1.t1")+query4(0xffff, "SELECT * FROM db1.t1"),
			frame(0x84, 0, 0xffff, opEvent, str("SCHEMA_CHANGE"))+rep4(0xffff, opResult, rows)+rep4(0x8000, opResult, rows))),
		pass4("login that nobody asked for", req4(1, opAuthResponse, u32(-1)), nil),
		parsertest.Case{
			Name: "OPTIONS and STARTUP at once", Policy: db1,
			Steps: []parsertest.Step{
				client(req4(1, opOptions, "") + start), server(rep4(1, opSupported, u16(0)) + rep4(2, opReady, "")),
				client(req4(3, opQuery, ask)),
			},
			ToServer: req4(1, opOptions, "") + start + req4(3, opQuery, ask),
			ToClient: rep4(1, opSupported, u16(0)) + rep4(2, opReady, ""), Log: entries(selectT1),
		},
		parsertest.Case{
			Name: "STARTUP with bytes after it", Steps: []parsertest.Step{client(req4(0, opStartup, cqlVersion+"x"))},
			ToServer: req4(0, opStartup, cqlVersion+"x"),
		},
	)
	for name, segments := range map[string]string{
		"compressed":       segment(true, frame(5, 1, 1, opQuery, long("SELECT * FROM db1.t1")+params5)),
		"beta":             segment(true, frame(5, 0x10, 1, opQuery, long("SELECT * FROM db1.t1")+params5)),
		"an empty segment": segment(true, "") + segment(true, query5(1, "SELECT * FROM db1.t1")),
	} {
		check(t, session5(parsertest.Case{
			Name: "version 5, " + name, Policy: db1, Steps: []parsertest.Step{client(segments)}, ToServer: segments,
			Log: entries(selectT1),
		}))
	}
	compressed := segmentLZ4(true, true, frame(5, 1, 1, opQuery, long("SELECT * FROM db1.t1")+params5))
	check(t, session5(parsertest.Case{
		Name: "version 5 with LZ4, an envelope that says it is compressed, too", Policy: db1,
		Steps: []parsertest.Step{client(compressed)}, ToServer: compressed, Log: entries(selectT1),
	}, "COMPRESSION", "lz4"))
}

func TestWhereARequestEndsHasToBeCertain(t *testing.T) {
	const direction = "message goes in the wrong direction"
	none := func(name, request, reason string) parsertest.Case {
		return parsertest.Case{Name: name, Steps: []parsertest.Step{client(request)}, Closed: reason,
			Log: entries(fmt.Sprintf("Denied status=%q", reason))}
	}
	check(t,
		session4(none("request that is a reply", rep4(1, opQuery, ""), direction)),
		session4(none("version 2 on a connection of version 4", "\x02\x00\x00\x05\x00\x00\x00\x00",
			"version of a frame has another header than that of the connection")),
		none("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS on a plaintext port"),
		none("version 0", "\x00\x00\x00\x00\x05\x00\x00\x00\x00",
			"version of a frame has another header than that of the connection"),
		none("HTTP", "GET / HTTP/1.1\r\n\r\n", "body of a frame is too long"),
		// What is owed is delivered first.
		parsertest.Case{Name: "request after STARTUP", Steps: []parsertest.Step{client(req4(0, opStartup, cqlVersion) +
			query4(1, "SELECT * FROM db1.t1")), server(rep4(0, opReady, "")), client(query4(2, "SELECT * FROM db1.t1"))},
			ToServer: req4(0, opStartup, cqlVersion), ToClient: rep4(0, opReady, ""),
			Closed: "message before the answer to STARTUP"},
		session4(parsertest.Case{
			Name: "what is not a message after a request", Policy: db1, Steps: []parsertest.Step{
				client(query4(1, "SELECT * FROM db1.t1") + rep4(1, opQuery, "")), server(rep4(1, opResult, rows)), client("x"),
			},
			ToServer: query4(1, "SELECT * FROM db1.t1"), ToClient: rep4(1, opResult, rows), Closed: direction,
			Log: entries(selectT1, fmt.Sprintf("Denied status=%q", direction), selectRows),
		}),
	)
}

// Servers say on stream 0 why they are going to close, and some send warnings after a custom payload.
func TestRepliesThatBelongToNoRequestOrAreInAnotherOrderPass(t *testing.T) {
	q := query4(1, "SELECT * FROM db1.t1")
	payload := u16(1) + str("key") + long("value")
	warnings := u16(1) + str("a warning")
	error0 := rep4(0, opError, errorBody(0, "going down"))
	check(t,
		session4(parsertest.Case{
			Name: "ERROR on stream 0", Steps: []parsertest.Step{client(q), server(error0 + rep4(1, opResult, rows))},
			ToServer: q, ToClient: error0 + rep4(1, opResult, rows), Log: entries(selectT1, selectRows),
		}),
		session4(pass("warnings and payload", db1, entries(selectT1, selectRows), q,
			frame(0x84, 8|4, 1, opResult, warnings+payload+rows))),
		session4(pass("payload and warnings", db1, entries(selectT1, selectRows), q,
			frame(0x84, 8|4, 1, opResult, payload+warnings+rows))),
		session4(pass("payload and warnings of a PREPARE", db1, entries(prepareT1, preparedT1, executeT1),
			prepare4(1, selectText), frame(0x84, 8|4, 1, opResult, payload+warnings+prepared4("id")), execute4(1, "id"))),
	)
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
