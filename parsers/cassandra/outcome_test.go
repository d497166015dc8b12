package cassandra_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

// rowsOf is a RESULT of n rows: flags, paging state and the like, and columns with what all of them have in common.
func rowsOf(flags, columns int, described string, n int) string {
	return u32(2) + u32(flags) + u32(columns) + described + u32(n) + strings.Repeat("r", n)
}

// column is one of db1.t1, whose type is in columnType.
func column(name, columnType string) string { return str(name) + columnType }

// manyColumns describes each column in 15 bytes.
func manyColumns(n int) string {
	return rowsOf(1, n, str("db1")+str("t1")+strings.Repeat(column("a_long_name", u16(13)), n), 3)
}

const counted = "Response query_action=select query_table=db1.t1 keyspace=db1 status=ok result=rows rows=3"

// described are the results of which the number of rows is known.
var described = map[string]string{
	"of a table":                 rowsOf(1, 2, str("db1")+str("t1")+column("k", u16(9))+column("v", u16(13)), 3),
	"of several tables":          rowsOf(0, 1, str("db1")+str("t1")+column("k", u16(9)), 3),
	"without a description":      rowsOf(4, 1, "", 3),
	"of a page":                  rowsOf(2|4, 1, long("the state of the page"), 3),
	"of a page without a state":  rowsOf(2|4, 1, u32(-1), 3),
	"with metadata that changed": rowsOf(8|1, 1, str("meta")+str("db1")+str("t1")+column("k", u16(9)), 3),
	"of types in types": rowsOf(1, 5, str("db1")+str("t1")+column("a", u16(0)+str("org.example.Type"))+
		column("b", u16(0x20)+u16(0x22)+u16(9))+column("c", u16(0x21)+u16(13)+u16(0x31)+u16(2)+u16(9)+u16(9))+
		column("d", u16(0x30)+str("db1")+str("ty")+u16(2)+str("x")+u16(9)+str("y")+u16(0x20)+u16(1))+
		column("e", u16(2)), 3),
	"of many columns": manyColumns(40),
}

// undescribed are results of which it is unknown.
var undescribed = map[string]string{
	"of types that are nested too deep": rowsOf(1, 1, str("db1")+str("t1")+
		column("a", strings.Repeat(u16(0x20), 17)+u16(9)), 3),
	"of fewer columns than are said": u32(2) + u32(1) + u32(9) + str("db1") + str("t1") + str("k") + u16(9) + u32(3),
	"of a number below 0":            rowsOf(4, 1, "", 0)[:12] + u32(-3),
	"that are cut":                   u32(2) + "\x00",
}

func TestRowsAreCounted(t *testing.T) {
	for name, result := range described {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testRows(t, result, counted)
		})
	}
	for name, result := range undescribed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testRows(t, result, "Response query_action=select query_table=db1.t1 keyspace=db1 status=ok result=rows")
		})
	}
}

// testRows lets the result come in all forms, each to a statement of its own.
func testRows(t *testing.T, result, logged string) {
	log := entries(selectT1, logged)
	q := query4(1, "SELECT * FROM db1.t1")
	c := pass("", db1, log, q, rep4(1, opResult, result))
	parsertest.Check(t, session4(c))
	warned := strings.Repeat("u", 16) + u16(1) + str("careful") + result
	parsertest.Check(t, session4(pass("", db1, log, q, frame(0x84, 2|8, 1, opResult, warned))))
	for name, compress := range map[string]func(string) string{"lz4": lz4Body, "snappy": snappyBody} {
		c := pass("", db1, log, q, frame(0x84, 1, 1, opResult, compress(result)))
		parsertest.Check(t, session(c, req4(0, opStartup, startup("COMPRESSION", name)), rep4(0, opReady, "")))
	}
	for _, f := range forms {
		c := pass("", db1, log, f.seg(true, query5(1, "SELECT * FROM db1.t1")), f.seg(true, rep5(1, opResult, result)))
		parsertest.Check(t, session5(c, f.options...))
	}
}

