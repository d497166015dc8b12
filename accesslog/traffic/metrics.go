package traffic

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// maxParsers is how many parsers have metrics of their own; those beyond it count as [others]. What an entry names as its
	// parser may be anything.
	maxParsers = 64
	others     = "other"
	// maxName is the length, in bytes, to which the name of a parser is cut.
	maxName = 64
	// minLatency is the bound of the first bucket, in seconds.
	minLatency = 25e-6
)

// Metrics counts entries. It is a [prometheus.Collector], and may be used from several threads at once.
type Metrics struct {
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	lost     prometheus.Counter

	mu      sync.Mutex
	parsers map[string]bool
}

// NewMetrics returns metrics of entries that are all 0.
func NewMetrics() *Metrics {
	return &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "proxylib_requests_total",
			Help: "Entries of access logs by parser and verdict: allowed, denied, audited, closed (a connection) or reply.",
		}, []string{"parser", "verdict"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "proxylib_request_duration_seconds", Help: "Time from the verdict on a request to the end of its reply, where access logs have it.",
			Buckets: prometheus.ExponentialBuckets(minLatency, 4, 10),
		}, []string{"parser"}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "proxylib_log_entries_lost_total", Help: "Entries that were lost before they came here, as far as they were reported.",
		}),
		parsers: map[string]bool{},
	}
}

// Add counts an entry.
func (m *Metrics) Add(e *Entry) {
	parser := m.parser(e.ParserName())
	m.requests.WithLabelValues(parser, e.Verdict()).Inc()
	if latency, measured := e.Measured(); measured {
		m.latency.WithLabelValues(parser).Observe(latency.Seconds())
	}
	m.Lose(e.Lost)
}

// Lose counts lost entries.
func (m *Metrics) Lose(n uint64) { m.lost.Add(float64(n)) }

// parser returns the label of a parser.
func (m *Metrics) parser(name string) string {
	name = strings.ToValidUTF8(name[:min(len(name), maxName)], "")
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.parsers) >= maxParsers && !m.parsers[name] {
		return others
	}
	m.parsers[name] = true
	return name
}

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(descriptions chan<- *prometheus.Desc) {
	m.requests.Describe(descriptions)
	m.latency.Describe(descriptions)
	m.lost.Describe(descriptions)
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(metrics chan<- prometheus.Metric) {
	m.requests.Collect(metrics)
	m.latency.Collect(metrics)
	m.lost.Collect(metrics)
}
