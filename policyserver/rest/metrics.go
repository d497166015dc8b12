package rest

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/live"
)

// silence is the time after which a proxy that has not replied counts as silent.
const silence = 10 * time.Second

// metricsOf serves the status in the text form that Prometheus reads, with what the libraries send.
func metricsOf(s *policyserver.Server) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(Metrics(s.Status), s.Live.Metrics, LibraryMetrics(s.Live))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// LibraryMetrics are those of the libraries that send their access log.
func LibraryMetrics(h *live.Hub) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "proxylib_libraries", Help: "Libraries that send their access log.",
	}, func() float64 { return float64(len(h.Libraries())) })
}

// gauge is a metric that is read of a status.
type gauge struct {
	*prometheus.Desc
	value func(s *policyserver.Status) int
}

// perProtocol is a metric of NPDS and NPHDS each, read of the state of its service.
type perProtocol struct {
	*prometheus.Desc
	value func(s *policyserver.Served) int
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("proxylib_"+name, help, labels, nil)
}

var gauges = []gauge{
	{describe("revision", "Changes that were accepted."), func(s *policyserver.Status) int { return int(s.Revision) }},
	{describe("policies", "Policies that are stored."), func(s *policyserver.Status) int { return s.Policies }},
	{describe("endpoints", "Endpoints that are stored."), func(s *policyserver.Status) int { return s.Endpoints }},
	{describe("identities", "Identities that are in use."), func(s *policyserver.Status) int { return s.Identities }},
	{describe("refused_sources", "Sources whose last change was refused."), func(s *policyserver.Status) int { return len(s.Refusals) }},
	{describe("policy_warnings", "Things in policies that have no effect, or another than they seem to have."),
		func(s *policyserver.Status) int { return s.WarningCount }},
	{describe("unreadable_sources", "Sources that cannot be read."), func(s *policyserver.Status) int { return len(s.Unreadable) }},
}

var ofProtocols = []perProtocol{
	{describe("served_resources", "Resources that are served.", "protocol"), func(s *policyserver.Served) int { return s.Resources }},
	{describe("clients", "Streams of proxies.", "protocol"), func(s *policyserver.Served) int { return len(s.Clients) }},
	{describe("refusing_clients", "Streams whose proxy refused what it was sent last.", "protocol"), refusing},
	{describe("refused_resources", "Resources that proxies refused by name, of what they were sent last.", "protocol"), refusedEach},
	{describe("silent_clients", "Streams whose proxy has not replied for ten seconds.", "protocol"), silent},
}

func refusing(s *policyserver.Served) (n int) {
	for _, c := range s.Clients {
		if c.Refusal != "" {
			n++
		}
	}
	return n
}

func refusedEach(s *policyserver.Served) (n int) {
	for _, c := range s.Clients {
		n += len(c.Refused)
	}
	return n
}

func silent(s *policyserver.Served) (n int) {
	for _, c := range s.Clients {
		if !c.Unanswered.IsZero() && time.Since(c.Unanswered) > silence {
			n++
		}
	}
	return n
}

// collector reads metrics of a status.
type collector struct{ status func() policyserver.Status }

// Metrics are those of a server.
func Metrics(status func() policyserver.Status) prometheus.Collector { return collector{status} }

// Describe implements [prometheus.Collector].
func (collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, g := range gauges {
		descriptions <- g.Desc
	}
	for _, p := range ofProtocols {
		descriptions <- p.Desc
	}
}

// Collect implements [prometheus.Collector].
func (c collector) Collect(metrics chan<- prometheus.Metric) {
	s := c.status()
	for _, g := range gauges {
		metrics <- prometheus.MustNewConstMetric(g.Desc, prometheus.GaugeValue, float64(g.value(&s)))
	}
	for protocol, served := range s.Served {
		for _, p := range ofProtocols {
			metrics <- prometheus.MustNewConstMetric(p.Desc, prometheus.GaugeValue, float64(p.value(&served)), protocol)
		}
	}
}
