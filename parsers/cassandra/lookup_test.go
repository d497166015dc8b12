package cassandra_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

// idOf is the id that Cassandra gives to a statement that is prepared in a keyspace.
func idOf(keyspace, text string) string {
	sum := md5.Sum([]byte(keyspace + text))
	return string(sum[:])
}

// stored is a row of the server's table of prepared statements; a keyspace that is "" is null.
func stored(id, keyspace, text string) string {
	if keyspace == "" {
		return long(id) + u32(-1) + long(text)
	}
	return long(id) + long(keyspace) + long(text)
}

// storedRows is the RESULT of a lookup, without the description of the columns, as it was asked for.
func storedRows(rows ...string) string {
	return u32(2) + u32(4) + u32(3) + u32(len(rows)) + strings.Join(rows, "")
}

// describedRows is the same RESULT from a server that describes the columns all the same.
func describedRows(rows ...string) string {
	return u32(2) + u32(1) + u32(3) + str("system") + str("prepared_statements") + str("prepared_id") + u16(3) +
		str("logged_keyspace") + u16(13) + str("query_string") + u16(13) + u32(len(rows)) + strings.Join(rows, "")
}

// lookupText is the text of a lookup.
func lookupText(ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, "0x"+hex.EncodeToString([]byte(id)))
	}
	return long("SELECT prepared_id, logged_keyspace, query_string FROM system.prepared_statements WHERE prepared_id IN (" +
		strings.Join(list, ",") + ")")
}

func lookup4(stream int, ids ...string) string {
	return req4(stream, opQuery, lookupText(ids...)+u16(1)+"\x02")
}

func lookup5(stream int, ids ...string) string {
	return req5(stream, opQuery, lookupText(ids...)+u16(1)+u32(2))
}

// batch5 is a BATCH of statements by id.
func batch5(stream int, ids ...string) string {
	body := "\x00" + u16(len(ids))
	for _, id := range ids {
		body += idEntry(id)
	}
	return req5(stream, opBatch, body+u16(1)+u32(0))
}

const (
	insertA = "INSERT INTO db1.a (k) VALUES (?)"
	insertB = "INSERT INTO b (k) VALUES (?)"
	secretC = "INSERT INTO secret.c (k) VALUES (?)"
)

// The ids of these statements; insertB was prepared in the keyspace db1.
var idA, idB, idC = idOf("", insertA), idOf("db1", insertB), idOf("", secretC)

// batchOf are the log lines of a batch on tables of db1.
func batchOf(kind, tables string, size int) []string {
	var lines []string
	for _, table := range tables {
		lines = append(lines, fmt.Sprintf("%s query_action=insert query_table=db1.%c keyspace=db1 consistency=ONE batch_size=%d",
			kind, table, size))
	}
	return lines
}

const batchDone = "Response query_action=insert query_table=db1.a keyspace=db1 status=ok result=void"

func TestABatchOfUnknownStatementsAsksTheServerForThem(t *testing.T) {
	check(t, lookupTranscripts()...)
}

