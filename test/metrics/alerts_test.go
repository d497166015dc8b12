//go:build e2e

package metrics

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// inEnvoy is what metrics of the library in Envoy begin with.
const inEnvoy = "envoy_dynamicmodulescustom_proxylib_"

// fires are series that set alerts off, in Prometheus' notation for tests: a value a minute.
var fires = []struct {
	alert  string
	series map[string]string
}{
	{"ProxylibPolicySourceLost", map[string]string{inEnvoy + "policy_sources": "1x60", inEnvoy + "policy_sources_connected": "0x60"}},
	{"ProxylibPolicyRefused", map[string]string{inEnvoy + "policy_resources_refused": "2x60"}},
	{"ProxylibPolicyWarnings", map[string]string{inEnvoy + "policy_warnings": "1x60"}},
	{"ProxylibPanics", map[string]string{inEnvoy + "panics": "0x55 1x5"}},
	{"ProxylibPanics", map[string]string{"proxylib_panics_total": "0x55 1x5"}},
	{"ProxylibLogEntriesLost", map[string]string{inEnvoy + "log_entries_lost": "0x55 7x5"}},
	{"ProxylibLogEntriesLost", map[string]string{"proxylib_log_entries_lost_total": "0x55 7x5"}},
	{"ProxylibLimitReached", map[string]string{inEnvoy + "limit_connections": "0x55 1x5"}},
	{"ProxylibLimitReached", map[string]string{inEnvoy + "limit_total_held_bytes": "0x55 1x5"}},
	{"ProxylibLimitReached", map[string]string{"proxylib_limit_connections_total": "0x55 1x5"}},
	{"ProxylibLimitReached", map[string]string{"proxylib_limit_total_held_bytes_total": "0x55 1x5"}},
	{"ProxylibUnobserved", map[string]string{inEnvoy + "unobserved": "0x55 1x5"}},
	{"ProxylibParseErrors", map[string]string{inEnvoy + "parse_errors": "0+60x60"}},
	{"ProxylibManyDenials", map[string]string{inEnvoy + "denied": "0+60x60", inEnvoy + "passed": "0+240x60"}},
	{"ProxylibPolicyChangeRefused", map[string]string{"proxylib_refused_sources": "1x60"}},
	{"ProxylibDirectoryUnreadable", map[string]string{"proxylib_unreadable_sources": "1x60"}},
	{"ProxylibProxyRefuses", map[string]string{"proxylib_refusing_clients": "1x60"}},
	{"ProxylibProxyRefuses", map[string]string{"proxylib_silent_clients": "1x60"}},
}

// calm are series of a process with which all is well.
var calm = map[string]string{
	inEnvoy + "policy_sources": "1x60", inEnvoy + "policy_sources_connected": "1x60", inEnvoy + "policy_resources_refused": "0x60",
	inEnvoy + "policy_warnings": "0x60", inEnvoy + "panics": "1x60", "proxylib_panics_total": "1x60", inEnvoy + "log_entries_lost": "7x60",
	"proxylib_log_entries_lost_total": "7x60", inEnvoy + "limit_connections": "1x60", inEnvoy + "limit_total_held_bytes": "1x60",
	"proxylib_limit_connections_total": "1x60", "proxylib_limit_total_held_bytes_total": "1x60", inEnvoy + "unobserved": "1x60",
	inEnvoy + "parse_errors": "0+3x60", inEnvoy + "denied": "0+6x60", inEnvoy + "passed": "0+600x60", "proxylib_refused_sources": "0x60",
	"proxylib_unreadable_sources": "0x60", "proxylib_refusing_clients": "0x60", "proxylib_silent_clients": "0x60",
}

type alert struct {
	Alert               string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) (list []alert) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alert } }
	if err := yaml.Unmarshal([]byte(read(t, "examples/alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Groups {
		list = append(list, group.Rules...)
	}
	return list
}

// object is a part of what promtool reads.
type object = map[string]any

// at is a test of promtool: what of an alert is on after an hour of these series.
func at(a alert, series map[string]string, on bool) object {
	var input []object
	for name, values := range series {
		labels := `{instance="here"}`
		if strings.HasPrefix(name, inEnvoy) {
			labels = `{instance="here",proxylib_filter="cache"}`
		}
		input = append(input, object{"series": name + labels, "values": values})
	}
	var expected []object
	if on {
		labels, annotations := object{"instance": "here"}, object{}
		for name, value := range a.Labels {
			labels[name] = value
		}
		for name := range series {
			if strings.HasPrefix(name, inEnvoy) {
				labels["proxylib_filter"] = "cache"
			}
		}
		for name, value := range a.Annotations {
			annotations[name] = strings.NewReplacer("{{ $labels.instance }}", "here", "{{ $labels.proxylib_filter }}", "cache").Replace(value)
		}
		expected = append(expected, object{"exp_labels": labels, "exp_annotations": annotations})
	}
	return object{"interval": "1m", "input_series": input, "alert_rule_test": []object{
		{"eval_time": "60m", "alertname": a.Alert, "exp_alerts": expected},
	}}
}

func TestEveryAlertIsSetOffByWhatItIsAboutAlone(t *testing.T) {
	rules, err := filepath.Abs(filepath.Join(root, "examples", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var tests []object
	for _, a := range alerts(t) {
		tests = append(tests, at(a, calm, false))
		before := len(tests)
		for _, f := range fires {
			if f.alert == a.Alert {
				tests = append(tests, at(a, f.series, true))
			}
		}
		if len(tests) == before {
			t.Errorf("nothing sets off %s", a.Alert)
		}
	}
	for _, f := range fires {
		if !slices.ContainsFunc(alerts(t), func(a alert) bool { return a.Alert == f.alert }) {
			t.Errorf("there is no alert %s", f.alert)
		}
	}
	text, err := json.Marshal(object{"rule_files": []string{rules}, "evaluation_interval": "1m", "tests": tests})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tests.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("promtool", "test", "rules", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
