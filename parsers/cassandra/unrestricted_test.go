package cassandra_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib/host"
)

// unreadable are requests of which one cannot tell what they do, or that no other policy allows.
func unreadable() map[string]string {
	many := strings.Builder{}
	many.WriteString("BEGIN BATCH ")
	for i := range cql.MaxAccesses + 1 {
		many.WriteString("DELETE FROM db1.t" + strings.Repeat("x", i) + " WHERE k = 1 ")
	}
	long1 := strings.Repeat("v", cassandra.MaxHeld)
	return map[string]string{
		"a text that is not CQL":        query4(1, "EXPLAIN x"),
		"a custom payload":              frame(4, 4, 1, opQuery, u16(1)+str("graph-language")+long("x")+long("SELECT * FROM db1.t1")+params4),
		"a text that is too long":       query4(1, "INSERT INTO db1.t1 (k) VALUES ('"+long1+"')"),
		"a PREPARE that is too long":    prepare4(1, "INSERT INTO db1.t1 (k) VALUES ('"+long1+"')"),
		"a batch that is too long":      batch4(1, textEntry(insertText, long(long1))),
		"an id that is not known":       execute4(1, "nosuch"),
		"an id in a batch":              batch4(1, idEntry("nosuch")),
		"a SELECT in a batch":           batch4(1, textEntry("SELECT * FROM db1.t1")),
		"many tables":                   query4(1, many.String()+"APPLY BATCH"),
		"another USE while one waits":   query4(2, "USE db2") + query4(1, "USE db3"),
		"a transaction":                 query4(1, "BEGIN TRANSACTION SELECT * FROM db1.t1 WHERE k = 1; COMMIT TRANSACTION"),
		"a text that ends in a comment": query4(1, "SELECT * FROM t --"),
	}
}

func TestWhereEverythingIsAllowedNothingIsRefused(t *testing.T) {
	for name, request := range unreadable() {
		t.Run(name, func(t *testing.T) {
			c := ready4(t, newInstance(t, ""), "10.0.0.1:9042").client(request).got(request, "", "")
			for _, line := range c.log.Lines {
				if strings.HasPrefix(line, "Denied") {
					t.Error(line)
				}
			}
			answer := rep4(1, opResult, rows)
			c.server(answer).got("", answer, "")
		})
	}
}

func TestInAuditModeNothingIsRefused(t *testing.T) {
	for name, request := range unreadable() {
		t.Run(name, func(t *testing.T) {
			instance := newInstanceOf(t, "query_action=use", host.InstanceConfig{Audit: true})
			c := ready4(t, instance, "10.0.0.1:9042").client(request).got(request, "", "")
			if last := c.log.Lines[len(c.log.Lines)-1]; !strings.Contains(last, "audit=denied") {
				t.Errorf("the log does not say that the policy denies it: %s", last)
			}
		})
	}
}

func TestUnderAPolicyWithALimitTheyAreRefused(t *testing.T) {
	for name, request := range unreadable() {
		t.Run(name, func(t *testing.T) {
			c := ready4(t, newInstance(t, wide), "10.0.0.1:9042").client(request)
			if c.closed != "" || c.out[0].String() == request || c.out[1].Len() == 0 {
				t.Errorf("the server gets %.100q, the client %.100q, closed: %q", c.out[0].String(), c.out[1].String(), c.closed)
			}
		})
	}
}

