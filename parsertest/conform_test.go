package parsertest

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// lines is a protocol of lines whose parser is made of a function for the client's lines; all of the server's pass.
func lines(onLine func(c *proxylib.Connection, line []byte) (proxylib.OpType, int)) *proxylib.Protocol {
	return &proxylib.Protocol{
		Name: "lines", New: func(c *proxylib.Connection) proxylib.Parser { return &lineParser{c, onLine} },
		RuleKeys:  []proxylib.RuleKey{{Name: "prefix", Match: proxylib.Prefix, Doc: "it begins with this"}},
		LogFields: []proxylib.LogFieldDoc{{Name: "line", Doc: "the line"}},
	}
}

type lineParser struct {
	connection *proxylib.Connection
	onLine     func(c *proxylib.Connection, line []byte) (proxylib.OpType, int)
}

func (p *lineParser) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	n := view.IndexByte('\n', 0) + 1
	switch {
	case view.Len() == 0:
		return proxylib.NOP, 0
	case reply:
		return proxylib.PASS, view.Len()
	case n == 0 && view.Len() >= 100:
		return p.connection.Fail("line too long", proxylib.ERROR_INVALID_FRAME_LENGTH)
	case n == 0:
		return proxylib.MORE, 1
	}
	return p.onLine(p.connection, view.Append(nil, 0, n))
}

// line is a request as rules see it.
type line []byte

func (l line) Value(int, int) (proxylib.Value, int) { return proxylib.Text(l), 0 }

// judge decides about a line and logs it, as a parser should.
func judge(c *proxylib.Connection, text []byte) (proxylib.OpType, int) {
	verdict := c.Decide(line(text))
	c.LogRequest(verdict, proxylib.NewL7Entry("lines").Add("line", string(text)))
	if verdict.Allowed {
		return proxylib.PASS, len(text)
	}
	return proxylib.DROP, len(text)
}

func lineCase(onLine func(c *proxylib.Connection, line []byte) (proxylib.OpType, int)) Case {
	return Case{
		Name: "one line", Protocol: lines(onLine), Policy: "prefix=a", Steps: []Step{Client("abc\n"), Server("ok\n")},
		ToServer: "abc\n", ToClient: "ok\n", Log: []string{`Request lines line=abc\x0a`},
	}
}

func TestAProtocolNeedNotBeRegistered(t *testing.T) { Run(t, lineCase(judge)) }

func TestEachCheckFindsAParserThatDoesNotPassIt(t *testing.T) {
	none := lineCase(judge)
	none.Policy, none.Log = "", nil
	for _, c := range []struct {
		name  string
		check func(*conformance) error
		Case
		want string
	}{
		{"one that passes what no policy allows", (*conformance).nothingPassesWithoutPolicy,
			lineCase(func(c *proxylib.Connection, text []byte) (proxylib.OpType, int) {
				c.Decide(line(text))
				return proxylib.PASS, len(text)
			}), "4 bytes of the client pass in stream engine, unsplit, although no policy allows anything"},
		{"one that panics at some bytes", (*conformance).damagedTranscripts,
			lineCase(func(c *proxylib.Connection, text []byte) (proxylib.OpType, int) {
				_ = text[3]
				return judge(c, text)
			}), "conform_test.go"},
		{"one that asks for more than the host holds", (*conformance).heldBytesAreBounded,
			Case{Parser: "test.bad.hoarder", Steps: []Step{Client("abc")}}, "and the host holds"},
		{"one that does not log", (*conformance).verdictsHaveEntries,
			lineCase(func(c *proxylib.Connection, text []byte) (proxylib.OpType, int) {
				if c.Decide(line(text)).Allowed {
					return proxylib.PASS, len(text)
				}
				return proxylib.DROP, len(text)
			}), "PASS came without an entry"},
		{"one that allocates", (*conformance).passingAllocatesNothing, lineCase(judge), "in one piece, a request that passes"},
		{"one of which no request passes", (*conformance).passingAllocatesNothing,
			Case{Protocol: lines(judge), Policy: "prefix=x", Steps: []Step{Client("abc\n")}}, "nothing can be measured"},
		{"a rule key that no transcript has", (*conformance).declarationIsSeen, none,
			"no policy of a transcript has the rule key prefix"},
		{"a log field that no transcript has", (*conformance).declarationIsSeen,
			Case{Protocol: lines(judge), Policy: "prefix=x", Steps: []Step{Client("abc")}},
			"no access-log entry of a transcript has the field line"},
		{"no README", (*conformance).documented, lineCase(judge), "README.md"},
	} {
		scripts, err := newScripts([]Case{c.Case})
		if err != nil {
			t.Fatal(err)
		}
		if raceEnabled && c.name == "one that allocates" {
			continue
		}
		err = c.check(&conformance{scripts: scripts, protocol: scripts[0].protocol})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestAGoodParserPassesTheChecks(t *testing.T) {
	scripts, err := newScripts([]Case{lineCase(judge)})
	if err != nil {
		t.Fatal(err)
	}
	k := &conformance{scripts: scripts, protocol: scripts[0].protocol}
	for name, check := range map[string]func() error{
		"policy": k.nothingPassesWithoutPolicy, "damage": k.damagedTranscripts, "held": k.heldBytesAreBounded,
		"entries": k.verdictsHaveEntries, "seen": k.declarationIsSeen,
	} {
		if err := check(); err != nil {
			t.Errorf("%s: a good parser: %v", name, err)
		}
	}
}

func TestAParserSeesTheConnectionThatTheCaseDescribes(t *testing.T) {
	declines := lines(judge)
	declines.New = func(c *proxylib.Connection) proxylib.Parser {
		if c.ServerName != "db.example.com" || c.Ingress || c.SrcId != 7 || c.DstId != 0 || c.ProxyID != 3 || c.SrcAddr != "10.0.0.1:1" {
			return nil
		}
		return &lineParser{c, judge}
	}
	accepted := lineCase(judge)
	accepted.Protocol = declines
	accepted.Conn = &Conn{ServerName: "db.example.com", Egress: true, SrcID: 7, ProxyID: 3, SrcAddr: "10.0.0.1:1"}
	refused := accepted
	refused.Name, refused.Conn, refused.Closed = "a declined one", nil, "policy drop"
	refused.ToServer, refused.ToClient, refused.Log = "", "", nil
	Run(t, accepted, refused)
}

func TestAPeerThatEndsEndsTheOther(t *testing.T) {
	conn := Dial(t, lineCase(judge), func(conn net.Conn) {
		text, err := bufio.NewReader(conn).ReadString('\n')
		if err == nil {
			io.WriteString(conn, "got "+text)
		}
	})
	text, err := io.ReadAll(conn)
	if string(text) != "ok\ngot abc\n" || err != nil {
		t.Errorf("got %q, error %v", text, err)
	}
}

func FuzzLinesByTheirTranscripts(f *testing.F) { FuzzTranscripts(f, lineCase(judge)) }

func TestAParsersErrorEndsBothPeers(t *testing.T) {
	ended := make(chan error, 1)
	c := lineCase(judge)
	c.Steps = nil
	conn := Dial(t, c, func(conn net.Conn) {
		_, err := conn.Read(make([]byte, 1))
		ended <- err
	})
	io.WriteString(conn, strings.Repeat("a", 200))
	if text, err := io.ReadAll(conn); len(text) > 0 || err != nil {
		t.Errorf("the client got %q, error %v", text, err)
	}
	if err := <-ended; err != io.EOF {
		t.Errorf("the server got %v", err)
	}
}
