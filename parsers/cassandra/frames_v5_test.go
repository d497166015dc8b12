package cassandra_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
)

// form is a form of segments: with or without LZ4.
type form struct {
	name    string
	options []string
	// seg builds a segment, raw one that is not compressed, which is how ours are.
	seg, raw func(selfContained bool, payload string) string
}

var forms = []form{
	{"plain", nil, segment, segment},
	{"LZ4", []string{"COMPRESSION", "lz4"},
		func(self bool, payload string) string { return segmentLZ4(self, true, payload) },
		func(self bool, payload string) string { return segmentLZ4(self, false, payload) }},
	{"LZ4 unused", []string{"compression", "LZ4"},
		func(self bool, payload string) string { return segmentLZ4(self, false, payload) },
		func(self bool, payload string) string { return segmentLZ4(self, false, payload) }},
}

// in5 puts the start of a connection of version 5 in front of each case.
func in5(f form, cases []parsertest.Case) []parsertest.Case {
	for i, c := range cases {
		cases[i] = session5(c, f.options...)
	}
	return cases
}

// inPieces cuts an envelope into pieces of segments that are not self-contained.
func inPieces(f form, envelope string, size int) string {
	var out strings.Builder
	for len(envelope) > 0 {
		n := min(size, len(envelope))
		out.WriteString(f.seg(false, envelope[:n]))
		envelope = envelope[n:]
	}
	return out.String()
}

// inMemory is a case whose pieces are put together in memory that is released when the message has passed.
func inMemory(c parsertest.Case) parsertest.Case {
	c.Allocates = true
	return c
}

func TestVersion5(t *testing.T) {
	for _, f := range forms[:2] {
		t.Run(f.name, func(t *testing.T) { check(t, version5Transcripts(f)...) })
	}
}

