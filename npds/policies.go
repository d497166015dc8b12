package npds

import (
	"errors"
	"fmt"
	"maps"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// policies is the consumer of NPDS.
type policies struct {
	store   *policy.Store
	parsers policy.RuleParsers
	held    map[string]heldPolicy
}

// heldPolicy is what has to be known of a resource in force to change it.
type heldPolicy struct {
	version   string
	addresses []string
}

func newPolicies(store *policy.Store, parsers policy.RuleParsers) *policies {
	return &policies{store: store, parsers: parsers, held: map[string]heldPolicy{}}
}

// compiler returns a compiler for one update.
func (p *policies) compiler() *policy.Compiler {
	return policy.NewCompiler(p.parsers).AllowEmptyValues()
}

func (p *policies) world(resources []*anypb.Any) error {
	compiler := p.compiler()
	for i, r := range resources {
		resource := &cilium.NetworkPolicy{}
		if err := decodeResource(r, TypeURL, resource); err != nil {
			return fmt.Errorf("resource %d %w", i, err)
		}
		if err := compiler.Add(resource); err != nil {
			return err
		}
	}
	p.store.Replace(compiler.Snapshot())
	return nil
}

func (p *policies) change(changed []*discovery.Resource, removed []string) error {
	held := map[string]heldPolicy{}
	compiler := p.compiler()
	var gone []string
	for _, name := range removed {
		gone = append(gone, p.held[name].addresses...)
	}
	for _, r := range changed {
		resource := &cilium.NetworkPolicy{}
		if err := decodeResource(r.GetResource(), TypeURL, resource); err != nil {
			return fmt.Errorf("resource %q %w", r.GetName(), err)
		}
		if _, twice := held[r.GetName()]; twice {
			return fmt.Errorf("resource %q is given twice", r.GetName())
		}
		addresses, err := policy.Addresses(resource)
		if err != nil {
			return fmt.Errorf("resource %q: %w", r.GetName(), err)
		}
		held[r.GetName()] = heldPolicy{r.GetVersion(), addresses}
		gone = append(gone, p.held[r.GetName()].addresses...)
		if err := compiler.Add(resource); err != nil {
			return err
		}
	}
	snapshot, err := p.store.Current().Change(gone, compiler.Snapshot())
	if err != nil {
		return err
	}
	p.store.Replace(snapshot)
	for _, name := range removed {
		delete(p.held, name)
	}
	maps.Copy(p.held, held)
	return nil
}

func (p *policies) versions() map[string]string {
	versions := make(map[string]string, len(p.held))
	for name, h := range p.held {
		versions[name] = h.version
	}
	return versions
}

// decodeResource decodes a resource of the type.
func decodeResource(r *anypb.Any, typeURL string, into proto.Message) error {
	if r.GetTypeUrl() != typeURL {
		return fmt.Errorf("is of type %q, want %q", r.GetTypeUrl(), typeURL)
	}
	if err := r.UnmarshalTo(into); err != nil {
		return errors.Join(errors.New("can not be decoded"), err)
	}
	return nil
}
