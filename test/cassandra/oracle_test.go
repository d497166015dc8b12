package cassandra

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsertest"
)

// The oracle is a real server: it prepares statements that were made to confuse, and says of which tables the values
// and the results of each are. Under a policy for keyspace public nothing that goes through may be of another.

// link is a connection to the server through the parser, with one request at a time.
type link struct {
	t      *testing.T
	engine *datapath.Engine
	tcp    net.Conn
	log    *parsertest.Log
	// direct: the parser is left out.
	direct bool
}

func dial(t *testing.T, address, rules string) *link {
	l := &link{t: t, log: new(parsertest.Log)}
	var err error
	if l.engine, err = newEngine(newInstance(t, rules, l.log), 1, address); err != nil {
		t.Fatal(err)
	}
	if l.tcp, err = net.Dial("tcp", address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.tcp.Close() })
	if op, _ := l.ask(1, "\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0"); op != 2 {
		t.Fatal("the server is not ready")
	}
	return l
}

// ask sends a request of version 4 and returns the answer, the server's or the parser's.
func (l *link) ask(opcode byte, body string) (byte, string) {
	l.t.Helper()
	request := "\x04\x00\x00\x00" + string([]byte{opcode}) + string(binary.BigEndian.AppendUint32(nil,
		uint32(len(body)))) + body
	plan := &datapath.Plan{}
	if l.direct {
		plan.Leave = true
	} else {
		l.engine.Data(false, false, [][]byte{[]byte(request)}, plan)
	}
	if plan.Close {
		l.t.Fatalf("%q: %s", body, plan.Reason)
	}
	if len(plan.Reverse) > 0 {
		return plan.Reverse[4], string(plan.Reverse[9:])
	}
	if !plan.Leave {
		l.t.Fatalf("%q: neither passed nor answered", body)
	}
	if _, err := io.WriteString(l.tcp, request); err != nil {
		l.t.Fatal(err)
	}
	if err := l.tcp.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		l.t.Fatal(err)
	}
	header := make([]byte, 9)
	if _, err := io.ReadFull(l.tcp, header); err != nil {
		l.t.Fatalf("%q: %v", body, err)
	}
	reply := make([]byte, 9+binary.BigEndian.Uint32(header[5:]))
	copy(reply, header)
	if _, err := io.ReadFull(l.tcp, reply[9:]); err != nil {
		l.t.Fatalf("%q: %v", body, err)
	}
	if l.direct {
		return reply[4], string(reply[9:])
	}
	l.engine.Data(true, false, [][]byte{reply}, plan)
	if plan.Close {
		l.t.Fatalf("%q: %s", body, plan.Reason)
	}
	return reply[4], string(reply[9:])
}

// execute runs a statement that has to succeed, and returns the result.
func (l *link) execute(text string) string {
	l.t.Helper()
	body := string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text + "\x00\x01\x00"
	op, answer := l.ask(7, body)
	if op != 8 {
		l.t.Fatalf("%s: %q", text, answer)
	}
	return answer
}

// prepare returns the tables that the server reports for a statement; nil if it was refused.
func (l *link) prepare(text string) (tables []string, accepted bool, answer string) {
	op, answer := l.ask(9, string(binary.BigEndian.AppendUint32(nil, uint32(len(text))))+text)
	if op != 8 {
		return nil, false, answer
	}
	m := metadata{rest: answer[4:]}
	m.text()
	m.table(true)
	m.table(false)
	return m.tables, true, answer
}

// metadata reads the metadata of a prepared statement.
type metadata struct {
	rest   string
	tables []string
}

func (m *metadata) take(n int) string {
	taken := m.rest[:n]
	m.rest = m.rest[n:]
	return taken
}
func (m *metadata) short() int   { return int(binary.BigEndian.Uint16([]byte(m.take(2)))) }
func (m *metadata) int() int     { return int(binary.BigEndian.Uint32([]byte(m.take(4)))) }
func (m *metadata) text() string { return m.take(m.short()) }

