package cassandra

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// random is repeatable.
func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestRequestsInFlightAreFoundByTheirStreams(t *testing.T) {
	var s streams
	r, model := random(), map[uint16]opcode{}
	for round := range 200_000 {
		stream := uint16(r.IntN(1 << (1 + round%15)))
		if round%1000 == 0 {
			for stream := range model {
				delete(model, stream)
				s.remove(stream)
			}
		}
		found := s.find(stream)
		op, taken := model[stream]
		switch {
		case taken != (found != nil) || taken && (found.stream != stream || found.opcode != op):
			t.Fatalf("stream %d: found %+v, want %v", stream, found, op)
		case taken && r.IntN(3) > 0:
			s.remove(stream)
			delete(model, stream)
		case !taken:
			op := opcode(r.IntN(200))
			s.put(stream).opcode = op
			model[stream] = op
		}
		if s.count != len(model) {
			t.Fatalf("%d in flight, want %d", s.count, len(model))
		}
	}
}

// Clients choose the streams: whichever they take, none is far to go.
func TestChainsOfStreamsAreShort(t *testing.T) {
	for n := 8; n <= maxStreams; n *= 2 {
		var s streams
		for len(s.chains) < n {
			s.grow()
		}
		longest := make([]int, n)
		for stream := range maxStreams {
			longest[s.chain(uint16(stream))]++
		}
		for chain, streams := range longest {
			if streams > maxStreams/n {
				t.Errorf("chain %d of %d is for %d streams", chain, n, streams)
			}
		}
	}
}

func TestStreamsInStepsAreSpread(t *testing.T) {
	for _, step := range []int{1, 2, 64, 128, 256, 1000} {
		var s streams
		n := min(100, maxStreams/step)
		for i := range n {
			s.put(uint16(i * step))
		}
		for chain := range s.chains {
			length := 0
			for i := s.chains[chain]; i != 0; i = s.places[i].next {
				length++
			}
			if length > 4 {
				t.Errorf("step %d: a chain of %d", step, length)
			}
		}
	}
}

func TestAllStreamsInFlightTakeWhatTheReadmeSays(t *testing.T) {
	var s streams
	for stream := range maxStreams {
		s.put(uint16(stream))
	}
	size := cap(s.places)*int(reflect.TypeOf(inflight{}).Size()) + 2*cap(s.chains)
	if size > 5<<19 {
		t.Errorf("%d bytes", size)
	}
	for stream := range maxStreams {
		s.remove(uint16(stream))
	}
	if s.places != nil || s.chains != nil {
		t.Errorf("an idle connection keeps room for %d", len(s.places))
	}
}
