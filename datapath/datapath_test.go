package datapath_test

import (
	"bytes"
	"strings"
	"testing"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

func Test(t *testing.T) { check.TestingT(t) }

type EngineSuite struct{}

var _ = check.Suite(&EngineSuite{})

// judge is a parser as a function.
type judge func(c *proxylib.Connection, reply, endStream bool, data [][]byte) (proxylib.OpType, int)

type judged struct {
	judge
	c      *proxylib.Connection
	closed *int
}

func (p judged) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	return p.judge(p.c, reply, endStream, data)
}

func (p judged) Close() { *p.closed++ }

func newEngine(j judge, heldBytes int) *datapath.Engine {
	return newLimited(j, datapath.Limits{HeldBytes: heldBytes})
}

func newLimited(j judge, limits datapath.Limits) *datapath.Engine {
	return datapath.New(connect(protocolOf(j)), limits)
}

func protocolOf(j judge) *proxylib.Protocol {
	return &proxylib.Protocol{Name: "test.judge", New: func(c *proxylib.Connection) proxylib.Parser {
		return judged{j, c, new(int)}
	}}
}

// connect makes a connection of a protocol that is not registered.
func connect(protocol *proxylib.Protocol) *host.Connection {
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store)})
	conn, err := host.NewConnection(instance, protocol.Name, host.ConnectionInfo{DstAddr: "10.0.0.1:80", Protocol: protocol})
	if err != nil {
		panic(err)
	}
	return conn
}

type op = host.FilterOp

func more(n int64) op   { return op{Op: proxylib.MORE, N: n} }
func pass(n int64) op   { return op{Op: proxylib.PASS, N: n} }
func drop(n int64) op   { return op{Op: proxylib.DROP, N: n} }
func inject(n int64) op { return op{Op: proxylib.INJECT, N: n} }
func fails(n int64) op  { return op{Op: proxylib.ERROR, N: n} }

// answers is a parser that gives the answers one after the other, and NOP behind the last. Bytes for an INJECT are
// taken from the digits.
func answers(list ...op) judge {
	return func(c *proxylib.Connection, reply, _ bool, _ [][]byte) (proxylib.OpType, int) {
		if len(list) == 0 {
			return proxylib.NOP, 0
		}
		a := list[0]
		list = list[1:]
		if a.Op == proxylib.INJECT {
			c.Inject(reply, []byte(strings.Repeat("0123456789", 200)[:a.N]))
		}
		return a.Op, int(a.N)
	}
}

// lines is a parser that passes lines, drops those that begin with a minus, sends back those that begin with a caret,
// and gives up at an exclamation mark.
func lines(c *proxylib.Connection, reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	view := proxylib.NewView(data)
	if view.Len() == 0 {
		return proxylib.NOP, 0
	}
	n := view.IndexByte('\n', 0) + 1
	switch {
	case n == 0:
		return proxylib.MORE, 1
	case view.At(0) == '-':
		return proxylib.DROP, n
	case view.At(0) == '^':
		c.Inject(!reply, view.Append(nil, 1, n))
		return proxylib.DROP, n
	case view.At(0) == '!':
		return c.Fail("gave up", proxylib.ERROR_INVALID_FRAME_TYPE)
	}
	return proxylib.PASS, n
}

func chunks(parts ...string) [][]byte {
	var list [][]byte
	for _, p := range parts {
		list = append(list, []byte(p))
	}
	return list
}

// data hands bytes of the client to the engine and describes the plan.
func data(e *datapath.Engine, plan *datapath.Plan, parts ...string) (out string) {
	e.Data(false, false, chunks(parts...), plan)
	return sent(plan, parts...)
}

// sent is what goes on in the direction of the call.
func sent(plan *datapath.Plan, parts ...string) string {
	if plan.Leave {
		return strings.Join(parts, "") + string(plan.Out)
	}
	return string(plan.Out)
}

