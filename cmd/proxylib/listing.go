package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/rest"
)

func newEndpointCommand() *cobra.Command {
	server := &serverFlags{}
	cmd := &cobra.Command{Use: "endpoint", Short: "Look at the endpoints of the policy server", Long: exitHelp}
	server.register(cmd)
	var output outputFlag
	list := &cobra.Command{
		Use:   "list",
		Short: "List the endpoints; with -o yaml or json as documents that can be imported",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			items := rest.List[rest.Item]{}
			if err := client.call(cmd.Context(), "GET", "/v1/endpoints", nil, &items); err != nil {
				return err
			}
			return printItems(cmd, output, items, false, "NAMESPACE/NAME\tSOURCE\tADDRESSES\tLABELS", endpointRow)
		},
	}
	output.register(list)
	cmd.AddCommand(list)
	return cmd
}

func endpointRow(i rest.Item) ([]any, error) {
	content, err := cnp.Decode(i.Document, "")
	if err != nil || len(content.Endpoints) != 1 {
		return nil, fmt.Errorf("endpoint %s can not be read by this build: %w", i.Key, err)
	}
	var addresses []string
	for _, a := range content.Endpoints[0].Addresses {
		addresses = append(addresses, a.String())
	}
	return []any{i.Key, i.Source, strings.Join(addresses, ","), content.Endpoints[0].Labels}, nil
}

func newIdentityCommand() *cobra.Command {
	server := &serverFlags{}
	cmd := &cobra.Command{Use: "identity", Short: "Look at the identities of the policy server", Long: exitHelp}
	server.register(cmd)
	var output outputFlag
	list := &cobra.Command{
		Use:   "list",
		Short: "List the identities that are in use, and what they stand for",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			list := rest.List[rest.Identity]{}
			if err := client.call(cmd.Context(), "GET", "/v1/identities", nil, &list); err != nil {
				return err
			}
			return output.print(cmd.OutOrStdout(), list, "ID\tSTANDS FOR\tENDPOINTS", func(add func(...any)) {
				for _, i := range list.Items {
					what := i.Prefix
					if what == "" {
						what = i.Labels.String()
					}
					add(i.ID, what, strings.Join(i.Endpoints, ","))
				}
			})
		},
	}
	output.register(list)
	cmd.AddCommand(list)
	return cmd
}