func lookupTranscripts() []parsertest.Case {
	batch := batch4(3, idEntry(idA, long("v")), idEntry(idB), idEntry(idA))
	asked := lookup4(3, idA, idB)
	both := storedRows(stored(idA, "", insertA), stored(idB, "db1", insertB))
	allowed := batchOf("Request", "ab", 3)
	passes := func(name string, reply string) parsertest.Case {
		return parsertest.Case{
			Name: name, Policy: db1,
			Steps: []parsertest.Step{client(batch), server(reply), server(rep4(3, opResult, void)), client(batch)},
			// What has been learned is not asked for again.
			ToServer: asked + batch + batch, ToClient: rep4(3, opResult, void),
			Log: entries(append(append(allowed[:2:2], batchDone), allowed...)...),
		}
	}
	unprepared := func(name, reply string) parsertest.Case {
		return parsertest.Case{
			Name: name, Policy: db1,
			Steps: []parsertest.Step{client(batch), server(reply), client(batch)},
			// A lookup that has given nothing is not repeated.
			ToServer: asked, ToClient: strings.Repeat(unprepared4(3, idA), 2), Log: entries(unknownID, unknownID),
		}
	}
	cases := in4([]parsertest.Case{
		passes("and passes", rep4(3, opResult, both)),
		passes("and passes where the columns are described", rep4(3, opResult,
			describedRows(stored(idB, "db1", insertB), stored(idA, "", insertA)))),
		passes("and passes after a reply with warnings and a payload", frame(0x84, 4|8, 3, opResult,
			u16(1)+str("careful")+u16(1)+str("k")+long("v")+both)),
		{
			Name: "and is judged by what they do", Policy: db1,
			Steps: []parsertest.Step{client(batch4(3, idEntry(idA), idEntry(idC))),
				server(rep4(3, opResult, storedRows(stored(idA, "", insertA), stored(idC, "", secretC))))},
			ToServer: lookup4(3, idA, idC), ToClient: denial4(3, "insert on secret.c"),
			Log: entries(batchOf("Denied", "a", 2)[0]+` reason="part of a denied request: no rule"`,
				"Denied query_action=insert query_table=secret.c keyspace=secret consistency=ONE batch_size=2"),
		},
		{
			Name: "and those that it does not know are prepared again", Policy: db1,
			Steps: []parsertest.Step{client(batch), server(rep4(3, opResult, storedRows(stored(idA, "", insertA))))},
			// One statement takes one round, so that it is not asked for.
			ToServer: asked, ToClient: unprepared4(3, idB), Log: entries(unknownID),
		},
		unprepared("which may refuse", rep4(3, opError, errorBody(0x2100, "User u has no SELECT permission"))),
		unprepared("which may know none", rep4(3, opResult, storedRows())),
		unprepared("whose reply may have another form", rep4(3, opResult, void)),
		unprepared("whose reply may have other columns", rep4(3, opResult, u32(2)+u32(4)+u32(2)+u32(1)+long(idA)+long(insertA))),
		unprepared("whose reply may be cut short", rep4(3, opResult, both[:30])),
		unprepared("and takes no text whose sum is not its id", rep4(3, opResult,
			storedRows(stored(idA, "", strings.Replace(insertA, "db1.a", "db1.x", 1)), stored(idB, "db2", insertB)))),
		unprepared("and takes no sum over another keyspace", rep4(3, opResult,
			storedRows(stored(idA, "db1", insertA), stored(idB, "", insertB)))),
	})
	for i := range cases {
		cases[i].Waits = true
	}
	return cases
}

// The server does not say in which keyspace it reads a statement that was stored without one.
func TestALookupLearnsNoStatementWhoseKeyspaceIsNotKnown(t *testing.T) {
	bare := idOf("", insertB)
	odd := idOf("a.b", insertA)
	batch := batch4(3, idEntry(bare), idEntry(odd))
	parsertest.Check(t, session4(parsertest.Case{
		Waits: true, Policy: wide,
		Steps: []parsertest.Step{client(query4(1, "USE db1")), server(rep4(1, opResult, setKeyspace("db1"))), client(batch),
			server(rep4(3, opResult, storedRows(stored(bare, "", insertB), stored(odd, "a.b", insertA))))},
		ToServer: query4(1, "USE db1") + lookup4(3, bare, odd),
		ToClient: rep4(1, opResult, setKeyspace("db1")) + unprepared4(3, bare), Log: entries(useDB1, usedDB1, unknownID),
	}))
}

