package cassandra_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

// unprepared4 is the answer to an unknown id.
func unprepared4(stream int, id string) string {
	return rep4(stream, opError, errorBody(0x2500, "Unprepared")+str(id))
}

// batch4 is a BATCH of entries, each given in full.
func batch4(stream int, entries ...string) string {
	return req4(stream, opBatch, "\x00"+u16(len(entries))+strings.Join(entries, "")+u16(1)+"\x00")
}

func textEntry(text string, values ...string) string {
	return "\x00" + long(text) + u16(len(values)) + strings.Join(values, "")
}

func idEntry(id string, values ...string) string {
	return "\x01" + str(id) + u16(len(values)) + strings.Join(values, "")
}

const (
	selectText = "SELECT * FROM db1.t1 WHERE k = ?"
	insertText = "INSERT INTO db1.t1 (k) VALUES (?)"
	insertT1   = "Request query_action=insert query_table=db1.t1 keyspace=db1 consistency=ONE"
	prepareIn  = "Request query_action=insert query_table=db1.t1 keyspace=db1"
	preparedIn = "Response query_action=insert query_table=db1.t1 keyspace=db1 status=ok result=prepared"
	insertVoid = "Response query_action=insert query_table=db1.t1 keyspace=db1 status=ok result=void"
)

func TestPreparedStatements(t *testing.T) { check(t, preparedTranscripts()...) }

