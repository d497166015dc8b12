//go:build wasip1

package wasm

import (
	"unsafe"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/proxylib/host"
)

// metric is Envoy's number of a metric; 0 is none.
type metric uint32

// define defines a metric. Virtual machines that define the same one share it.
func define(kind uint32, name string) metric {
	results.number = 0
	if proxyDefineMetric(kind, textAddress(name), uint32(len(name)), unsafe.Pointer(&results.number)) != statusOK {
		return 0
	}
	return metric(results.number)
}

// add adds to a counter, or to a gauge, where n may be negative.
func (m metric) add(n int64) {
	if n != 0 && m != 0 {
		proxyIncrementMetric(uint32(m), n)
	}
}

// record sets a gauge, or adds a value to a histogram.
func (m metric) record(value uint64) {
	if m != 0 {
		proxyRecordMetric(uint32(m), value)
	}
}

// The comments in these tables are the reference in docs/reference-metrics.md.

// counterNames are the names of the counters of a plugin, after proxylib.STAT_PREFIX. Where it detects parsers, each has a prefix of
// its own.
var counterNames = [...]string{
	// connections that got a parser
	countConnections: ".connections",
	// requests that passed
	countPassed: ".passed",
	// of those that passed, the ones that did only because of audit mode
	countAudited: ".audited",
	// requests that were denied
	countDenied: ".denied",
	// connections that the plugin closed
	countClosed: ".closed",
	// of these, the ones where the parser refused the bytes
	countParseErrors: ".parse_errors",
	// connections whose remote side has no identity
	countUnknownIdentity: ".unknown_identity",
}

const (
	countConnections = iota
	countPassed
	countAudited
	countDenied
	countClosed
	countParseErrors
	countUnknownIdentity
)

// histogramNames are the names of the histograms of a plugin, after proxylib.STAT_PREFIX.
var histogramNames = [...]string{
	// time from the verdict on a request to the end of its reply, in microseconds, where an access log has exchanges
	histogramLatency: ".latency_us",
}

const histogramLatency = 0

// gaugeNames are the names of current values, of all plugins together.
var gaugeNames = [...]string{
	// connections that have a parser
	gaugeOpenConnections: "proxylib_open_connections",
	// memory, in bytes, of what they hold for a verdict; up to 128 bytes a direction are not counted
	gaugeHeldBytes: "proxylib_held_bytes",
	// policy servers that are followed
	gaugePolicySources: "proxylib_policy_sources",
	// of these, the ones that are connected
	gaugePolicySourcesConnected: "proxylib_policy_sources_connected",
	// resources that are not in force as a policy server sent them last
	gaugePolicyResourcesRefused: "proxylib_policy_resources_refused",
	// when an update of the policy was put in force last, in seconds since 1970
	gaugePolicyLastUpdate: "proxylib_policy_last_update",
}

const (
	gaugeOpenConnections = iota
	gaugeHeldBytes
	gaugePolicySources
	gaugePolicySourcesConnected
	gaugePolicyResourcesRefused
	gaugePolicyLastUpdate
)

// totalNames are the names of counters of all plugins together.
var totalNames = [...]string{
	// panics of parsers, each of which closed its connection, and of the plugin itself
	totalPanics: "proxylib_panics",
	// in mode observe, connections that pass without being observed, or without being observed any further
	totalUnobserved: "proxylib_unobserved",
	// connections refused because of limits.connections
	totalConnectionsRefused: "proxylib_limit_connections",
	// connections closed because of limits.total_held_bytes
	totalHeldBytesRefused: "proxylib_limit_total_held_bytes",
	// updates of policies that were accepted
	totalPolicyUpdates: "proxylib_policy_updates",
	// updates of which anything was refused
	totalPolicyUpdatesRefused: "proxylib_policy_updates_refused",
	// entries of the access log that the policy server did not get
	totalLogEntriesLost: "proxylib_log_entries_lost",
}

const (
	totalPanics = iota
	totalUnobserved
	totalConnectionsRefused
	totalHeldBytesRefused
	totalPolicyUpdates
	totalPolicyUpdatesRefused
	totalLogEntriesLost
)

// parserMetrics are those of the connections of a plugin that have one parser.
type parserMetrics struct {
	counters [len(counterNames)]metric
	latency  metric
}

// defineParsers defines those of the parser of the settings, and of those that may be detected in its place.
func defineParsers(s *filterconfig.Settings) map[string]*parserMetrics {
	all := map[string]*parserMetrics{s.Parser.Name: defineParser(s.StatPrefix)}
	if s.Parser.Name != filterconfig.Auto {
		return all
	}
	for _, parser := range host.Detectable() {
		all[parser] = defineParser(s.StatPrefixOf(parser))
	}
	return all
}

func defineParser(prefix string) *parserMetrics {
	m := new(parserMetrics)
	for i, name := range counterNames {
		m.counters[i] = define(metricCounter, "proxylib."+prefix+name)
	}
	m.latency = define(metricHistogram, "proxylib."+prefix+histogramNames[histogramLatency])
	return m
}

// count adds n to a counter.
func (m *parserMetrics) count(which int, n uint64) { m.counters[which].add(int64(n)) }

// measure adds latencies, in nanoseconds, to the histogram.
func (m *parserMetrics) measure(latencies []uint64) {
	for _, latency := range latencies {
		m.latency.record(latency / 1000)
	}
}

// metrics are those of a plugin.
type metrics struct {
	gauges [len(gaugeNames)]metric
	totals [len(totalNames)]metric
	// reported are the values of gauges and totals that Envoy has. Those of policies and their servers belong to
	// no plugin, see [source.report] and [serverLog.lose].
	reported health
}

// health is what Envoy shows of all plugins together, of one of them.
type health struct {
	gauges [len(gaugeNames)]int64
	totals [len(totalNames)]uint64
}

func defineMetrics() (m metrics) {
	for i, name := range gaugeNames {
		m.gauges[i] = define(metricGauge, name)
	}
	for i, name := range totalNames {
		m.totals[i] = define(metricCounter, name)
	}
	ownPanics = m.totals[totalPanics]
	build, _ := buildinfo.Read()
	define(metricGauge, "proxylib_build."+build.Metric()).record(1)
	return m
}

// ownPanics counts the panics that are not a parser's, which belong to no plugin.
var ownPanics metric

// reportAfter is [metrics.report] after a call for a connection. Where that neither begins nor ends with it, nothing but the bytes that
// are held has changed, unless it is observed.
func (m *metrics) reportAfter(of *host.Instance, goesOn bool) {
	if !goesOn || of.Observes() || of.HeldBytes().Used() != m.reported.gauges[gaugeHeldBytes] {
		m.report(of)
	}
}

// report brings gauges and totals up to date. A plugin without a configuration has no instance.
func (m *metrics) report(of *host.Instance) {
	if of == nil {
		return
	}
	now := health{
		gauges: [len(gaugeNames)]int64{gaugeOpenConnections: of.Connections().Used(), gaugeHeldBytes: of.HeldBytes().Used()},
		totals: [len(totalNames)]uint64{
			totalPanics: of.Panics(), totalUnobserved: of.GivenUp(),
			totalConnectionsRefused: of.Connections().Refused(), totalHeldBytesRefused: of.HeldBytes().Refused(),
		},
	}
	if now == m.reported {
		return
	}
	for i := range now.gauges {
		m.gauges[i].add(now.gauges[i] - m.reported.gauges[i])
	}
	for i := range now.totals {
		m.totals[i].add(int64(now.totals[i] - m.reported.totals[i]))
	}
	m.reported = now
}
