package proxylib

import (
	"sync/atomic"
	"time"
)

// trusted is how long a reading of the wall clock is good for.
const trusted = time.Second

// clock tells the time at half the price of [time.Now], which reads two clocks: it adds what has passed to a reading of
// the wall clock that is not old. Should the wall clock be set, it follows within a second. The zero value is ready for
// use, from several threads at once.
type clock struct{ last atomic.Pointer[reading] }

// reading is what the wall clock said, in nanoseconds since 1970, at a time that setting it does not change.
type reading struct {
	wall int64
	at   time.Time
}

// now is in nanoseconds since 1970.
func (c *clock) now() int64 {
	if last := c.last.Load(); last != nil {
		if passed := time.Since(last.at); passed < trusted {
			return last.wall + int64(passed)
		}
	}
	now := time.Now()
	wall := now.UnixNano()
	c.last.Store(&reading{wall, now})
	return wall
}
