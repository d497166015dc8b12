package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	_ "github.com/proxylib/proxylib/policy/httprule" // rules for HTTP are checked and explained
	"github.com/proxylib/proxylib/policyserver/rest"
)

func newPolicyCommand() *cobra.Command {
	server := &serverFlags{}
	cmd := newGroup("policy", "Check policies, explain them, and change them in the policy server",
		newImportCommand(server, "policy"), newPolicyGetCommand(server), newDeleteCommand(server, "policy", "policies"),
		newPolicyValidateCommand(), newPolicyExplainCommand(server), newPolicyConvertCommand(),
	)
	server.register(cmd)
	return cmd
}

func newPolicyGetCommand(server *serverFlags) *cobra.Command {
	const short = "List the policies of the server, or show one; with -o yaml or json as documents that can be imported"
	return newGetCommand(server, "get [NAMESPACE/NAME]", short, "policies", "NAMESPACE/NAME\tSOURCE\tRULES", policyRow)
}

func policyRow(i rest.Item) ([]any, error) {
	content, err := cnp.Decode(i.Document, "")
	if err != nil || len(content.Policies) != 1 {
		return nil, fmt.Errorf("policy %s cannot be read by this build: %w", i.Key, err)
	}
	return []any{i.Key, i.Source, len(content.Policies[0].Rules)}, nil
}

func newPolicyValidateCommand() *cobra.Command {
	const short = "Check policies, endpoints, resources and policies inside Envoy's configuration without a server"
	files := &filesFlag{}
	cmd := &cobra.Command{
		Use:   "validate FILE…",
		Short: short,
		Long: describe(short, `FILE is a file, a directory, or - for the standard input. It may be a configuration of Envoy, or the filter_config alone,
of which the policies are checked that it holds itself, under allow and deny. All mistakes are reported at once, and, as
a warning, what is accepted but has no effect.`),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := files.with(args)
			if err != nil {
				return err
			}
			in, err := readInput(cmd, paths)
			if err != nil {
				return err
			}
			if _, err := compile.Offline(&in.content, compile.Settings{}, policy.Registered()); err != nil {
				return refused(err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), in.summary()+" are valid")
			return nil
		},
	}
	files.registerBeside(cmd)
	return cmd
}

// summary says what an input holds.
func (in *input) summary() string {
	var parts []string
	policies, endpoints := len(in.content.Policies), len(in.content.Endpoints)
	if policies+endpoints > 0 {
		parts = append(parts, fmt.Sprintf("%d policies and %d endpoints", policies, endpoints))
	}
	if n := len(in.resources); n > 0 {
		parts = append(parts, fmt.Sprintf("%d resources", n))
	}
	if in.inline > 0 {
		parts = append(parts, fmt.Sprintf("%d inline policies", in.inline))
	}
	return strings.Join(parts, ", and ")
}
