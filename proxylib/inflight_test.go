package proxylib_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

// testInFlight compares a table with a map, for tags made of numbers.
func testInFlight[K comparable](t *testing.T, tagOf func(n int) K) {
	f := proxylib.InFlight[K, int]{Max: 3000}
	r, model := rand.New(rand.NewPCG(1, 2)), map[K]int{}
	for round := range 100_000 {
		if round%1000 == 0 {
			for tag, want := range model {
				if got, ok := f.Take(tag); !ok || got != want {
					t.Fatalf("took %v %v for tag %v, want %v", got, ok, tag, want)
				}
			}
			clear(model)
		}
		tag := tagOf(r.IntN(1 << (1 + round%13)))
		want, taken := model[tag]
		found := f.Get(tag)
		if taken != (found != nil) || taken && *found != want {
			t.Fatalf("tag %v: found %v, want %v %v", tag, found, want, taken)
		}
		request, err := f.Put(tag)
		switch {
		case taken != errors.Is(err, proxylib.ErrInUse):
			t.Fatalf("tag %v in use %v: %v", tag, taken, err)
		case taken && r.IntN(3) > 0:
			f.Remove(tag)
			f.Remove(tag)
			delete(model, tag)
		case !taken && err == nil:
			if *request != 0 {
				t.Fatalf("a new request is %d", *request)
			}
			*request = round
			model[tag] = round
		}
		if f.Len() != len(model) {
			t.Fatalf("%d in flight, want %d", f.Len(), len(model))
		}
	}
}

func TestRequestsInFlightAreFoundByTheirTags(t *testing.T) {
	t.Run("of 16 bits", func(t *testing.T) { testInFlight(t, func(n int) uint16 { return uint16(n) << 3 }) })
	t.Run("of 32 bits", func(t *testing.T) { testInFlight(t, func(n int) uint32 { return uint32(n) << 19 }) })
	t.Run("of 32 bits with a sign", func(t *testing.T) { testInFlight(t, func(n int) int32 { return int32(-n) }) })
	t.Run("of 64 bits", func(t *testing.T) { testInFlight(t, func(n int) uint64 { return uint64(n) << 51 }) })
	t.Run("of text", func(t *testing.T) { testInFlight(t, strconv.Itoa) })
	t.Run("of several fields", func(t *testing.T) {
		testInFlight(t, func(n int) [2]uint16 { return [2]uint16{uint16(n), uint16(n >> 8)} })
	})
}

func TestRequestsInFlightAreBounded(t *testing.T) {
	for _, c := range []struct{ max, want int }{{0, proxylib.MaxInFlight}, {5, 5}} {
		f := proxylib.InFlight[uint32, string]{Max: c.max}
		for n := range c.want {
			if _, err := f.Put(uint32(n)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Put(1 << 20); !errors.Is(err, proxylib.ErrFull) || !f.Full() {
			t.Errorf("max %d: request %d: %v", c.max, c.want+1, err)
		}
	}
}

// named is a request that keeps memory.
type named struct {
	name  []byte
	other int
}

func (n *named) Reset() { *n = named{name: n.name[:0]} }

func TestARequestMayKeepItsMemory(t *testing.T) {
	var f proxylib.InFlight[uint16, named]
	exchange := func() {
		for tag := range uint16(200) {
			r, err := f.Put(tag)
			if err != nil || len(r.name) > 0 || r.other != 0 {
				t.Fatalf("new request %v, %v", r, err)
			}
			r.name, r.other = append(r.name, "name"...), 1
		}
		for tag := range uint16(200) {
			if string(f.Get(tag).name) != "name" {
				t.Fatalf("request %d has another name", tag)
			}
			f.Remove(tag)
		}
	}
	exchange()
	if n := testing.AllocsPerRun(20, exchange); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestASteadyStreamInFlightAllocatesNothing(t *testing.T) {
	var f proxylib.InFlight[string, int]
	tags := make([]string, 100)
	for i := range tags {
		tags[i] = fmt.Sprint("tag ", i)
	}
	exchange := func() {
		for i, tag := range tags {
			r, _ := f.Put(tag)
			*r = i
		}
		for i, tag := range tags {
			if got, ok := f.Take(tag); !ok || got != i {
				t.Fatalf("took %v %v, want %v", got, ok, i)
			}
		}
	}
	exchange()
	if n := testing.AllocsPerRun(20, exchange); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkInFlight compares the table with a map that does the same.
func BenchmarkInFlight(b *testing.B) {
	type request [4]uint64
	b.Run("table", func(b *testing.B) {
		var f proxylib.InFlight[uint16, request]
		for i := range b.N {
			r, err := f.Put(uint16(i))
			if err != nil {
				b.Fatal(err)
			}
			r[0] = uint64(i)
			if _, ok := f.Take(uint16(i)); !ok {
				b.Fatal(i)
			}
		}
	})
	b.Run("map", func(b *testing.B) {
		f := map[uint16]request{}
		for i := range b.N {
			if _, ok := f[uint16(i)]; ok {
				b.Fatal(i)
			}
			f[uint16(i)] = request{uint64(i)}
			if _, ok := f[uint16(i)]; !ok {
				b.Fatal(i)
			}
			delete(f, uint16(i))
		}
	})
}
