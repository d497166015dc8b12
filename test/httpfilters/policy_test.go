//go:build e2e

package httpfilters

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// policyOf allows the paths of a trial, and one more.
func policyOf(path string) string {
	return fmt.Sprintf(`resources:
- endpoint_ips: [127.0.0.1]
  ingress_per_port_policies:
  - port: 80
    rules: [{http_rules: {http_rules: [{headers: [{name: ":path", safe_regex_match: {regex: "/(x|state|heap)|%s"}}]}]}}]
`, path)
}

// policyFilter is the filter that decides by a policy, in the list of a configuration.
func policyFilter(t *testing.T, file string) string {
	t.Helper()
	settings, err := json.Marshal(map[string]any{
		"policy": map[string]any{"file": file}, "policy_name": "127.0.0.1", "port": 80, "access_log": map[string]any{"file": os.DevNull},
	})
	if err != nil {
		t.Fatal(err)
	}
	return `          - name: proxylib
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter
              dynamic_module_config: {name: proxylib, do_not_close: true}
              filter_name: proxylib
              filter_config: {"@type": type.googleapis.com/google.protobuf.Struct, value: ` + string(settings) + `}
`
}

// The beginnings of the list of filters, and of the last of them.
const firstFilter, router = "          http_filters:\n", "          - name: envoy.filters.http.router\n"

// TestAPolicyDecidesWhatTheFiltersBeforeItHaveMade is also about those after it, for which the guide says to put the policy last.
func TestAPolicyDecidesWhatTheFiltersBeforeItHaveMade(t *testing.T) {
	for _, last := range []bool{true, false} {
		o, file := serve(t, nil), filepath.Join(t.TempDir(), "policy.yaml")
		if err := replaceFile(file, policyOf("/b")); err != nil {
			t.Fatal(err)
		}
		config, filter := trial(t, nil, ""), policyFilter(t, file)
		if last {
			config = strings.Replace(config, router, filter+router, 1)
		} else {
			config = strings.Replace(config, firstFilter, firstFilter+filter, 1)
		}
		p, c := start(t, t.TempDir(), config, map[string]string{"8001": o.port()}), client(t, false)
		for _, test := range []struct {
			from, to string
			last     bool
		}{{"/b", "/secret", false}, {"/secret", "/b", true}} {
			served, code := o.served(), 403
			if test.last == last {
				code = 200
			}
			got := p.mustAsk(c, "GET", test.from, nil, "X-Do", "path "+test.to)
			if got.code != code || (o.served() > served) != (code == 200) || code == 200 && o.last().URL.Path != test.to {
				t.Errorf("policy last: %v, %s made %s: got %d, the server was asked for %s", last, test.from, test.to, got.code, o.last().URL)
			}
		}
	}
}

func replaceFile(file, text string) error {
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
