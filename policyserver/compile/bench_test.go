package compile

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/identity"
)

// crowd are endpoints, each with labels of its own and with a policy of ten clauses of its own.
func crowd(tb testing.TB, n int) *cnp.Content {
	tb.Helper()
	c := &cnp.Content{}
	for i := range n {
		e := &identity.Endpoint{
			Namespace: "default", Name: fmt.Sprint("e", i), Labels: identity.Labels{"name": fmt.Sprint("e", i), "app": "cache"},
			Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})},
		}
		c.Endpoints = append(c.Endpoints, e)
		c.Policies = append(c.Policies, crowdPolicy(tb, i, n))
	}
	return c
}

func crowdPolicy(tb testing.TB, i, n int) *cnp.Policy {
	clauses := ""
	for j := range 10 {
		clauses += fmt.Sprintf(`{fromEndpoints: [{matchLabels: {name: e%d}}], toPorts: [{ports: [{port: "%d"}],
			rules: {l7proto: words, l7: [{word: get}]}}]},`, (i+j+1)%n, 1000+j)
	}
	content, err := cnp.Decode(fmt.Appendf(nil, `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p%d},
		spec: {endpointSelector: {matchLabels: {name: e%d}}, ingress: [%s]}}`, i, i, clauses), "")
	if err != nil {
		tb.Fatal(err)
	}
	return content.Policies[0]
}

const crowdSize = 20_000

func BenchmarkCompileAll(b *testing.B) {
	c := crowd(b, crowdSize)
	for b.Loop() {
		if err := newNetworkOnly().compileOnly(c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompileOneChange(b *testing.B) {
	c := crowd(b, crowdSize)
	n := newNetworkOnly()
	if err := n.compileOnly(c); err != nil {
		b.Fatal(err)
	}
	changed := [2]*cnp.Policy{crowdPolicy(b, 7, crowdSize), crowdPolicy(b, 7, crowdSize)}
	i := 0
	for b.Loop() {
		i++
		c.Policies[7] = changed[i%2]
		if err := n.compileOnly(c); err != nil {
			b.Fatal(err)
		}
	}
}

func newNetworkOnly() *network { return newNetwork(Settings{}) }

// compileOnly compiles without a proxy's part.
func (n *network) compileOnly(c *cnp.Content) (err error) {
	n.result, err = n.compiler.Compile(c.Policies, c.Endpoints)
	return err
}
