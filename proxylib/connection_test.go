package proxylib_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/policy"
	. "github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

type ConnectionSuite struct{}

var _ = check.Suite(&ConnectionSuite{})

func (s *ConnectionSuite) TearDownTest(c *check.C) { script.next = nil }

// answers makes a parser that gives the answers one after the other, and NOP behind the last.
func answers(list ...host.FilterOp) *scripted {
	return &scripted{onData: func(*Connection, bool, bool, [][]byte) (OpType, int) {
		if len(list) == 0 {
			return NOP, 0
		}
		a := list[0]
		list = list[1:]
		return a.Op, int(a.N)
	}}
}

func (s *ConnectionSuite) TestTheLoopEndsWhereTheContractSays(c *check.C) {
	many := make([]host.FilterOp, 20)
	for i := range many {
		many[i] = host.FilterOp{PASS, 1}
	}
	for _, t := range []struct {
		name    string
		answers []host.FilterOp
		input   string
		want    string
		result  FilterResult
	}{
		{"at NOP", []host.FilterOp{{PASS, 1}}, "abc", "PASS 1", OK},
		{"at MORE", []host.FilterOp{{PASS, 1}, {MORE, 2}, {PASS, 1}}, "abc", "PASS 1, MORE 2", OK},
		{"behind a PASS past the input", []host.FilterOp{{PASS, 4}, {PASS, 1}}, "abc", "PASS 4", OK},
		{"behind a DROP past the input", []host.FilterOp{{DROP, 4}, {PASS, 1}}, "abc", "DROP 4", OK},
		{"not after a PASS to the end", []host.FilterOp{{PASS, 3}, {PASS, 1}, {PASS, 1}}, "abc", "PASS 3, PASS 1", OK},
		{"at MORE after the last byte, which is NOP", []host.FilterOp{{PASS, 3}, {MORE, 1}}, "abc", "PASS 3", OK},
		{"at MORE without a byte, which is NOP", []host.FilterOp{{DROP, 3}, {MORE, 5}, {PASS, 1}}, "abc", "DROP 3", OK},
		{"at a zero MORE without a byte", []host.FilterOp{{DROP, 3}, {MORE, 0}}, "abc", "DROP 3", PARSER_ERROR},
		{"when the room is used", many, strings.Repeat("x", 20), strings.TrimSuffix(strings.Repeat("PASS 1, ", 16), ", "), OK},
		{"at ERROR, keeping what came before", []host.FilterOp{{PASS, 1}, {ERROR, 2}}, "abc", "PASS 1, ERROR 2", OK},
		{"at a zero PASS", []host.FilterOp{{PASS, 0}}, "abc", "", PARSER_ERROR},
		{"at a zero MORE", []host.FilterOp{{MORE, 0}}, "abc", "", PARSER_ERROR},
		{"at a negative DROP", []host.FilterOp{{DROP, -1}}, "abc", "", PARSER_ERROR},
		{"at an unknown operation", []host.FilterOp{{9, 1}}, "abc", "", PARSER_ERROR},
		{"at an INJECT of nothing", []host.FilterOp{{INJECT, 1}}, "abc", "", PARSER_ERROR},
	} {
		script.next = answers(t.answers...)
		conn := connect(c, newInstance(nil), "scripted")
		ops, result := conn.OnData(false, false, chunks(t.input), make([]host.FilterOp, 0, host.MaxOps))
		var got []string
		for _, op := range ops {
			got = append(got, fmt.Sprint(op.Op, " ", op.N))
		}
		c.Check(strings.Join(got, ", "), check.Equals, t.want, check.Commentf(t.name))
		c.Check(result, check.Equals, t.result, check.Commentf(t.name))
	}
}

func (s *ConnectionSuite) TestAParserSeesWhatOperationsHaveLeft(c *check.C) {
	var seen []string
	script.next = &scripted{onData: func(_ *Connection, _, _ bool, data [][]byte) (OpType, int) {
		var parts []string
		for _, d := range data {
			parts = append(parts, string(d))
		}
		seen = append(seen, strings.Join(parts, "|"))
		if len(data) == 0 {
			return NOP, 0
		}
		return DROP, 2
	}}
	conn := connect(c, newInstance(nil), "scripted")
	conn.OnData(true, true, chunks("abc", "d", "ef"), make([]host.FilterOp, 0, host.MaxOps))
	c.Check(seen, check.DeepEquals, []string{"abc|d|ef", "c|d|ef", "ef", ""})
}

func (s *ConnectionSuite) TestInjectIsCutAtTheRoomOfTheBuffer(c *check.C) {
	script.next = &scripted{onData: func(conn *Connection, reply, _ bool, _ [][]byte) (OpType, int) {
		n := conn.Inject(reply, make([]byte, 1000))
		c.Check(conn.IsInjectBufFull(reply), check.Equals, n < 1000)
		return INJECT, n
	}}
	conn := connect(c, newInstance(nil), "scripted")
	ops, result := conn.OnData(true, false, nil, make([]host.FilterOp, 0, host.MaxOps))
	c.Check(result, check.Equals, OK)
	c.Check(ops, check.DeepEquals, []host.FilterOp{{INJECT, 1000}, {INJECT, 24}})
	c.Check(len(*conn.ReplyBuf), check.Equals, InjectBufSize)
}

