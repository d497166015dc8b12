package proxylib

import (
	"testing"
	"time"
)

func TestTheClockTellsTheTimeAndNeverGoesBack(t *testing.T) {
	var c clock
	last := int64(0)
	for range 1000 {
		before := time.Now().UnixNano()
		now := c.now()
		after := time.Now().UnixNano()
		if slack := int64(time.Millisecond); now < before-slack || now > after+slack || now < last {
			t.Fatalf("told %d between %d and %d, after %d", now, before, after, last)
		}
		last = now
	}
}

func TestTheClockFollowsTheWallClock(t *testing.T) {
	var c clock
	old := time.Now().Add(-trusted)
	c.last.Store(&reading{old.UnixNano(), old})
	c.now()
	if time.Since(c.last.Load().at) > trusted/2 {
		t.Error("an old reading is still in use")
	}
}

// A wall clock that has been set by an hour is one that differs from the reading by that much.
func TestTheClockGoesOnWhenTheWallClockIsSetAndThenFollows(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour} {
		var c clock
		began := time.Now()
		old := began.Add(-jump).UnixNano()
		c.last.Store(&reading{old, began})
		for last, n := old, 0; n < 1000 && time.Since(began) < trusted/2; n++ {
			now := c.now()
			if now < last || now > old+int64(time.Since(began)) {
				t.Fatalf("set by %v: told %v after %v", jump, now, last)
			}
			last = now
		}
		c.last.Store(&reading{old, began.Add(-trusted)})
		if now := c.now(); now < began.UnixNano() || now > time.Now().UnixNano() {
			t.Errorf("set by %v: told %v a second later", jump, now)
		}
	}
}
