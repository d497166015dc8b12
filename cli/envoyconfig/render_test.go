package envoyconfig

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the results into testdata")

func policyOf(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return document.Content[0]
}

func settings(t *testing.T) *Settings {
	return &Settings{
		Parser: "memcache", Listen: Address{"127.0.0.1", 11212}, Upstream: Address{"cache.example.com", 11211}, AdminPort: 9901,
		Policy:    policyOf(t, "# Clients get what is public.\nallow:\n- {command: get, keyPrefix: public/}\ndeny:\n- {command: get, keyExact: \"7\"}\n"),
		AccessLog: "stdout", Workload: "cache", Gateway: "eg", Namespace: "shop", LibraryImage: "proxylib:1", EnvoyImage: "envoyproxy/envoy:v1.40.0",
	}
}

func TestEachFormIsAsItWas(t *testing.T) {
	for _, form := range Forms() {
		got, err := Render(form, settings(t))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", form+".yaml")
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant what is in %s, which go test -update writes", form, got, path)
		}
	}
}

// documents decodes all documents of a text.
func documents(t *testing.T, text []byte) (all []map[string]any) {
	t.Helper()
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document map[string]any
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatalf("%v in\n%s", err, text)
		}
		all = append(all, document)
	}
}

func TestEachFormHoldsTheFilterConfig(t *testing.T) {
	want := "map[access_log:map[file:stdout] parser:memcache policy:map[allow:[map[command:get keyPrefix:public/]] deny:[map[command:get keyExact:7]]]]"
	for form, path := range map[string][]any{
		"envoy":   {"static_resources", "listeners", 0, "filter_chains", 0, "filters", 0, "typed_config", "filter_config", "value"},
		"istio":   {"spec", "configPatches", 0, "patch", "value", "typed_config", "filter_config", "value"},
		"gateway": {"spec", "jsonPatches", 0, "operation", "value", "typed_config", "filter_config", "value"},
	} {
		text, err := Render(form, settings(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := at(documents(t, text)[0], path); got != want {
			t.Errorf("%s: got %s", form, got)
		}
	}
	text, err := Render("kubernetes", settings(t))
	if err != nil {
		t.Fatal(err)
	}
	inside := at(documents(t, text)[0], []any{"data", "envoy.yaml"})
	for _, part := range []string{`address: "0.0.0.0", port_value: 11212`, `address: "127.0.0.1", port_value: 11211`, "keyPrefix: public/"} {
		if !strings.Contains(inside, part) {
			t.Errorf("the configuration in the ConfigMap lacks %s:\n%s", part, inside)
		}
	}
	documents(t, []byte(inside))
}

// at returns what is at a path of keys and places, as a text.
func at(value any, path []any) string {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.(map[string]any)[step]
		case int:
			value = value.([]any)[step]
		}
	}
	return fmt.Sprint(value)
}

func TestNamesCannotBreakOutOfTheirPlace(t *testing.T) {
	s := settings(t)
	s.Namespace, s.Workload, s.Gateway = "a\"\nkind: Secret", "b: {}\n---\nx: y", "'c\n"
	for _, form := range Forms() {
		text, err := Render(form, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents(t, text) {
			if form != "envoy" && at(document, []any{"metadata", "namespace"}) != s.Namespace {
				t.Errorf("%s: got\n%s", form, text)
			}
		}
	}
}

func TestAPolicyFileIsForAPlainEnvoyOnly(t *testing.T) {
	s := settings(t)
	s.Policy, s.PolicyName, s.Port = PolicyFile("/etc/p.yaml"), "10.0.0.1", 11211
	for _, form := range Forms() {
		text, err := Render(form, s)
		if (err == nil) != (form == "envoy") {
			t.Errorf("%s: %v", form, err)
		}
		if form == "envoy" && !strings.Contains(string(text), "file: /etc/p.yaml") {
			t.Errorf("got\n%s", text)
		}
	}
	if _, err := Render("helm", s); err == nil || err.Error() != "want one of envoy, gateway, istio, kubernetes" {
		t.Error(err)
	}
}

func TestAddressesAreChecked(t *testing.T) {
	for text, want := range map[string]Address{
		"127.0.0.1:80": {"127.0.0.1", 80}, "[::1]:65535": {"::1", 65535}, "cache.example.com:1": {"cache.example.com", 1},
	} {
		if got, err := ParseAddress(text, false); err != nil || got != want || got.String() != text {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a", "a:", ":80", "a:0", "a:65536", "a:b", "a b:80", "a\n:80", "a\":80"} {
		if got, err := ParseAddress(text, false); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
	if got, err := ParseAddress("127.0.0.1:0", true); err != nil || got.Port != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}
