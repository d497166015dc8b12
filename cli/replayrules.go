package cli

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
)

// lookupFlags say by what the policy of recorded connections is looked up.
type lookupFlags struct {
	name      string
	port      uint16
	direction string
}

func (f *lookupFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "policy-name", "", "the address that the policy is looked up for")
	flags.Uint16Var(&f.port, "policy-port", 0, "the port that the policy is looked up for")
	flags.StringVar(&f.direction, "direction", "ingress", "whose policy decides: ingress, that of the server, or egress, that of the client")
	completeFlag(cmd, "direction", cobra.FixedCompletions([]string{"ingress", "egress"}, cobra.ShellCompDirectiveNoFileComp))
}

// rules are a policy that recorded connections are replayed under.
type rules struct {
	snapshot *policy.Snapshot
	// world knows identities; nil where the policy has none.
	world *world
	// name and port are what the policy is looked up by; empty and 0 take those of the connection.
	name    string
	port    uint16
	ingress bool
}

// readRules reads a policy in any of its forms.
func (f *replayFlags) readRules(cmd *cobra.Command, paths []string) (*rules, error) {
	if f.lookup.direction != "ingress" && f.lookup.direction != "egress" {
		return nil, fmt.Errorf("--direction: %q: want ingress or egress", f.lookup.direction)
	}
	r := &rules{name: f.lookup.name, port: f.lookup.port, ingress: f.lookup.direction == "ingress"}
	in, err := readInput(cmd, paths)
	if err != nil {
		return nil, err
	}
	if in.inline > 0 {
		r.snapshot, err = f.inline(cmd, paths)
		return r, err
	}
	r.world = &world{}
	if len(in.resources) > 0 {
		err = (&explainFlags{hosts: f.hosts}).ofResources(cmd, r.world, in)
	} else {
		err = r.world.ofDocuments(&in.content)
	}
	if err != nil {
		return nil, err
	}
	r.snapshot = r.world.snapshot
	r.only()
	return r, nil
}

// inline compiles the policy that the configuration of a filter with the parser has.
func (f *replayFlags) inline(cmd *cobra.Command, paths []string) (*policy.Snapshot, error) {
	sources, err := readSources(cmd, paths)
	if err != nil {
		return nil, err
	}
	var found []npds.Inline
	for _, s := range sources {
		for _, filter := range filterConfigs(s.text) {
			if !filter.isFor(f.parser) {
				continue
			}
			inline, err := filter.inline()
			if err != nil {
				return nil, refused(err)
			}
			found = append(found, inline)
		}
	}
	if len(found) != 1 {
		return nil, refused(fmt.Errorf("%d filters of parser %s have a policy in their configuration, want 1", len(found), f.parser))
	}
	snapshot, err := npds.CompileInline(map[string]npds.Inline{f.parser: found[0]}, policy.Registered())
	return snapshot, refused(err)
}

// only takes the address and the port of a policy that has only one.
func (r *rules) only() {
	names, ports := map[string]bool{}, map[uint16]bool{}
	for _, resource := range r.world.result.Policies {
		for _, name := range resource.GetEndpointIps() {
			names[name] = true
		}
		for _, p := range r.entries(resource) {
			if p.GetPort() != 0 && p.GetEndPort() <= p.GetPort() {
				ports[uint16(p.GetPort())] = true
				continue
			}
			// It is for several ports.
			ports[0], ports[1] = true, true
		}
	}
	if r.name == "" && len(names) == 1 {
		r.name = slices.Collect(maps.Keys(names))[0]
	}
	if r.port == 0 && len(ports) == 1 {
		r.port = slices.Collect(maps.Keys(ports))[0]
	}
}

func (r *rules) entries(resource *cilium.NetworkPolicy) []*cilium.PortNetworkPolicy {
	if r.ingress {
		return resource.GetIngressPerPortPolicies()
	}
	return resource.GetEgressPerPortPolicies()
}

// identityOf is the identity of an address, 0 if nobody knows it.
func (r *rules) identityOf(addr netip.Addr) uint32 {
	if r.world == nil {
		return 0
	}
	return r.world.identityOf(party{addr: addr})
}

// errDenied and errChanged end the program with the code for denials. What there is to say has been printed.
var (
	errDenied  = &exitError{code: exitDenied, err: errors.New("a request is denied"), silent: true}
	errChanged = &exitError{code: exitDenied, err: errors.New("a verdict changes"), silent: true}
)
