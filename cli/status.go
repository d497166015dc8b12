package cli

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policyserver"
)

func newStatusCommand() *cobra.Command {
	server := &serverFlags{}
	var output outputFlag
	watch := &watchFlag{}
	const short = "Show the state of the policy server and its proxies, and why the last change was refused"
	cmd := &cobra.Command{
		Use: "status", Short: short, Long: describe(short), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			return watch.run(cmd, func(ctx context.Context, out *writer) error {
				status := policyserver.Status{}
				if err := client.call(ctx, "GET", "/v1/status", nil, &status); err != nil {
					return err
				}
				return output.print(out, status, "", func(add func(...any)) { statusRows(&status, add) })
			})
		},
	}
	server.register(cmd)
	output.register(cmd)
	watch.register(cmd)
	return cmd
}

func statusRows(s *policyserver.Status, add func(...any)) {
	add("started", s.Started.Format(time.RFC3339))
	add("revision", s.Revision)
	if !s.Changed.IsZero() {
		add("changed", s.Changed.Format(time.RFC3339))
	}
	add("policies", s.Policies)
	add("endpoints", s.Endpoints)
	add("identities", s.Identities)
	add("no policy selects", s.Default)
	add("audit", s.Audit)
	for _, source := range slices.Sorted(maps.Keys(s.Refusals)) {
		add("refused "+string(source), s.Refusals[source].Time.Format(time.RFC3339)+" "+s.Refusals[source].Reason)
	}
	for _, source := range slices.Sorted(maps.Keys(s.Unreadable)) {
		add("unreadable "+string(source), "since "+s.Unreadable[source].Time.Format(time.RFC3339), s.Unreadable[source].Reason)
	}
	if s.WarningCount > 0 {
		add("warnings", s.WarningCount)
	}
	for _, warning := range s.Warnings {
		add("  warning", warning)
	}
	for _, protocol := range slices.Sorted(maps.Keys(s.Served)) {
		served := s.Served[protocol]
		add(protocol, "version", served.Version, "resources", served.Resources, "clients", len(served.Clients))
		for _, c := range served.Clients {
			state := "accepted nothing yet"
			if !c.Updated.IsZero() {
				state = "accepted " + c.Version + " at " + c.Updated.Format(time.RFC3339)
			}
			if c.Refusal != "" {
				state += ", refused the next: " + c.Refusal
			}
			if !c.Unanswered.IsZero() {
				state += ", has not replied since " + c.Unanswered.Format(time.RFC3339)
			}
			node := c.Node
			if node == "" {
				node = "without a name"
			}
			if c.Library != "" {
				node += ", " + c.Library
			}
			add("  "+protocol+" client", node, c.Address, "connected since "+c.Since.Format(time.RFC3339), state)
			for _, r := range c.Refused {
				add("    refuses", r.Resource, r.Reason)
			}
		}
	}
}