func TestALookupIsMadeOnlyWhereItHelps(t *testing.T) {
	batch := batch4(3, idEntry(idA), idEntry(idB))
	for _, c := range []parsertest.Case{
		{Name: "not in a host that cannot wait", CannotWait: true},
		{Name: "not where it is switched off", Config: `{"look_up_statements": false}`},
		{Name: "not for one statement", Steps: []parsertest.Step{client(batch4(3, idEntry(idA), idEntry(idA)))}},
		{Name: "not for ids that are not MD5 sums", Steps: []parsertest.Step{client(batch4(3, idEntry(idA), idEntry(idB[:15])))}},
	} {
		t.Run(c.Name, func(t *testing.T) {
			c.Policy, c.ToClient, c.Log = db1, unprepared4(3, idA), entries(unknownID)
			if c.Steps == nil {
				c.Steps = []parsertest.Step{client(batch)}
			}
			parsertest.Check(t, session4(c))
		})
	}
	t.Run("not where everything is allowed", func(t *testing.T) {
		parsertest.Check(t, session4(parsertest.Case{
			Steps: []parsertest.Step{client(batch)}, ToServer: batch,
			Log: entries(`Request opcode=BATCH status="unknown prepared query id"`),
		}))
	})
}

// manyStatements are statements on one table, with their ids.
func manyStatements(n int) (ids, texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprintf("INSERT INTO db1.a (k, c%d) VALUES (?, ?)", i))
		ids = append(ids, idOf("", texts[i]))
	}
	return ids, texts
}

func TestManyStatementsAreLookedUpInFewRounds(t *testing.T) {
	ids, texts := manyStatements(300)
	var rows, batch []string
	for i, id := range ids {
		rows = append(rows, stored(id, "", texts[i]))
		batch = append(batch, idEntry(id))
	}
	request := batch4(3, batch...)
	c := ready4(t, newInstance(t, db1), "10.0.0.1:9042")
	c.client(request).got(lookup4(3, ids[:128]...), "", "")
	c.server(rep4(3, opResult, storedRows(rows[:128]...))).got(lookup4(3, ids[128:256]...), "", "")
	c.server(rep4(3, opResult, storedRows(rows[128:256]...))).got(lookup4(3, ids[256:]...), "", "")
	c.server(rep4(3, opResult, storedRows(rows[256:]...))).got(request, "", "")
	c.server(rep4(3, opResult, void)).got("", rep4(3, opResult, void), "")
}

// A server that gives something, but never what is missing, does not keep a batch waiting for ever.
func TestLookupsForOneBatchEnd(t *testing.T) {
	ids, texts := manyStatements(1)
	batch := batch4(3, idEntry(idA), idEntry(idB))
	c := ready4(t, newInstance(t, db1), "10.0.0.1:9042")
	c.client(batch)
	for range 8 {
		c.got(lookup4(3, idA, idB), "", "")
		c.server(rep4(3, opResult, storedRows(stored(ids[0], "", texts[0]))))
	}
	c.got("", unprepared4(3, idA), "")
}

func TestALookupUnderCompression(t *testing.T) {
	batch := batch4(3, idEntry(idA), idEntry(idB))
	both := storedRows(stored(idA, "", insertA), stored(idB, "db1", insertB))
	for name, compress := range map[string]func(string) string{"lz4": lz4Body, "snappy": snappyBody} {
		start, ready := req4(0, opStartup, startup("COMPRESSION", name)), rep4(0, opReady, "")
		c := session(parsertest.Case{
			Waits: true, Policy: db1,
			Steps:    []parsertest.Step{client(batch), server(frame(0x84, 1, 3, opResult, compress(both)))},
			ToServer: lookup4(3, idA, idB) + batch, Log: entries(batchOf("Request", "ab", 2)...),
		}, start, ready)
		t.Run(name, func(t *testing.T) { parsertest.Check(t, c) })
	}
}

func TestALookupThroughSegments(t *testing.T) {
	for _, f := range forms[:2] {
		t.Run(f.name, func(t *testing.T) { check(t, lookup5Transcripts(f)...) })
	}
}

