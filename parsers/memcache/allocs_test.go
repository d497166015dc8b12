//go:build !race

package memcache_test

import "testing"

// The race detector makes a sync.Pool forget things at random, so allocations are counted without it: make test does both.
func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) {
	for _, x := range exchanges {
		e := newExchange(t, x.request, x.reply)
		for how, run := range map[string]func(){"whole": e.run, "split": e.runSplit} {
			if n := testing.AllocsPerRun(1000, func() { run(); e.drain() }); n != 0 {
				t.Errorf("%s, %s: %v allocations", x.name, how, n)
			}
		}
	}
}
