package cli

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
	"github.com/proxylib/proxylib/policy/identity"
)

// world is what is in force, from documents or from resources.
type world struct {
	// content is empty where the world is made of resources.
	content  *cnp.Content
	settings compile.Settings
	result   *compile.Result
	snapshot *policy.Snapshot
}

// world reads what is in force, from files or from the server.
func (f *explainFlags) world(cmd *cobra.Command, server *serverFlags) (*world, error) {
	allow, err := allowUnselected(f.unselected)
	if err != nil {
		return nil, err
	}
	w := &world{settings: compile.Settings{AllowUnselected: allow, Audit: f.audit}}
	if len(f.files.paths) > 0 {
		in, err := readInput(cmd, f.files.paths)
		if err != nil {
			return nil, err
		}
		if in.inline > 0 {
			return nil, refused(errInline)
		}
		if len(in.resources) > 0 {
			return w, f.ofResources(cmd, w, in)
		}
		if len(f.hosts) > 0 {
			return nil, errors.New("--hosts: is for resources, not for policies")
		}
		return w, w.ofDocuments(&in.content)
	}
	for _, name := range []string{"default", "audit", "hosts"} {
		if cmd.Flags().Changed(name) {
			return nil, fmt.Errorf("--%s: belongs to --file", name)
		}
	}
	client, err := server.client()
	if err != nil {
		return nil, err
	}
	current, err := client.current(cmd.Context())
	if err != nil {
		return nil, err
	}
	w.settings = current.settings
	return w, w.ofDocuments(&current.content)
}

// ofDocuments makes a world of policies and endpoints.
func (w *world) ofDocuments(content *cnp.Content) (err error) {
	w.content = content
	if w.result, err = compile.Offline(content, w.settings, policy.Registered()); err != nil {
		return refused(err)
	}
	w.snapshot, err = policy.Compile(w.result.Resources(), policy.Registered())
	return refused(err)
}

// ofResources makes a world of resources.
func (f *explainFlags) ofResources(cmd *cobra.Command, w *world, in *input) error {
	if len(in.content.Policies)+len(in.content.Endpoints) > 0 {
		return errors.New("--file: some files hold policies and some resources, want the one or the other")
	}
	hosts, err := readHosts(cmd, f.hosts)
	if err != nil {
		return err
	}
	w.content = &cnp.Content{}
	w.result = &compile.Result{
		Policies: map[string]*cilium.NetworkPolicy{}, Hosts: map[identity.ID]*cilium.NetworkPolicyHosts{},
	}
	for _, r := range in.resources {
		r.Audit = r.Audit || f.audit
		w.result.Policies[strings.Join(r.GetEndpointIps(), ",")] = r
	}
	for _, host := range hosts {
		w.result.Hosts[identity.ID(host.GetPolicy())] = host
	}
	w.snapshot, err = policy.Compile(w.result.Resources(), policy.Registered())
	return refused(err)
}

// party is one side of a question.
type party struct {
	// endpoint is the key of an endpoint, which has labels; empty for an address that is of none, or an identity.
	endpoint string
	labels   identity.Labels
	addr     netip.Addr
	// id is the number of an identity that was named by it; 0 is none.
	id uint32
}

func (p party) String() string {
	switch {
	case p.id != 0:
		return fmt.Sprintf("identity %d", p.id)
	case p.endpoint == "":
		return p.addr.String()
	}
	return p.endpoint + " (" + p.addr.String() + ")"
}

