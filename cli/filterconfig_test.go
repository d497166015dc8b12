package cli

import (
	"os"
	"testing"
)

// inEnvoy is a part of a configuration of Envoy around a filter_config.
func inEnvoy(value string) string {
	return "static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - typed_config:\n" +
		"          filter_config:\n            value: " + value + "\n"
}

func TestPoliciesInsideConfigurationsAreValidated(t *testing.T) {
	const allowed = `{parser: memcache, policy: {allow: [{command: get, keyPrefix: public/}], deny: [{command: get, keyExact: public/secret}]}}`
	const text = `'{"parser": "memcache", "policy": {"allow": "all"}}'`
	const inFile = `{parser: {wasm: /etc/memcache.wasm, name: memcache}, policy: {allow: [{command: get}]}}`
	for _, document := range []string{allowed, inEnvoy(allowed), inEnvoy(text), inEnvoy(inFile)} {
		expectRun(t, 0, []string{"1 inline policies are valid"}, "policy", "validate", file(t, "envoy.yaml", document))
	}
	expectRun(t, 0, []string{"1 resources, and 2 inline policies are valid"}, "policy", "validate",
		file(t, "envoy.yaml", inEnvoy(allowed)+"---\n"+inEnvoy(text)), file(t, "policy.yaml", cacheResources))
}

func TestAPolicyInsideAConfigurationIsRefusedWithThePlaceAndTheReason(t *testing.T) {
	for value, want := range map[string]string{
		`{parser: memcache, policy: {allow: [{comand: get}]}}`:               "line 7: policy: allow: memcache rule 0: key comand: is unknown, use ",
		`'{"parser": "memcache", "policy": {"allow": [{"comand": "get"}]}}'`: "line 7: policy: allow: memcache rule 0: key comand: ",
		`{parser: memcached, policy: {allow: all}}`:                          `line 7: parser: no parser in this build is named "memcached"; did you mean memcache?`,
		`{parser: memcache, policy: {allow: all, file: a.yaml}}`:             "line 7: policy: file: stands beside allow or deny",
		`{parser: memcache, policy: {deny: [{command: get}]}}`:               "line 7: policy: allow: is missing for memcache",
		`{parser: memcache, policy: {allow: [{command: 7}]}}`:                "key command: want a text: put it in quotes",
		`{parser: memcache, policy: {allow: }}`:                              "allow: want a list of rules for memcache",
		`{parser: {wasm: a.wasm}, policy: {allow: all}}`:                     `line 7: parser: rules for a parser in a file are checked`,
		`{parser: {wasm: a, name: memcache}, policy: {allow: [{a: b}]}}`:     "line 7: policy: allow: memcache rule 0: key a: ",
		`{parser: {wasm: a, name: nobody}, policy: {allow: all}}`:            `line 7: parser: no parser in this build is named "nobody"`,
	} {
		path := file(t, "envoy.yaml", inEnvoy(value))
		expectRun(t, 2, []string{path + ": line 7: ", want}, "policy", "validate", path)
	}
}

// inHTTPFilter is the configuration of Envoy's HTTP filter around a filter_config.
func inHTTPFilter(value string) string {
	return "http_filters:\n- typed_config:\n    \"@type\": " + httpFilter + "\n    filter_config:\n      value: " + value + "\n"
}

func TestAPolicyOfTheHTTPFilterIsValidated(t *testing.T) {
	for _, value := range []string{`{policy: {allow: [{method: GET, path: "/public/.*"}]}}`, `'{"policy": {"allow": "all"}}'`} {
		expectRun(t, 0, []string{"1 inline policies are valid"}, "policy", "validate", file(t, "envoy.yaml", inHTTPFilter(value)))
	}
	for value, want := range map[string]string{
		`{policy: {allow: [{methods: GET}]}}`:                 "methods",
		`{policy: {deny: [{method: GET}]}}`:                   "policy: allow: is missing",
		`'{"policy": {"allow": [{"path": "("}]}}'`:            "path",
		`{parser: envoy.http, policy: {allow: [{path: /a}]}}`: `no parser in this build is named "envoy.http"`,
	} {
		path := file(t, "envoy.yaml", inHTTPFilter(value))
		expectRun(t, 2, []string{path + ": line 5: ", want}, "policy", "validate", path)
	}
	// Without a parser, and not in the HTTP filter, a policy is for nothing.
	expectRun(t, 2, []string{"want CiliumNetworkPolicy"}, "policy", "validate", file(t, "envoy.yaml", inEnvoy(`{policy: {allow: all}}`)))
}

func TestAPolicyInsideAConfigurationIsOnlyValidated(t *testing.T) {
	path := file(t, "envoy.yaml", inEnvoy(`{parser: memcache, policy: {allow: all}}`))
	expectRun(t, 2, []string{"policies in configurations of filters"}, "policy", "import", path)
	expectRun(t, 2, []string{"policies in configurations of filters"}, "policy", "explain", "-f", path, "--from", "10.0.0.1",
		"--to", "10.0.0.2", "--port", "11211")
}

func TestAConfigurationWithoutPolicyHasNothingToValidate(t *testing.T) {
	text, err := os.ReadFile("../examples/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if found := filterConfigs(text); found != nil {
		t.Errorf("%d policies are found", len(found))
	}
}