func version5Transcripts(f form) []parsertest.Case {
	seg := func(envelopes ...string) string { return f.seg(true, strings.Join(envelopes, "")) }
	raw := func(envelopes ...string) string { return f.raw(true, strings.Join(envelopes, "")) }
	allowed, denied := query5(1, "SELECT * FROM db1.t1"), query5(2, "SELECT * FROM secret.t")
	answer := rep5(1, opResult, rows)
	longText := "SELECT * FROM db1.t1 WHERE k = '" + strings.Repeat("x", 700) + "'"
	withKeyspace := func(name string) string {
		return req5(1, opQuery, long("SELECT * FROM t1 WHERE k = ?")+u16(1)+u32(0x181)+u16(1)+u32(-2)+str(name)+u32(7))
	}
	return in5(f, []parsertest.Case{
		pass("segments pass as they are", db1, entries(selectT1, selectRows), seg(allowed), seg(answer)),
		pass("a segment may hold many envelopes", db1, entries(selectT1, selectT1, selectRows, selectRows),
			seg(allowed, query5(9, "SELECT * FROM db1.t1")), seg(rep5(9, opResult, rows), answer)),
		{
			Name: "of a segment with a denied envelope the others go on in a new one", Policy: db1,
			Steps: []parsertest.Step{client(seg(allowed, denied, query5(9, longText))), server(seg(answer) +
				seg(rep5(9, opResult, rows)))},
			ToServer: raw(allowed, query5(9, longText)), ToClient: raw(denial5(2, "select on secret.t")) + seg(answer) +
				seg(rep5(9, opResult, rows)),
			Log: entries(selectT1, secretT, selectT1, selectRows, selectRows),
		},
		{
			Name: "a segment with nothing but denied envelopes is dropped", Policy: db1,
			Steps:    []parsertest.Step{client(seg(denied, query5(3, "SELECT * FROM secret.t")) + seg(allowed))},
			ToServer: seg(allowed), ToClient: raw(denial5(2, "select on secret.t")) + raw(denial5(3,
				"select on secret.t")),
			Log: entries(secretT, secretT, selectT1),
		},
		inMemory(pass("an envelope in pieces passes", db1, entries(selectT1, selectRows),
			inPieces(f, query5(1, longText), 300), inPieces(f, rep5(1, opResult, rows+strings.Repeat("r", 700)), 300))),
		{
			Name: "an envelope in pieces that is denied is dropped", Policy: db1,
			Steps: []parsertest.Step{client(inPieces(f, query5(2, strings.Replace(longText, "db1.t1", "secret.t", 1)),
				300)),
				client(seg(allowed))},
			ToServer: seg(allowed), ToClient: raw(denial5(2, "select on secret.t")), Log: entries(secretT, selectT1),
		},
		{
			Name: "a denial waits for the last piece of a reply", Policy: db1,
			Steps: []parsertest.Step{
				client(seg(allowed)), server(inPieces(f, rep5(1, opResult, rows+strings.Repeat("r", 1000)),
					600)[:len(inPieces(f, rep5(1, opResult, rows+strings.Repeat("r", 1000))[:600], 600))]),
				client(seg(denied)), server(inPieces(f, rep5(1, opResult, rows+strings.Repeat("r", 1000)),
					600)[len(inPieces(f, rep5(1, opResult, rows+strings.Repeat("r", 1000))[:600], 600)):]),
			},
			ToServer: seg(allowed), ToClient: inPieces(f, rep5(1, opResult, rows+strings.Repeat("r", 1000)), 600) +
				raw(denial5(2, "select on secret.t")),
			Log: entries(selectT1, selectRows, secretT),
		},
		pass("statements are prepared with a keyspace, and executed", db1, entries(prepareT1, preparedT1, executeT1,
			selectRows),
			seg(req5(1, opPrepare, long("SELECT * FROM t1 WHERE k = ?")+u32(1)+str("db1"))), seg(rep5(1, opResult,
				prepared5)),
			seg(req5(1, opExecute, str("id")+str("meta")+u16(1)+u32(1)+u16(1)+long("v"))), seg(answer)),
		pass("the answer to PREPARE may come in pieces", db1, entries(prepareT1, preparedT1, executeT1, selectRows),
			seg(req5(1, opPrepare, long(selectText)+u32(0))), inPieces(f, rep5(1, opResult, prepared5), 20),
			seg(req5(1, opExecute, str("id")+str("meta")+params5)), seg(answer)),
		{
			Name: "unknown ids are to be prepared", Policy: wide,
			Steps:    []parsertest.Step{client(seg(req5(1, opExecute, str("id")+str("meta")+params5)))},
			ToClient: raw(rep5(1, opError, errorBody(0x2500, "Unprepared")+str("id"))), Log: entries(unknownID),
		},
		{
			Name: "the keyspace of a request counts for its names", Policy: db1,
			Steps: []parsertest.Step{client(seg(withKeyspace("db1"))), server(seg(answer)),
				client(seg(withKeyspace("secret")))},
			ToServer: seg(withKeyspace("db1")), ToClient: seg(answer) + raw(denial5(1, "select on secret.t1")),
			Log: entries(selectT1, selectRows, strings.Replace(secretT, "secret.t", "secret.t1", 1)),
		},
		{
			Name: "a keyspace that is not a plain name is denied", Policy: wide,
			Steps:    []parsertest.Step{client(seg(withKeyspace("a.b")) + seg(withKeyspace("")))},
			ToClient: strings.Repeat(raw(denial5(1, "keyspace of the request is not a plain name")), 2),
			Log: entries(`Denied opcode=QUERY status="keyspace of the request is not a plain name"`,
				`Denied opcode=QUERY status="keyspace of the request is not a plain name"`),
		},
		{
			Name: "a batch may have a keyspace", Policy: db1,
			Steps: []parsertest.Step{client(seg(
				req5(1, opBatch, "\x01"+u16(1)+textEntry("INSERT INTO t1 (k) VALUES (1)")+u16(1)+u32(0x80)+str("db1")),
				req5(2, opBatch, "\x01"+u16(1)+textEntry("INSERT INTO t (k) VALUES (1)")+u16(1)+u32(0x80)+str("secret"))))},
			ToServer: raw(req5(1, opBatch,
				"\x01"+u16(1)+textEntry("INSERT INTO t1 (k) VALUES (1)")+u16(1)+u32(0x80)+str("db1"))),
			ToClient: raw(denial5(2, "insert on secret.t")),
			Log: entries(insertT1+" batch_size=1",
				"Denied query_action=insert query_table=secret.t keyspace=secret consistency=ONE batch_size=1"),
		},
		pass("events pass", "", nil, seg(req5(1, opRegister, u16(1)+str("SCHEMA_CHANGE"))),
			seg(rep5(1, opReady, ""))+seg(frame(0x85, 0, 0xffff, opEvent, str("SCHEMA_CHANGE")))),
	})
}

