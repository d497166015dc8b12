package cassandra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsers/cassandra"
	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib/host"
)

// conn is a connection that bytes are sent through, for what transcripts are too small for.
type conn struct {
	t        *testing.T
	instance *loggedInstance
	engine   *datapath.Engine
	log      *parsertest.Log
	// out is what has reached the server and the client.
	out    [2]strings.Builder
	closed string
	// waits: the host reads no more from the client.
	waits bool
}

// loggedInstance is an instance whose access log is that of the connection that was opened last.
type loggedInstance struct {
	*host.Instance
	log *latestLog
}

type latestLog struct{ accesslog.Logger }

func newInstance(t *testing.T, rules string) *loggedInstance {
	return newInstanceOf(t, rules, host.InstanceConfig{})
}

func newInstanceOf(t *testing.T, rules string, config host.InstanceConfig) *loggedInstance {
	snapshot, err := parsertest.CompilePolicy(cassandra.Name, rules)
	if err != nil {
		t.Fatal(err)
	}
	log := new(latestLog)
	config.ID, config.Policies, config.AccessLog = 1, new(policy.Store), log
	instance := host.NewInstance(config)
	instance.Policies().Replace(snapshot)
	return &loggedInstance{instance, log}
}

// limit is the number of bytes of one direction that the host of these connections holds.
const limit = cassandra.MaxHeld

// connect opens a connection to a server. Its log is that of the instance.
func connect(t *testing.T, instance *loggedInstance, address string) *conn {
	c := &conn{t: t, instance: instance, log: new(parsertest.Log)}
	instance.log.Logger = c.log
	connection, err := host.NewConnection(instance.Instance, cassandra.Name, host.ConnectionInfo{
		Ingress: true, SrcId: parsertest.ClientID, SrcAddr: "10.0.0.2:1000", DstAddr: address,
		PolicyName: parsertest.Endpoint, Port: parsertest.Port,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.engine = datapath.New(connection, datapath.Limits{HeldBytes: limit})
	return c
}

// chunk is the number of bytes that arrive at a time.
const chunk = 10000

// send lets bytes of one side arrive.
func (c *conn) send(reply bool, data string) *conn {
	from, to := 0, 1
	if reply {
		from, to = 1, 0
	}
	for part := range slices.Chunk([]byte(data), chunk) {
		plan := &datapath.Plan{}
		c.engine.Data(reply, false, [][]byte{part}, plan)
		if plan.Leave {
			c.out[from].Write(part)
		}
		c.out[from].Write(plan.Out)
		c.out[to].Write(plan.Reverse)
		c.waits = plan.Wait
		if c.closed = plan.Reason; plan.Close {
			break
		}
	}
	return c
}

// enforce puts another policy in force.
func (c *conn) enforce(rules string) *conn {
	c.t.Helper()
	snapshot, err := parsertest.CompilePolicy(cassandra.Name, rules)
	if err != nil {
		c.t.Fatal(err)
	}
	c.instance.Policies().Replace(snapshot)
	return c
}

func (c *conn) client(data string) *conn { return c.send(false, data) }
func (c *conn) server(data string) *conn { return c.send(true, data) }

// got checks what has reached either side since it was last asked, and that the connection is as wanted.
func (c *conn) got(toServer, toClient, closed string) *conn {
	c.t.Helper()
	for i, want := range []string{toServer, toClient} {
		if got := c.out[i].String(); got != want {
			c.t.Errorf("%s got %d bytes, want %d: %.120q, want %.120q", []string{"server", "client"}[i], len(got),
				len(want), got, want)
		}
		c.out[i].Reset()
	}
	if (closed == "") != (c.closed == "") || !strings.Contains(c.closed, closed) {
		c.t.Errorf("closed: %q, want %q", c.closed, closed)
	}
	return c
}

// ready4 and ready5 open a connection and set it up.
func ready4(t *testing.T, instance *loggedInstance, address string) *conn {
	start, ready := req4(0, opStartup, cqlVersion), rep4(0, opReady, "")
	return connect(t, instance, address).client(start).server(ready).got(start, ready, "")
}

func ready5(t *testing.T, rules string, options ...string) *conn {
	start, ready := req5(0, opStartup, startup(options...)), rep5(0, opReady, "")
	return connect(t, newInstance(t, rules), "10.0.0.1:9042").client(start).server(ready).got(start, ready, "")
}

// insertLong is an INSERT whose value is long.
func insertLong(table string, n int) string {
	return long("INSERT INTO "+table+" (k) VALUES (?)") + u16(1) + "\x01" + u16(1) + long(strings.Repeat("v", n))
}

func insertLong5(table string, n int, keyspace string) string {
	return long("INSERT INTO "+table+" (k) VALUES (?)") + u16(1) + u32(0x81) + u16(1) + long(strings.Repeat("v", n)) +
		str(keyspace)
}

func TestLongFramesAreJudgedByTheirBeginning(t *testing.T) {
	after := query4(2, "SELECT * FROM db1.t1")
	tooLong := denial4(1, "request is too long to be judged")
	for _, c := range []struct {
		name, request, answer string
	}{
		{"allowed", req4(1, opQuery, insertLong("db1.t1", 5<<20)), ""},
		{"denied", req4(1, opQuery, insertLong("secret.t", 5<<20)), denial4(1, "insert on secret.t")},
		{"a long text", query4(1, "INSERT INTO db1.t1 (k) VALUES ('"+strings.Repeat("v", 900000)+"')"), ""},
		{"a text that is too long", query4(1, "INSERT INTO db1.t1 (k) VALUES ('"+strings.Repeat("v",
			cassandra.MaxHeld)+"')"), tooLong},
		{"a batch that is too long", batch4(1, textEntry(insertText, long(strings.Repeat("v", cassandra.MaxHeld)))),
			tooLong},
		{"an unknown id", req4(1, opExecute, str("id")+u16(1)+"\x01"+u16(1)+long(strings.Repeat("v", 100000))),
			unprepared4(1, "id")},
	} {
		t.Run(c.name, func(t *testing.T) {
			passed := c.request + after
			if c.answer != "" {
				passed = after
			}
			ready4(t, newInstance(t, db1), "10.0.0.1:9042").client(c.request+after).got(passed, c.answer, "")
		})
	}
	ready4(t, newInstance(t, db1), "10.0.0.1:9042").client(req4(1, opQuery, u32(1<<30)+strings.Repeat("x", 100000))).
		got("", rep4(1, opError, errorBody(0xa, "malformed message")), "")
}

func TestALongReplyIsNotHeld(t *testing.T) {
	q, long := query4(1, "SELECT * FROM db1.t1"), strings.Repeat("r", 16<<20)
	for _, reply := range []string{
		rep4(1, opResult, described["of a table"]+long), frame(0x84, 2|8, 1, opResult, strings.Repeat("u", 16)+u16(1)+
			str(strings.Repeat("warning ", 1000))+described["of a table"]+long),
	} {
		c := ready4(t, newInstance(t, db1), "10.0.0.1:9042").client(q).got(q, "", "")
		for len(reply) > 0 {
			n := min(chunk, len(reply))
			c.server(reply[:n]).got("", reply[:n], "")
			reply = reply[n:]
		}
		c.client(q).got(q, "", "")
	}
}

func TestLongEnvelopesAreJudgedByTheirBeginning(t *testing.T) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) { testLongEnvelopes(t, f) })
	}
}