// find finds who is meant by a key, a name, an address or the number of an identity.
func (w *world) find(who string) (party, error) {
	if addr, err := netip.ParseAddr(who); err == nil {
		return w.at(addr.Unmap()), nil
	}
	named := w.named(who)
	if len(named) == 1 {
		return partyOf(named[0], named[0].Addresses[0]), nil
	}
	if id, err := strconv.ParseUint(who, 10, 32); err == nil && id > 0 && len(named) == 0 {
		return party{addr: netip.IPv4Unspecified(), id: uint32(id)}, nil
	}
	if len(named) > 1 {
		return party{}, fmt.Errorf("%q may be %s", who, strings.Join(keysOf(named), " or "))
	}
	reason := fmt.Sprintf("%q is not the name of a known endpoint, an IP address, or the number of an identity", who)
	if near := w.near(who); len(near) > 0 {
		reason += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return party{}, errors.New(reason)
}

func partyOf(e *identity.Endpoint, addr netip.Addr) party {
	return party{endpoint: e.Key(), labels: e.Identified(), addr: addr}
}

// at returns who has an address.
func (w *world) at(addr netip.Addr) party {
	for _, e := range w.content.Endpoints {
		if slices.Contains(e.Addresses, addr) {
			return partyOf(e, addr)
		}
	}
	return party{addr: addr}
}

// named returns the endpoints that a key or a name may mean: of several with the name, the one in the default namespace.
func (w *world) named(who string) (list []*identity.Endpoint) {
	for _, e := range w.content.Endpoints {
		if key := e.Key(); key == who || key == fullKey(who) {
			return []*identity.Endpoint{e}
		}
		if e.Name == who {
			list = append(list, e)
		}
	}
	return list
}

// near returns the keys of endpoints whose names contain, or are contained in, a word; at most ten.
func (w *world) near(who string) (keys []string) {
	word := strings.ToLower(who[strings.LastIndexByte(who, '/')+1:])
	for _, key := range keysOf(w.content.Endpoints) {
		name := strings.ToLower(key[strings.LastIndexByte(key, '/')+1:])
		if word != "" && (strings.Contains(name, word) || strings.Contains(word, name)) && len(keys) < 10 {
			keys = append(keys, key)
		}
	}
	return keys
}

func keysOf(endpoints []*identity.Endpoint) (keys []string) {
	for _, e := range endpoints {
		keys = append(keys, e.Key())
	}
	slices.Sort(keys)
	return keys
}

// identityOf is the identity that a proxy knows a party by.
func (w *world) identityOf(p party) uint32 {
	if p.id != 0 {
		return p.id
	}
	return uint32(w.result.IdentityOf(p.addr))
}

// resourceOf is the resource that has the policy of a party; nil if there is none.
func (w *world) resourceOf(p party) *cilium.NetworkPolicy {
	for _, key := range slices.Sorted(maps.Keys(w.result.Policies)) {
		if r := w.result.Policies[key]; slices.ContainsFunc(r.GetEndpointIps(), func(text string) bool {
			addr, err := netip.ParseAddr(text)
			return err == nil && addr.Unmap() == p.addr
		}) {
			return r
		}
	}
	return nil
}

// hasPolicy reports whether a proxy has a policy for a party, be it one that denies everything.
func (w *world) hasPolicy(p party) bool { return p.id == 0 && w.resourceOf(p) != nil }

// governs reports whether a policy, or an entry of a resource, speaks of a direction of a party.
func (w *world) governs(p party, ingress bool) bool {
	if p.endpoint == "" {
		r := w.resourceOf(p)
		return ingress && len(r.GetIngressPerPortPolicies()) > 0 || !ingress && len(r.GetEgressPerPortPolicies()) > 0
	}
	return slices.ContainsFunc(w.content.Policies, func(policy *cnp.Policy) bool { return policy.Governs(p.labels, ingress) })
}

// ungoverned says what holds for a side that no policy speaks of.
func (q *question) ungoverned() string {
	self := q.self()
	switch {
	case self.endpoint == "":
		return fmt.Sprintf("the resource of %s has no entry for %s", self, q.direction())
	case q.settings.AllowUnselected:
		return fmt.Sprintf("no policy selects %s for %s, and the default is to allow", self.endpoint, q.direction())
	}
	return fmt.Sprintf("no policy selects %s for %s, and the default is to deny", self.endpoint, q.direction())
}