func (s *ConnectionSuite) TestInjectOfMoreThanTheBufferHoldsInAllIsRefused(c *check.C) {
	script.next = &scripted{onData: func(conn *Connection, reply, _ bool, _ [][]byte) (OpType, int) {
		if len(*conn.ReplyBuf) == 0 {
			conn.Inject(reply, make([]byte, 10))
		}
		return INJECT, 6
	}}
	conn := connect(c, newInstance(nil), "scripted")
	_, result := conn.OnData(true, false, nil, make([]host.FilterOp, 0, host.MaxOps))
	c.Check(result, check.Equals, PARSER_ERROR)
}

func (s *ConnectionSuite) TestInjectBuffersAreMadeWhenAHostGivesNone(c *check.C) {
	script.next = answers()
	conn, err := host.NewConnection(newInstance(nil), "scripted", host.ConnectionInfo{DstAddr: "[::1]:80"})
	c.Assert(err, check.IsNil)
	c.Check(conn.Inject(true, []byte("abc")), check.Equals, 3)
	c.Check(string(*conn.ReplyBuf), check.Equals, "abc")
	c.Check(conn.OrigBuf, check.IsNil)
}

func (s *ConnectionSuite) TestAPanicIsLoggedAsDeniedAndClosesItsConnectionAlone(c *check.C) {
	log := &record{}
	instance := newInstance(log)
	script.next = &scripted{onData: func(*Connection, bool, bool, [][]byte) (OpType, int) {
		var list []int
		return PASS, list[3]
	}}
	broken := connect(c, instance, "scripted")
	script.next = answers(host.FilterOp{PASS, 1})
	well := connect(c, instance, "scripted")

	_, result := broken.OnData(false, false, chunks("a"), make([]host.FilterOp, 0, host.MaxOps))
	c.Check(result, check.Equals, PARSER_ERROR)
	c.Check(broken.Failure(), check.Equals, "scripted: parser panicked")
	c.Assert(log.entries, check.HasLen, 1)
	c.Check(log.entries[0].Type, check.Equals, EntryTypeDenied)
	generic := log.entries[0].L7.(*accesslog.Generic)
	c.Check(generic.Proto(), check.Equals, "scripted")
	for key, value := range generic.Fields() {
		c.Check(key, check.Equals, "status")
		c.Check(value, check.Matches, "Panic: .*index out of range.*")
	}

	ops, result := well.OnData(false, false, chunks("a"), make([]host.FilterOp, 0, host.MaxOps))
	c.Check(result, check.Equals, OK)
	c.Check(ops[0], check.Equals, host.FilterOp{PASS, 1})
}

func (s *ConnectionSuite) TestAFailureLeavesOneEntryWithItsPlace(c *check.C) {
	log := &record{}
	script.next = answers(host.FilterOp{PASS, 3}, host.FilterOp{DROP, 40}, host.FilterOp{PASS, 2})
	conn := connect(c, newInstance(log), "scripted")
	conn.OnData(true, false, chunks("abcd"), make([]host.FilterOp, 0, host.MaxOps))
	conn.OnData(false, false, chunks("xy"), make([]host.FilterOp, 0, host.MaxOps))
	c.Check(log.entries, check.HasLen, 0)
	script.next.onData = func(conn *Connection, _, _ bool, _ [][]byte) (OpType, int) {
		return conn.Fail("malformed word", ERROR_INVALID_FRAME_TYPE)
	}
	conn.OnData(true, false, chunks("z"), make([]host.FilterOp, 0, host.MaxOps))
	conn.LogClosed(false, "again")
	c.Assert(log.entries, check.HasLen, 1)
	e := log.entries[0]
	c.Check(e.Type.String()+"/"+e.Rule+"/"+e.Reason, check.Equals, "Denied//malformed word")
	c.Check(*e.Closed, check.Equals, accesslog.Closed{Reply: true, Offset: 43})
	c.Check(conn.Counts(), check.Equals, host.Counts{})
}

func (s *ConnectionSuite) TestEveryWayToFailLeavesAnEntry(c *check.C) {
	for _, answer := range []host.FilterOp{{ERROR, 1}, {PASS, 0}, {INJECT, 9}, {77, 1}} {
		log := &record{}
		script.next = answers(answer)
		conn := connect(c, newInstance(log), "scripted")
		conn.OnData(false, false, chunks("z"), make([]host.FilterOp, 0, host.MaxOps))
		c.Assert(log.entries, check.HasLen, 1, check.Commentf("%v", answer))
		c.Check("scripted: "+log.entries[0].Reason, check.Equals, conn.Failure())
	}
}

