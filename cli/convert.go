package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policy/decompile"
)

// convertFlags say from which form to which.
type convertFlags struct {
	from, to    string
	hosts, only []string
	files       filesFlag
}

func newPolicyConvertCommand() *cobra.Command {
	const short = "Convert policies to the current form or to the resources that proxies get, and back"
	f := &convertFlags{}
	var output outputFlag
	cmd := &cobra.Command{
		Use:   "convert FILE…",
		Short: short,
		Long: describe(short, `FILE is a file, a directory, or - for the standard input.

--to cnp    today's form: rules.kafka becomes l7proto and l7, an array of rules a document with a name
--to npds   resources for proxies, a file that the library can follow; the input has to hold the endpoints
--to nphds  resources that bind addresses to the identities which those name

The input may also hold resources for proxies, as --to npds writes them, and --hosts names files with those of --to nphds.
They become policies, an endpoint each, that decide the same. What policies cannot say is refused.

--only takes from policies the part that some parsers have to do with: what they allow requests for, what is allowed on
the same ports whatever the request, and all that is denied. What is left out, such as rules for HTTP, DNS and names, is
listed on the standard error; proxies with the result deny it.`),
		Example: `  proxylib policy convert --to npds manifests.yaml >npds.yaml
  proxylib policy convert --to nphds manifests.yaml >nphds.yaml
  proxylib policy convert --hosts nphds.yaml npds.yaml
  proxylib policy convert --only memcache,cassandra manifests.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := f.files.with(args)
			if err != nil {
				return err
			}
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
	f.files.registerBeside(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "the form of the input: cnp or npds; what it looks like unless given")
	flags.StringVar(&f.to, "to", "cnp", "the form of the output: cnp, npds or nphds")
	flags.StringArrayVar(&f.hosts, "hosts", nil, "with resources: file with those that bind addresses to identities")
	flags.StringSliceVar(&f.only, "only", nil, "take the part for these parsers alone")
	completeFlag(cmd, "from", cobra.FixedCompletions([]string{"cnp", "npds"}, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "to", cobra.FixedCompletions([]string{"cnp", "npds", "nphds"}, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "only", completeParsers)
	return cmd
}

// read reads the input.
func (f *convertFlags) read(cmd *cobra.Command, paths []string) (*cnp.Content, error) {
	if f.from != "" && f.from != "cnp" && f.from != "npds" {
		return nil, fmt.Errorf("--from %q: want cnp or npds", f.from)
	}
	sources, err := readSources(cmd, paths)
	if err != nil {
		return nil, err
	}
	resources := f.from == "npds"
	if f.from == "" {
		if resources, err = allResources(sources); err != nil {
			return nil, err
		}
	}
	switch {
	case resources && len(f.only) > 0:
		return nil, errors.New("--only: is for policies, not for resources")
	case resources:
		return f.readResources(cmd, sources)
	case len(f.hosts) > 0:
		return nil, errors.New("--hosts: is for resources, not for policies")
	case len(f.only) > 0:
		return f.extract(cmd, sources)
	}
	// Today's form of a policy can be written whatever parsers this build has.
	return decodeSources(cmd, sources, f.to != "cnp")
}

// allResources reports whether the input holds resources, of which either all or none may be.
func allResources(sources []source) (bool, error) {
	n := 0
	for _, s := range sources {
		if npds.HoldsResources(s.text) {
			n++
		}
	}
	if n > 0 && n < len(sources) {
		return false, errors.New("some files hold policies and some resources, convert them one after the other")
	}
	return n > 0, nil
}

// extract takes the part for some parsers.
func (f *convertFlags) extract(cmd *cobra.Command, sources []source) (*cnp.Content, error) {
	for _, name := range f.only {
		if policy.Registered()[name] == nil {
			return nil, fmt.Errorf("--only: no parser in this build is named %q%s", name, policy.Registered().Suggestion(name))
		}
	}
	all, x, found := &cnp.Content{}, cnp.NewExtraction(f.only...), false
	for _, s := range sources {
		has, err := x.Learn(s.text)
		if err != nil {
			return nil, refused(placed(s.path, err))
		}
		found = found || has
	}
	if !found {
		return nil, refused(fmt.Errorf("nothing in the input is for %s", strings.Join(f.only, " or ")))
	}
	var errs []error
	for _, s := range sources {
		content, leftOut, err := x.Take(s.text, s.base())
		if err != nil {
			errs = append(errs, placed(s.path, err))
			continue
		}
		for _, w := range leftOut {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", s.path, w)
		}
		all.Add(content)
	}
	if err := errors.Join(append(errs, all.Unique())...); err != nil {
		return nil, refused(err)
	}
	return all, nil
}

// readResources makes documents of resources, and reports whether they can be put in force.
func (f *convertFlags) readResources(cmd *cobra.Command, sources []source) (*cnp.Content, error) {
	policies, err := resourcesOf[cilium.NetworkPolicy](sources)
	if err != nil {
		return nil, err
	}
	hosts, err := readHosts(cmd, f.hosts)
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
		return nil, refused(fmt.Errorf("what the resources say cannot be put in force as policies: %w", err))
	}
	return content, nil
}

// readHosts reads files with resources that bind addresses to identities.
func readHosts(cmd *cobra.Command, paths []string) ([]*cilium.NetworkPolicyHosts, error) {
	sources, err := readSources(cmd, paths)
	if err != nil {
		return nil, err
	}
	return resourcesOf[cilium.NetworkPolicyHosts](sources)
}

// resourcesOf decodes the resources of files.
func resourcesOf[T any, R npds.Resource[T]](sources []source) (all []R, err error) {
	for _, s := range sources {
		resources, err := npds.DecodeResources[T, R](s.text)
		if err != nil {
			return nil, refused(placed(s.path, err))
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
	items := list["items"].([]any)
	for _, item := range items {
		modernize(item.(map[string]any))
	}
	if len(items) == 1 {
		return items[0], nil
	}
	return list, nil
}

// modernize writes a document in today's form, and leaves out what has no effect.
func modernize(document map[string]any) {
	if document["kind"] == cnp.KindEndpoint {
		return
	}
	maps.DeleteFunc(document, func(key string, _ any) bool {
		return !slices.Contains([]string{"apiVersion", "kind", "metadata", "spec", "specs"}, key)
	})
	replaceRules(document)
}

// replaceRules replaces rules.kafka wherever it is, and entries of rules.l7 that are one key without a value.
func replaceRules(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			replaceRules(item)
		}
	case map[string]any:
		rules, _ := v["rules"].(map[string]any)
		if rules["kafka"] != nil {
			v["rules"] = map[string]any{"l7proto": "kafka", "l7": textual(rules["kafka"])}
		}
		entries, _ := rules["l7"].([]any)
		for i, entry := range entries {
			if keys, _ := entry.(map[string]any); len(keys) == 1 && slices.Contains(slices.Collect(maps.Values(keys)), nil) {
				entries[i] = map[string]any{}
			}
		}
		for _, item := range v {
			replaceRules(item)
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
