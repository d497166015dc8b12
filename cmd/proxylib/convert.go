package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/compile"
	"github.com/proxylib/proxylib/policyserver/decompile"
)

// convertFlags say from which form to which.
type convertFlags struct {
	from, to string
	hosts    []string
}

func newPolicyConvertCommand() *cobra.Command {
	f := &convertFlags{}
	var output outputFlag
	cmd := &cobra.Command{
		Use:   "convert FILE…",
		Short: "Write policies in today's form, or as the resources that proxies get, or those as policies again",
		Long: `Write policies in another form; - reads the standard input.

--to cnp    today's form: rules.kafka becomes l7proto and l7, an array of rules a document with a name
--to npds   resources for proxies, a file that the library can follow; the input has to hold the endpoints
--to nphds  resources that bind addresses to the identities which those name

With --from npds the input holds resources for proxies, as --to npds writes them, and --hosts names files with those of
--to nphds. They become policies, an endpoint each, that decide the same. What policies can not say is refused.

` + exitHelp,
		Example: `  proxylib policy convert --to npds manifests.yaml >npds.yaml
  proxylib policy convert --to nphds manifests.yaml >nphds.yaml
  proxylib policy convert --from npds --hosts nphds.yaml npds.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			content, err := f.read(cmd, paths)
			if err != nil {
				return err
			}
			value, err := convert(content, f.to)
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
	cmd.Flags().StringVar(&f.from, "from", "cnp", "the form of the input: cnp or npds")
	cmd.Flags().StringVar(&f.to, "to", "cnp", "the form of the output: cnp, npds or nphds")
	cmd.Flags().StringArrayVar(&f.hosts, "hosts", nil, "with --from npds: file with resources that bind addresses to identities")
	return cmd
}

// read reads the input.
func (f *convertFlags) read(cmd *cobra.Command, paths []string) (*cnp.Content, error) {
	switch {
	case f.from == "npds":
		return f.readResources(cmd, paths)
	case f.from != "cnp":
		return nil, fmt.Errorf("--from %q: want cnp or npds", f.from)
	case len(f.hosts) > 0:
		return nil, errors.New("--hosts: belongs to --from npds")
	case f.to == "cnp":
		return decodeDocuments(cmd, paths)
	}
	return readDocuments(cmd, paths)
}

// readResources makes documents of resources, and tells whether they can be put in force.
func (f *convertFlags) readResources(cmd *cobra.Command, paths []string) (*cnp.Content, error) {
	policies, err := resourcesOf[cilium.NetworkPolicy](cmd, paths)
	if err != nil {
		return nil, err
	}
	hosts, err := resourcesOf[cilium.NetworkPolicyHosts](cmd, f.hosts)
	if err != nil {
		return nil, err
	}
	text, err := decompile.Decompile(policies, hosts)
	if err != nil {
		return nil, refused(err)
	}
	content, err := cnp.Decode(text, "")
	if err == nil {
		_, err = compile.Offline(content, compile.Settings{}, policy.Registered())
	}
	if err != nil {
		return nil, refused(fmt.Errorf("what the resources say can not be put in force as policies: %w", err))
	}
	return content, nil
}

// resourcesOf reads the resources of files.
func resourcesOf[T any, R npds.Resource[T]](cmd *cobra.Command, paths []string) (all []R, err error) {
	for _, path := range paths {
		text, err := readFile(cmd, path)
		if err != nil {
			return nil, err
		}
		resources, err := npds.DecodeResources[T, R](text)
		if err != nil {
			return nil, refused(placed(path, err))
		}
		all = append(all, resources...)
	}
	return all, nil
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
	resources := []json.RawMessage{}
	add := func(text []byte, err error) error {
		resources = append(resources, text)
		return err
	}
	if hosts {
		for _, id := range slices.Sorted(maps.Keys(result.Hosts)) {
			if err := add(protojson.Marshal(result.Hosts[id])); err != nil {
				return nil, err
			}
		}
		return map[string]any{"resources": resources}, nil
	}
	for _, resource := range result.Resources() {
		if err := add(npds.EncodePolicy(resource)); err != nil {
			return nil, err
		}
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
