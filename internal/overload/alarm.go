// Package overload bounds what a process takes on, and tells the operator when a bound is reached: once a period, with a
// count, so that those who reach it on purpose cannot fill the log.
package overload

import (
	"sync"
	"sync/atomic"
	"time"
)

// Period is the least time between two lines of one [Alarm] in the log.
const Period = time.Minute

// Alarm counts events of one kind and tells of the first, and of those that follow once a [Period]. The zero value is
// ready for use, from several threads at once.
type Alarm struct {
	// Clock tells the time; nil is the machine's. Only differences between its readings count, so that setting the wall
	// clock changes nothing.
	Clock func() time.Time

	count atomic.Uint64
	mu    sync.Mutex
	told  uint64
	last  time.Time
}

// Raise counts an event. If it is time to tell, it calls tell before it returns: since is how many events there have
// been since the last call, with this one, and total is how many in all. tell may be nil.
func (a *Alarm) Raise(tell func(since, total uint64)) {
	a.count.Add(1)
	if since, total := a.due(); since > 0 && tell != nil {
		tell(since, total)
	}
}

// Count returns how many events there have been.
func (a *Alarm) Count() uint64 { return a.count.Load() }

// due returns how many events are to be told of now.
func (a *Alarm) due() (since, total uint64) {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.last.IsZero() && now.Sub(a.last) < Period {
		return 0, 0
	}
	total = a.count.Load()
	since = total - a.told
	a.told, a.last = total, now
	return since, total
}

func (a *Alarm) now() time.Time {
	if a.Clock != nil {
		return a.Clock()
	}
	return time.Now()
}
