package traffic

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/proxylib/proxylib/accesslog/jsonline"
	"github.com/proxylib/proxylib/api/cilium"
)

func TestTheVerdictIsThatOfTheLibrary(t *testing.T) {
	for want, message := range map[string]*cilium.LogEntry{
		Allowed: {}, Denied: {EntryType: cilium.EntryType_Denied}, Reply: {EntryType: cilium.EntryType_Response},
		Closed:  {EntryType: cilium.EntryType_Denied, Closed: &cilium.ClosedLogEntry{}},
		Audited: {L7: &cilium.LogEntry_GenericL7{GenericL7: &cilium.L7LogEntry{Fields: map[string]string{"audit": "denied"}}}},
	} {
		if got := Of(message, "").Verdict(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestLossesAreTakenFromTheFieldInWhichASocketHasThem(t *testing.T) {
	e := Of(&cilium.LogEntry{L7: &cilium.LogEntry_GenericL7{GenericL7: &cilium.L7LogEntry{Fields: map[string]string{"lost": "7", "a": "b"}}}}, "n")
	if e.Lost != 7 || len(e.Fields) != 1 || e.Node != "n" {
		t.Errorf("got %+v", e)
	}
}

// scrape returns what Prometheus' own parser reads of metrics.
func scrape(t *testing.T, c prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for name, family := range families {
		for _, m := range family.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetValue())
			}
			values[name+" "+strings.Join(labels, " ")] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

func TestMetricsCountRequestsByParserAndVerdict(t *testing.T) {
	m := NewMetrics()
	for range 3 {
		m.Add(&Entry{Line: jsonline.Line{Type: "request", Parser: "redis", Exchange: &jsonline.Exchange{Status: "ok", Latency: 5e6}}})
	}
	m.Add(&Entry{Line: jsonline.Line{Type: "denied", Proto: "textmemcached", Lost: 4}})
	got := scrape(t, m)
	for name, want := range map[string]float64{
		"proxylib_requests_total redis allowed": 3, "proxylib_requests_total textmemcached denied": 1,
		"proxylib_log_entries_lost_total ": 4, "proxylib_request_duration_seconds redis": 3,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v; all are %v", name, got[name], want, got)
		}
	}
}

func TestParsersThatAreMadeUpDoNotMakeMetricsWithoutEnd(t *testing.T) {
	m := NewMetrics()
	for i := range 10 * maxParsers {
		m.Add(&Entry{Line: jsonline.Line{Type: "request", Parser: fmt.Sprint("p", i)}})
	}
	got := scrape(t, m)
	if len(got) != maxParsers+2 || got["proxylib_requests_total other allowed"] != 9*maxParsers {
		t.Errorf("got %d series, %v in others", len(got), got["proxylib_requests_total other allowed"])
	}
}