func preparedTranscripts() []parsertest.Case {
	both := prepare4(1, selectText) + prepare4(2, insertText)
	bothDone := rep4(2, opResult, prepared4("in")) + rep4(1, opResult, prepared4("se"))
	bothLog := []string{prepareT1, prepareIn, preparedIn, preparedT1}
	return in4([]parsertest.Case{
		pass("are executed by id", db1, entries(prepareT1, preparedT1, executeT1, selectRows),
			prepare4(1, selectText), rep4(1, opResult, prepared4("\x00id")), execute4(1, "\x00id"), rep4(1, opResult,
				rows)),
		pass("are learned from traced replies with warnings and a payload", db1,
			entries(prepareT1, preparedT1, executeT1, selectRows),
			frame(4, 2, 1, opPrepare, long(selectText)),
			frame(0x84, 2|4|8, 1, opResult, strings.Repeat("u",
				16)+u16(1)+str("careful")+u16(1)+str("k")+long("v")+prepared4("id")),
			execute4(1, "id"), rep4(1, opResult, rows)),
		{
			Name: "that are not known are to be prepared", Policy: wide,
			Steps:    []parsertest.Step{client(execute4(4, "aaaa"))},
			ToClient: unprepared4(4, "aaaa"), Log: entries(unknownID),
		},
		{
			Name: "that are denied are not learned", Policy: db1,
			Steps:    []parsertest.Step{client(prepare4(1, "SELECT * FROM secret.t") + execute4(2, "aaaa"))},
			ToClient: denial4(1, "select on secret.t") + unprepared4(2, "aaaa"),
			Log:      entries(strings.TrimSuffix(secretT, " consistency=ONE"), unknownID),
		},
		{
			Name: "are judged again each time", Policy: db1,
			Steps: []parsertest.Step{client(prepare4(1, selectText)), server(rep4(1, opResult, prepared4("id"))),
				parsertest.NewPolicy("query_action=insert"), client(execute4(1, "id"))},
			ToServer: prepare4(1, selectText), ToClient: rep4(1, opResult, prepared4("id")) + denial4(1,
				"select on db1.t1"),
			Log: entries(prepareT1, preparedT1, strings.Replace(executeT1, "Request", "Denied", 1)),
		},
		pass("keep the keyspace in which they were prepared", db1,
			entries(useDB1, usedDB1, prepareT1, preparedT1, strings.ReplaceAll(useDB1, "db1", "db2"), used("db2"),
				executeT1, selectRows),
			query4(1, "USE db1"), rep4(1, opResult, setKeyspace("db1")), prepare4(1, "SELECT * FROM t1 WHERE k = ?"),
			rep4(1, opResult, prepared4("id")),
			query4(1, "USE db2"), rep4(1, opResult, setKeyspace("db2")), execute4(1, "id"), rep4(1, opResult, rows)),
		{
			Name: "whose keyspace is in doubt are not learned", Policy: "",
			Steps: append(useTo("db1"), client(prepare4(2, "SELECT * FROM t1 WHERE k = ?")+query4(1, "USE db2")),
				server(rep4(2, opResult, prepared4("id"))), parsertest.NewPolicy(wide), client(execute4(2, "id"))),
			ToServer: query4(1, "USE db1") + prepare4(2, "SELECT * FROM t1 WHERE k = ?") + query4(1, "USE db2"),
			ToClient: rep4(1, opResult, setKeyspace("db1")) + rep4(2, opResult, prepared4("id")) + unprepared4(2, "id"),
			Log: entries(useDB1, usedDB1, prepareT1, strings.ReplaceAll(useDB1, "db1", "db2"), preparedT1,
				unknownID),
		},
		{
			Name: "of another table than the server says end the connection", Policy: "",
			Steps: []parsertest.Step{client(prepare4(1, selectText)), server(rep4(1, opResult, preparedOf("id",
				"secret", "t")))},
			ToServer: prepare4(1, selectText), Closed: "another table than was judged", Log: entries(prepareT1),
		},
		{
			Name: "with results of another table end the connection, functions or not", Policy: "",
			Steps: []parsertest.Step{client(prepare4(1, "SELECT f.f(k) FROM db1.t1")), server(rep4(1, opResult,
				resultOf("id", "secret", "t")))},
			ToServer: prepare4(1, "SELECT f.f(k) FROM db1.t1"), Closed: "another table than was judged",
			Log: entries(prepareT1, "Request query_action=execute-function keyspace=f"),
		},
		{
			Name: "with results of another table than was judged end the connection", Policy: "",
			Steps: []parsertest.Step{client(prepare4(1, "SELECT * FROM db1.t1")),
				server(rep4(1, opResult, resultOf("id", "secret", "t1")))},
			ToServer: prepare4(1, "SELECT * FROM db1.t1"), Closed: "another table than was judged", Log: entries(prepareT1),
		},
		pass("without values are learned", db1, entries(prepareT1, preparedT1, executeT1),
			prepare4(1, "SELECT * FROM db1.t1"), rep4(1, opResult, resultOf("id", "db1", "t1")), execute4(1, "id")),
		{
			Name: "that the server answers with something else end the connection", Policy: "",
			Steps:    []parsertest.Step{client(prepare4(1, selectText)), server(rep4(1, opResult, rows))},
			ToServer: prepare4(1, selectText), Closed: "reply does not fit", Log: entries(prepareT1),
		},
		{
			Name: "that the server refuses are not learned", Policy: wide,
			Steps: []parsertest.Step{client(prepare4(1, selectText)), server(rep4(1, opError, errorBody(0x2000,
				""))), client(execute4(1, ""))},
			ToServer: prepare4(1, selectText), ToClient: rep4(1, opError, errorBody(0x2000, "")) + unprepared4(1, ""),
			Log: entries(prepareT1, "Response query_action=select query_table=db1.t1 keyspace=db1 status=error error_code=0x2000", unknownID),
		},
		pass("and texts may be mixed in a batch, with values that are null or not set", db1,
			entries(append(bothLog, insertT1+" batch_size=2", insertVoid)...), both, bothDone,
			batch4(3, idEntry("in", long("v")), textEntry(insertText, u32(-1), u32(-2), long(""))), rep4(3, opResult,
				void)),
		{
			Name: "that are not known in a batch are to be prepared", Policy: db1,
			Steps: []parsertest.Step{client(batch4(3, textEntry(insertText, u32(-1)), idEntry("xx"),
				idEntry("yy")))},
			ToClient: unprepared4(3, "xx"), Log: entries(unknownID),
		},
		{
			Name: "that are no modification can be in no batch", Policy: wide,
			Steps: []parsertest.Step{client(both), server(bothDone), client(batch4(3, idEntry("in"),
				idEntry("se")))},
			ToServer: both, ToClient: bothDone + denial4(3,
				"batch holds a statement that is not an insert, update or delete"),
			Log: entries(append(bothLog,
				strings.Replace(insertT1, "Request", "Denied",
					1)+` batch_size=2 status="batch holds a statement that is not an insert, update or delete"`,
				strings.Replace(selectT1, "Request", "Denied",
					1)+` batch_size=2 status="batch holds a statement that is not an insert, update or delete"`)...),
		},
		{
			Name: "a batch is denied when one statement is", Policy: db1,
			Steps: []parsertest.Step{client(batch4(3, textEntry(insertText),
				textEntry("INSERT INTO secret.t (k) VALUES (1)")))},
			ToClient: denial4(3, "insert on secret.t"),
			Log: entries(strings.Replace(insertT1, "Request", "Denied", 1)+` batch_size=2 reason="part of a denied request: no rule"`,
				"Denied query_action=insert query_table=secret.t keyspace=secret consistency=ONE batch_size=2"),
		},
	})
}
