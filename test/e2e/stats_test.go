//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// prometheus returns the lines that Envoy shows Prometheus of the library's counters. Those of a plugin have no namespace, and get one
// here.
func (s *fixture) prometheus() string {
	s.t.Helper()
	response, err := http.Get("http://" + s.proxy.Admin() + "/stats/prometheus?filter=proxylib")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if *plugin {
		return ofPlugin.ReplaceAllString(string(text), "${1}plugin_proxylib_")
	}
	return string(text)
}

// ofPlugin finds the names of the plugin's metrics. Envoy's own have another one before that of the plugin.
var ofPlugin = regexp.MustCompile(`(?m)^((?:# TYPE )?)proxylib_`)

func TestCountersHaveTheStatPrefixOfTheirFilterAsALabel(t *testing.T) {
	for prefix, want := range map[string]string{"": "memcache", "west-2": "west-2"} {
		s := newFixture(t)
		s.alone = true
		settings := s.memcacheConfig()
		if prefix != "" {
			settings["stat_prefix"] = prefix
		}
		s.startEnvoy(s.startMemcached(), settings)
		c := s.dial()
		c.send("get public/a\r\nget secret/b\r\n")
		c.expect("END\r\nCLIENT_ERROR access denied\r\n")
		s.eventually("Prometheus gets the counters of the filter with its label", func() bool {
			text := s.prometheus()
			return strings.Contains(text, `_proxylib_passed{proxylib_filter="`+want+`"} 1`) &&
				strings.Contains(text, `_proxylib_denied{proxylib_filter="`+want+`"} 1`)
		})
	}
}

func TestLatenciesOfExchangesAreInAHistogram(t *testing.T) {
	for _, mode := range []string{"enforce", "observe"} {
		t.Run(mode, func(t *testing.T) {
			s := newFixture(t)
			s.alone = true
			settings := s.memcacheConfig()
			delete(settings, "log")
			settings["mode"] = mode
			s.startEnvoy(s.startMemcached(), settings)
			c := s.dial()
			for range 3 {
				c.send("get public/a\r\nget public/b\r\n")
				c.expect("END\r\nEND\r\n")
			}
			s.eventually("Prometheus gets six latencies, of less than a minute", func() bool {
				text := s.prometheus()
				return strings.Contains(text, `_proxylib_latency_us_count{proxylib_filter="memcache"} 6`) &&
					strings.Contains(text, `_proxylib_latency_us_bucket{proxylib_filter="memcache",le="60000"} 6`)
			})
		})
	}
}

// documented returns the kinds of the metrics of a filter by their names, as docs/reference-metrics.md has them. Those of an HTTP
// filter are a list of their own, beside those of the library, and those of the plugin another one.
func documented(t *testing.T, http bool) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/reference-metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	network, others, _ := strings.Cut(string(page), "\nThose of an HTTP filter")
	ofHTTP, ofPlugin, _ := strings.Cut(others, "\nThose of ")
	if *plugin {
		network, _, _ = strings.Cut(ofPlugin, "\n## ")
	}
	const row = "(?m)^\\| `(%s[^`]*)` \\| (\\w+) \\|"
	const own, library = `proxylib\.STAT_PREFIX\.`, `proxylib_`
	rows := regexp.MustCompile(fmt.Sprintf(row, library)).FindAllStringSubmatch(network, -1)
	if http {
		network = ofHTTP
	}
	rows = append(rows, regexp.MustCompile(fmt.Sprintf(row, own)).FindAllStringSubmatch(network, -1)...)
	kinds := map[string]string{}
	for _, row := range rows {
		name := strings.Replace(row[1], "proxylib.STAT_PREFIX.", "proxylib_", 1)
		name, _, _ = strings.Cut(name, ".")
		kinds[name] = row[2]
	}
	if len(kinds) < 20 {
		t.Fatalf("only %v are found", kinds)
	}
	return kinds
}

// readsJustWhatIsDocumented has Prometheus' own parser read what Envoy shows.
func (s *fixture) readsJustWhatIsDocumented(http bool) {
	s.t.Helper()
	s.eventually("the latency is there", func() bool {
		return regexp.MustCompile(`_latency_us_count\{.*\} 1\n`).MatchString(s.prometheus())
	})
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(s.prometheus()))
	if err != nil {
		s.t.Fatal(err)
	}
	shown := map[string]string{}
	for name, family := range families {
		if at := strings.Index(name, "proxylib_"); at >= 0 && !strings.Contains(name, "_vm_reload") {
			shown[name[at:]] = strings.ToLower(family.GetType().String())
		}
	}
	if want := documented(s.t, http); !maps.Equal(shown, want) {
		s.t.Errorf("Prometheus reads %v, documented are %v", shown, want)
	}
	if !regexp.MustCompile(`proxylib_policy_sources_connected\S* 1\n`).MatchString(s.prometheus()) {
		s.t.Errorf("no policy source is connected:\n%s", s.prometheus())
	}
}

func TestPrometheusReadsJustWhatIsDocumented(t *testing.T) {
	s := newFixture(t)
	s.alone = true
	settings := s.memcacheConfig()
	delete(settings, "log")
	s.startEnvoy(s.startMemcached(), settings)
	c := s.dial()
	c.send("get public/a\r\n")
	c.expect("END\r\n")
	s.readsJustWhatIsDocumented(false)
}

func TestPrometheusReadsJustWhatIsDocumentedOfAnHTTPFilter(t *testing.T) {
	s, _ := web(t, func(c config) { delete(c, "log") })
	if code, _, _ := s.ask(client(t, false), "GET", "/public", ""); code != 200 {
		t.Fatalf("got %d", code)
	}
	s.readsJustWhatIsDocumented(true)
}

// The connection stays open and says nothing more: what it did last has to be in a line all the same.
func TestALogThatIsWrittenAtIntervalsHasTheCountsOfTheConnection(t *testing.T) {
	s := newFixture(t)
	config := s.envoyConfig(s.startMemcached(), s.memcacheConfig())
	config.LogInterval = "1s"
	s.startEnvoyAs(config)
	c := s.dial()
	for range 3 {
		c.send("get public/a\r\n")
		c.expect("END\r\n")
	}
	s.eventually("a line of the open connection counts its three requests", func() bool {
		text, err := s.proxy.ConnectionLog()
		if err != nil {
			return false
		}
		for line := range strings.Lines(text) {
			var entry struct {
				Proxylib struct {
					Passed int
					Last   string
				}
			}
			if json.Unmarshal([]byte(line), &entry) == nil && entry.Proxylib.Passed == 3 && entry.Proxylib.Last == "allowed" {
				return true
			}
		}
		return false
	})
	c.send("get public/a\r\n")
	c.expect("END\r\n")
}

func TestTheBuildIsNamedInTheLogAndInAGauge(t *testing.T) {
	s := newFixture(t)
	s.alone = true
	s.startEnvoy(s.startMemcached(), s.memcacheConfig())
	start := regexp.MustCompile(`proxylib: proxylib \S+ (revision [0-9a-f]+ )?(\(modified\) )?go1\S+ starts`)
	if !start.MatchString(s.proxy.Log()) {
		t.Error("Envoy's log has no line that names the build")
	}
	c := s.dial()
	c.send("get public/a\r\n")
	c.expect("END\r\n")
	gauge := regexp.MustCompile(`_proxylib_build{proxylib_version="[^"]+",proxylib_revision="([0-9a-f]{12}|unknown)"} 1\n`)
	s.eventually("Prometheus gets version and revision as labels", func() bool { return gauge.MatchString(s.prometheus()) })
}