func TestLogin5ThroughSegments(t *testing.T) {
	start, ask := req5(0, opStartup, cqlVersion), rep5(0, opAuthenticate,
		str("org.apache.cassandra.auth.PasswordAuthenticator"))
	login := segment(true, req5(1, opAuthResponse, long("\x00cassandra\x00cassandra")))
	done := segment(true, rep5(1, opAuthSuccess, u32(-1)))
	c := pass("", db1, entries(selectT1+" user=cassandra"), start, ask, login, done, segment(true, query5(1, "SELECT * FROM db1.t1")))
	c.Parser, c.Without = cassandra.Name, []string{"stream"}
	parsertest.Check(t, c)
}

// change returns s with the bits of a byte turned.
func change(s string, at int, bits byte) string {
	b := []byte(s)
	b[at] ^= bits
	return string(b)
}

func TestSegmentsThatAreDamagedEndTheConnection(t *testing.T) {
	query := query5(1, "SELECT * FROM db1.t1")
	piece := segment(false, query[:30])
	for _, c := range []struct{ name, request, closed string }{
		{"length", change(segment(true, query), 0, 1), "checksum of the header"},
		{"checksum of the header", change(segment(true, query), 4, 0x80), "checksum of the header"},
		{"payload", change(segment(true, query), 20, 1), "checksum of the payload"},
		{"checksum of the payload", change(segment(true, query), 6+len(query)+3, 1), "checksum of the payload"},
		{"unknown bit of the header", rawSegment(3, uint64(len(query))|1<<20, 17, true, query),
			"lengths in the header"},
		{"empty piece", segment(false, ""), "lengths in the header"},
		{"half an envelope", segment(true, query[:30]), "envelopes do not fill"},
		{"half a header", segment(true, query+"\x05\x00"), "envelopes do not fill"},
		{"piece without a header", segment(false, query[:8]), "pieces of an envelope"},
		{"piece that is whole", segment(false, query), "pieces of an envelope"},
		{"pieces that are too long", piece + segment(false, query[30:]+"x"), "pieces of an envelope"},
		{"whole envelope between pieces", piece + segment(true, query), "pieces of an envelope"},
		{"frame without a segment", query, "checksum of the header"},
	} {
		test := parsertest.Case{
			Name: c.name, Steps: []parsertest.Step{client(c.request)}, Closed: c.closed,
		}
		test.Log = refusedLog[c.closed]
		if c.name == "half a header" {
			test.Log = entries(`Denied status="envelopes do not fill their segment"`)
		}
		t.Run(c.name, func(t *testing.T) { parsertest.Check(t, session5(test)) })
	}
}