func TestRowsAreCountedBehindAsMuchAsIsLookedAt(t *testing.T) {
	q := query4(1, "SELECT * FROM db1.t1")
	for _, form := range []struct {
		start    string
		flags    int
		compress func(string) string
	}{
		{cqlVersion, 0, func(body string) string { return body }},
		{startup("COMPRESSION", "lz4"), 1, lz4Body}, {startup("COMPRESSION", "snappy"), 1, snappyBody},
	} {
		for columns, counted := range map[int]bool{270: true, 275: false} {
			start, ready := req4(0, opStartup, form.start), rep4(0, opReady, "")
			reply := frame(0x84, form.flags, 1, opResult, form.compress(manyColumns(columns)))
			conn := connect(t, newInstance(t, db1), "10.0.0.1:9042").client(start).server(ready).client(q).server(reply)
			conn.got(start+q, ready+reply, "")
			if last := conn.log.Lines[len(conn.log.Lines)-1]; strings.Contains(last, "rows=3") != counted {
				t.Errorf("%d columns: logged %s", columns, last)
			}
		}
	}
}

func TestAReplyIsNotHeldForItsRows(t *testing.T) {
	q, reply := query4(1, "SELECT * FROM db1.t1"), rep4(1, opResult, described["of a table"])
	c := ready4(t, newInstance(t, db1), "10.0.0.1:9042").client(q).got(q, "", "")
	for i := 13; i < len(reply); i++ {
		from := i
		if i == 13 {
			from = 0
		}
		c.server(reply[from:i+1]).got("", reply[from:i+1], "")
	}
	if last := c.log.Lines[len(c.log.Lines)-1]; !strings.Contains(last, "rows=3") {
		t.Errorf("logged: %s", last)
	}
	c.client(q).got(q, "", "")
}

// Where the head of a reply does not suffice, it has begun; the denial comes behind it even if no more data comes.
func TestADenialComesBehindAReplyThatIsLookedAt(t *testing.T) {
	q, reply := query4(1, "SELECT * FROM db1.t1"), rep4(1, opResult, described["of a table"])
	denied, denial := query4(2, "SELECT * FROM secret.t"), denial4(2, "select on secret.t")
	for _, cut := range []int{14, len(reply) - 1} {
		c := ready4(t, newInstance(t, db1), "10.0.0.1:9042").client(q).server(reply[:cut]).got(q, reply[:cut], "")
		c.client(denied)
		c.server(reply[cut:])
		c.got("", reply[cut:]+denial, "")
	}
}

func TestWhatCanNotBeInAReplyEndsTheConnection(t *testing.T) {
	q := query4(1, "SELECT * FROM db1.t1")
	for _, c := range []struct{ name, compression, reply, closed string }{
		{"a keyspace behind warnings", "", frame(0x84, 8, 1, opResult, u16(1)+str("careful")+setKeyspace("x")),
			"does not fit"},
		{"a prepared statement in LZ4", "lz4", frame(0x84, 1, 1, opResult, lz4Body(prepared4("id"))), "does not fit"},
		{"a keyspace in Snappy", "snappy", frame(0x84, 1, 1, opResult, snappyBody(setKeyspace("x"))), "does not fit"},
		{"nothing in LZ4", "lz4", frame(0x84, 1, 1, opResult, lz4Body("")), "malformed reply"},
		{"less than a kind in Snappy", "snappy", frame(0x84, 1, 1, opResult, snappyBody("\x00")), "malformed reply"},
		{"a damaged LZ4 block", "lz4", frame(0x84, 1, 1, opResult, u32(9)+"\x10x\x07\x00"), "damaged"},
		{"a damaged Snappy block", "snappy", frame(0x84, 1, 1, opResult, "\x09\x00x\x01\x07"), "damaged"},
		{"a Snappy block without a length", "snappy", frame(0x84, 1, 1, opResult, strings.Repeat("\xff", 20)), "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start, ready := req4(0, opStartup, cqlVersion), rep4(0, opReady, "")
			if c.compression != "" {
				start = req4(0, opStartup, startup("COMPRESSION", c.compression))
			}
			whole := connect(t, newInstance(t, db1), "10.0.0.1:9042").client(start).server(ready).client(q)
			whole.got(start+q, ready, "").server(c.reply).got("", "", c.closed)
			piecewise := connect(t, newInstance(t, db1), "10.0.0.1:9042").client(start).server(ready).client(q)
			piecewise.got(start+q, ready, "")
			for _, b := range []byte(c.reply) {
				piecewise.server(string([]byte{b}))
			}
			piecewise.got("", "", c.closed)
		})
	}
}
