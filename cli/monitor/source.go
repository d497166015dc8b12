package monitor

import (
	"context"

	"github.com/proxylib/proxylib/accesslog/traffic"
)

// Source is a place where entries come from.
type Source interface {
	// Name says in errors which it is.
	Name() string
	// Run hands entries over until there are no more or the context ends, which is not an error.
	Run(ctx context.Context, into *Inlet) error
}

// Inlet takes the entries of a source. It belongs to one goroutine, or several of one source.
type Inlet struct {
	ctx    context.Context
	events chan<- event
	source int
	// arrived: Present has been called.
	arrived bool
}

// event is what a source hands over: an entry, or that it has come to the present.
type event struct {
	entry   *traffic.Entry
	present bool
	// source is the place of the source among all; err is why it has ended.
	source int
	ended  bool
	err    error
}

// Put hands an entry over. It waits while the reader is busy, and returns false if the context has ended.
func (i *Inlet) Put(e *traffic.Entry) bool { return i.put(event{entry: e}) }

// Present says that all entries from now on are new ones. It is called from one goroutine alone, and may be called again.
func (i *Inlet) Present() {
	if !i.arrived {
		i.arrived = true
		i.put(event{present: true})
	}
}

func (i *Inlet) put(e event) bool {
	e.source = i.source
	select {
	case i.events <- e:
		return true
	case <-i.ctx.Done():
		return false
	}
}