var refusedLog = map[string][]string{
	"checksum of the header":  entries(`Denied status="checksum of the header of a segment is wrong"`),
	"checksum of the payload": entries(`Denied status="checksum of the payload of a segment is wrong"`),
	"lengths in the header":   entries(`Denied status="lengths in the header of a segment cannot be"`),
	"envelopes do not fill":   entries(`Denied status="envelopes do not fill their segment"`),
	"pieces of an envelope":   entries(`Denied status="pieces of an envelope do not fit together"`),
}

func TestPrepareOfVersion5HasOneFlag(t *testing.T) {
	const malformed = "malformed message"
	parsertest.Check(t, session5(parsertest.Case{
		Steps:    []parsertest.Step{client(segment(true, req5(1, opPrepare, long("SELECT * FROM t")+u32(2))))},
		ToClient: segment(true, rep5(1, opError, errorBody(0xa, malformed))),
		Log:      entries(`Denied opcode=PREPARE status="malformed message"`),
	}))
}

func TestRepliesInDamagedSegmentsEndTheConnection(t *testing.T) {
	query, reply := segment(true, query5(1, "SELECT * FROM db1.t1")), rep5(1, opResult, rows)
	for name, c := range map[string]struct{ reply, closed string }{
		"header":               {change(segment(true, reply), 0, 1), "checksum of the header"},
		"payload":              {change(segment(true, reply), 20, 1), "checksum of the payload"},
		"half a header":        {segment(true, reply[:5]), "envelopes do not fill"},
		"half an envelope":     {segment(true, reply[:20]), "envelopes do not fill"},
		"length":               {segment(true, "\x85\x00\x00\x01\x08\xff\xff\xff\xff"), "body of a frame is too long"},
		"another stream":       {segment(true, rep5(2, opResult, rows)), "reply without a request"},
		"piece without header": {segment(false, reply[:5]), "pieces of an envelope"},
		"piece of no request":  {segment(false, rep5(2, opResult, rows)[:20]), "reply without a request"},
	} {
		t.Run(name, func(t *testing.T) {
			parsertest.Check(t, session5(parsertest.Case{
				Steps: []parsertest.Step{client(query), server(c.reply)}, ToServer: query, Closed: c.closed,
				Log: entries(selectT1),
			}))
		})
	}
	first := segment(false, reply[:20])
	parsertest.Check(t, session5(parsertest.Case{
		Steps: []parsertest.Step{client(query), server(first + segment(true, reply[20:]))}, ToServer: query,
		ToClient: first,
		Closed:   "pieces of an envelope", Log: entries(selectT1, "Response query_action=select query_table=db1.t1 keyspace=db1 status=ok result=rows"),
	}))
}

func TestInflatingBombsAreRefused(t *testing.T) {
	bomb := rawSegment(5, 20|uint64(cassandra.MaxPayload)<<17, 34, true, strings.Repeat("\x00", 20))
	c := parsertest.Case{Steps: []parsertest.Step{client(bomb)}, Closed: "compressed data is damaged",
		Log: entries(`Denied status="compressed data is damaged"`)}
	parsertest.Check(t, session5(c, "COMPRESSION", "lz4"))
	damaged := rep4(1, opError, errorBody(0xa, "compressed data is damaged"))
	for _, c := range []struct{ name, body, answer string }{
		{"lz4", u32(cassandra.MaxInflated+1) + strings.Repeat("\xff", 66000),
			denial4(1, "request is too long to be judged")},
		{"lz4", u32(cassandra.MaxInflated) + strings.Repeat("\xff", 1000), damaged},
		{"snappy", "\x81\x80\x80\x08" + strings.Repeat("\xfe\x01\x00", 1000), damaged},
	} {
		start, ready := req4(0, opStartup, startup("COMPRESSION", c.name)), rep4(0, opReady, "")
		conn := connect(t, newInstance(t, db1), "10.0.0.1:9042").client(start).server(ready).got(start, ready, "")
		after := query4(2, "SELECT * FROM db1.t1")
		conn.client(frame(4, 1, 1, opQuery, c.body)+after).got(after, c.answer, "")
	}
}
