package envoy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	_ "github.com/proxylib/proxylib/parsers/memcache" // the parser of the pages
	"github.com/proxylib/proxylib/proxylib"
)

// configured are the keys whose values are configurations of a filter, in Envoy and in Istio.
var configured = []string{"filter_config", "configuration", "pluginConfig"}

var configBlock = regexp.MustCompile("(?ms)^```(yaml|json)\n(.*?)^```$")

// shownConfigs calls check with each configuration of a filter in the pages.
func shownConfigs(t *testing.T, check func(page string, config any)) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "hosts/*/*.md", "parsers/*/*.md"} {
		pages, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			for _, block := range configBlock.FindAllStringSubmatch(string(text), -1) {
				eachConfig(t, page, block[2], check)
			}
		}
	}
}

func eachConfig(t *testing.T, page, block string, check func(page string, config any)) {
	t.Helper()
	if strings.HasPrefix(block, `"`) {
		// Members of a configuration, without the others.
		block = `{"filter_config": {"parser": "memcache", "policy": {"allow": [{}]},` + block + "}}"
	}
	var document any
	if err := yaml.Unmarshal([]byte(block), &document); err != nil {
		t.Errorf("%s: %v in\n%s", page, err, block)
	}
	walkConfigs(document, func(config any) { check(page, config) })
}

func walkConfigs(node any, found func(config any)) {
	switch node := node.(type) {
	case []any:
		for _, part := range node {
			walkConfigs(part, found)
		}
	case map[string]any:
		if name, named := node["filter_name"]; named && name != filterName || node["per_route_config_name"] != nil {
			// What a filter of package httpfilter is configured by is its own.
			return
		}
		for _, key := range configured {
			if config, ok := node[key]; ok {
				found(unwrapped(config))
			}
		}
		for part := range maps.Values(node) {
			walkConfigs(part, found)
		}
	}
}

// unwrapped returns what a google.protobuf.Any has inside.
func unwrapped(config any) any {
	if message, ok := config.(map[string]any); ok && message["@type"] != nil {
		return message["value"]
	}
	return config
}

func TestConfigurationsInThePagesAreTaken(t *testing.T) {
	n := 0
	shownConfigs(t, func(page string, config any) {
		n++
		text, isText := config.(string)
		if !isText {
			encoded, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			text = string(encoded)
		}
		var err error
		if strings.Contains(text, `"parser"`) {
			_, err = filterconfig.ParseAndLoad([]byte(text), ofTheLibrary)
		} else {
			_, err = parseHTTP([]byte(text))
		}
		if err != nil {
			t.Errorf("%s: %v in\n%s", page, err, text)
		}
	})
	if n < 8 {
		t.Errorf("only %d configurations are found", n)
	}
}

// ofTheLibrary returns the parser of the library that the name of a file says, in the place of the file.
func ofTheLibrary(s *settings) (*proxylib.Protocol, error) {
	name := strings.TrimSuffix(filepath.Base(s.Parser.Wasm), ".wasm")
	if p := proxylib.Registered(name); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no parser %q", name)
}