func lookup5Transcripts(f form) []parsertest.Case {
	seg := func(envelopes ...string) string { return f.seg(true, strings.Join(envelopes, "")) }
	raw := func(envelopes ...string) string { return f.raw(true, strings.Join(envelopes, "")) }
	before, denied, after := query5(1, "SELECT * FROM db1.t1"), query5(2, "SELECT * FROM secret.t"), query5(4, "SELECT * FROM db1.t1")
	batch, asked := batch5(3, idA, idB), raw(lookup5(3, idA, idB))
	found := rep5(3, opResult, storedRows(stored(idA, "", insertA), stored(idB, "db1", insertB)))
	inserts := batchOf("Request", "ab", 2)
	long := batch5(3, append([]string{idA}, slices.Repeat([]string{idB}, 41)...)...)
	cases := in5(f, []parsertest.Case{
		{
			Name: "the segment passes as it is", Log: entries(inserts...),
			Steps: []parsertest.Step{client(seg(batch)), server(seg(found))}, ToServer: asked + seg(batch),
		},
		{
			Name: "each envelope of the segment is judged once", Log: entries(append([]string{selectT1}, append(inserts, selectT1)...)...),
			Steps:    []parsertest.Step{client(seg(before, batch, after)), server(seg(found))},
			ToServer: asked + seg(before, batch, after),
		},
		{
			Name: "denied envelopes are taken out, before the wait and after it", Log: entries(append([]string{secretT, selectT1}, append(inserts, secretT, selectT1)...)...),
			Steps:    []parsertest.Step{client(seg(denied, before, batch, denied, after)), server(seg(found))},
			ToServer: asked + raw(before, batch, after), ToClient: strings.Repeat(raw(denial5(2, "select on secret.t")), 2),
		},
		{
			Name: "the reply comes with others", Log: entries(append([]string{selectT1, selectT1}, append([]string{selectRows, selectRows}, inserts...)...)...),
			Steps: []parsertest.Step{client(seg(before, after)), client(seg(batch)),
				server(seg(rep5(1, opResult, rows), found, rep5(4, opResult, rows)))},
			ToServer: seg(before, after) + asked + seg(batch), ToClient: raw(rep5(1, opResult, rows), rep5(4, opResult, rows)),
		},
		{
			Name: "the reply comes in pieces", Log: entries(append(inserts, batchDone)...),
			Steps:    []parsertest.Step{client(seg(batch)), server(inPieces(f, found, 60)), server(seg(rep5(3, opResult, void)))},
			ToServer: asked + seg(batch), ToClient: seg(rep5(3, opResult, void)),
		},
		{
			Name: "the batch comes in pieces", Log: entries(batchOf("Request", "ab", 42)...),
			Steps: []parsertest.Step{client(inPieces(f, long, 300)), server(seg(found))}, ToServer: asked + inPieces(f, long, 300),
		},
	})
	for i := range cases {
		cases[i].Policy, cases[i].Waits = db1, true
	}
	return cases
}

func TestALookupReadsNoReplyThatIsLongerThanMayBeHeld(t *testing.T) {
	reply := func(frame func(stream, op int, body string) string, n int) string {
		return frame(3, opResult, storedRows(stored(idA, "", insertA), stored(idB, "db1", insertB), strings.Repeat("x", n)))
	}
	batch, after := batch4(3, idEntry(idA), idEntry(idB)), query4(1, "SELECT * FROM db1.t1")
	c := ready4(t, newInstance(t, db1), "10.0.0.1:9042").client(batch).got(lookup4(3, idA, idB), "", "")
	c.server(reply(rep4, limit)).got("", unprepared4(3, idA), "")
	c.client(after).server(rep4(1, opResult, rows)).got(after, rep4(1, opResult, rows), "")
	for _, f := range forms[:2] {
		batch, after := f.seg(true, batch5(3, idA, idB)), f.seg(true, query5(1, "SELECT * FROM db1.t1"))
		c := ready5(t, db1, f.options...).client(batch).got(f.raw(true, lookup5(3, idA, idB)), "", "")
		c.server(inPieces(f, reply(rep5, 2*limit), 100000))
		c.got("", f.raw(true, rep5(3, opError, errorBody(0x2500, "Unprepared")+str(idA))), "")
		c.client(after).server(f.seg(true, rep5(1, opResult, rows))).got(after, f.seg(true, rep5(1, opResult, rows)), "")
	}
}