func (s *EngineSuite) TestOperationsBecomePlans(c *check.C) {
	for _, t := range []struct {
		name       string
		ops        []op
		out        string
		leave      bool
		pass, drop uint64
		closed     string
	}{
		{name: "all bytes pass", ops: []op{pass(6)}, out: "abcdef", leave: true},
		{name: "all bytes pass in parts", ops: []op{pass(1), pass(4), pass(1)}, out: "abcdef", leave: true},
		{name: "bytes to come pass", ops: []op{pass(1), pass(9)}, out: "abcdef", leave: true, pass: 4},
		{name: "bytes are dropped", ops: []op{drop(4), pass(2)}, out: "ef"},
		{name: "bytes to come are dropped", ops: []op{pass(4), drop(7)}, out: "abcd", drop: 5},
		{name: "bytes are injected", ops: []op{pass(4), inject(3), pass(2)}, out: "abcd012ef"},
		{name: "bytes are injected in the end", ops: []op{pass(6), inject(3)}, out: "abcdef012"},
		{name: "bytes are injected, a buffer again and again",
			ops: []op{inject(1024), inject(1024), inject(1), pass(6)},
			out: strings.Repeat(strings.Repeat("0123456789", 200)[:1024], 2) + "0abcdef"},
		{name: "bytes are held", ops: []op{pass(4), more(1)}, out: "abcd"},
		{name: "all bytes are held", ops: []op{more(1)}},
		{name: "all bytes wait for nothing", ops: nil},
		{name: "an error ends it, and what came before is sent", ops: []op{pass(4), fails(2)},
			out: "abcd", closed: "invalid frame type"},
		{name: "an error behind all bytes", ops: []op{pass(6), fails(2)}, out: "abcdef",
			closed: "invalid frame type"},
		{name: "an invalid length ends it", ops: []op{pass(0)}, closed: "invalid length"},
		{name: "a number of bytes that nobody may hold", ops: []op{pass(4), more(1 << 62)}, out: "abcd",
			closed: "held"},
	} {
		e := newEngine(answers(t.ops...), 0)
		plan := &datapath.Plan{}
		out := data(e, plan, "ab", "c", "", "def")
		ok := out == t.out && plan.Leave == t.leave && plan.Pass == t.pass && plan.Drop == t.drop &&
			plan.Close == (t.closed != "") && strings.Contains(plan.Reason, t.closed) && len(plan.Reverse) == 0
		c.Check(ok, check.Equals, true, check.Commentf("%s: %q, %+v", t.name, out, plan))
	}
}

func (s *EngineSuite) TestMoreOperationsThanOneCallHasRoomForAreCarriedOut(c *check.C) {
	plan := &datapath.Plan{}
	input := strings.Repeat("a\n", 100)
	c.Check(data(newEngine(lines, 0), plan, input), check.Equals, input)
	c.Check(plan.Leave, check.Equals, true)
}

func (s *EngineSuite) TestAStandingVerdictComesFirst(c *check.C) {
	e := newEngine(answers(pass(5), drop(6), pass(1)), 0)
	plan := &datapath.Plan{}
	c.Check(data(e, plan, "abc"), check.Equals, "abc")
	c.Check(data(e, plan, "d"), check.Equals, "d")
	c.Check([]any{plan.Leave, plan.Pass}, check.DeepEquals, []any{true, uint64(1)})
	c.Check(data(e, plan, "e", "xx"), check.Equals, "e")
	c.Check([]any{plan.Leave, plan.Pass, plan.Drop}, check.DeepEquals, []any{false, uint64(0), uint64(4)})
	c.Check(data(e, plan, "xxxxf"), check.Equals, "f")
	c.Check(plan.Close, check.Equals, false)
}

func (s *EngineSuite) TestTheHostMayApplyAStandingVerdict(c *check.C) {
	e := newEngine(answers(pass(10), drop(10)), 0)
	plan := &datapath.Plan{}
	data(e, plan, "abc")
	e.Skipped(false, 4)
	c.Check(data(e, plan, "hijx"), check.Equals, "hij")
	c.Check(plan.Drop, check.Equals, uint64(9))
	e.Skipped(false, 8)
	c.Check(data(e, plan, "x"), check.Equals, "")
	c.Check(plan.Drop, check.Equals, uint64(0))
}

