package npds

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/policy"
)

// FuzzABadResource puts arbitrary bytes beside a good resource, in both forms: whatever they are, the good one is in force,
// unless they are a policy for the same address.
func FuzzABadResource(f *testing.F) {
	good := endpoint("10.0.0.1", 80)
	for _, p := range []*cilium.NetworkPolicy{at(81, "10.0.0.2"), broken("10.0.0.2"), good, at(81, "10.0.0.3", "10.0.0.1"), {}} {
		text, err := proto.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, true)
		f.Add(append(text, 0xff), false)
	}
	f.Fuzz(func(t *testing.T, text []byte, deny bool) {
		onError := Keep
		if deny {
			onError = Deny
		}
		packed, err := anypb.New(good)
		if err != nil {
			t.Fatal(err)
		}
		bad := &anypb.Any{TypeUrl: TypeURL, Value: text}
		var p cilium.NetworkPolicy
		if proto.Unmarshal(text, &p) == nil {
			if addresses, err := policy.Addresses(&p); err == nil && slices.Contains(addresses, "10.0.0.1") {
				return
			}
		}
		for _, put := range []func(*policies) outcome{
			func(p *policies) outcome { return p.world([]*anypb.Any{bad, packed}) },
			func(p *policies) outcome {
				return p.change([]changedResource{{name: "bad", resource: bad}, {name: "good", resource: packed}}, nil)
			},
		} {
			store := new(policy.Store)
			result := put(newPolicies(store, parsers, onError))
			if !allows(store, 80) {
				t.Errorf("the good policy is not in force: %s", result.refused.text())
			}
			if len(result.refused.text()) > policy.MaxReason {
				t.Errorf("the reason is of %d bytes", len(result.refused.text()))
			}
			if len(result.refused) == 0 && store.Current().Endpoints() < 2 {
				t.Error("a resource is neither refused nor in force")
			}
		}
	})
}
