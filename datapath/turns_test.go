package datapath_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/internal/overload"
	"github.com/proxylib/proxylib/proxylib"
)

// prompting denies lines of the client's that begin with '!', by a line of its own, and passes all others. It makes the server
// speak by "ping", whose reply it drops.
type prompting struct {
	conn *proxylib.Connection
	// owed is the number of replies that the server owes, pings of them to requests of ours. mute: it knows no such request.
	owed, pings int
	mute        bool
	denial      string
}

func (p *prompting) Owes() bool { return p.owed > 0 }

func (p *prompting) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	text := string(bytes.Join(data, nil))
	end := strings.IndexByte(text, '\n') + 1
	switch {
	case text == "":
		return proxylib.NOP, 0
	case end == 0:
		return proxylib.MORE, 1
	case reply && p.pings > 0:
		p.pings--
		p.owed--
		return proxylib.DROP, end
	case reply:
		p.owed--
		return proxylib.PASS, end
	case text[0] == '?':
		return p.conn.Fail("malformed", proxylib.ERROR_INVALID_FRAME_TYPE)
	case text[0] == '!':
		p.conn.Inject(true, []byte(p.denial))
		return proxylib.DROP, end
	case text[0] == '>':
		p.owed++
		return proxylib.PASS, end + 4
	}
	p.owed++
	return proxylib.PASS, end
}

func (p *prompting) Prompt() (proxylib.OpType, int) {
	switch {
	case p.mute:
		return proxylib.ERROR, 1
	case p.owed > 0:
		return proxylib.NOP, 0
	}
	p.owed++
	p.pings++
	return proxylib.INJECT, p.conn.Inject(false, []byte("ping\n"))
}

func newPrompting(mute bool, denial string, limits datapath.Limits) *datapath.Engine {
	protocol := &proxylib.Protocol{Name: "test.prompting", New: func(c *proxylib.Connection) proxylib.Parser {
		return &prompting{conn: c, mute: mute, denial: denial}
	}}
	return datapath.NewInTurns(connect(protocol), limits)
}

func TestInTurnsADenialTakesThePlaceOfTheReplyToAHarmlessRequest(t *testing.T) {
	type step struct {
		reply  bool
		data   string
		out    string
		closed string
	}
	for name, steps := range map[string][]step{
		"when nothing is owed":            {{data: "!a\n", out: "ping\n"}, {reply: true, data: "pong\n", out: "denied\n"}, {data: "b\n", out: "b\n"}},
		"before a reply that is owed":     {{data: "!a\nb\n", out: "b\n"}, {reply: true, data: "B\n", out: "denied\nB\n"}},
		"after a request that passes":     {{data: "a\n!b\n", out: "a\n"}, {reply: true, data: "A\n", out: "denied\nA\n"}},
		"with the beginning of another":   {{data: "!a\nb", out: "ping\n"}, {reply: true, data: "pong\n", out: "denied\n"}, {data: "\n", out: "b\n"}},
		"not inside of a request":         {{data: "!a\n>\nxx", out: ">\nxx"}, {data: "xx", out: "xx"}, {reply: true, data: "R\n", out: "denied\nR\n"}},
		"and the connection closes then":  {{data: "!a\n?\n", out: "ping\n"}, {data: "b\n"}, {reply: true, data: "pong\n", out: "denied\n", closed: "malformed"}},
		"or closes at once without one":   {{data: "a\n?\n", out: "a\n"}, {reply: true, data: "A\n", out: "A\n", closed: "malformed"}},
		"of which the reply comes cut up": {{data: "!a\n", out: "ping\n"}, {reply: true, data: "po", out: "denied\n"}, {reply: true, data: "ng\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newPrompting(false, "denied\n", datapath.Limits{HeldBytes: 64})
			defer e.Close()
			var plan datapath.Plan
			for i, s := range steps {
				e.Data(s.reply, false, [][]byte{[]byte(s.data)}, &plan)
				out := string(plan.Out)
				if plan.Leave {
					out = s.data
				}
				if out != s.out || len(plan.Reverse) > 0 || plan.Wait || plan.Close != (s.closed != "") || !strings.Contains(plan.Reason, s.closed) {
					t.Fatalf("step %d: out %q, closed %q; want %+v", i, out, plan.Reason, s)
				}
			}
		})
	}
}

func TestInTurnsAConnectionClosesWhoseServerCannotBeMadeToSpeak(t *testing.T) {
	e := newPrompting(true, "denied\n", datapath.Limits{HeldBytes: 64})
	defer e.Close()
	var plan datapath.Plan
	e.Data(false, false, chunks("!a\n"), &plan)
	if !plan.Close || !strings.HasSuffix(plan.Reason, datapath.NoPrompt) || plan.Leave || len(plan.Out) > 0 {
		t.Errorf("%+v", plan)
	}
}

func TestInTurnsWhatWaitsIsBoundedAndCounted(t *testing.T) {
	total := overload.NewLimit(1<<30, nil)
	e := newPrompting(false, strings.Repeat("d", proxylib.InjectBufSize), datapath.Limits{HeldBytes: 1 << 20, Total: total})
	var plan datapath.Plan
	for sent := 0; !plan.Close; sent++ {
		if sent > 2*datapath.MaxWaitingBytes/proxylib.InjectBufSize {
			t.Fatal("never closed")
		}
		e.Data(false, false, chunks("!a\n"), &plan)
		if waiting := int64(len(e.Waiting(true))); total.Used() != waiting || waiting > datapath.MaxWaitingBytes {
			t.Fatalf("%d bytes are counted, and %d wait", total.Used(), waiting)
		}
		if len(e.Waiting(true)) == datapath.MaxWaitingBytes {
			// The next one is too much: it ends the connection after what waits.
			e.Data(false, false, chunks("!a\n"), &plan)
			e.Data(true, false, chunks("pong\n"), &plan)
			if !plan.Close || len(plan.Out) != datapath.MaxWaitingBytes || !strings.Contains(plan.Reason, "too many bytes wait") {
				t.Fatalf("closed %v because of %q, %d bytes go out", plan.Close, plan.Reason, len(plan.Out))
			}
		}
	}
	e.Close()
	if total.Used() != 0 {
		t.Errorf("%d bytes are still counted", total.Used())
	}
}

func TestInTurnsThePassedLineAllocatesNothing(t *testing.T) {
	e := newPrompting(false, "denied\n", datapath.Limits{})
	defer e.Close()
	var plan datapath.Plan
	request, reply := chunks("a\n"), chunks("A\n")
	e.Data(false, false, request, &plan)
	e.Data(true, false, reply, &plan)
	// The parser of the test itself joins its input, twice in an exchange.
	if n := testing.AllocsPerRun(100, func() {
		e.Data(false, false, request, &plan)
		e.Data(true, false, reply, &plan)
	}); n > 2 {
		t.Errorf("%v allocations", n)
	}
}
