//go:build !race

package cassandra_test

import "testing"

// The race detector allocates by itself, so allocations are counted without it: make test does both.
func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) {
	for _, x := range exchanges() {
		e := newExchange(t, x.request, x.reply, x.before...)
		run := func() { e.run(); e.drain() }
		if n := testing.AllocsPerRun(1000, run); n != 0 {
			t.Errorf("%s: %v allocations", x.name, n)
		}
	}
}
