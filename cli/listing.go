package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policyserver/rest"
)

func newEndpointCommand() *cobra.Command {
	server := &serverFlags{}
	const heading = "NAMESPACE/NAME\tSOURCE\tADDRESSES\tLABELS"
	const documents = "; with -o yaml or json as documents that can be imported"
	list := newGetCommand(server, "list", "List the endpoints of the server"+documents, "endpoints", heading, endpointRow)
	list.Args, list.ValidArgsFunction = cobra.NoArgs, cobra.NoFileCompletions
	cmd := newGroup("endpoint", "Look at the endpoints of the policy server, and change them",
		list, newGetCommand(server, "get [NAMESPACE/NAME]", "List the endpoints of the server, or show one"+documents,
			"endpoints", heading, endpointRow),
		newImportCommand(server, "endpoint"), newDeleteCommand(server, "endpoint", "endpoints"),
	)
	server.register(cmd)
	return cmd
}

func endpointRow(i rest.Item) ([]any, error) {
	content, err := cnp.Decode(i.Document, "")
	if err != nil || len(content.Endpoints) != 1 {
		return nil, fmt.Errorf("endpoint %s cannot be read by this build: %w", i.Key, err)
	}
	var addresses []string
	for _, a := range content.Endpoints[0].Addresses {
		addresses = append(addresses, a.String())
	}
	return []any{i.Key, i.Source, strings.Join(addresses, ","), content.Endpoints[0].Labels}, nil
}

func newIdentityCommand() *cobra.Command {
	server := &serverFlags{}
	var output outputFlag
	watch := &watchFlag{}
	const short = "List the identities that are in use, and what they stand for"
	list := &cobra.Command{
		Use: "list", Short: short, Long: describe(short), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			return watch.run(cmd, func(ctx context.Context, out *writer) error {
				list := rest.List[rest.Identity]{}
				if err := client.call(ctx, "GET", "/v1/identities", nil, &list); err != nil {
					return err
				}
				return output.print(out, list, "ID\tSTANDS FOR\tENDPOINTS", func(add func(...any)) { identityRows(list, add) })
			})
		},
	}
	output.register(list)
	watch.register(list)
	cmd := newGroup("identity", "Look at the identities of the policy server", list)
	server.register(cmd)
	return cmd
}

func identityRows(list rest.List[rest.Identity], add func(...any)) {
	for _, i := range list.Items {
		what := i.Prefix
		if what == "" {
			what = i.Labels.String()
		}
		add(i.ID, what, strings.Join(i.Endpoints, ","))
	}
}