func (s *EngineSuite) TestTheParserIsCalledWhenItHasWhatItAskedFor(c *check.C) {
	var calls []string
	e := newEngine(func(_ *proxylib.Connection, _, _ bool, data [][]byte) (proxylib.OpType, int) {
		input := string(bytes.Join(data, []byte("|")))
		if input == "" {
			return proxylib.NOP, 0
		}
		calls = append(calls, input)
		if len(calls) == 1 {
			return proxylib.MORE, 3
		}
		return proxylib.PASS, len(bytes.Join(data, nil))
	}, 0)
	plan := &datapath.Plan{}
	c.Check(data(e, plan, "ab"), check.Equals, "")
	c.Check(data(e, plan, "c"), check.Equals, "")
	c.Check(data(e, plan, "", "d"), check.Equals, "")
	c.Check(data(e, plan, "e", "f"), check.Equals, "abcdef")
	c.Check(calls, check.DeepEquals, []string{"ab", "abcd|e|f"})
}

func (s *EngineSuite) TestBytesThatWaitForNothingAreShownAgain(c *check.C) {
	e := newEngine(func(_ *proxylib.Connection, _, _ bool, data [][]byte) (proxylib.OpType, int) {
		if n := proxylib.NewView(data).Len(); n > 3 {
			return proxylib.PASS, n
		}
		return proxylib.NOP, 0
	}, 0)
	plan := &datapath.Plan{}
	c.Check(data(e, plan, "ab")+data(e, plan, "c")+data(e, plan, "d"), check.Equals, "abcd")
}

func (s *EngineSuite) TestTheInputIsNeitherChangedNorKept(c *check.C) {
	e := newEngine(lines, 0)
	plan := &datapath.Plan{}
	input := chunks("a\nb", "b\ncc")
	e.Data(false, false, input, plan)
	c.Check(string(bytes.Join(input, []byte("|"))), check.Equals, "a\nb|b\ncc")
	for _, chunk := range input {
		copy(chunk, "XXXXXXXX")
	}
	c.Check(string(plan.Out), check.Equals, "a\nbb\n")
	c.Check(data(e, plan, "\n"), check.Equals, "cc\n")
}

func (s *EngineSuite) TestBytesForTheOtherSideGoOutAtOnce(c *check.C) {
	for _, reply := range []bool{false, true} {
		e := newEngine(lines, 0)
		plan := &datapath.Plan{}
		e.Data(!reply, false, chunks("held"), plan)
		e.Data(reply, false, chunks("a\n^b\n"), plan)
		c.Check(string(plan.Out)+string(plan.Reverse), check.Equals, "a\nb\n")
		e.Data(!reply, false, chunks("!\n"), plan)
		c.Check(string(plan.Out), check.Equals, "held!\n")
	}
}

func (s *EngineSuite) TestBytesForTheOtherSideWaitForTheEndOfItsVerdict(c *check.C) {
	for _, last := range []string{"fg", "fghh"} {
		started := false
		e := newEngine(func(conn *proxylib.Connection, reply, _ bool, data [][]byte) (proxylib.OpType, int) {
			n := proxylib.NewView(data).Len()
			switch {
			case n == 0:
				return proxylib.NOP, 0
			case !reply:
				conn.Inject(true, []byte("denied"))
				return proxylib.DROP, n
			case !started:
				started = true
				return proxylib.PASS, 7
			}
			return proxylib.PASS, n
		}, 0)
		plan := &datapath.Plan{}
		e.Data(true, false, chunks("abc"), plan)
		c.Check(data(e, plan, "request"), check.Equals, "")
		c.Check(string(plan.Reverse), check.Equals, "")
		e.Data(true, false, chunks("de"), plan)
		c.Check(sent(plan, "de"), check.Equals, "de")
		e.Data(true, false, chunks(last), plan)
		c.Check(sent(plan, last), check.Equals, "fgdenied"+last[2:])
	}
}

