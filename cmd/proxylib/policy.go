package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/compile"
	"github.com/proxylib/proxylib/policyserver/rest"
)

func newPolicyCommand() *cobra.Command {
	server := &serverFlags{}
	cmd := &cobra.Command{
		Use: "policy", Short: "Check policies, explain them, and change them in the policy server", Long: exitHelp,
	}
	server.register(cmd)
	cmd.AddCommand(
		newPolicyImportCommand(server), newPolicyGetCommand(server), newPolicyDeleteCommand(server),
		newPolicyValidateCommand(), newPolicyExplainCommand(server), newPolicyConvertCommand(),
	)
	return cmd
}

func newPolicyImportCommand(server *serverFlags) *cobra.Command {
	var output outputFlag
	cmd := &cobra.Command{
		Use:   "import FILE…",
		Short: "Put policies and endpoints in force, all of them or none; - reads the standard input",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			content, err := readDocuments(cmd, paths)
			if err != nil {
				return err
			}
			text, err := listDocument(content)
			if err != nil {
				return err
			}
			accepted := rest.Accepted{}
			if err := client.call(cmd.Context(), "PUT", "/v1/policies", text, &accepted); err != nil {
				return err
			}
			return output.print(cmd.OutOrStdout(), accepted, "", func(add func(...any)) {
				add(fmt.Sprintf("revision %d: %d policies and %d endpoints are in force",
					accepted.Revision, len(content.Policies), len(content.Endpoints)))
			})
		},
	}
	output.register(cmd)
	return cmd
}

func newPolicyGetCommand(server *serverFlags) *cobra.Command {
	var output outputFlag
	cmd := &cobra.Command{
		Use:   "get [NAMESPACE/NAME]",
		Short: "List the policies of the server, or one; with -o yaml or json as documents that can be imported",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, keys []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			items := rest.List[rest.Item]{}
			if len(keys) == 0 {
				err = client.call(cmd.Context(), "GET", "/v1/policies", nil, &items)
			} else {
				items.Items = make([]rest.Item, 1)
				err = client.call(cmd.Context(), "GET", "/v1/policies/"+keyPath(keys[0]), nil, &items.Items[0])
			}
			if err != nil {
				return err
			}
			return printItems(cmd, output, items, len(keys) == 1, "NAMESPACE/NAME\tSOURCE\tRULES", policyRow)
		},
	}
	output.register(cmd)
	return cmd
}

func policyRow(i rest.Item) ([]any, error) {
	content, err := cnp.Decode(i.Document, "")
	if err != nil || len(content.Policies) != 1 {
		return nil, fmt.Errorf("policy %s can not be read by this build: %w", i.Key, err)
	}
	return []any{i.Key, i.Source, len(content.Policies[0].Rules)}, nil
}

// printItems prints documents: one by itself, or a list that can be imported.
func printItems(
	cmd *cobra.Command, output outputFlag, list rest.List[rest.Item], one bool, heading string,
	row func(rest.Item) ([]any, error),
) error {
	documents, rows := []json.RawMessage{}, [][]any{}
	for _, item := range list.Items {
		cells, err := row(item)
		if err != nil {
			return err
		}
		documents, rows = append(documents, item.Document), append(rows, cells)
	}
	var value any = map[string]any{"apiVersion": "v1", "kind": "List", "items": documents}
	if one {
		value = documents[0]
	}
	return output.print(cmd.OutOrStdout(), value, heading, func(add func(...any)) {
		for _, cells := range rows {
			add(cells...)
		}
	})
}

// keyPath is the path of a policy or endpoint. One without a namespace is in the default one.
func keyPath(key string) string {
	namespace, name, found := strings.Cut(key, "/")
	if !found {
		namespace, name = cnp.DefaultNamespace, key
	}
	return url.PathEscape(namespace) + "/" + url.PathEscape(name)
}

func newPolicyDeleteCommand(server *serverFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "delete NAMESPACE/NAME…",
		Short: "Delete policies of the server; the namespace of one that is cluster-wide is -",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, keys []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			for _, key := range keys {
				accepted := rest.Accepted{}
				err := client.call(cmd.Context(), "DELETE", "/v1/policies/"+keyPath(key), nil, &accepted)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "revision %d: %s is deleted\n", accepted.Revision, key)
			}
			return nil
		},
	}
}

func newPolicyValidateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE…",
		Short: "Check policies and endpoints without a server; - reads the standard input",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			content, err := readDocuments(cmd, paths)
			if err != nil {
				return err
			}
			if _, err := compile.Offline(content, compile.Settings{}, policy.Registered()); err != nil {
				return refused(err)
			}
			policies, endpoints := len(content.Policies), len(content.Endpoints)
			fmt.Fprintf(cmd.OutOrStdout(), "%d policies and %d endpoints are valid\n", policies, endpoints)
			return nil
		},
	}
}
