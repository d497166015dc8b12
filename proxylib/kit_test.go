package proxylib_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/proxylib"
)

// kit is a parser that does with the lines of either side what their first letter says, and so all that an outbox and a
// queue of replies can do. The server greets, and owes a line for each line it gets.
type kit struct {
	conn     *proxylib.Connection
	replies  proxylib.ReplyQueue[string]
	toServer proxylib.Outbox
	sides    [2]kitSide
	probed   bool
}

type kitSide struct {
	// passing: the rest of a line passes, of which the beginning was replaced.
	passing bool
}

// denial is what a denied line is answered with.
func denial(line string, dst []byte) []byte { return append(append(dst, "denied "...), line...) }

// long makes a line that is longer than what an inject buffer takes.
func long(line string) string { return strings.Repeat(line[:len(line)-1], 1+2000/len(line)) + "\n" }

var (
	longHead   = []byte(strings.Repeat("head", 600))
	longDenial = []byte(long("no\n"))
)

type kitFactory struct{}

func (kitFactory) Create(c *proxylib.Connection) proxylib.Parser {
	p := &kit{conn: c}
	p.replies.Expect("greeting")
	return p
}

func (p *kit) Owes() bool { return !p.replies.Empty() }

func (p *kit) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	side, op, n := &p.sides[0], proxylib.NOP, 0
	if reply {
		side = &p.sides[1]
		op, n = p.replies.Next(p.conn)
	} else {
		op, n = p.toServer.Next(p.conn)
	}
	switch {
	case op != proxylib.NOP:
		return op, n
	case len(data) == 0:
		// MORE without bytes must not keep a host from asking again for denials that wait.
		return proxylib.MORE, 1
	}
	view := proxylib.NewView(data)
	if !side.passing && view.At(0) == 'h' {
		return p.onHead(reply, side)
	}
	n = view.IndexByte('\n', 0) + 1
	switch {
	case n == 0 && side.passing:
		return proxylib.PASS, view.Len()
	case n == 0:
		return proxylib.MORE, 1
	case side.passing:
		return p.onTail(reply, side, n)
	case reply:
		return p.onReply(string(view.Append(nil, 0, n)))
	}
	return p.onRequest(string(view.Append(nil, 0, n)))
}

// onHead replaces the first byte of a line, and passes the others as they come.
func (p *kit) onHead(reply bool, side *kitSide) (proxylib.OpType, int) {
	switch {
	case reply && (p.replies.Head() == nil || p.replies.Probed()):
		return p.conn.Fail("unasked", proxylib.ERROR_INVALID_FRAME_TYPE)
	case reply:
		side.passing = true
		return p.replies.ReplaceAndPass(p.conn, 1, longHead, 0)
	case !p.replies.Forwarded("h"):
		return p.replies.Wait(p.conn)
	}
	side.passing = true
	return p.toServer.ReplaceAndPass(p.conn, 1, longHead, 0)
}

func (p *kit) onTail(reply bool, side *kitSide, n int) (proxylib.OpType, int) {
	side.passing = false
	if reply {
		return p.replies.Take(n)
	}
	return proxylib.PASS, n
}

// lastWords are longer than an inject buffer.
var lastWords = []byte(long("go away\n"))

func (p *kit) refuse(line string) (proxylib.OpType, int) {
	return p.conn.Refuse(proxylib.Verdict{Reason: "not welcome"}, proxylib.NewL7Entry("kit").Add("line", line[:len(line)-1]), lastWords)
}

func (p *kit) onRequest(line string) (proxylib.OpType, int) {
	switch {
	case line[0] == 'x':
		return p.refuse(line)
	case line[0] == 'd' && !p.replies.DenyWith(p.conn, line, len(line), denial), line[0] == 'D' && !p.replies.Deny(p.conn, longDenial):
		return p.replies.Wait(p.conn)
	case line[0] == 'd', line[0] == 'D':
		return proxylib.DROP, len(line)
	case line[0] == 'p' && !p.probed:
		p.probed = true
		return p.replies.Probe(p.conn, "probe", []byte("probe\n"))
	case !p.replies.Forwarded(line):
		return p.replies.Wait(p.conn)
	}
	p.probed = false
	if line[0] == 'r' {
		// The two last bytes stay.
		return p.toServer.ReplaceAndPass(p.conn, len(line)-1, []byte(long(line)), 1)
	}
	return proxylib.PASS, len(line)
}

func (p *kit) onReply(line string) (proxylib.OpType, int) {
	switch {
	case line[0] == 'x':
		return p.refuse(line)
	case line[0] == '*':
		return proxylib.PASS, len(line)
	case p.replies.Head() == nil:
		return p.conn.Fail("unasked", proxylib.ERROR_INVALID_FRAME_TYPE)
	case line[0] == 'r' && !p.replies.Probed():
		p.replies.Done()
		return p.replies.Replace(p.conn, len(line), []byte(long(line)))
	}
	return p.replies.Take(len(line))
}

func init() { proxylib.RegisterParserFactory("test.kit", kitFactory{}) }

