package npds

import (
	"bytes"
	"fmt"
	"strings"

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
	// raws holds resources as they came, for those who share them; nil keeps none. What is neither in force nor waiting is removed
	// after each update.
	raws map[*policy.Endpoint]held
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
		p.compile(offers[i], r, compiler)
	}
	before := p.store.Current()
	after, refused := newWorld(addressField, offers, endpoints{before}, p.keep)
	snapshot := policy.NewSnapshot(after)
	p.put(snapshot)
	result := worldOutcome(len(offers), refused, before.Endpoints(), len(after))
	result.warnings = snapshot.Warnings(p.parsers)
	return result
}

func (p *policies) change(changed []changedResource, removed []string) outcome {
	compiler, offers := p.compiler(), make([]*offer[*policy.Endpoint], len(changed))
	for i, r := range changed {
		offers[i] = named[*policy.Endpoint](r)
		p.compile(offers[i], r.resource, compiler)
	}
	d, refused := p.ledger.update(offers, removed)
	added := make(map[string]*policy.Endpoint, len(d.added))
	for _, r := range d.added {
		for _, address := range r.keys {
			added[address] = r.value
		}
	}
	snapshot := p.store.Current().Change(d.gone, added)
	p.put(snapshot)
	return outcome{
		refused: refused, outstanding: p.ledger.outstanding(), of: len(offers), applied: d.some() || len(refused) == 0,
		warnings: snapshot.Warnings(p.parsers),
	}
}

func (p *policies) restart() map[string]string { return p.ledger.restart() }

// compile compiles a resource, and keeps it as it came if that is shared.
func (p *policies) compile(o *offer[*policy.Endpoint], r *anypb.Any, compiler *policy.Compiler) {
	compileOffer(o, r, compiler)
	if p.raws != nil && o.err == nil {
		p.raws[o.value] = held{name: o.name, version: o.version, raw: bytes.Clone(r.GetValue())}
	}
}

// put puts a snapshot in force.
func (p *policies) put(snapshot *policy.Snapshot) {
	p.store.Replace(snapshot)
	if p.raws == nil {
		return
	}
	kept := make(map[*policy.Endpoint]held, len(p.raws))
	for _, e := range snapshot.All() {
		kept[e] = p.raws[e]
	}
	for _, o := range p.ledger.waiting {
		kept[o.value] = p.raws[o.value]
	}
	p.raws = kept
}

// held implements [sharer].
func (p *policies) held(do func(held)) {
	keys := make(map[*policy.Endpoint][]string, len(p.raws))
	for address, e := range p.store.Current().All() {
		keys[e] = append(keys[e], address)
	}
	for e, addresses := range keys {
		h := p.raws[e]
		h.keys = addresses
		do(h)
	}
}

// restore implements [sharer]. What is in force already is not compiled again.
func (p *policies) restore(all []held) (refused refusals) {
	known := make(map[string]*policy.Endpoint, len(p.raws))
	for e, h := range p.raws {
		known[string(h.raw)] = e
	}
	p.ledger = newLedger[*policy.Endpoint](addressField, p.keep)
	p.raws = make(map[*policy.Endpoint]held, len(all))
	after, compiler := make(map[string]*policy.Endpoint, len(all)), p.compiler()
	for i, h := range all {
		o := unnamed[*policy.Endpoint](i)
		o.name, o.version = h.name, h.version
		if o.value = known[string(h.raw)]; o.value == nil {
			compileOffer(o, &anypb.Any{TypeUrl: TypeURL, Value: h.raw}, compiler)
		}
		if o.err != nil {
			refused = append(refused, refusal{o.label, o.field, o.err})
			continue
		}
		o.keys = h.keys
		for _, address := range o.keys {
			after[address] = o.value
		}
		if o.name != "" {
			p.ledger.enter(o)
		}
		p.raws[o.value] = h
	}
	p.store.Replace(policy.NewSnapshot(after))
	return refused
}

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