// A USE that was not read moves the connection all the same.
func TestAKeyspaceThatAnUnreadRequestMadeCurrentIsLearned(t *testing.T) {
	use := query4(1, "USE db2"+strings.Repeat(" ", cassandra.MaxHeld))
	used := rep4(1, opResult, setKeyspace("db2"))
	inDB2 := query4(2, "SELECT * FROM t1")
	open := func(t *testing.T) *conn {
		return ready4(t, newInstance(t, ""), "10.0.0.1:9042").client(use).got(use, "", "")
	}
	t.Run("alone", func(t *testing.T) {
		c := open(t).server(used).got("", used, "")
		c.enforce("keyspace=db2").client(inDB2).got(inDB2, "", "")
	})
	t.Run("not answered", func(t *testing.T) {
		open(t).enforce("keyspace=db2\nkeyspace=db1").client(inDB2).got("", denial4(2, "current keyspace is not known, say USE first"), "")
	})
	t.Run("with another", func(t *testing.T) {
		other := strings.Replace(use, "db2", "db3", 1)
		other = other[:3] + "\x03" + other[4:]
		c := open(t).client(other).got(other, "", "")
		both := used + rep4(3, opResult, setKeyspace("db3"))
		c.server(both).got("", both, "")
		c.enforce("keyspace=db2\nkeyspace=db3").client(inDB2).got("", denial4(2, "current keyspace is not known, say USE first"), "")
		// Once one is read and alone, it counts.
		again, done := query4(4, "USE db2"), rep4(4, opResult, setKeyspace("db2"))
		c.client(again).server(done).got(again, done, "").client(inDB2).got(inDB2, "", "")
	})
}

func TestUSEOfWhatIsCurrentOrWillBeIsFree(t *testing.T) {
	done := func(stream int, name string) string { return rep4(stream, opResult, setKeyspace(name)) }
	check(t,
		session4(parsertest.Case{
			Name: "twice at once", Policy: db1, Steps: []parsertest.Step{
				client(query4(1, "USE db1") + query4(2, "USE db1")), server(done(1, "db1")), client(query4(3, "SELECT * FROM t1")),
				server(done(2, "db1")), client(query4(4, "SELECT * FROM t1")),
			},
			ToServer: query4(1, "USE db1") + query4(2, "USE db1") + query4(3, "SELECT * FROM t1") + query4(4, "SELECT * FROM t1"),
			ToClient: done(1, "db1") + done(2, "db1"),
			Log:      entries(useDB1, useDB1, usedDB1, selectT1, usedDB1, selectT1),
		}),
	)
}

// Tracing does not say what a request does.
func TestACustomPayloadForTracingPasses(t *testing.T) {
	request := frame(4, 4, 1, opQuery, u16(2)+str("request-id")+long("a")+str("traceparent")+long("b")+
		long("SELECT * FROM db1.t1")+params4)
	check(t, session4(parsertest.Case{
		Policy: db1, Steps: []parsertest.Step{client(request)}, ToServer: request, Log: entries(selectT1),
	}))
	denied := frame(4, 4, 1, opQuery, u16(1)+str("request-id")+long("a")+long("SELECT * FROM secret.t")+params4)
	check(t, session4(parsertest.Case{
		Policy: db1, Steps: []parsertest.Step{client(denied)}, ToClient: denial4(1, "select on secret.t"), Log: entries(secretT),
	}))
}

// Of a compressed request that is too long the beginning is judged.
func TestLongCompressedRequestsAreJudgedByTheirBeginning(t *testing.T) {
	value := strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz", 1<<16)
	execute := func(value string) string { return str("id") + u16(1) + "\x01" + u16(1) + long(value) }
	noise := make([]byte, 2*cassandra.MaxHeld)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	start, ready := req4(0, opStartup, startup("COMPRESSION", "lz4")), rep4(0, opReady, "")
	for name, body := range map[string]string{
		"compressible":     execute(strings.Repeat(value, 8)),
		"not compressible": execute(string(noise)),
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, newInstance(t, db1), "10.0.0.1:9042").client(start).server(ready).got(start, ready, "")
			reply := rep4(1, opResult, prepared4("id"))
			c.client(prepare4(1, selectText)).server(reply).got(prepare4(1, selectText), reply, "")
			request := frame(4, 1, 2, opExecute, lz4Body(body))
			c.client(request).got(request, "", "")
			denied := frame(4, 1, 3, opQuery, lz4Body(insertLong("secret.t", 2*cassandra.MaxHeld)+string(noise)))
			after := query4(4, "SELECT * FROM db1.t1")
			c.client(denied+after).got(after, denial4(3, "insert on secret.t"), "")
		})
	}
}
