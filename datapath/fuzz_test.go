package datapath_test

import (
	"math/rand/v2"
	"testing"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/proxylib"
)

// unitParser judges units: a byte that says what to do, the length of the body, and the body. P passes and D drops the
// unit, on the first two bytes; I sends a copy of the whole unit on and R sends it back, and the unit is dropped.
// Anything else is an error.
func unitParser() judge {
	inserted := false
	return func(c *proxylib.Connection, reply, _ bool, data [][]byte) (proxylib.OpType, int) {
		view := proxylib.NewView(data)
		if view.Len() == 0 {
			return proxylib.NOP, 0
		}
		if view.Len() < 2 {
			return proxylib.MORE, 1
		}
		kind, n := view.At(0), int(view.At(1))+2
		switch {
		case kind == 'P':
			return proxylib.PASS, n
		case kind == 'D':
			return proxylib.DROP, n
		case kind != 'I' && kind != 'R':
			return c.Fail("unknown unit", proxylib.ERROR_INVALID_FRAME_TYPE)
		case view.Len() < n:
			return proxylib.MORE, n - view.Len()
		case kind == 'R':
			c.Inject(!reply, view.Append(nil, 0, n))
			return proxylib.DROP, n
		}
		if inserted = !inserted; inserted {
			return proxylib.INJECT, c.Inject(reply, view.Append(nil, 0, n))
		}
		return proxylib.DROP, n
	}
}

// expect says, without an engine, what comes of a stream of units and its end.
func expect(stream []byte) (out, reverse string, closed bool) {
	for len(stream) > 1 {
		n := int(stream[1]) + 2
		unit := string(stream[:min(n, len(stream))])
		switch stream[0] {
		case 'P':
			out += unit
		case 'D':
		case 'I', 'R':
			if len(unit) < n {
				return out, reverse, true
			}
			if stream[0] == 'I' {
				out += unit
			} else {
				reverse += unit
			}
		default:
			return out, reverse, true
		}
		stream = stream[len(unit):]
	}
	return out, reverse, len(stream) > 0
}

func FuzzEngine(f *testing.F) {
	f.Add([]byte("P\x03abcD\x02xxI\x01iR\x02rrP\x01z"), uint64(1), false)
	f.Add([]byte("P\x03abR\x00"), uint64(2), true)
	f.Add([]byte("P\x00R\x05ab"), uint64(3), true)
	f.Add([]byte("I\x00?"), uint64(4), false)
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64, reply bool) {
		stream = stream[:min(len(stream), 512)]
		out, reverse, closed := play(stream, rand.New(rand.NewPCG(seed, 0)), reply)
		wantOut, wantReverse, wantClosed := expect(stream)
		if out != wantOut || reverse != wantReverse || closed != wantClosed {
			t.Errorf("%q, seed %d, reply %v: out %q, reverse %q, closed %v, want %q, %q, %v", stream, seed, reply,
				out, reverse, closed, wantOut, wantReverse, wantClosed)
		}
	})
}

// play sends the stream in random pieces and chunks, and its end; the host applies standing verdicts now and then.
func play(stream []byte, r *rand.Rand, reply bool) (out, reverse string, closed bool) {
	e := newEngine(unitParser(), 0)
	plan := &datapath.Plan{}
	cut := func() string {
		n := min(len(stream), 1+r.IntN(1<<r.IntN(8)))
		piece := stream[:n]
		stream = stream[n:]
		return string(piece)
	}
	for end := false; !end && !plan.Close; {
		if n := uint64(len(stream)); n > 0 && r.IntN(2) == 0 && (n < plan.Pass || n < plan.Drop) {
			piece := cut()
			e.Skipped(reply, uint64(len(piece)))
			if plan.Pass > 0 {
				out += piece
				plan.Pass -= uint64(len(piece))
			} else {
				plan.Drop -= uint64(len(piece))
			}
			continue
		}
		parts := []string{cut(), cut()}
		end = len(stream) == 0
		e.Data(reply, end, chunks(parts...), plan)
		out += sent(plan, parts...)
		reverse += string(plan.Reverse)
	}
	return out, reverse, plan.Close
}
