package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/proxylib/proxylib/cli"
	_ "github.com/proxylib/proxylib/parsers/all" // the parsers that the policies are for
)

// unchecked are blocks that the command finds no policy in, by their page and what they begin with, and why. A test in
// hosts/envoy decodes what configures a filter.
var unchecked = map[string]string{
	"docs/wasm-parsers.md filter_config:": "the parser is in a file",
	"docs/wasm.md clusters:":              "a cluster of Envoy's: test/manifests checks it",
	"hosts/envoy/README.md filters:":      "the policy is in a file",
	"hosts/envoy/README.md stats_config:": "tags of Envoy's statistics",

	"docs/http-filters.md http_filters:":            "the filter has settings of its own",
	"docs/http-filters.md typed_per_filter_config:": "so has its route",
}

func TestBlocksOfYAMLAreDocuments(t *testing.T) {
	for _, b := range blocks(t, 10, "yaml") {
		if _, err := documents(b.text); err != nil {
			t.Errorf("%s: %v", b, err)
		}
	}
}

// documents returns the documents of a text in YAML.
func documents(text string) (list []any, err error) {
	for decoder := yaml.NewDecoder(strings.NewReader(text)); ; {
		var document any
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, err
		}
		list = append(list, document)
	}
}

func TestBlocksOfJSONAreValues(t *testing.T) {
	for _, b := range blocks(t, 3, "json") {
		var value any
		if err := json.Unmarshal([]byte(whole(b.text)), &value); err != nil {
			t.Errorf("%s: %v", b, err)
		}
	}
}

// whole returns a JSON value: an object if the text is the members of one.
func whole(text string) string {
	if strings.HasPrefix(text, `"`) {
		return "{" + text + "}"
	}
	return text
}

// Policies of any form are checked by the command that users check them with.
func TestPoliciesInBlocksAreValid(t *testing.T) {
	checked := 0
	for _, b := range blocks(t, 10, "yaml") {
		first, _, _ := strings.Cut(b.text, "\n")
		if unchecked[b.page+" "+first] != "" {
			continue
		}
		checked++
		text, err := enclosed(b.text)
		if err == nil {
			err = validate(text)
		}
		if err != nil {
			t.Errorf("%s: %v", b, err)
		}
	}
	if checked < 10 {
		t.Errorf("only %d policies are found", checked)
	}
}

// validate is "proxylib policy validate" of a text.
func validate(text string) error {
	var out bytes.Buffer
	command := cli.Command()
	command.SetArgs([]string{"policy", "validate", "-"})
	command.SetIn(strings.NewReader(text))
	command.SetOut(&out)
	command.SetErr(&out)
	if err := command.Execute(); err != nil {
		return fmt.Errorf("%w\n%s", err, out.String())
	}
	if strings.Contains(out.String(), "warning") {
		return errors.New(out.String())
	}
	return nil
}

// enclosed returns a whole document for a block that is a part of one: rules, ports with their rules, or the policy of a
// filter_config.
func enclosed(text string) (string, error) {
	list, err := documents(text)
	if err != nil || len(list) != 1 {
		return text, err
	}
	document := list[0]
	switch part := document.(type) {
	case map[string]any:
		if part["allow"] == nil {
			return text, nil
		}
		document = map[string]any{"parser": "memcache", "policy": part}
	case []any:
		item, _ := part[0].(map[string]any)
		switch {
		case item["l7_proto"] != nil:
			document = resource([]any{map[string]any{"port": 1, "rules": part}})
		case item["rules"] != nil:
			document = resource(part)
		default:
			return text, nil
		}
	}
	whole, err := yaml.Marshal(document)
	return string(whole), err
}

// resource is a policy for one endpoint.
func resource(ports []any) any {
	return map[string]any{"resources": []any{map[string]any{"endpoint_ips": []any{"127.0.0.1"}, "ingress_per_port_policies": ports}}}
}