func testLongEnvelopes(t *testing.T, f form) {
	after := f.seg(true, query5(2, "SELECT * FROM db1.t1"))
	tooLong := denial5(1, "request is too long to be judged")
	for _, c := range []struct{ name, request, answer string }{
		{"allowed", query5(1, "INSERT INTO db1.t1 (k) VALUES ('"+strings.Repeat("v", 900000)+"')"), ""},
		{"denied", query5(1, "INSERT INTO secret.t (k) VALUES ('"+strings.Repeat("v", 300000)+"')"), denial5(1,
			"insert on secret.t")},
		{"a text that is too long", query5(1, "INSERT INTO db1.t1 (k) VALUES ('"+strings.Repeat("v",
			cassandra.MaxHeld)+"')"), tooLong},
		{"a keyspace behind a long value", req5(1, opQuery, insertLong5("t1", 500000, "db1")), ""},
		{"a denied keyspace behind a long value", req5(1, opQuery, insertLong5("t1", 500000, "secret")), denial5(1,
			"insert on secret.t1")},
		{"a keyspace behind a value that is too long", req5(1, opQuery, insertLong5("t1", 2<<20, "db1")), tooLong},
		{"a batch that is too long", req5(1, opBatch, "\x00"+u16(1)+textEntry(insertText, long(strings.Repeat("v",
			2<<20)))+params5), tooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			request := inPieces(f, c.request, cassandra.MaxPayload) + after
			passed, answer := request, ""
			if c.answer != "" {
				passed, answer = after, f.raw(true, c.answer)
			}
			ready5(t, db1, f.options...).client(request).got(passed, answer, "")
		})
	}
	reply := inPieces(f, rep5(1, opResult, rows+strings.Repeat("r", 16<<20)), cassandra.MaxPayload)
	query := f.seg(true, query5(1, "SELECT * FROM db1.t1"))
	ready5(t, db1, f.options...).client(query).server(reply).got(query, reply, "")
}

