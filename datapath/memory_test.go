package datapath_test

import (
	"bytes"
	"runtime"
	"testing"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib"
)

func (s *EngineSuite) TestPassedBytesCostNoAllocation(c *check.C) {
	e := newEngine(lines, 0)
	plan := &datapath.Plan{}
	input := chunks("a\nbb", "bb\n", "c\n")
	allocs := testing.AllocsPerRun(1000, func() { e.Data(false, false, input, plan) })
	c.Check(allocs, check.Equals, 0.0)
	c.Check(plan.Leave, check.Equals, true)
}

func (s *EngineSuite) TestLinesInPiecesCostNoAllocation(c *check.C) {
	e := newEngine(lines, 0)
	plan := &datapath.Plan{}
	pieces := [][][]byte{chunks("a\nbb"), chunks("bb"), chunks("b\n", "ccc"), chunks("c\n")}
	allocs := testing.AllocsPerRun(1000, func() {
		for _, piece := range pieces {
			e.Data(false, false, piece, plan)
		}
	})
	c.Check(allocs, check.Equals, 0.0)
}

func (s *EngineSuite) TestAMessageThatComesByteByByteIsCopiedOnce(c *check.C) {
	const length = 1 << 20
	e := newEngine(func(_ *proxylib.Connection, _, _ bool, data [][]byte) (proxylib.OpType, int) {
		if n := proxylib.NewView(data).Len(); n == length {
			return proxylib.PASS, n
		}
		return proxylib.MORE, 1
	}, 0)
	plan := &datapath.Plan{}
	piece := chunks("x")
	for range length {
		e.Data(false, false, piece, plan)
	}
	c.Check(len(plan.Out), check.Equals, length)
}

func (s *EngineSuite) TestAnIdleConnectionHoldsNothing(c *check.C) {
	const n, length = 64, 512 << 10
	long := chunks("^" + string(bytes.Repeat([]byte("x"), length)))
	engines := make([]*datapath.Engine, n)
	before := heap()
	plan := &datapath.Plan{}
	for i := range engines {
		engines[i] = newEngine(lines, 0)
		engines[i].Data(false, false, long, plan)
		engines[i].Data(false, false, chunks("\n"), plan)
	}
	*plan = datapath.Plan{}
	used := (heap() - before) / n
	c.Check(used < 4096, check.Equals, true, check.Commentf("%d bytes a connection", used))
	runtime.KeepAlive(engines)
}

func (s *EngineSuite) TestAShortRestOfALongMessageHoldsLittle(c *check.C) {
	const n, length = 64, 512 << 10
	long := chunks(string(bytes.Repeat([]byte("x"), length)))
	engines := make([]*datapath.Engine, n)
	before := heap()
	plan := &datapath.Plan{}
	for i := range engines {
		engines[i] = newEngine(lines, 0)
		engines[i].Data(false, false, long, plan)
		engines[i].Data(false, false, chunks("\nshort"), plan)
	}
	*plan = datapath.Plan{}
	used := (heap() - before) / n
	c.Check(used < 4096, check.Equals, true, check.Commentf("%d bytes a connection", used))
	runtime.KeepAlive(engines)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// kept is what a benchmark has made, so that the compiler cannot leave it out.
var kept *datapath.Engine

func BenchmarkNewEngine(b *testing.B) {
	newEngine(lines, 0)
	conn := connect(protocolOf(lines))
	b.ReportAllocs()
	for b.Loop() {
		kept = datapath.New(conn, datapath.Limits{})
	}
}

// BenchmarkConnection is what a new connection costs, with its engine.
func BenchmarkConnection(b *testing.B) {
	protocol := protocolOf(lines)
	b.ReportAllocs()
	for b.Loop() {
		kept = datapath.New(connect(protocol), datapath.Limits{})
	}
}

func BenchmarkPassedLine(b *testing.B) {
	e := newEngine(lines, 0)
	plan := &datapath.Plan{}
	input := chunks("some line of a usual length\n")
	b.ReportAllocs()
	for b.Loop() {
		e.Data(false, false, input, plan)
	}
}

func BenchmarkDeniedLine(b *testing.B) {
	e := newEngine(lines, 0)
	plan := &datapath.Plan{}
	input := chunks("^denied\n")
	b.ReportAllocs()
	for b.Loop() {
		e.Data(false, false, input, plan)
	}
}

func BenchmarkHeldLine(b *testing.B) {
	e := newEngine(lines, 0)
	plan := &datapath.Plan{}
	head, tail := chunks("some line that "), chunks("comes in two parts\n")
	b.ReportAllocs()
	for b.Loop() {
		e.Data(false, false, head, plan)
		e.Data(false, false, tail, plan)
	}
}