func (m *metadata) table(bind bool) {
	flags, columns := m.int(), m.int()
	if bind {
		m.take(2 * m.int())
	}
	if flags&4 != 0 || columns == 0 {
		return
	}
	if flags&1 != 0 {
		m.tables = append(m.tables, m.text()+"."+m.text())
	}
	for range columns {
		if flags&1 == 0 {
			m.tables = append(m.tables, m.text()+"."+m.text())
		}
		m.text()
		m.kind()
	}
}

func (m *metadata) kind() {
	switch m.short() {
	case 0:
		m.text()
	case 0x20, 0x22:
		m.kind()
	case 0x21:
		m.kind()
		m.kind()
	}
}

// gap is what may stand between two tokens, and some of what may not.
var gaps = []string{" ", " ", " ", " ", "\n", "\t", "\r", "", "/**/", "/* from public.t */", "-- from public.t\n",
	"// from public.t\r", "/*'*/", "/*\"*/", "/*$$*/", "--'\n", "--\"\r", "/*--*/", "--/*\n", "//*\n", "/*/*/", "\v",
	"\u00a0", "/* ж */", "--ж\n"}

// values are literals, many with something in them that looks like a table.
var values = []string{"1", "?", "'x'", "' from public.t '", "''''", "'''from public.t'''", "$$ from public.t $$",
	"$$'$$", "'$$'", "$$ $ $$",
	"0x00", "-1", "1", "'--'", "'/*'", "?", "?", ":from", ":x", "1.5", "1e3", "'ж'",
	"550e8400-e29b-41d4-a716-446655440000", "1h", "- 1", "--1\n 1", "?", "1"}

// names are tables of both keyspaces, as one may write them.
var tables = []string{"secret.t", "public.t", "secret.t", `secret."t"`, `"secret".t`, "SECRET.T", "Secret . t",
	"public.t", `"public"."t"`,
	"secret/*.t*/.t", "secret.\n--.t\nt", `secret."T"`, `public."T"`, `"public.t"`, `"public""t"`, "t"}

// statements are forms of statements; each letter in angle brackets is replaced.
var statements = []string{
	"SELECT <c> FROM <t> WHERE k = <v>", "SELECT k , v FROM <t> WHERE k = <v> AND v = <v> ALLOW FILTERING",
	"SELECT JSON * FROM <t> WHERE k = <v>", "SELECT DISTINCT k FROM <t>",
	"SELECT count ( * ) FROM <t> WHERE k IN ( <v> , <v> )",
	"SELECT v AS <w> FROM <t> WHERE k = <v> LIMIT <v>", "SELECT cast ( v as text ) , <v> FROM <t> WHERE k = <v>",
	"SELECT ( text ) <v> FROM <t>", "INSERT INTO <t> ( k , v ) VALUES ( <v> , <v> )", "INSERT INTO <t> JSON <v>",
	"INSERT INTO <t> ( k , v ) VALUES ( <v> , ? ) IF NOT EXISTS USING TTL <v>", "UPDATE <t> SET v = <v> WHERE k = <v>",
	"UPDATE <t> USING TIMESTAMP <v> SET v = <v> WHERE k = ?", "DELETE FROM <t> WHERE k = <v>",
	"DELETE v FROM <t> WHERE k = <v> IF v = <v>",
	"BEGIN BATCH INSERT INTO <t> ( k , v ) VALUES ( <v> , ? ) ; DELETE FROM <t> WHERE k = ? APPLY BATCH",
	"BEGIN UNLOGGED BATCH USING TIMESTAMP <v> UPDATE <t> SET v = <v> WHERE k = <v> INSERT INTO <t> ( k ) VALUES ( ? ) DELETE v FROM <t> WHERE k = ? ; APPLY BATCH ;",
	"BEGIN BATCH UPDATE <t> SET v = ? WHERE k = <v> DELETE FROM <t> WHERE k = ? APPLY BATCH",
}