func TestConnectionsToOneServerShareWhatItPrepared(t *testing.T) {
	instance := newInstance(t, db1)
	first := ready4(t, instance, "10.0.0.1:9042")
	second := ready4(t, instance, "10.0.0.1:9042")
	elsewhere := ready4(t, instance, "10.0.0.9:9042")
	apart := ready4(t, newInstance(t, db1), "10.0.0.1:9042")
	request, reply := prepare4(1, selectText), rep4(1, opResult, prepared4("id"))
	first.client(request).server(reply).got(request, reply, "")

	execute := execute4(1, "id")
	second.client(execute).got(execute, "", "")
	elsewhere.client(execute).got("", unprepared4(1, "id"), "")
	apart.client(execute).got("", unprepared4(1, "id"), "")

	first.engine.Close()
	third := ready4(t, instance, "10.0.0.1:9042")
	third.client(execute).got(execute, "", "")
	second.engine.Close()
	third.engine.Close()
	ready4(t, instance, "10.0.0.1:9042").client(execute).got("", unprepared4(1, "id"), "")
}

func TestAnIDThatStandsForTwoStatementsNeedsBothAllowed(t *testing.T) {
	instance := newInstance(t, "keyspace=db1\nkeyspace=db2")
	c := ready4(t, instance, "10.0.0.1:9042")
	for _, table := range []string{"db1", "db2"} {
		request, reply := prepare4(1, "SELECT * FROM "+table+".t1 WHERE k = ?"), rep4(1, opResult, preparedOf("id",
			table, "t1"))
		c.client(request).server(reply).got(request, reply, "")
	}
	c.client(execute4(1, "id")).got(execute4(1, "id"), "", "").server(rep4(1, opResult, rows)).got("", rep4(1, opResult,
		rows), "")
	snapshot, err := parsertest.CompilePolicy(cassandra.Name, "keyspace=db2")
	if err != nil {
		t.Fatal(err)
	}
	instance.Policies().Replace(snapshot)
	c.client(execute4(1, "id")).got("", denial4(1, "select on db1.t1"), "")
}

func TestEveryStreamMayBeInFlight(t *testing.T) {
	c := ready4(t, newInstance(t, ""), "10.0.0.1:9042")
	for round := range 2 {
		for i := range 1 << 15 {
			c.client(query4(i, "SELECT * FROM db1.t1"))
		}
		c.out[0].Reset()
		c.out[1].Reset()
		c.client(query4(1<<15, "SELECT * FROM db1.t1"))
		c.got("", rep4(1<<15, opError, errorBody(0xa, "too many requests are in flight")), "")
		for i := range 1 << 15 {
			c.server(rep4(i*7%(1<<15), opResult, void))
		}
		if c.closed != "" {
			t.Fatalf("round %d: %s", round, c.closed)
		}
	}
}

// Of a long answer to PREPARE the beginning is enough: it says what the id is and which table the statement is of.
func TestALongAnswerToPrepareIsLearnedByItsBeginning(t *testing.T) {
	rest := strings.Repeat("x", 2*cassandra.MaxHeld)
	reply4 := rep4(1, opResult, prepared4("id")+rest)
	ready4(t, newInstance(t, db1), "10.0.0.1:9042").client(prepare4(1, selectText)).
		server(reply4).got(prepare4(1, selectText), reply4, "").
		client(execute4(1, "id")).got(execute4(1, "id"), "", "")

	start, ready := req4(0, opStartup, startup("COMPRESSION", "lz4")), rep4(0, opReady, "")
	for _, n := range []int{2 * cassandra.MaxHeld, cassandra.MaxInflated} {
		packed := frame(0x84, 1, 1, opResult, lz4Body(prepared4("id")+strings.Repeat("x", n)))
		connect(t, newInstance(t, db1), "10.0.0.1:9042").client(start).server(ready).got(start, ready, "").
			client(prepare4(1, selectText)).server(packed).got(prepare4(1, selectText), packed, "").
			client(execute4(1, "id")).got(execute4(1, "id"), "", "")
	}

	for _, f := range forms[:2] {
		prepare := f.seg(true, req5(1, opPrepare, long(selectText)+u32(0)))
		reply := inPieces(f, rep5(1, opResult, prepared5+rest), cassandra.MaxPayload)
		execute := f.seg(true, req5(1, opExecute, str("id")+str("meta")+params5))
		ready5(t, db1, f.options...).client(prepare).server(reply).got(prepare, reply, "").
			client(execute).got(execute, "", "")
	}
}

// What cannot be read of its beginning passes, and is not learned: the client prepares again.
func TestALongAnswerToPrepareWhoseBeginningDoesNotTellPasses(t *testing.T) {
	warnings := u16(100) + strings.Repeat(str(strings.Repeat("w", 20000)), 100)
	reply := frame(0x84, 8, 1, opResult, warnings+prepared4("id"))
	ready4(t, newInstance(t, db1), "10.0.0.1:9042").client(prepare4(1, selectText)).
		server(reply).got(prepare4(1, selectText), reply, "").
		client(execute4(1, "id")).got("", unprepared4(1, "id"), "")
}

