package monitor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/proxylib/proxylib/accesslog/traffic"
)

// queue is how many entries wait for the reader; then sources wait.
const queue = 4096

// Config says what is shown of what.
type Config struct {
	Sources []Source
	Filter  Filter
	// Last, if it is not 0, leaves out all but this many of the entries that were there before the start.
	Last int
	// Take takes the entries that are chosen, one at a time.
	Take func(e *traffic.Entry) error
	// Tick is called, if it is not nil, in the period Every, and between calls of Take.
	Tick  func() error
	Every time.Duration
}

// Run reads all sources until they have ended or the context does. Entries of one source keep their order.
func Run(ctx context.Context, c Config) error {
	ctx, cancel := context.WithCancel(ctx)
	events := make(chan event, queue)
	running := len(c.Sources)
	defer func() {
		cancel()
		for ; running > 0; running-- {
			for !(<-events).ended {
			}
		}
	}()
	for i, s := range c.Sources {
		go func() {
			inlet := &Inlet{ctx: ctx, events: events, source: i}
			err := s.Run(ctx, inlet)
			inlet.Present()
			events <- event{source: i, err: err, ended: true}
		}()
	}
	m := merger{c: c, past: running, kept: make([]ring, running)}
	tick := time.NewTicker(max(c.Every, time.Millisecond))
	defer tick.Stop()
	if c.Tick == nil {
		tick.Stop()
	}
	for running > 0 {
		select {
		case e := <-events:
			if e.ended {
				running--
			}
			if err := m.take(e); err != nil {
				return err
			}
		case <-tick.C:
			if err := c.Tick(); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// merger holds the last entries of each source until all sources have come to the present.
type merger struct {
	c Config
	// past is how many sources are not there yet.
	past int
	kept []ring
}

// ring holds the last entries of a source. next is the place of the oldest, once it is full.
type ring struct {
	entries []*traffic.Entry
	next    int
}

func (r *ring) add(e *traffic.Entry, limit int) {
	if len(r.entries) < limit {
		r.entries = append(r.entries, e)
		return
	}
	r.entries[r.next] = e
	r.next = (r.next + 1) % limit
}

func (m *merger) take(e event) error {
	switch {
	case e.err != nil:
		return fmt.Errorf("%s: %w", m.c.Sources[e.source].Name(), e.err)
	case e.present:
		return m.arrived()
	case e.entry == nil || !m.c.Filter.Takes(e.entry):
		return nil
	case m.c.Last == 0 || m.past <= 0:
		return m.c.Take(e.entry)
	}
	m.kept[e.source].add(e.entry, m.c.Last)
	return nil
}

func (m *merger) arrived() error {
	if m.past--; m.past == 0 {
		return m.flush()
	}
	return nil
}

// flush hands over the last of what was kept, by time.
func (m *merger) flush() error {
	var list []*traffic.Entry
	for i := range m.kept {
		r := &m.kept[i]
		list = slices.Concat(list, r.entries[r.next:], r.entries[:r.next])
		*r = ring{}
	}
	slices.SortStableFunc(list, func(a, b *traffic.Entry) int { return a.At().Compare(b.At()) })
	for _, e := range list[max(0, len(list)-m.c.Last):] {
		if err := m.c.Take(e); err != nil {
			return err
		}
	}
	return nil
}