func TestOutboxAndReplyQueueInEveryHost(t *testing.T) {
	client, server := parsertest.Client[string], parsertest.Server[string]
	parsertest.Run(t, parsertest.Case{
		Name: "a server speaks first", Parser: "test.kit",
		Steps:    []parsertest.Step{client("a\ndb\n"), server("welcome\n1\n")},
		ToServer: "a\n", ToClient: "welcome\n1\ndenied db\n",
	}, parsertest.Case{
		Name: "notifications pass between replies", Parser: "test.kit",
		Steps:    []parsertest.Step{server("*1\nwelcome\n*2\n"), client("a\ndb\n"), server("*3\n1\n*4\n")},
		ToServer: "a\n", ToClient: "*1\nwelcome\n*2\n*3\n1\ndenied db\n*4\n",
	}, parsertest.Case{
		Name: "a reply without a request closes the connection", Parser: "test.kit",
		Steps:    []parsertest.Step{server("welcome\n1\n")},
		ToClient: "welcome\n", Closed: "unasked",
	}, parsertest.Case{
		Name: "denials are longer than an inject buffer", Parser: "test.kit",
		Steps:    []parsertest.Step{server("welcome\n"), client("D\nD\na\nD\n"), server("1\n")},
		ToServer: "a\n", ToClient: "welcome\n" + string(longDenial) + string(longDenial) + "1\n" + string(longDenial),
	}, parsertest.Case{
		Name: "denials are sent though the parser has asked for more of the server's bytes", Parser: "test.kit",
		Steps:    []parsertest.Step{server("welcome\n"), client("D\nD\n")},
		ToClient: "welcome\n" + string(longDenial) + string(longDenial),
	}, parsertest.Case{
		Name: "a request is replaced by a longer one", Parser: "test.kit",
		Steps:    []parsertest.Step{server("welcome\n"), client("a\nreplaced\nb\n"), server("1\n2\n3\n")},
		ToServer: "a\n" + long("replaced\n") + "\nb\n", ToClient: "welcome\n1\n2\n3\n",
	}, parsertest.Case{
		Name: "a reply is replaced by a longer one, with denials after it", Parser: "test.kit",
		Steps:    []parsertest.Step{server("welcome\n"), client("a\ndb\nb\n"), server("replaced\n2\n")},
		ToServer: "a\nb\n", ToClient: "welcome\n" + long("replaced\n") + "denied db\n2\n",
	}, parsertest.Case{
		Name: "beginnings of messages are replaced, and the rest passes", Parser: "test.kit",
		Steps: []parsertest.Step{server("welcome\n"), client("h1234\n"), client("db\n"), server("r\n"), client("c\nh\n"),
			server("1\nh1234\n")},
		ToServer: string(longHead) + "1234\nc\n" + string(longHead) + "\n",
		ToClient: string("welcome\n"+long("r\n")+"denied db\n1\n") + string(longHead) + "1234\n",
	}, parsertest.Case{
		Name: "the reply to a probe is taken out", Parser: "test.kit",
		Steps:    []parsertest.Step{server("welcome\n"), client("a\np\nb\ndc\n"), server("1\nprobed\n2\n3\n")},
		ToServer: "a\nprobe\np\nb\n", ToClient: "welcome\n1\n2\n3\ndenied dc\n",
	}, parsertest.Case{
		Name: "a connection is refused at the first bytes", Parser: "test.kit",
		Steps:    []parsertest.Step{server("x\n")},
		ToClient: string(lastWords), Log: []string{`Denied kit line=x reason="not welcome"`}, Closed: "refused: not welcome",
	}, parsertest.Case{
		Name: "a connection is refused in the middle, after replies that are owed", Parser: "test.kit",
		Steps:    []parsertest.Step{client("a\ndb\nx\nmore\n"), server("welcome\n1\nmore\n"), client("more\n"), server("more\n")},
		ToServer: "a\n", ToClient: "welcome\n1\ndenied db\n" + string(lastWords),
		Log: []string{`Denied kit line=x reason="not welcome"`}, Closed: "refused: not welcome",
	}, parsertest.Case{
		Name: "a connection is refused when nothing is owed", Parser: "test.kit",
		Steps:    []parsertest.Step{server("welcome\n"), client("x\nmore")},
		ToClient: "welcome\n" + string(lastWords),
		Log:      []string{`Denied kit line=x reason="not welcome"`}, Closed: "refused: not welcome",
	}, parsertest.Case{
		Name: "a connection is refused for what the server says", Parser: "test.kit",
		Steps:    []parsertest.Step{server("welcome\n"), client("a\nb\n"), server("1\nx\nmore"), client("more\n")},
		ToServer: "a\nb\n", ToClient: "welcome\n1\n" + string(lastWords),
		Log: []string{`Denied kit line=x reason="not welcome"`}, Closed: "refused: not welcome",
	})
}

// FuzzKit looks for a segmentation, or a host, in which something else comes out.
func FuzzKit(f *testing.F) {
	client, server := parsertest.Client[string], parsertest.Server[string]
	parsertest.Fuzz(f, "test.kit", "", []parsertest.Step{
		server("welcome\n"), client("a\ndb\nD\nreplace\nh1234\np\nb\n"), server("1\n*\nreplace\nh123\nprobe\n2\n"),
		client("D\nD\nh1\np\n"), server("h123\n"),
	})
}
