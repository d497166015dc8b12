package parsertest

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// asker asks somebody about each line, and refuses lines in their turn.
type asker struct {
	conn    *proxylib.Connection
	replies proxylib.ReplyQueue[struct{}]
	ask     func(line string, ticket proxylib.Ticket)
	entry   proxylib.L7Entry
	scratch []byte
}

var (
	refusal = []byte("refused\n")
	lineKey = proxylib.NewLogKey("line")
)

func (p *asker) Owes() bool { return !p.replies.Empty() }

func (p *asker) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if reply {
		if op, n := p.replies.BeginReply(p.conn, view); op != proxylib.NOP {
			return op, n
		}
	}
	end := view.IndexByte('\n', 0) + 1
	switch {
	case view.Len() == 0:
		return proxylib.NOP, 0
	case end == 0 && view.Len() > 1000:
		return p.conn.Fail("line too long", proxylib.ERROR_INVALID_FRAME_LENGTH)
	case end == 0:
		return proxylib.MORE, 1
	case reply:
		p.replies.Done()
		return proxylib.PASS, end
	case p.replies.Full():
		return p.replies.Wait(p.conn)
	}
	text := view.Bytes(0, end, &p.scratch)
	verdict := p.conn.Decide(line(text))
	if asked, resumed := p.conn.Resumed(); resumed {
		verdict = verdict.And(asked)
	} else if verdict.Allowed {
		ticket, op, n := p.conn.Pause()
		p.ask(string(text), ticket)
		return op, n
	}
	p.entry.Begin("asker")
	p.entry.AddBytes(lineKey, text[:len(text)-1])
	return p.replies.Enforce(p.conn, verdict, end, &p.entry, struct{}{}, refusal)
}

func askers(ask func(line string, ticket proxylib.Ticket)) *proxylib.Protocol {
	return &proxylib.Protocol{
		Name: "asker", Pauses: true,
		New:       func(c *proxylib.Connection) proxylib.Parser { return &asker{conn: c, ask: ask} },
		RuleKeys:  []proxylib.RuleKey{{Name: "prefix", Match: proxylib.Prefix}},
		LogFields: []proxylib.LogFieldDoc{{Name: "line"}},
	}
}

// nobody leaves verdicts to the steps.
func nobody(string, proxylib.Ticket) {}

// soon answers from another goroutine. It denies what has an x.
func soon(line string, ticket proxylib.Ticket) {
	go ticket.Resume(proxylib.Verdict{Allowed: !strings.Contains(line, "x"), Reason: "it has an x"})
}

var (
	yes = Resume(proxylib.Verdict{Allowed: true})
	no  = Resume(proxylib.Verdict{Reason: "not now"})
)

// pausedCases are of each way in which a pause ends.
func pausedCases() []Case {
	return []Case{
		{
			Name: "verdicts by steps, in order", Protocol: askers(nobody), Policy: "prefix=a",
			Steps:    []Step{Client("a1\na2\nb\na3\n"), yes, no, Server("ok\n"), yes, Server("ok\n")},
			ToServer: "a1\na3\n", ToClient: "ok\nrefused\nrefused\nok\n",
			Log: []string{"Request asker line=a1", `Denied asker line=a2 reason="not now"`, "Denied asker line=b", "Request asker line=a3"},
		},
		{
			Name: "time is up", Protocol: askers(nobody), Policy: "prefix=a",
			Steps:    []Step{Client("a1\na2\n"), Late(), yes, ClientEnd(), Server("ok\n")},
			ToServer: "a2\n", ToClient: "refused\nok\n",
			Log: []string{`Denied asker line=a1 reason="no verdict in time"`, "Request asker line=a2"},
		},
		{
			Name: "time is up in audit mode", Protocol: askers(nobody), Policy: "prefix=a", Audit: true,
			Steps:    []Step{Client("a1\na2\n"), Late(), no, Server("ok\n")},
			ToServer: "a2\n", ToClient: "refused\nok\n",
			Log: []string{`Denied asker line=a1 reason="no verdict in time"`, `Request asker line=a2 audit=denied reason="not now"`},
		},
		{
			Name: "the connection is gone while a request waits", Protocol: askers(nobody), Policy: "prefix=a",
			Steps: []Step{Client("b\na1\na2\n"), ClientEnd()}, Resumes: true,
			ToClient: "refused\n", Log: []string{"Denied asker line=b"},
		},
		{
			Name: "the server ends while a request waits", Protocol: askers(nobody), Policy: "prefix=a",
			Steps: []Step{Client("a1\n"), yes, Client("a2\n"), Server("ok\n"), ServerEnd(), yes},
			// What comes after is not judged.
			ToServer: "a1\n", ToClient: "ok\n", Log: []string{"Request asker line=a1"}, Closed: "while a request waits",
		},
		{
			Name: "verdicts from goroutines", Protocol: askers(soon), Policy: "prefix=a",
			Steps:    []Step{Client("a1\nax\na3\n"), Server("ok\nok\n")},
			ToServer: "a1\na3\n", ToClient: "ok\nrefused\nok\n",
			Log: []string{"Request asker line=a1", `Denied asker line=ax reason="it has an x"`, "Request asker line=a3"},
		},
	}
}

