package envoy

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/proxylib/proxylib/hosts/internal/instance"
)

// healthEvery is the period at which Envoy's stats are brought up to date with the health of the library.
const healthEvery = time.Second

// growth tells the health of a process, and by how much its totals have grown. It may be used from several threads at once.
type growth struct {
	health func() instance.Health

	mu sync.Mutex
	// reported are the totals at the last take, which was at.
	reported instance.Totals
	at       time.Time
}

// take returns the health, and what its totals have grown by since the last call. No two calls return the same growth.
func (g *growth) take() (health instance.Health, grown instance.Totals) {
	g.mu.Lock()
	defer g.mu.Unlock()
	health = g.health()
	grown = health.Totals.Since(g.reported)
	g.reported, g.at = health.Totals, time.Now()
	return health, grown
}

// due reports whether a report is due.
func (g *growth) due() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Since(g.at) >= healthEvery
}

// watch calls report for the open configurations, once in every period, from a goroutine that runs while there are any.
type watch[C any] struct {
	every time.Duration
	// report is called with all that are open, the oldest first. None is closed before it returns.
	report func(open []C)

	mu   sync.Mutex
	open map[uint64]C
	stop chan struct{}
}

// add begins to watch a configuration.
func (w *watch[C]) add(number uint64, config C) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.open) == 0 {
		w.open, w.stop = map[uint64]C{}, make(chan struct{})
		go w.run(w.stop)
	}
	w.open[number] = config
}

// remove stops watching a configuration, and returns when it is no longer in use. It may be one that is not watched.
func (w *watch[C]) remove(number uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, watched := w.open[number]; !watched {
		return
	}
	if delete(w.open, number); len(w.open) == 0 {
		close(w.stop)
	}
}

func (w *watch[C]) run(stop chan struct{}) {
	ticker := time.NewTicker(w.every)
	defer ticker.Stop()
	for {
		w.reportAll()
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
	}
}

func (w *watch[C]) reportAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	var open []C
	for _, number := range slices.Sorted(maps.Keys(w.open)) {
		open = append(open, w.open[number])
	}
	if len(open) > 0 {
		w.report(open)
	}
}
