package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policyserver/rest"
)

// newGetCommand makes a command that lists the policies or endpoints of the server, or shows one.
func newGetCommand(
	server *serverFlags, use, short, kind, heading string, row func(rest.Item) ([]any, error),
) *cobra.Command {
	var output outputFlag
	watch := &watchFlag{}
	cmd := &cobra.Command{
		Use: use, Short: short, Long: describe(short), Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: server.completeKeys(kind, 1),
		RunE: func(cmd *cobra.Command, keys []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			return watch.run(cmd, func(ctx context.Context, out *writer) error {
				items, err := client.items(ctx, kind, keys)
				if err != nil {
					return err
				}
				return printItems(out, output, items, len(keys) == 1, heading, row)
			})
		},
	}
	output.register(cmd)
	watch.register(cmd)
	return cmd
}

// items reads the policies or endpoints of the server, or the one with the key.
func (c *apiClient) items(ctx context.Context, kind string, keys []string) (list rest.List[rest.Item], err error) {
	if len(keys) == 0 {
		return list, c.call(ctx, "GET", "/v1/"+kind, nil, &list)
	}
	list.Items = make([]rest.Item, 1)
	return list, c.call(ctx, "GET", "/v1/"+kind+"/"+keyPath(keys[0]), nil, &list.Items[0])
}

// printItems prints documents: one by itself, or a list that can be imported.
func printItems(
	out *writer, output outputFlag, list rest.List[rest.Item], one bool, heading string,
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
	return output.print(out, value, heading, func(add func(...any)) {
		for _, cells := range rows {
			add(cells...)
		}
	})
}

// keyPath is the path of a policy or endpoint.
func keyPath(key string) string {
	namespace, name, _ := strings.Cut(fullKey(key), "/")
	return url.PathEscape(namespace) + "/" + url.PathEscape(name)
}

// fullKey is the key of a policy or endpoint. One without a namespace is in the default one.
func fullKey(key string) string {
	if strings.Contains(key, "/") {
		return key
	}
	return cnp.Key(cnp.DefaultNamespace, key)
}

// newDeleteCommand makes a command that deletes policies or endpoints of the server.
func newDeleteCommand(server *serverFlags, one, kind string) *cobra.Command {
	var dryRun bool
	short := "Delete " + kind + " of the server"
	if one == "policy" {
		short += "; the namespace of one that is cluster-wide is -"
	}
	cmd := &cobra.Command{
		Use: "delete NAMESPACE/NAME…", Short: short, Long: describe(short), Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: server.completeKeys(kind, 0),
		RunE: func(cmd *cobra.Command, keys []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			for _, key := range keys {
				if dryRun {
					err = client.wouldDelete(cmd, kind, key)
				} else {
					err = client.delete(cmd, kind, key)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "report what would be deleted, and delete nothing")
	return cmd
}

func (c *apiClient) delete(cmd *cobra.Command, kind, key string) error {
	accepted := rest.Accepted{}
	if err := c.call(cmd.Context(), "DELETE", "/v1/"+kind+"/"+keyPath(key), nil, &accepted); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "revision %d: %s is deleted\n", accepted.Revision, key)
	return nil
}

// wouldDelete reports what deleting an item would do.
func (c *apiClient) wouldDelete(cmd *cobra.Command, kind, key string) error {
	list, err := c.items(cmd.Context(), kind, []string{key})
	if err != nil {
		return err
	}
	if source := list.Items[0].Source; source != apiSource {
		return refused(fmt.Errorf("%s belongs to another source: %s; change it there", key, source))
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s would be deleted\n", fullKey(key))
	return nil
}

// newImportCommand makes a command that imports policies and endpoints, or endpoints alone.
func newImportCommand(server *serverFlags, one string) *cobra.Command {
	var output outputFlag
	var dryRun bool
	files := &filesFlag{}
	short := "Put policies and endpoints in force, all of them or none"
	if one == "endpoint" {
		short = "Put endpoints in force, all of them or none"
	}
	cmd := &cobra.Command{
		Use: "import FILE…", Short: short,
		Long: describe(short, "FILE is a file, a directory, or - for the standard input. What exists already stays."),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			content, err := documentsToImport(cmd, files, args, one)
			if err != nil {
				return err
			}
			if dryRun {
				return client.wouldImport(cmd, output, content)
			}
			return client.put(cmd, output, content)
		},
	}
	output.register(cmd)
	files.registerBeside(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "check all together with what the server has, report what would change, and change nothing")
	return cmd
}

// documentsToImport reads documents of policies and endpoints, or of endpoints alone.
func documentsToImport(cmd *cobra.Command, files *filesFlag, args []string, one string) (*cnp.Content, error) {
	paths, err := files.with(args)
	if err != nil {
		return nil, err
	}
	in, err := readInput(cmd, paths)
	if err != nil {
		return nil, err
	}
	content, err := in.documents()
	if err == nil && one == "endpoint" && len(content.Policies) > 0 {
		err = refused(errors.New("want documents of endpoints alone; import policies with proxylib policy import"))
	}
	return content, err
}

// put puts documents in force.
func (c *apiClient) put(cmd *cobra.Command, output outputFlag, content *cnp.Content) error {
	text, err := listDocument(content)
	if err != nil {
		return err
	}
	accepted := rest.Accepted{}
	if err := c.call(cmd.Context(), "PUT", "/v1/policies", text, &accepted); err != nil {
		return err
	}
	return output.print(cmd.OutOrStdout(), accepted, "", func(add func(...any)) {
		add(fmt.Sprintf("revision %d: %d policies and %d endpoints are in force",
			accepted.Revision, len(content.Policies), len(content.Endpoints)))
	})
}