func TestARequestThatPausesHasOneOutcomeInEverySegmentation(t *testing.T) { Run(t, pausedCases()...) }

func TestAParserWhoseRequestsPauseConforms(t *testing.T) {
	for _, cases := range [][]Case{pausedCases()[:5], pausedCases()[5:]} {
		scripts, err := newScripts(cases)
		if err != nil {
			t.Fatal(err)
		}
		k := &conformance{scripts: scripts, protocol: scripts[0].protocol}
		for name, check := range map[string]func() error{
			"policy": k.nothingPassesWithoutPolicy, "damage": k.damagedTranscripts, "held": k.heldBytesAreBounded,
			"entries": k.verdictsHaveEntries, "exchanges": k.exchangesHaveEntries, "observe": k.observingChangesNothing,
		} {
			if err := check(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestAConnectionIsResumedByATest(t *testing.T) {
	conn := Connect(t, Case{Protocol: askers(nobody), Policy: "prefix=a", Resumes: true})
	conn.Do(Client("a1\na2\n"))
	if got := conn.ToServer(); got != "" {
		t.Errorf("%q passes before its verdict", got)
	}
	conn.Do(yes)
	if got := conn.ToServer(); got != "a1\n" || len(conn.Log()) != 1 {
		t.Errorf("%q passes, log %q", got, conn.Log())
	}
	conn.Do(no, no, Server("ok\n"))
	if got := conn.ToServer() + conn.ToClient(); got != "ok\nrefused\n" {
		t.Errorf("then %q", got)
	}
}

func TestVerdictsFromGoroutinesReachAConnectionBetweenPeers(t *testing.T) {
	conn := Dial(t, Case{Protocol: askers(soon), Policy: "prefix=a"}, func(server net.Conn) {
		for {
			var text [3]byte
			if _, err := server.Read(text[:]); err != nil {
				return
			}
			fmt.Fprintf(server, "ok\n")
		}
	})
	fmt.Fprintf(conn, "a1\n")
	var got [3]byte
	if _, err := conn.Read(got[:]); err != nil || string(got[:]) != "ok\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func init() {
	p := askers(nobody)
	p.Name = "test.asker"
	proxylib.Register(*p)
}

// goldenPause is a transcript in a file, with what comes of it.
const goldenPause = `parser: test.asker
> a\n
  b\n

? allowed
! client PASS 2
= Request asker line=a
>> a\n

? denied not now
! client DROP 2
= Denied asker line=b reason="not now"

< ok\n
! server PASS 3
! server INJECT 8
<< ok\n
<< refused\n
`

func TestTranscriptsInFilesResume(t *testing.T) {
	path := writeFile(t, goldenPause)
	cases, err := readFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	Run(t, cases...)
	if text, err := os.ReadFile(path); err != nil || string(text) != goldenPause {
		t.Errorf("%v, written:\n%s", err, text)
	}
	for text, want := range map[string]string{
		"? late": "", "? maybe": "write allowed, denied and a reason, or late", "? late x": "write allowed",
	} {
		_, err := readFile(writeFile(t, "parser: test.asker\n> a\\n\n"+text+"\n"), false)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
