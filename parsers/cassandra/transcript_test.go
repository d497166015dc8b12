package cassandra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsertest"
)

// db1 is a policy for one keyspace.
const db1 = `
	query_action=select query_table=^db1\.
	query_action=insert query_table=^db1\.
	query_action=select keyspace=system table=local
`

func client(text string) parsertest.Step { return parsertest.Client(text) }
func server(text string) parsertest.Step { return parsertest.Server(text) }

// entries makes log entries of "Request query_action=select ...".
func entries(lines ...string) []string {
	var list []string
	for _, l := range lines {
		kind, fields, _ := strings.Cut(l, " ")
		list = append(list, strings.TrimSpace(kind+" cassandra "+fields))
	}
	return list
}

// Log entries that come often.
const (
	selectT1   = "Request query_action=select query_table=db1.t1 keyspace=db1 consistency=ONE"
	selectRows = "Response query_action=select query_table=db1.t1 keyspace=db1 status=ok result=rows rows=0"
	secretT    = "Denied query_action=select query_table=secret.t keyspace=secret consistency=ONE"
	useDB1     = "Request query_action=use query_table=db1 keyspace=db1 consistency=ONE"
	usedDB1    = "Response query_action=use query_table=db1 keyspace=db1 status=ok result=set-keyspace"
	prepareT1  = "Request query_action=select query_table=db1.t1 keyspace=db1"
	preparedT1 = "Response query_action=select query_table=db1.t1 keyspace=db1 status=ok result=prepared"
	executeT1  = "Request query_action=select query_table=db1.t1 keyspace=db1 consistency=ONE prepared=true"
	unknownID  = `Response status=error error="unknown prepared query id" error_code=0x2500`
)

// session4 puts the start of a connection of version 4 in front of what follows.
func session4(c parsertest.Case) parsertest.Case {
	return session(c, req4(0, opStartup, cqlVersion), rep4(0, opReady, ""))
}

// session5 does the same for version 5.
func session5(c parsertest.Case, options ...string) parsertest.Case {
	body := startup(append([]string{"CQL_VERSION", "3.0.0"}, options...)...)
	return session(c, req5(0, opStartup, body), rep5(0, opReady, ""))
}

// in4 does so with each of the cases.
func in4(cases []parsertest.Case) []parsertest.Case {
	for i, c := range cases {
		cases[i] = session4(c)
	}
	return cases
}

func session(c parsertest.Case, start, ready string) parsertest.Case {
	c.Parser, c.Without = cassandra.Name, []string{"stream"}
	c.Steps = append([]parsertest.Step{client(start), server(ready)}, c.Steps...)
	c.ToServer, c.ToClient = start+c.ToServer, ready+c.ToClient
	return c
}

func TestVersion4(t *testing.T) { check(t, version4Transcripts()...) }

