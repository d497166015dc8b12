package datapath_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib"
)

// asking passes lines of the client's, and asks the server first where one begins with '?': it sends "ask", and waits until
// the server says "yes", which the client does not see, or "no", for which it answers the client "denied" instead.
type asking struct {
	conn          *proxylib.Connection
	asked, answer string
}

func (p *asking) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	text := string(bytes.Join(data, nil))
	end := strings.IndexByte(text, '\n') + 1
	switch {
	case text == "":
		return proxylib.NOP, 0
	case end == 0:
		return proxylib.MORE, 1
	case reply && p.asked != "" && p.answer == "":
		p.answer = text[:end]
		p.conn.Resume()
		return proxylib.DROP, end
	case reply || text[0] != '?':
		return proxylib.PASS, end
	case p.asked == "":
		p.asked = text[:end]
		return proxylib.INJECT, p.conn.Inject(false, []byte("ask\n"))
	case p.answer == "":
		return p.conn.Wait()
	}
	yes := p.answer == "yes\n"
	p.asked, p.answer = "", ""
	if !yes {
		p.conn.Inject(true, []byte("denied\n"))
		return proxylib.DROP, end
	}
	return proxylib.PASS, end
}

func newAsking() *datapath.Engine {
	protocol := &proxylib.Protocol{Name: "test.asking", New: func(c *proxylib.Connection) proxylib.Parser { return &asking{conn: c} }}
	return datapath.New(connect(protocol), datapath.Limits{HeldBytes: 64})
}

func TestARequestWaitsForAReply(t *testing.T) {
	type step struct {
		reply, end   bool
		data         string
		out, reverse string
		wait         bool
	}
	for name, steps := range map[string][]step{
		"and passes after it": {
			{data: "a\n?b\nc\n", out: "a\nask\n", wait: true},
			{data: "d\n", wait: true},
			{reply: true, data: "yes\n", reverse: "?b\nc\nd\n"},
			{data: "e\n", out: "e\n"},
		},
		"and is denied after it": {
			{data: "?b\nc\n", out: "ask\n", wait: true},
			{reply: true, data: "no\n", out: "denied\n", reverse: "c\n"},
		},
		"and others after it wait again": {
			{data: "?b\n?c\n?d\n", out: "ask\n", wait: true},
			{reply: true, data: "yes\n", reverse: "?b\nask\n", wait: true},
			{reply: true, data: "no\n", out: "denied\n", reverse: "ask\n", wait: true},
			{reply: true, data: "yes\n", reverse: "?d\n"},
		},
		"and the end of the stream with it": {
			{data: "?b\n", out: "ask\n", wait: true},
			{end: true, wait: true},
			{reply: true, data: "yes\n", reverse: "?b\n"},
		},
		"while more comes than may be held of a message": {
			{data: "?b\n" + strings.Repeat("x\n", 1000), out: "ask\n", wait: true},
			{reply: true, data: "yes\n", reverse: "?b\n" + strings.Repeat("x\n", 1000)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newAsking()
			defer e.Close()
			var plan datapath.Plan
			for i, s := range steps {
				e.Data(s.reply, s.end, [][]byte{[]byte(s.data)}, &plan)
				out := string(plan.Out)
				if plan.Leave {
					out = s.data
				}
				if out != s.out || string(plan.Reverse) != s.reverse || plan.Wait != s.wait || plan.Close {
					t.Fatalf("step %d: out %q, reverse %q, wait %v, closed %q; want %+v", i, out, plan.Reverse, plan.Wait,
						plan.Reason, s)
				}
			}
		})
	}
}

func TestWhatWaitsIsBounded(t *testing.T) {
	e := newAsking()
	defer e.Close()
	var plan datapath.Plan
	chunk := [][]byte{[]byte("?b\n" + strings.Repeat("x\n", 1<<19))}
	for range 4 {
		if e.Data(false, false, chunk, &plan); plan.Close {
			break
		}
	}
	if !plan.Close || plan.Wait || !strings.Contains(plan.Reason, "limit of 64 held bytes") {
		t.Errorf("closed %v for %q, waits %v; want it closed for what it holds", plan.Close, plan.Reason, plan.Wait)
	}
}

// denying denies each line by a long text of its own, and has the client wait while too much of that waits.
type denying struct {
	conn    *proxylib.Connection
	replies proxylib.ReplyQueue[byte]
}

const longDenial = 200_000

func (p *denying) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	switch {
	case reply:
		return p.replies.Next(p.conn)
	case len(data) == 0:
		return proxylib.NOP, 0
	case !p.replies.DenyWith(p.conn, data[0][0], longDenial, sayLong):
		return p.replies.Wait(p.conn)
	}
	return proxylib.DROP, 1
}

func sayLong(letter byte, dst []byte) []byte {
	return append(dst, bytes.Repeat([]byte{letter}, longDenial)...)
}

func TestRequestsThatWaitForDenialsToBeSentGoOn(t *testing.T) {
	protocol := &proxylib.Protocol{Name: "test.denying", New: func(c *proxylib.Connection) proxylib.Parser {
		return &denying{conn: c}
	}}
	e := datapath.New(connect(protocol), datapath.Limits{HeldBytes: 64})
	defer e.Close()
	requests, want := "abcdefghijklmno", ""
	for _, letter := range []byte(requests) {
		want += string(sayLong(letter, nil))
	}
	var plan datapath.Plan
	e.Data(false, false, [][]byte{[]byte(requests)}, &plan)
	if string(plan.Reverse) != want || plan.Wait || plan.Close {
		t.Errorf("%d bytes of denials, want %d; waits %v, closed for %q", len(plan.Reverse), len(want), plan.Wait, plan.Reason)
	}
}

func TestAServerThatEndsWhileARequestWaitsClosesTheConnection(t *testing.T) {
	e := newAsking()
	defer e.Close()
	var plan datapath.Plan
	e.Data(false, false, [][]byte{[]byte("?b\n")}, &plan)
	e.Data(true, true, nil, &plan)
	if !plan.Close || plan.Wait || !strings.Contains(plan.Reason, "end of the server's stream while a request waits") {
		t.Errorf("closed %v for %q, waits %v", plan.Close, plan.Reason, plan.Wait)
	}
}
