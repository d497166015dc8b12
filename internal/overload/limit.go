package overload

import "sync/atomic"

// Limit is a maximum for a sum, such as of connections or of bytes. It refuses what would exceed it. A nil Limit allows everything.
// It may be used from several threads at once.
type Limit struct {
	maximum  int64
	used     atomic.Int64
	refusals Alarm
	report   func(since, total uint64)
}

// NewLimit makes a limit. report is called when something is refused, at most once a [Period]; see [Alarm.Raise].
func NewLimit(maximum int64, report func(since, total uint64)) *Limit {
	return &Limit{maximum: maximum, report: report}
}

// Take adds n, which must not be negative, unless that would exceed the maximum: then it changes nothing, counts a
// refusal and returns false. The caller gives back what it has taken.
func (l *Limit) Take(n int64) bool {
	if l == nil {
		return true
	}
	for {
		used := l.used.Load()
		if n > l.maximum-used {
			l.refusals.Raise(l.report)
			return false
		}
		if l.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// TakeSpare is [Limit.Take] for what can be done without: it returns false where more than half of the maximum would be taken,
// which is not counted as a refusal.
func (l *Limit) TakeSpare(n int64) bool {
	if l == nil {
		return true
	}
	for {
		used := l.used.Load()
		if n > l.maximum/2-used {
			return false
		}
		if l.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// Give gives n back.
func (l *Limit) Give(n int64) {
	if l != nil {
		l.used.Add(-n)
	}
}

// Used returns what is taken now.
func (l *Limit) Used() int64 {
	if l == nil {
		return 0
	}
	return l.used.Load()
}

// Refused returns how often something was refused.
func (l *Limit) Refused() uint64 {
	if l == nil {
		return 0
	}
	return l.refusals.Count()
}