// queue is a parser that denies each request, a byte, with 700 bytes, and keeps what does not fit.
func queue() judge {
	var pending []byte
	return func(c *proxylib.Connection, reply, _ bool, data [][]byte) (proxylib.OpType, int) {
		if reply && len(pending) > 0 {
			n := c.Inject(true, pending)
			pending = pending[n:]
			return proxylib.INJECT, n
		}
		n := proxylib.NewView(data).Len()
		if n == 0 {
			return proxylib.NOP, 0
		}
		if reply {
			return proxylib.PASS, n
		}
		pending = append(pending, bytes.Repeat([]byte{data[0][0]}, 700)...)
		pending = pending[c.Inject(true, pending):]
		return proxylib.DROP, 1
	}
}

func (s *EngineSuite) TestAQueueOfDenialsGoesOutInOneCall(c *check.C) {
	plan := &datapath.Plan{}
	c.Check(data(newEngine(queue(), 0), plan, "abcde"), check.Equals, "")
	var want string
	for _, b := range "abcde" {
		want += strings.Repeat(string(b), 700)
	}
	c.Check(string(plan.Reverse), check.Equals, want)
}

func (s *EngineSuite) TestAnErrorLineReachesTheOtherSideBeforeTheEnd(c *check.C) {
	e := newEngine(func(conn *proxylib.Connection, _, _ bool, _ [][]byte) (proxylib.OpType, int) {
		conn.Inject(true, []byte("ERROR\n"))
		return conn.Fail("no", proxylib.ERROR_INVALID_FRAME_TYPE)
	}, 0)
	plan := &datapath.Plan{}
	c.Check(data(e, plan, "abc"), check.Equals, "")
	c.Check(string(plan.Reverse), check.Equals, "ERROR\n")
	c.Check(plan.Reason, check.Equals, "test.judge: no")
}

func (s *EngineSuite) TestAParserThatPanicsClosesItsConnection(c *check.C) {
	e := newEngine(func(*proxylib.Connection, bool, bool, [][]byte) (proxylib.OpType, int) { panic("lost") }, 0)
	plan := &datapath.Plan{}
	c.Check(data(e, plan, "abc"), check.Equals, "")
	c.Check([]any{plan.Close, plan.Reason}, check.DeepEquals, []any{true, "test.judge: parser panicked"})
}

func (s *EngineSuite) TestInjectedBytesThatAreLeftBehindClose(c *check.C) {
	e := newEngine(func(conn *proxylib.Connection, reply, _ bool, _ [][]byte) (proxylib.OpType, int) {
		conn.Inject(reply, []byte("x"))
		return proxylib.MORE, 1
	}, 0)
	plan := &datapath.Plan{}
	data(e, plan, "abc")
	c.Check(plan.Close, check.Equals, true)
	c.Check(plan.Reason, check.Matches, ".*did not return INJECT.*")
}

func (s *EngineSuite) TestAParserThatInjectsWithoutEndIsStopped(c *check.C) {
	for _, toOther := range []bool{false, true} {
		e := newEngine(func(conn *proxylib.Connection, reply, _ bool, _ [][]byte) (proxylib.OpType, int) {
			if toOther {
				conn.Inject(!reply, []byte("x"))
			}
			return proxylib.INJECT, conn.Inject(reply, bytes.Repeat([]byte("x"), 1024))
		}, 0)
		plan := &datapath.Plan{}
		data(e, plan, "abc")
		c.Check(plan.Close, check.Equals, true)
		c.Check(plan.Reason, check.Matches, ".*inject.*")
	}
}

func (s *EngineSuite) TestHeldBytesAreBounded(c *check.C) {
	asking := func(n int) judge {
		return func(*proxylib.Connection, bool, bool, [][]byte) (proxylib.OpType, int) { return proxylib.MORE, n }
	}
	for _, t := range []struct {
		name   string
		judge  judge
		input  []string
		closed bool
	}{
		{"MORE up to the bound", asking(7), []string{"abc"}, false},
		{"MORE above the bound", asking(8), []string{"abc"}, true},
		{"one byte after the other", asking(1), []string{"abcdef", "ghi", "j"}, true},
		{"bytes that wait for nothing, up to the bound", answers(), []string{"abcde", "fghij"}, false},
		{"bytes that wait for nothing, above the bound", answers(), []string{"abcde", "fghijk"}, true},
	} {
		e := newEngine(t.judge, 10)
		plan := &datapath.Plan{}
		for _, part := range t.input {
			c.Check(data(e, plan, part), check.Equals, "", check.Commentf(t.name))
		}
		c.Check(plan.Close, check.Equals, t.closed, check.Commentf(t.name))
		if t.closed {
			c.Check(plan.Reason, check.Matches, ".*limit of 10 held bytes", check.Commentf(t.name))
		}
	}
}

