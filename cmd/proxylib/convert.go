package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/compile"
)

func newPolicyConvertCommand() *cobra.Command {
	var output outputFlag
	var to string
	cmd := &cobra.Command{
		Use:   "convert FILE…",
		Short: "Write policies in today's form, or as the resources that proxies get",
		Long: `Write policies in another form; - reads the standard input.

--to cnp    today's form: rules.kafka becomes l7proto and l7, an array of rules a document with a name
--to npds   resources for proxies, a file that the library can follow; the input has to hold the endpoints
--to nphds  resources that bind addresses to the identities which those name`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			content, err := readDocuments(cmd, paths)
			if err != nil {
				return err
			}
			value, err := convert(content, to)
			if err != nil {
				return err
			}
			if output == "table" {
				output = "yaml"
			}
			return output.print(cmd.OutOrStdout(), value, "", nil)
		},
	}
	output.register(cmd)
	cmd.Flags().StringVar(&to, "to", "cnp", "the form: cnp, npds or nphds")
	return cmd
}

func convert(content *cnp.Content, to string) (any, error) {
	switch to {
	case "cnp":
		return convertToday(content)
	case "npds", "nphds":
		result, err := compile.Offline(content, compile.Settings{}, policy.Registered())
		if err != nil {
			return nil, refused(err)
		}
		return convertResources(result, to == "nphds")
	}
	return nil, fmt.Errorf("--to %q: want cnp, npds or nphds", to)
}

func convertResources(result *compile.Result, hosts bool) (any, error) {
	messages := []proto.Message{}
	if hosts {
		for _, id := range slices.Sorted(maps.Keys(result.Hosts)) {
			messages = append(messages, result.Hosts[id])
		}
	} else {
		for _, resource := range result.Resources() {
			messages = append(messages, resource)
		}
	}
	resources := []json.RawMessage{}
	for _, message := range messages {
		text, err := protojson.Marshal(message)
		if err != nil {
			return nil, err
		}
		resources = append(resources, text)
	}
	return map[string]any{"resources": resources}, nil
}

// convertToday writes all documents in today's form: one by itself, several as a list.
func convertToday(content *cnp.Content) (any, error) {
	text, err := listDocument(content)
	if err != nil {
		return nil, err
	}
	var list map[string]any
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	replaceKafka(list)
	if items := list["items"].([]any); len(items) == 1 {
		return items[0], nil
	}
	return list, nil
}

// replaceKafka replaces rules.kafka wherever it is.
func replaceKafka(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			replaceKafka(item)
		}
	case map[string]any:
		if rules, ok := v["rules"].(map[string]any); ok && rules["kafka"] != nil {
			v["rules"] = map[string]any{"l7proto": "kafka", "l7": textual(rules["kafka"])}
		}
		for _, item := range v {
			replaceKafka(item)
		}
	}
}

// textual is a list of rules whose values are texts: a version may have been written as a number.
func textual(list any) any {
	items, _ := list.([]any)
	for _, item := range items {
		rule, _ := item.(map[string]any)
		for key, value := range rule {
			rule[key] = fmt.Sprint(value)
		}
	}
	return items
}