func (s *ConnectionSuite) TestAConnectionIsRefusedWithItsReason(c *check.C) {
	for _, t := range []struct {
		parser, dst string
		port        uint16
		want        FilterResult
	}{
		{"nobody", "10.0.0.1:80", 0, UNKNOWN_PARSER},
		{"scripted", "10.0.0.1", 0, INVALID_ADDRESS},
		{"scripted", "10.0.0.1:0", 0, INVALID_ADDRESS},
		{"scripted", "10.0.0.1:99999", 0, INVALID_ADDRESS},
		{"scripted", "10.0.0.1:65536", 0, INVALID_ADDRESS},
		{"scripted", "10.0.0.1:4294967376", 0, INVALID_ADDRESS},
		{"scripted", "10.0.0.1:+80", 0, INVALID_ADDRESS},
		{"scripted", "10.0.0.1:", 0, INVALID_ADDRESS},
		{"scripted", ":80", 0, INVALID_ADDRESS},
		{"scripted", "nowhere:80", 0, INVALID_ADDRESS},
		{"scripted", "::1:80", 0, INVALID_ADDRESS},
		{"scripted", "[::1:80", 0, INVALID_ADDRESS},
		{"scripted", "", 0, INVALID_ADDRESS},
		{"scripted", "[::1]:80", 0, POLICY_DROP},
		{"scripted", "", 80, POLICY_DROP},
	} {
		conn, err := host.NewConnection(newInstance(nil), t.parser, host.ConnectionInfo{DstAddr: t.dst, Port: t.port})
		c.Check(conn, check.IsNil)
		c.Check(errors.Is(err, t.want), check.Equals, true, check.Commentf("%+v: %v", t, err))
	}
}

func (s *ConnectionSuite) TestANewPolicyIsSeenAtTheNextRequest(c *check.C) {
	script.next = answers()
	instance := newInstance(nil)
	conn := connect(c, instance, "announced")
	c.Check(conn.Matches("alpha"), check.Equals, false, check.Commentf("no policy denies"))
	instance.Policies().Replace(snapshot(c, "announced", map[string]string{"word": "alpha"}))
	c.Check(conn.Matches("alpha"), check.Equals, true)
	c.Check(conn.Matches("beta"), check.Equals, false)
	instance.Policies().Replace(snapshot(c, "announced", map[string]string{"word": "beta"}))
	c.Check(conn.Matches("alpha"), check.Equals, false)
	c.Check(conn.Matches("beta"), check.Equals, true)
}

func (s *ConnectionSuite) TestALogEntryNamesTheRuleThatDecided(c *check.C) {
	log := &record{}
	instance := newInstance(log)
	instance.Policies().Replace(snapshot(c, "announced", map[string]string{"word": "alpha"}))
	conn := connect(c, instance, "announced")
	conn.Matches("alpha")
	conn.Log(EntryTypeRequest, NewL7Entry("x"))
	c.Check(log.entries[0].Rule, check.Equals, "only")
	c.Check(conn.Counts(), check.Equals, host.Counts{Passed: 1})
}

func (s *ConnectionSuite) TestInAuditModeWhatPolicyDeniesPassesAndIsLogged(c *check.C) {
	log := &record{}
	instance := newInstance(log)
	(*Instance)(instance).Settings().Audit = true
	instance.Policies().Replace(snapshot(c, "announced", map[string]string{"word": "alpha"}))
	conn := connect(c, instance, "announced")
	for _, word := range []string{"beta", "alpha"} {
		c.Check(conn.Matches(word), check.Equals, true)
		conn.Log(EntryTypeRequest, NewL7Entry("x"))
		conn.Log(EntryTypeResponse, NewL7Entry("x"))
	}
	conn.Matches("beta")
	(*Instance)(instance).Settings().Audit = false
	c.Check(conn.Matches("beta"), check.Equals, false, check.Commentf("audit mode has ended"))
	conn.Log(EntryTypeDenied, NewL7Entry("x"))
	var audited []bool
	for _, e := range log.entries {
		audited = append(audited, e.Audit)
	}
	c.Check(audited, check.DeepEquals, []bool{true, false, false, false, false})
	c.Check(conn.Counts(), check.Equals, host.Counts{Passed: 2, Audited: 1, Denied: 1})
}

func (s *ConnectionSuite) TestCloseReachesTheParserOnce(c *check.C) {
	p := answers()
	script.next = p
	conn := connect(c, newInstance(nil), "scripted")
	conn.Close()
	conn.Close()
	c.Check(p.closed, check.Equals, 1)
}

func BenchmarkConnection(b *testing.B) {
	script.next = answers()
	defer func() { script.next = nil }()
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store)})
	info := host.ConnectionInfo{
		Ingress: true, SrcId: 7, DstId: 8, SrcAddr: "10.0.0.2:40404", DstAddr: "10.0.0.1:11211", PolicyName: "10.0.0.1",
	}
	b.ReportAllocs()
	for b.Loop() {
		c, err := host.NewConnection(instance, "scripted", info)
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