var words = []string{"from", `"from"`, "a", `" from public.t "`, "type", "exists", "json", "distinct",
	`"a""from public.t"`}

// confuse makes a statement.
func confuse(r *rand.Rand) string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	calm := r.IntN(3) == 0
	for i, token := range strings.Fields(pick(statements)) {
		if i > 0 || r.IntN(8) == 0 {
			if calm || r.IntN(3) > 0 {
				b.WriteString(" ")
			} else {
				b.WriteString(pick(gaps))
			}
		}
		switch token {
		case "<t>":
			token = pick(tables)
		case "<v>":
			token = pick(values)
			if calm && r.IntN(4) > 0 {
				token = "?"
			}
		case "<w>":
			token = pick(words)
		case "<c>":
			token = []string{"*", "k", "v", `"v"`, "k , v", "writetime ( v )"}[r.IntN(6)]
		}
		if r.IntN(4) == 0 {
			token = strings.ToLower(token)
		}
		b.WriteString(token)
	}
	if r.IntN(4) == 0 {
		b.WriteString(pick([]string{";", ";;", " -- x", "-- x\n", "/* x", "/* x */", " ; SELECT * FROM secret.t", "$$",
			"'", " \x00"}))
	}
	text := b.String()
	if r.IntN(6) == 0 && len(text) > 2 {
		at := r.IntN(len(text) - 1)
		text = text[:at] + pick([]string{"", "-", "/", "'", `"`, "$", "*", "1", " ", ".", "x", "\n"}) +
			text[at+r.IntN(2):]
	}
	return strings.ToValidUTF8(text, "")
}

// roundsOr is the number of statements that are sent: that of PROXYLIB_ORACLE_ROUNDS, or n.
func roundsOr(n int) int {
	if rounds, err := strconv.Atoi(os.Getenv("PROXYLIB_ORACLE_ROUNDS")); err == nil {
		return rounds
	}
	return n
}

func testOracle(t *testing.T, address string) {
	admin := dial(t, address, "")
	for _, keyspace := range []string{"public", "secret"} {
		admin.execute("CREATE KEYSPACE IF NOT EXISTS " + keyspace +
			" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
		for _, table := range []string{"t", `"T"`} {
			admin.execute("CREATE TABLE IF NOT EXISTS " + keyspace + "." + table + " (k int PRIMARY KEY, v text)")
		}
	}
	rounds, seed := roundsOr(5000), uint64(time.Now().UnixNano())
	t.Logf("%d rounds, seed %d", rounds, seed)
	r := rand.New(rand.NewPCG(seed, 0))
	filter, open := dial(t, address, "keyspace=public"), dial(t, address, "")
	direct := dial(t, address, "")
	direct.direct = true
	counts := map[string]int{}
	for range rounds {
		text := confuse(r)
		tables, accepted, answer := filter.prepare(text)
		if !accepted {
			// What an open policy refuses is refused for its form; see whether the server would have taken it.
			_, passed, why := open.prepare(text)
			switch {
			case passed:
				counts["denied by policy"]++
			case strings.Contains(why, "Request Unauthorized"):
				counts["refused for its form"]++
				if _, passed, _ := direct.prepare(text); passed {
					counts["refused for its form, though the server takes it"]++
					if counts["refused for its form, though the server takes it"] <= 20 {
						t.Logf("refused: %q: %q", text, why)
					}
				}
			case strings.Contains(answer, "Request Unauthorized"):
				counts["denied by policy, and wrong"]++
			default:
				counts["refused by the server"]++
			}
			continue
		}
		counts["passed"]++
		for _, table := range tables {
			if keyspace, _, _ := strings.Cut(table, "."); keyspace != "public" && keyspace != "[batch]" {
				t.Errorf("%q touches %s: %q", text, table, filter.log.Lines[len(filter.log.Lines)-3:])
			}
		}
	}
	t.Log(fmt.Sprint(counts))
}