func (s *EngineSuite) TestTheEndOfTheStreamEndsMessagesToo(c *check.C) {
	for _, t := range []struct {
		name   string
		judge  judge
		parts  []string
		closed bool
		out    string
	}{
		{"behind a message", lines, []string{"a\n", ""}, false, "a\n"},
		{"with a message", lines, []string{"a\n"}, false, "a\n"},
		{"inside a message", lines, []string{"a\nb", ""}, true, "a\n"},
		{"with a part of a message", lines, []string{"a\nb"}, true, "a\n"},
		{"behind a part of a message", lines, []string{"a", "b"}, true, ""},
		{"while bytes wait for nothing", answers(), []string{"a"}, true, ""},
		{"while the parser waits for a message", answers(pass(1), more(9)), []string{"a"}, false, "a"},
		{"while bytes to come would pass", answers(pass(9)), []string{"a", ""}, false, "a"},
		{"while bytes to come would be dropped", answers(drop(9)), []string{"a", ""}, false, ""},
		{"of a stream without bytes", lines, []string{""}, false, ""},
	} {
		e := newEngine(t.judge, 0)
		plan := &datapath.Plan{}
		out := ""
		for i, part := range t.parts {
			e.Data(false, i == len(t.parts)-1, chunks(part), plan)
			out += sent(plan, part)
		}
		c.Check([]any{out, plan.Close}, check.DeepEquals, []any{t.out, t.closed}, check.Commentf(t.name))
		if t.closed {
			c.Check(plan.Reason, check.Matches, ".*end of stream inside a message", check.Commentf(t.name))
		}
	}
}

func (s *EngineSuite) TestTheParserIsToldOfTheEnd(c *check.C) {
	var ends []bool
	e := newEngine(func(conn *proxylib.Connection, reply, end bool, data [][]byte) (proxylib.OpType, int) {
		ends = append(ends, end)
		return lines(conn, reply, end, data)
	}, 0)
	plan := &datapath.Plan{}
	e.Data(false, true, chunks("a\n"), plan)
	c.Check(ends, check.DeepEquals, []bool{true, true})
}

func (s *EngineSuite) TestWhatIsClosedStaysClosed(c *check.C) {
	e := newEngine(lines, 0)
	plan := &datapath.Plan{}
	data(e, plan, "!\n")
	reason := plan.Reason
	for _, reply := range []bool{false, true} {
		e.Skipped(reply, 0)
		e.Data(reply, true, chunks("a\n"), plan)
		c.Check([]any{plan.Leave, len(plan.Out), len(plan.Reverse), plan.Close, plan.Reason}, check.DeepEquals,
			[]any{false, 0, 0, true, reason})
	}
}

func (s *EngineSuite) TestCloseReleasesTheParserOnce(c *check.C) {
	closed := 0
	e := datapath.New(connect(&proxylib.Protocol{Name: "test.judge", New: func(c *proxylib.Connection) proxylib.Parser {
		return judged{lines, c, &closed}
	}}), datapath.Limits{})
	e.Close()
	e.Close()
	c.Check(closed, check.Equals, 1)
	plan := &datapath.Plan{}
	c.Check(data(e, plan, "a\n"), check.Equals, "")
	c.Check(plan.Close, check.Equals, true)
}

func (s *EngineSuite) TestBytesForTheOtherSideLeaveWhileTheParserGoesOn(c *check.C) {
	e := newEngine(lines, 0)
	var plan datapath.Plan
	e.Data(false, false, chunks(strings.Repeat("^0123456789\n", 1000)), &plan)
	c.Check(string(plan.Reverse), check.Equals, strings.Repeat("0123456789\n", 1000))
	c.Check(plan.Close, check.Equals, false)
}
