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
	c.last.Store(&old)
	c.now()
	if time.Since(*c.last.Load()) > trusted/2 {
		t.Error("an old reading is still in use")
	}
}
