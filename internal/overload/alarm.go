package overload

import (
	"sync"
	"sync/atomic"
	"time"
)

// Period is the minimum time between two reports of one [Alarm].
const Period = time.Minute

// Alarm counts events of one kind and reports the first, and those that follow once a [Period]. The zero value is
// ready for use, from several threads at once.
type Alarm struct {
	// Clock returns the time; nil is the clock of the machine. Only differences between its readings count, so that setting the wall
	// clock changes nothing.
	Clock func() time.Time

	count atomic.Uint64
	mu    sync.Mutex
	// reported is the count at the last report, which was at last.
	reported uint64
	last     time.Time
}

// Raise counts an event. If a report is due, it calls report before it returns: since is the number of events since the
// last report, this one included, and total is the number of all. report may be nil.
func (a *Alarm) Raise(report func(since, total uint64)) {
	a.count.Add(1)
	if since, total := a.due(); since > 0 && report != nil {
		report(since, total)
	}
}

// Count returns how many events there have been.
func (a *Alarm) Count() uint64 { return a.count.Load() }

// due returns how many events are to be reported now; 0 if no report is due.
func (a *Alarm) due() (since, total uint64) {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.last.IsZero() && now.Sub(a.last) < Period {
		return 0, 0
	}
	total = a.count.Load()
	since = total - a.reported
	a.reported, a.last = total, now
	return since, total
}

func (a *Alarm) now() time.Time {
	if a.Clock != nil {
		return a.Clock()
	}
	return time.Now()
}
