package npds

import (
	"fmt"
	"strings"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// addressField is the field of a resource with the addresses by which it is found.
const addressField = "endpoint_ips"

// policies is the consumer of NPDS.
type policies struct {
	store   *policy.Store
	parsers policy.RuleParsers
	keep    bool
	ledger  *ledger[*policy.Endpoint]
}

func newPolicies(store *policy.Store, parsers policy.RuleParsers, onError OnError) *policies {
	keep := onError != Deny
	return &policies{store: store, parsers: parsers, keep: keep, ledger: newLedger[*policy.Endpoint](addressField, keep)}
}

// compiler returns a compiler for one update.
func (p *policies) compiler() *policy.Compiler {
	return policy.NewCompiler(p.parsers).AllowEmptyValues()
}

func (p *policies) world(resources []*anypb.Any) outcome {
	compiler, offers := p.compiler(), make([]*offer[*policy.Endpoint], len(resources))
	for i, r := range resources {
		offers[i] = unnamed[*policy.Endpoint](i)
		compileOffer(offers[i], r, compiler)
	}
	before := p.store.Current()
	after, refused := newWorld(addressField, offers, endpoints{before}, p.keep)
	snapshot := policy.NewSnapshot(after)
	p.store.Replace(snapshot)
	result := worldOutcome(len(offers), refused, before.Endpoints(), len(after))
	result.warnings = snapshot.Warnings(p.parsers)
	return result
}

func (p *policies) change(changed []*discovery.Resource, removed []string) outcome {
	compiler, offers := p.compiler(), make([]*offer[*policy.Endpoint], len(changed))
	for i, r := range changed {
		offers[i] = named[*policy.Endpoint](r)
		compileOffer(offers[i], r.GetResource(), compiler)
	}
	d, refused := p.ledger.update(offers, removed)
	added := make(map[string]*policy.Endpoint, len(d.added))
	for _, r := range d.added {
		for _, address := range r.keys {
			added[address] = r.value
		}
	}
	snapshot := p.store.Current().Change(d.gone, added)
	p.store.Replace(snapshot)
	return outcome{
		refused: refused, outstanding: p.ledger.outstanding(), of: len(offers), applied: d.some() || len(refused) == 0,
		warnings: snapshot.Warnings(p.parsers),
	}
}

func (p *policies) restart() map[string]string { return p.ledger.restart() }

// compileOffer compiles a resource.
func compileOffer(o *offer[*policy.Endpoint], r *anypb.Any, compiler *policy.Compiler) {
	resource := &cilium.NetworkPolicy{}
	o.decode(r, TypeURL, resource, func() {
		if o.identify(resource.GetEndpointIps()); o.identified && o.name == "" {
			o.label = "policy of endpoint " + policy.Cut(strings.Join(o.keys, ", "), maxLabel)
		}
	}, func() error {
		e, err := compiler.Endpoint(resource)
		switch {
		case err == nil:
			o.keys, o.value = e.Addresses(), e
		case o.name != "":
			return fmt.Errorf("%s: %w", o.label, err)
		}
		return err
	})
}

// endpoints are the policies in force by their addresses.
type endpoints struct{ *policy.Snapshot }

func (e endpoints) find(address string) (*policy.Endpoint, []string, bool) {
	if found := e.Endpoint(address); found != nil {
		return found, found.Addresses(), true
	}
	return nil, nil, false
}

func (e endpoints) each(do func(string, *policy.Endpoint)) {
	for address, endpoint := range e.All() {
		do(address, endpoint)
	}
}
