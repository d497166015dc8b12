package cassandra_test

import (
	"slices"
	"strings"
	"testing"
)

// Answers come in any order: the stream says whose they are.
func TestEntriesOfARequestAndItsAnswerHaveTheSameStream(t *testing.T) {
	c := ready4(t, newInstance(t, db1), "10.0.0.1:9042")
	prepared := prepare4(5, selectText)
	c.client(prepared).server(rep4(5, opResult, prepared4("id")))
	c.client(query4(7, "SELECT * FROM db1.t1") + execute4(8, "id") + query4(9, "SELECT * FROM secret.t"))
	c.client(query4(10, "SELECT * FROM db1."+strings.Repeat("t", 200)))
	c.server(rep4(10, opResult, rows) + rep4(8, opResult, rows) + rep4(7, opError, errorBody(0x1200, "late")))
	want := entries(
		"Request query_action=select query_table=db1.t1 keyspace=db1 stream=5",
		"Response query_action=select query_table=db1.t1 keyspace=db1 stream=5 status=ok result=prepared",
		"Request query_action=select query_table=db1.t1 keyspace=db1 consistency=ONE stream=7",
		"Request query_action=select query_table=db1.t1 keyspace=db1 consistency=ONE prepared=true stream=8",
		"Denied query_action=select query_table=secret.t keyspace=secret consistency=ONE stream=9",
		"Request query_action=select query_table=db1."+strings.Repeat("t", 200)+" keyspace=db1 consistency=ONE stream=10",
		"Response query_action=select stream=10 status=ok result=rows rows=0",
		"Response query_action=select query_table=db1.t1 keyspace=db1 stream=8 status=ok result=rows rows=0",
		"Response query_action=select query_table=db1.t1 keyspace=db1 stream=7 status=error error_code=0x1200",
	)
	if !slices.Equal(c.log.Lines, want) {
		t.Errorf("the log has\n%s\nwant\n%s", strings.Join(c.log.Lines, "\n"), strings.Join(want, "\n"))
	}
}