func version4Transcripts() []parsertest.Case {
	selectSecret := query4(1, "SELECT * FROM secret.t")
	return in4([]parsertest.Case{
		pass("allowed statements and their replies pass", db1, entries(selectT1, selectRows,
			"Request query_action=insert query_table=db1.T keyspace=db1 consistency=ONE",
			"Response query_action=insert query_table=db1.T keyspace=db1 status=ok result=void"),
			query4(1, "SELECT * FROM db1.t1"), rep4(1, opResult, rows),
			query4(1, `INSERT INTO db1."T" (k) VALUES (1)`), rep4(1, opResult, void)),
		pass("conditions may be on parts of names", "keyspace_prefix=db table_regex=1$\nkeyspace_regex=^other$ table_prefix=t",
			entries(selectT1, selectRows, strings.NewReplacer("db1.t1", "other.tab", "db1", "other").Replace(selectT1)),
			query4(1, "SELECT * FROM db1.t1"), rep4(1, opResult, rows), query4(1, "SELECT * FROM other.tab")),
		{
			Name: "a denied statement is answered and the connection goes on", Policy: db1,
			Steps: []parsertest.Step{client(selectSecret), client(query4(1, "SELECT * FROM db1.t1")), server(rep4(1,
				opResult, rows))},
			ToServer: query4(1, "SELECT * FROM db1.t1"), ToClient: denial4(1, "select on secret.t") + rep4(1, opResult,
				rows),
			Log: entries(secretT, selectT1, selectRows),
		},
		{
			Name: "a denial overtakes the replies of other streams, which come in any order", Policy: db1,
			Steps: []parsertest.Step{
				client(query4(7, "SELECT * FROM db1.t1") + query4(32767, "SELECT * FROM db1.t1") + selectSecret),
				server(rep4(32767, opResult, rows)), server(rep4(7, opResult, rows)),
			},
			ToServer: query4(7, "SELECT * FROM db1.t1") + query4(32767, "SELECT * FROM db1.t1"),
			ToClient: denial4(1, "select on secret.t") + rep4(32767, opResult, rows) + rep4(7, opResult, rows),
			Log:      entries(selectT1, selectT1, secretT, selectRows, selectRows),
		},
		{
			Name: "what cannot be read is denied", Policy: db1,
			Steps: []parsertest.Step{client(query4(1, "EXPLAIN x") + query4(2, "SELECT * FROM t --") + query4(3,
				"\xff"))},
			ToClient: denial4(1, "statement is of an unknown kind") + denial4(2,
				"statement has a character, a number or a comment that CQL does not have") + denial4(3, "statement is not UTF-8"),
			Log: entries(`Denied opcode=QUERY status="statement is of an unknown kind"`,
				`Denied opcode=QUERY status="statement has a character, a number or a comment that CQL does not have"`,
				`Denied opcode=QUERY status="statement is not UTF-8"`),
		},
		pass("what cannot be read passes where everything does", "", entries(`Request opcode=QUERY status="statement is of an unknown kind"`,
			`Response status=error error_code=0x2000`, `Request opcode=PREPARE status="statement is of an unknown kind"`,
			"Response status=ok result=prepared", `Request opcode=EXECUTE status="unknown prepared query id"`,
			"Response status=ok result=void"),
			query4(1, "EXPLAIN x"), rep4(1, opError, errorBody(0x2000, "line 1:0 no viable alternative")),
			prepare4(1, "EXPLAIN y"), rep4(1, opResult, prepared4("id")), execute4(1, "id"), rep4(1, opResult, void)),
		pass("options, registration and events pass", db1, nil,
			req4(1, opOptions, ""), rep4(1, opSupported, u16(0)), req4(2, opRegister, u16(1)+str("SCHEMA_CHANGE")),
			rep4(2, opReady, ""),
			"", frame(0x84, 0, 0xffff, opEvent, str("SCHEMA_CHANGE")+str("CREATED"))),
		pass("errors are passed with their code", db1, entries(selectT1,
			"Response query_action=select query_table=db1.t1 keyspace=db1 status=error error_code=0x2200"),
			query4(1, "SELECT * FROM db1.t1"), rep4(1, opError, errorBody(0x2200, "no such table"))),
		pass("all parameters are understood", db1, entries(strings.Replace(selectT1, "ONE", "LOCAL_QUORUM", 1),
			selectRows),
			req4(1, opQuery, long("SELECT * FROM db1.t1 WHERE k = :k")+u16(6)+"\x7f"+u16(3)+str("a")+long("x")+str("b")+u32(-1)+
				str("c")+u32(-2)+u32(5000)+long("state")+u16(8)+"12345678"), rep4(1, opResult, rows)),
		pass("tracing, warnings and payloads of replies pass", "", entries(selectT1, selectRows),
			frame(4, 2, 1, opQuery, long("SELECT * FROM db1.t1")+params4),
			frame(0x84, 2|4|8, 1, opResult, strings.Repeat("u",
				16)+u16(1)+str("careful")+u16(1)+str("k")+long("v")+rows)),
		{
			Name: "a custom payload with an unknown key is denied", Policy: wide,
			Steps: []parsertest.Step{client(frame(4, 4, 1, opQuery,
				u16(1)+str("select x ")+long("from db1.t1")+long("SELECT * FROM secret.t")+params4))},
			ToClient: denial4(1, "custom payload has a key that is not allowed"),
			Log:      entries(`Denied opcode=QUERY status="custom payload has a key that is not allowed"`),
		},
		{
			Name: "more denials than the inject buffer holds all arrive", Policy: db1,
			Steps:    []parsertest.Step{client(strings.Repeat(selectSecret, 100))},
			ToClient: strings.Repeat(denial4(1, "select on secret.t"), 100), Log: slices.Repeat(entries(secretT), 100),
		},
		{
			Name: "a denial waits for the end of a reply that has begun", Policy: db1,
			Steps: []parsertest.Step{
				client(query4(1, "SELECT * FROM db1.t1")), server(rep4(1, opResult, rows)[:20]),
				client(query4(2, "SELECT * FROM secret.t")), server(rep4(1, opResult, rows)[20:]),
			},
			ToServer: query4(1, "SELECT * FROM db1.t1"), ToClient: rep4(1, opResult, rows) + denial4(2,
				"select on secret.t"),
			Log: entries(selectT1, secretT, selectRows),
		},
		{
			Name: "a new policy holds from the next request on", Policy: db1,
			Steps: []parsertest.Step{client(query4(1, "SELECT * FROM db1.t1")), server(rep4(1, opResult, rows)),
				parsertest.NewPolicy("query_action=insert"), client(query4(1, "SELECT * FROM db1.t1"))},
			ToServer: query4(1, "SELECT * FROM db1.t1"), ToClient: rep4(1, opResult, rows) + denial4(1,
				"select on db1.t1"),
			Log: entries(selectT1, selectRows, strings.Replace(selectT1, "Request", "Denied", 1)),
		},
	})
}

// pass is a case in which everything passes: what client and server send, by turns.
func pass(name, policy string, log []string, turns ...string) parsertest.Case {
	c := parsertest.Case{Name: name, Policy: policy, Log: log}
	for i, data := range turns {
		if data == "" {
			continue
		}
		if i%2 == 0 {
			c.Steps = append(c.Steps, client(data))
			c.ToServer += data
		} else {
			c.Steps = append(c.Steps, server(data))
			c.ToClient += data
		}
	}
	return c
}
