package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/proxylib/host"
)

// registerMetrics registers the flag of commands that show metrics to Prometheus.
func registerMetrics(cmd *cobra.Command, at *string) {
	cmd.Flags().StringVar(at, "metrics", "", "address, host:port on this machine, at which Prometheus finds /metrics")
}

// entryCounter counts the entries of JSON lines, which it takes in any pieces. It may be used from several goroutines at once.
type entryCounter struct {
	metrics *traffic.Metrics
	mu      sync.Mutex
	begun   []byte
}

// Write implements [io.Writer].
func (c *entryCounter) Write(data []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = append(c.begun, data...)
	for {
		line, rest, whole := bytes.Cut(c.begun, []byte("\n"))
		if !whole {
			return len(data), nil
		}
		var e traffic.Entry
		if json.Unmarshal(line, &e) == nil && e.Type != "" {
			c.metrics.Add(&e)
		}
		c.begun = rest
	}
}

// healthMetric is a metric of what a proxy holds and has refused.
type healthMetric struct {
	*prometheus.Desc
	kind  prometheus.ValueType
	value func(i *host.Instance, s *npds.Status) float64
}

func describeHealth(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("proxylib_"+name, help, nil, nil)
}

var healthMetrics = []healthMetric{
	{describeHealth("open_connections", "Connections that have a parser."), prometheus.GaugeValue,
		func(i *host.Instance, _ *npds.Status) float64 { return float64(i.Connections().Used()) }},
	{describeHealth("held_bytes", "Memory, in bytes, of what connections hold for a verdict."), prometheus.GaugeValue,
		func(i *host.Instance, _ *npds.Status) float64 { return float64(i.HeldBytes().Used()) }},
	{describeHealth("panics_total", "Panics of parsers, each of which closed its connection."), prometheus.CounterValue,
		func(i *host.Instance, _ *npds.Status) float64 { return float64(i.Panics()) }},
	{describeHealth("limit_connections_total", "Connections that were refused because of the limit of connections."),
		prometheus.CounterValue, func(i *host.Instance, _ *npds.Status) float64 { return float64(i.Connections().Refused()) }},
	{describeHealth("limit_total_held_bytes_total", "Connections that were closed because of the limit of held bytes of all."),
		prometheus.CounterValue, func(i *host.Instance, _ *npds.Status) float64 { return float64(i.HeldBytes().Refused()) }},
	{describeHealth("policy_updates_total", "Updates of the policy that were accepted."), prometheus.CounterValue,
		func(_ *host.Instance, s *npds.Status) float64 { return float64(s.Updates) }},
	{describeHealth("policy_updates_refused_total", "Updates of the policy of which anything was refused."), prometheus.CounterValue,
		func(_ *host.Instance, s *npds.Status) float64 { return float64(s.Refusals) }},
	{describeHealth("policy_last_update_timestamp_seconds", "When an update of the policy was put in force last, in seconds since 1970; 0 is never."),
		prometheus.GaugeValue, func(_ *host.Instance, s *npds.Status) float64 {
			if s.LastUpdate.IsZero() {
				return 0
			}
			return float64(s.LastUpdate.Unix())
		}},
}

// proxyHealth collects the health of a proxy.
type proxyHealth struct {
	instance *host.Instance
	source   io.Closer
}

// ProxyMetrics are those of "proxylib proxy" beside the ones of its requests, of an instance and the source of its policy.
func ProxyMetrics(instance *host.Instance, source io.Closer) prometheus.Collector {
	return &proxyHealth{instance, source}
}

// Describe implements [prometheus.Collector].
func (*proxyHealth) Describe(descriptions chan<- *prometheus.Desc) {
	for _, m := range healthMetrics {
		descriptions <- m.Desc
	}
}

// Collect implements [prometheus.Collector]. A policy that has no source was put in force by no update.
func (p *proxyHealth) Collect(metrics chan<- prometheus.Metric) {
	status := npds.Status{}
	if source, ok := p.source.(npds.Source); ok {
		status = source.Status()
	}
	for _, m := range healthMetrics {
		metrics <- prometheus.MustNewConstMetric(m.Desc, m.kind, m.value(p.instance, &status))
	}
}
