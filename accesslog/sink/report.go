package sink

import (
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// counter counts what a sink delivers and loses. Sinks embed it.
type counter struct {
	mu    sync.Mutex
	stats Stats
	// unreported counts the lost entries of which the reader of the sink does not know yet. It belongs to the writer.
	unreported uint64
}

// Stats implements [Sink].
func (c *counter) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Discard implements [Sink].
func (c *counter) Discard(n uint64, cause error) {
	if n == 0 {
		return
	}
	c.unreported += n
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Lost += n
	c.stats.Cause = cause
}

func (c *counter) deliver(n uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Delivered += n
}

// reporter reports lost entries to the operator, at most once in the time every.
type reporter struct {
	log   logrus.FieldLogger
	every time.Duration
	last  time.Time
	// reported is how many lost entries of each sink have been reported.
	reported []uint64
}

func newReporter(log logrus.FieldLogger, every time.Duration, sinks int) reporter {
	return reporter{log: log, every: every, reported: make([]uint64, sinks)}
}

func (r *reporter) reportIfDue(sinks []Sink) {
	if time.Since(r.last) >= r.every {
		r.report(sinks)
	}
}

// pending returns how long it is until the next report, or 0 if there is nothing to report.
func (r *reporter) pending(sinks []Sink) time.Duration {
	for i, s := range sinks {
		if s.Stats().Lost > r.reported[i] {
			return max(r.every-time.Since(r.last), time.Millisecond)
		}
	}
	return 0
}

func (r *reporter) report(sinks []Sink) {
	for i, s := range sinks {
		stats := s.Stats()
		if stats.Lost == r.reported[i] {
			continue
		}
		r.log.WithFields(logrus.Fields{
			"sink": s.Name(), "lost": stats.Lost - r.reported[i], "lost_total": stats.Lost, "delivered_total": stats.Delivered,
		}).WithError(stats.Cause).Warn("access log: entries are lost")
		r.reported[i] = stats.Lost
		r.last = time.Now()
	}
}