// While a long reply passes, denials wait. When there are many, so do the requests after them.
func TestAnyNumberOfDenialsFindsItsPlaceAfterALongReply(t *testing.T) {
	const many = 6000
	for _, version := range []int{4, 5} {
		c := ready5(t, db1)
		wrap := func(self bool, s string) string { return segment(self, s) }
		reply := rep5(1, opResult, rows+strings.Repeat("r", 1000))
		request, denial := query5, func(i int) string { return denial5(i, "select on secret.t") }
		if version == 4 {
			c, wrap = ready4(t, newInstance(t, db1), "10.0.0.1:9042"), func(_ bool, s string) string { return s }
			reply = rep4(1, opResult, rows+strings.Repeat("r", 1000))
			request, denial = query4, func(i int) string { return denial4(i, "select on secret.t") }
		}
		query := wrap(true, request(1, "SELECT * FROM db1.t1"))
		first, rest := wrap(false, reply[:500]), wrap(false, reply[500:])
		c.client(query).server(first).got(query, first, "")
		want := rest
		for i := 2; i < many; i++ {
			c.client(wrap(true, request(i, "SELECT * FROM secret.t")))
			want += wrap(true, denial(i))
		}
		if !c.waits {
			t.Errorf("version %d: the client is read on", version)
		}
		c.got("", "", "").server(rest).got("", want, "")
		if c.waits {
			t.Errorf("version %d: the client is not read again", version)
		}
		c.client(wrap(true, request(1, "SELECT * FROM db1.t1"))).got(query, "", "")
	}
}

// One segment may hold thousands of denied requests, whose denials all have to wait.
func TestASegmentFullOfDeniedRequestsIsAnswered(t *testing.T) {
	c := ready5(t, db1)
	query := segment(true, query5(1, "SELECT * FROM db1.t1"))
	reply := rep5(1, opResult, rows+strings.Repeat("r", 1000))
	first, want := segment(false, reply[:500]), segment(false, reply[500:])
	c.client(query).server(first).got(query, first, "")
	requests := ""
	for i := 2; len(requests) < cassandra.MaxPayload-100; i++ {
		requests += query5(i, "SELECT * FROM s.t")
		want += segment(true, denial5(i, "select on s.t"))
	}
	c.client(segment(true, requests)).got("", "", "").server(segment(false, reply[500:])).got("", want, "")
}

func TestStatementsThatAreForgottenArePreparedAgain(t *testing.T) {
	c := ready4(t, newInstance(t, ""), "10.0.0.1:9042")
	name := strings.Repeat("t", 200)
	const many = 9000
	for i := range many {
		request := prepare4(1, "SELECT * FROM db1."+name+" WHERE k = ?")
		reply := rep4(1, opResult, preparedOf(u32(i)+"0123456789ab", "db1", name))
		c.client(request).server(reply).got(request, reply, "")
	}
	known := 0
	for i := range many {
		if c.client(execute4(i, u32(i)+"0123456789ab")); c.out[0].Len() > 0 {
			known++
		}
		c.out[0].Reset()
		c.out[1].Reset()
	}
	if known < 1000 || known > cassandra.MaxShared/256+cassandra.MaxKnown/256 {
		t.Errorf("%d are known", known)
	}
}

func TestABatchOfTooManyTablesIsDenied(t *testing.T) {
	var texts, ids []string
	c := ready4(t, newInstance(t, wide), "10.0.0.1:9042")
	for i := range cql.MaxAccesses + 1 {
		table := "t" + strings.Repeat("x", i)
		request, reply := prepare4(1, "DELETE FROM db1."+table+" WHERE k = ?"), rep4(1, opResult, preparedOf(table,
			"db1", table))
		if len(table) <= 64 {
			c.client(request).server(reply).got(request, reply, "")
		}
		texts = append(texts, textEntry("DELETE FROM db1."+table+" WHERE k = 1"))
		ids = append(ids, idEntry(table))
	}
	c.client(batch4(1, texts...)).got("", denial4(1, "request has too many different accesses"), "")
	c.client(batch4(1, append(ids[:64:64], textEntry("DELETE FROM db1.z WHERE k = 1"))...)).
		got("", denial4(1, "request has too many different accesses"), "")
}

func TestPreparingWithoutEndIsBounded(t *testing.T) {
	c := ready4(t, newInstance(t, wide), "10.0.0.1:9042")
	refused := 0
	for i := range 3000 {
		c.client(prepare4(i, "SELECT * FROM db1."+strings.Repeat("t", 200)))
		if c.out[1].Len() > 0 {
			c.out[1].Reset()
			refused++
		}
		c.out[0].Reset()
	}
	if refused < 2000 {
		t.Errorf("%d refused", refused)
	}
}
