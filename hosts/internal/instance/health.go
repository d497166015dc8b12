package instance

import (
	"io"
	"sync"
	"time"

	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Health is the state of all open instances of a host.
type Health struct {
	// Sources is how many instances have a source of policies, Connected how many of those are connected to it. A file
	// is connected while it can be read.
	Sources, Connected int
	// RefusedResources is how many resources are not in force as their sources gave them last.
	RefusedResources int
	// LastUpdate is when an update of the policy was put in force last: of several sources, the oldest. It is zero if one of them has had none.
	LastUpdate time.Time
	// Warnings is the number of parts of the policies in force that have no effect, or not the one that they seem to have.
	Warnings int
	// Connections are open now, and HeldBytes is the memory, in bytes, of what they hold for a verdict; see [Limits].
	Connections, HeldBytes int64
	Totals
}

// Totals count from the start of the process, instances that are closed included.
type Totals struct {
	// Updates are those of policies that were accepted, RefusedUpdates those that were not.
	Updates, RefusedUpdates uint64
	// LostEntries counts access-log entries; one that two sinks have lost counts twice.
	LostEntries uint64
	// Panics are those of parsers, and our own.
	Panics uint64
	// Unobserved are connections that pass without being observed, or without being observed any further.
	Unobserved uint64
	// RefusedConnections and RefusedBytes count what limits have refused: connections, and closed ones.
	RefusedConnections, RefusedBytes uint64
	// ReplacedParsers counts changed files of parsers that were put in force, RefusedParsers those that were not.
	ReplacedParsers, RefusedParsers uint64
}

func (t *Totals) add(other Totals) {
	t.Updates += other.Updates
	t.RefusedUpdates += other.RefusedUpdates
	t.LostEntries += other.LostEntries
	t.Panics += other.Panics
	t.Unobserved += other.Unobserved
	t.RefusedConnections += other.RefusedConnections
	t.RefusedBytes += other.RefusedBytes
	t.ReplacedParsers += other.ReplacedParsers
	t.RefusedParsers += other.RefusedParsers
}

// Since returns what has been added since the totals were old.
func (t Totals) Since(old Totals) Totals {
	return Totals{
		Updates: t.Updates - old.Updates, RefusedUpdates: t.RefusedUpdates - old.RefusedUpdates,
		LostEntries: t.LostEntries - old.LostEntries, Panics: t.Panics - old.Panics, Unobserved: t.Unobserved - old.Unobserved,
		RefusedConnections: t.RefusedConnections - old.RefusedConnections, RefusedBytes: t.RefusedBytes - old.RefusedBytes,
		ReplacedParsers: t.ReplacedParsers - old.ReplacedParsers, RefusedParsers: t.RefusedParsers - old.RefusedParsers,
	}
}

// Health returns the current state of the instances.
func (o *Opener) Health() Health {
	h := o.records.health()
	h.Panics += o.Panics.Count()
	files := o.files.Stats()
	h.ReplacedParsers, h.RefusedParsers = files.Replaced, files.Refused
	return h
}

// accessLog is where entries go.
type accessLog interface {
	io.Closer
	Stats() map[string]sink.Stats
}

// record is an open instance with its source and log.
type record struct {
	instance *host.Instance
	source   npds.Source
	log      accessLog
}

func (r *record) totals() Totals {
	status := r.source.Status()
	t := Totals{
		Updates: status.Updates, RefusedUpdates: status.Refusals, Panics: r.instance.Panics(), Unobserved: r.instance.GivenUp(),
		RefusedConnections: r.instance.Connections().Refused(), RefusedBytes: r.instance.HeldBytes().Refused(),
	}
	for _, stats := range r.log.Stats() {
		t.LostEntries += stats.Lost
	}
	return t
}

// records are the open instances, and the totals of those that were closed.
type records struct {
	mu   sync.Mutex
	open map[uint64]*record
	past Totals
}

func (r *records) add(id uint64, opened *record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = map[uint64]*record{}
	}
	r.open[id] = opened
}

func (r *records) remove(id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.past.add(r.open[id].totals())
	delete(r.open, id)
}

func (r *records) health() Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := Health{Totals: r.past}
	first := true
	for _, opened := range r.open {
		h.Totals.add(opened.totals())
		h.Connections += opened.instance.Connections().Used()
		h.HeldBytes += opened.instance.HeldBytes().Used()
		if _, none := opened.source.(nothing); none {
			continue
		}
		status := opened.source.Status()
		h.Sources++
		h.Warnings += len(status.Warnings)
		h.RefusedResources += status.RefusedResources
		if !status.ConnectedSince.IsZero() {
			h.Connected++
		}
		if first || status.LastUpdate.Before(h.LastUpdate) {
			h.LastUpdate = status.LastUpdate
		}
		first = false
	}
	return h
}
