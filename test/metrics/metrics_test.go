package metrics

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/cli"
	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/live"
	"github.com/proxylib/proxylib/policyserver/rest"
)

// root is the folder of the repository.
const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// metric is what the code says of a metric.
type metric struct{ name, labels, help string }

var description = regexp.MustCompile(`fqName: "([^"]*)", help: "(.*?)", .*variableLabels: \{([^}]*)\}`)

// described are the metrics of collectors.
func described(t *testing.T, collectors ...prometheus.Collector) (list []metric) {
	t.Helper()
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		for _, c := range collectors {
			c.Describe(descriptions)
		}
	}()
	for d := range descriptions {
		found := description.FindStringSubmatch(d.String())
		if found == nil {
			t.Fatalf("%v is not understood", d)
		}
		list = append(list, metric{found[1], found[3], found[2]})
	}
	if len(list) == 0 {
		t.Fatal("there are no metrics")
	}
	return list
}

func ofServer(t *testing.T) []metric {
	status := func() policyserver.Status { return policyserver.Status{} }
	return described(t, rest.Metrics(status), rest.LibraryMetrics(live.NewHub()))
}

func ofEntries(t *testing.T) []metric { return described(t, traffic.NewMetrics()) }
func ofProxy(t *testing.T) []metric   { return described(t, cli.ProxyMetrics(nil, nil)) }

// ofEnvoy are the names that Envoy shows to Prometheus of what the filter defines.
func ofEnvoy(t *testing.T) (names []string) {
	t.Helper()
	source := read(t, "hosts/envoy/shim.c") + read(t, "hosts/envoy/health.c")
	for _, found := range regexp.MustCompile(`\[(COUNT|HISTOGRAM|GAUGE|TOTAL)_\w+\] = "(?:\.|proxylib_)(\w+)"`).FindAllStringSubmatch(source, -1) {
		name := "envoy_dynamicmodulescustom_proxylib_" + found[2]
		if found[1] == "HISTOGRAM" {
			names = append(names, series(name)...)
			continue
		}
		names = append(names, name)
	}
	if len(names) < 15 {
		t.Fatalf("only %q are found", names)
	}
	return names
}

// series are those of a histogram.
func series(name string) []string { return []string{name + "_bucket", name + "_count", name + "_sum"} }

// TestMetricsAreDocumentedWithTheirHelp has the page say what the code says, and nothing of metrics that are not there.
func TestMetricsAreDocumentedWithTheirHelp(t *testing.T) {
	page, rows := read(t, "docs/metrics.md"), 0
	for _, m := range append(append(ofServer(t), ofEntries(t)...), ofProxy(t)...) {
		labels := "—"
		if m.labels != "" {
			labels = "`" + strings.ReplaceAll(m.labels, ",", "`, `") + "`"
		}
		if row := "| `" + m.name + "` | " + labels + " | " + m.help + " |\n"; !strings.Contains(page, row) {
			t.Errorf("docs/metrics.md lacks\n%s", row)
		}
		rows++
	}
	if got := strings.Count(page, "\n| `proxylib_"); got != rows {
		t.Errorf("docs/metrics.md has %d metrics, there are %d", got, rows)
	}
}

// known are the names of all series.
func known(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, m := range append(append(ofServer(t), ofEntries(t)...), ofProxy(t)...) {
		names[m.name] = true
		if strings.HasSuffix(m.name, "_seconds") {
			for _, name := range series(m.name) {
				names[name] = true
			}
		}
	}
	for _, name := range ofEnvoy(t) {
		names[name] = true
	}
	return names
}

// check parses a query, and requires that the series are there which it asks for.
func check(t *testing.T, what, query string, names map[string]bool) {
	t.Helper()
	for variable, value := range map[string]string{"$__rate_interval": "5m", "$instance": ".*"} {
		query = strings.ReplaceAll(query, variable, value)
	}
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Errorf("%s: %s: %v", what, query, err)
		return
	}
	asked := 0
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			asked++
			if !names[selector.Name] {
				t.Errorf("%s: there is nothing called %s", what, selector.Name)
			}
		}
		return nil
	})
	if asked == 0 {
		t.Errorf("%s: %s asks for nothing", what, query)
	}
}

func TestTheAlertsAskForMetricsThatThereAre(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, "examples/alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	names, rules := known(t), 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			check(t, rule.Alert, rule.Expr, names)
			rules++
		}
	}
	if rules < 8 {
		t.Errorf("only %d rules are found", rules)
	}
}

func TestTheDashboardAsksForMetricsThatThereAre(t *testing.T) {
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "examples/dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	names, queries := known(t), 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			check(t, panel.Title, target.Expr, names)
			queries++
		}
	}
	if queries < 20 {
		t.Errorf("only %d queries are found", queries)
	}
}
