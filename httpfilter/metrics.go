package httpfilter

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proxylib/proxylib/internal/httplink"
)

const (
	// maxLabelSets is how many combinations of values of labels a metric has at most. Further ones are counted as overflow.
	maxLabelSets = 1000
	overflow     = "overflow"
	// maxSamples is how many values of a histogram wait to be shown at most. Further ones are dropped.
	maxSamples = 4096
	// showAfter is how long values wait for a stream to end, which shows them at less cost, before the main thread does.
	showAfter = 100 * time.Millisecond
)

// Counter is a number of Envoy's statistics that only grows. It may be used from any thread at any time.
type Counter struct{ m *metric }

// Gauge is a number of Envoy's statistics that changes both ways. It may be used from any thread at any time.
type Gauge struct{ m *metric }

// Histogram is a distribution in Envoy's statistics. It may be used from any thread at any time.
type Histogram struct{ m *metric }

// Counter defines a counter with names of labels. Envoy shows it as dynamicmodulescustom.NAME with the values of the labels, by default.
// Before Envoy 1.39, values are shown when a stream of the configuration ends.
func (c *Config) Counter(name string, labels ...string) *Counter {
	return &Counter{c.metric(httplink.Counter, name, labels)}
}

// Gauge defines a gauge, as [Config.Counter] does a counter.
func (c *Config) Gauge(name string, labels ...string) *Gauge {
	return &Gauge{c.metric(httplink.Gauge, name, labels)}
}

// Histogram defines a histogram, as [Config.Counter] does a counter.
func (c *Config) Histogram(name string, labels ...string) *Histogram {
	return &Histogram{c.metric(httplink.Histogram, name, labels)}
}

// Add adds to the counter, for values of the labels, one for each name. What has another number of values is dropped and logged. Of more than
// 1,000 combinations of values further ones are counted together, as "overflow".
func (c *Counter) Add(n uint64, labels ...string) {
	c.m.change(labels, func(l *cell) { l.value.Add(n) })
}

// Set sets the gauge; see [Counter.Add] for labels.
func (g *Gauge) Set(n uint64, labels ...string) {
	g.m.change(labels, func(l *cell) { l.value.Store(n) })
}

// Add changes the gauge by a difference; see [Counter.Add] for labels.
func (g *Gauge) Add(n int64, labels ...string) {
	g.m.change(labels, func(l *cell) { l.value.Add(uint64(n)) })
}

// Record adds a value to the distribution; see [Counter.Add] for labels.
func (h *Histogram) Record(n uint64, labels ...string) {
	h.m.change(labels, func(l *cell) { l.sample(n) })
}

// metric is a metric of a configuration.
type metric struct {
	all    *metrics
	kind   httplink.Kind
	id     int
	name   string
	labels int

	mu    sync.Mutex
	cells map[string]*cell
}

// cell is a metric for one combination of values of its labels.
type cell struct {
	metric *metric
	labels []string
	// value is what a counter has grown by since it was shown, or the value of a gauge.
	value atomic.Uint64
	// changed: it waits to be shown.
	changed atomic.Bool

	mu      sync.Mutex
	samples []uint64
}

// metrics are those of a configuration.
type metrics struct {
	config  *Config
	waiting atomic.Int64

	mu sync.Mutex
	// changed are the cells to be shown. armed: a timer is set for them.
	changed []*cell
	armed   bool
	timer   *time.Timer
	ended   bool
}

func (c *Config) metric(kind httplink.Kind, name string, labels []string) *metric {
	id, err := c.host.Define(kind, name, labels)
	if err != nil {
		c.fail(fmt.Errorf("metric %s: %w", name, err))
	}
	c.metrics.config = c
	return &metric{all: &c.metrics, kind: kind, id: id, name: name, labels: len(labels), cells: map[string]*cell{}}
}

func (m *metric) change(labels []string, change func(*cell)) {
	if len(labels) != m.labels {
		m.all.config.log.Error("a value is dropped, as it has not as many labels as the metric", "metric", m.name, "labels", len(labels))
		return
	}
	l := m.cell(labels)
	change(l)
	if !l.changed.Swap(true) {
		m.all.note(l)
	}
}

func (m *metric) cell(labels []string) *cell {
	key := strings.Join(labels, "\x00")
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.cells[key]; l != nil {
		return l
	}
	if len(m.cells) >= maxLabelSets && len(labels) > 0 {
		labels = make([]string, len(labels))
		for i := range labels {
			labels[i] = overflow
		}
		key = strings.Join(labels, "\x00")
		if l := m.cells[key]; l != nil {
			return l
		}
	}
	kept := make([]string, len(labels))
	for i := range labels {
		kept[i] = strings.Clone(labels[i])
	}
	l := &cell{metric: m, labels: kept}
	m.cells[strings.Clone(key)] = l
	return l
}

func (l *cell) sample(n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.samples) < maxSamples {
		l.samples = append(l.samples, n)
	}
}

// show hands what has changed to a host.
func (l *cell) show(to httplink.Recorder) {
	m := l.metric
	switch m.kind {
	case httplink.Counter:
		if n := l.value.Swap(0); n > 0 {
			to.Record(m.kind, m.id, l.labels, n)
		}
	case httplink.Gauge:
		to.Record(m.kind, m.id, l.labels, l.value.Load())
	case httplink.Histogram:
		l.mu.Lock()
		samples := l.samples
		l.samples = nil
		l.mu.Unlock()
		for _, n := range samples {
			to.Record(m.kind, m.id, l.labels, n)
		}
	}
}

// note notes a cell that has changed.
func (a *metrics) note(l *cell) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changed = append(a.changed, l)
	a.waiting.Store(int64(len(a.changed)))
	a.arm()
}

// arm sets the timer, if the main thread can show values. The lock is held.
func (a *metrics) arm() {
	if a.armed || a.ended || len(a.changed) == 0 || !a.config.host.Records() {
		return
	}
	a.armed = true
	a.timer = time.AfterFunc(showAfter, func() {
		a.mu.Lock()
		a.armed = false
		some := len(a.changed) > 0
		a.mu.Unlock()
		if some {
			a.config.post(func() { a.config.flush(a.config.host) })
		}
	})
}

// begin sets the timer for what was counted while the configuration was made.
func (a *metrics) begin(c *Config) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.config = c
	a.arm()
}

func (a *metrics) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
	if a.timer != nil {
		a.timer.Stop()
	}
}

// flush shows what has changed, on a thread of the host.
func (c *Config) flush(to httplink.Recorder) {
	a := &c.metrics
	if a.waiting.Load() == 0 {
		return
	}
	a.mu.Lock()
	changed := a.changed
	a.changed = nil
	a.waiting.Store(0)
	a.mu.Unlock()
	for _, l := range changed {
		l.changed.Store(false)
		l.show(to)
	}
}
