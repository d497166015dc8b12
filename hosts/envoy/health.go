package envoy

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/proxylib/proxylib/hosts/internal/instance"
)

// healthEvery is how often Envoy's stats are brought up to date with how the library is.
const healthEvery = time.Second

// news tells what is new of the health of a process. It may be used from several threads at once.
type news struct {
	health func() instance.Health

	mu   sync.Mutex
	told instance.Totals
	at   time.Time
}

// take returns the health, and what its totals have grown by since the last call. No two calls return the same growth.
func (n *news) take() (health instance.Health, grown instance.Totals) {
	n.mu.Lock()
	defer n.mu.Unlock()
	health = n.health()
	grown = health.Totals.Since(n.told)
	n.told, n.at = health.Totals, time.Now()
	return health, grown
}

// due tells whether it is time to take.
func (n *news) due() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return time.Since(n.at) >= healthEvery
}

// watch calls tell for the open configurations, every healthEvery, from a goroutine that runs while there are any.
type watch[C any] struct {
	every time.Duration
	// tell is given all that are open, the oldest first. None is closed before it returns.
	tell func(open []C)

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

// remove returns when the configuration is not in use any more. It may be one that is not watched.
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
		w.tellAll()
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
	}
}

func (w *watch[C]) tellAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	var open []C
	for _, number := range slices.Sorted(maps.Keys(w.open)) {
		open = append(open, w.open[number])
	}
	if len(open) > 0 {
		w.tell(open)
	}
}
