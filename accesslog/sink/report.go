package sink

import (
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// tally counts what a sink delivers and loses. Sinks embed it.
type tally struct {
	mu    sync.Mutex
	stats Stats
	// untold counts the lost entries that the reader of the sink has not been told of. It belongs to the writer.
	untold uint64
}

// Stats implements [Sink].
func (t *tally) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stats
}

// Discard implements [Sink].
func (t *tally) Discard(n uint64, cause error) {
	if n == 0 {
		return
	}
	t.untold += n
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Lost += n
	t.stats.Cause = cause
}

func (t *tally) deliver(n uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Delivered += n
}

// reporter tells the operator of lost entries, but not often.
type reporter struct {
	log   logrus.FieldLogger
	every time.Duration
	last  time.Time
	// told is how many lost entries of each sink have been reported.
	told []uint64
}

func newReporter(log logrus.FieldLogger, every time.Duration, sinks int) reporter {
	return reporter{log: log, every: every, told: make([]uint64, sinks)}
}

func (r *reporter) reportIfDue(sinks []Sink) {
	if time.Since(r.last) >= r.every {
		r.report(sinks)
	}
}

// pending returns how long it is until the next report, or 0 if there is nothing to report.
func (r *reporter) pending(sinks []Sink) time.Duration {
	for i, s := range sinks {
		if s.Stats().Lost > r.told[i] {
			return max(r.every-time.Since(r.last), time.Millisecond)
		}
	}
	return 0
}

func (r *reporter) report(sinks []Sink) {
	for i, s := range sinks {
		stats := s.Stats()
		if stats.Lost == r.told[i] {
			continue
		}
		r.log.WithFields(logrus.Fields{
			"sink": s.Name(), "lost": stats.Lost - r.told[i], "lost_total": stats.Lost, "delivered_total": stats.Delivered,
		}).WithError(stats.Cause).Warn("access log: entries are lost")
		r.told[i] = stats.Lost
		r.last = time.Now()
	}
}
