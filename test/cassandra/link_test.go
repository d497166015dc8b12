//go:build e2e

package cassandra

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/parsertest"
)

// Opcodes and a flag (native_protocol_v4.spec, sections 2.2 and 2.4).
const (
	opError        = 0
	opStartup      = 1
	opReady        = 2
	opAuthenticate = 3
	opQuery        = 7
	opResult       = 8
	opPrepare      = 9
	opAuthResponse = 15
	opAuthSuccess  = 16

	flagWarning = 8
)

// account is what a client logs in with where the server asks for a login.
type account struct{ user, password string }

// link is a connection to the server that speaks version 4, with one request at a time.
type link struct {
	t   *testing.T
	tcp net.Conn
	// engine is the filter between; nil for none.
	engine *datapath.Engine
	log    *parsertest.Log
	account
}

// dial connects to a server, or to a proxy before one.
func dial(t *testing.T, to string) *link {
	t.Helper()
	return dialAs(t, to, account{})
}

// dialAs does so with a login.
func dialAs(t *testing.T, to string, as account) *link {
	t.Helper()
	return connect(t, to, &link{t: t, account: as})
}

// dialThrough connects to the server through a filter with these rules.
func dialThrough(t *testing.T, rules string) *link {
	t.Helper()
	log := new(parsertest.Log)
	return connect(t, address, &link{t: t, log: log, engine: newFilter(t, rules, log)})
}

// admitted reports whether a proxy lets clients begin.
func admitted(t *testing.T, to string) bool {
	t.Helper()
	_, answer := (&link{t: t}).begin(to)
	return !unauthorized(answer)
}

// begin connects, and returns what the first request is answered.
func (l *link) begin(to string) (op byte, answer string) {
	l.t.Helper()
	var err error
	if l.tcp, err = net.DialTimeout("tcp", to, patience); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { l.tcp.Close() })
	return l.ask(opStartup, "\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0")
}

func connect(t *testing.T, to string, l *link) *link {
	t.Helper()
	op, answer := l.begin(to)
	if op == opAuthenticate {
		op, answer = l.ask(opAuthResponse, longString("\x00"+l.user+"\x00"+l.password))
	}
	if op != opReady && op != opAuthSuccess {
		t.Fatalf("the server is not ready: %q", answer)
	}
	return l
}

// ask sends a request and returns the answer, the server's or the filter's.
func (l *link) ask(opcode byte, content string) (byte, string) {
	l.t.Helper()
	request := append([]byte{4, 0, 0, 0, opcode}, binary.BigEndian.AppendUint32(nil, uint32(len(content)))...)
	request = append(request, content...)
	if denial := l.judge(false, request); denial != nil {
		return denial[4], string(denial[9:])
	}
	if _, err := l.tcp.Write(request); err != nil {
		l.t.Fatal(err)
	}
	reply := l.reply(content)
	l.judge(true, reply)
	return reply[4], body(reply)
}

// judge shows a message to the filter and returns what it answers itself. Everything else has to pass as it is.
func (l *link) judge(reply bool, message []byte) (answer []byte) {
	l.t.Helper()
	if l.engine == nil {
		return nil
	}
	plan := &datapath.Plan{}
	l.engine.Data(reply, false, [][]byte{message}, plan)
	if plan.Close || !plan.Leave && len(plan.Reverse) == 0 {
		l.t.Fatalf("%q neither passed nor was answered: %s", message, plan.Reason)
	}
	return plan.Reverse
}

// reply reads the answer to a request.
func (l *link) reply(request string) []byte {
	l.t.Helper()
	if err := l.tcp.SetReadDeadline(time.Now().Add(3 * patience)); err != nil {
		l.t.Fatal(err)
	}
	header := make([]byte, 9)
	if _, err := io.ReadFull(l.tcp, header); err != nil {
		l.t.Fatalf("%q: %v", request, err)
	}
	reply := append(header, make([]byte, binary.BigEndian.Uint32(header[5:]))...)
	if _, err := io.ReadFull(l.tcp, reply[9:]); err != nil {
		l.t.Fatalf("%q: %v", request, err)
	}
	return reply
}

// longString is a text as QUERY and PREPARE have it.
func longString(text string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) + text
}

// query sends a statement at consistency ONE, without values.
func (l *link) query(text string) (opcode byte, answer string) {
	l.t.Helper()
	return l.ask(opQuery, longString(text)+"\x00\x01\x00")
}

// execute runs a statement that has to succeed, and returns the result.
func (l *link) execute(text string) string {
	l.t.Helper()
	op, answer := l.query(text)
	if op != opResult {
		l.t.Fatalf("%s: %q", text, answer)
	}
	return answer
}

// prepare returns the tables that the server reports for a statement, if it is accepted.
func (l *link) prepare(text string) (tables []string, accepted bool, answer string) {
	l.t.Helper()
	op, answer := l.ask(opPrepare, longString(text))
	if op != opResult {
		return nil, false, answer
	}
	return preparedTables(answer), true, answer
}

// unauthorized reports whether a reply other than a result is the filter's denial.
func unauthorized(answer string) bool { return strings.Contains(answer, "Request Unauthorized") }
