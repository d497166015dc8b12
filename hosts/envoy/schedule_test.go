package envoy

import (
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/eventually"
)

// committed counts the commits of each scheduler.
type committed struct {
	mu    sync.Mutex
	times map[int]int
}

func (c *committed) commit(scheduler int) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times[scheduler]++
	return nil
}

func (c *committed) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, times := range c.times {
		n += times
	}
	return n
}

func newSchedule() (*schedule[int], *committed) {
	c := &committed{times: map[int]int{}}
	return &schedule[int]{after: time.Millisecond, commit: c.commit}, c
}

func TestEveryConnectionThatWasAddedIsCommittedOnce(t *testing.T) {
	s, c := newSchedule()
	const connections = 3*batch + 1
	for round := 1; round <= 2; round++ {
		for n := range connections {
			s.add(uint64(n), n)
		}
		eventually.Holds(t, "all are committed", func() bool { return c.total() == round*connections })
	}
	for n, times := range c.times {
		if times != 2 {
			t.Errorf("connection %d was committed %d times, want 2", n, times)
		}
	}
}

func TestAConnectionThatWasRemovedIsNotCommitted(t *testing.T) {
	s, c := newSchedule()
	s.after = 50 * time.Millisecond
	s.add(1, 1)
	s.add(2, 2)
	s.remove(1)
	s.remove(3)
	eventually.Holds(t, "the other one is committed", func() bool { return c.total() > 0 })
	if len(c.times) != 1 || c.times[2] != 1 {
		t.Errorf("commits: %v", c.times)
	}
}

func TestAConnectionThatEndsWhileItIsCommittedIsReleasedAfterwards(t *testing.T) {
	s, released := &schedule[int]{after: time.Millisecond}, make(chan int, 3)
	s.commit = func(scheduler int) func() {
		return func() {
			s.remove(uint64(scheduler))
			released <- scheduler
		}
	}
	for n := range 3 {
		s.add(uint64(n), n)
	}
	eventually.Holds(t, "all are released", func() bool { return len(released) == 3 })
}
