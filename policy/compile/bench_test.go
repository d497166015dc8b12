package compile

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/identity"
)

const crowdSize = 20_000

// crowd are endpoints, each with labels of its own and with a policy of ten clauses of its own.
func crowd(tb testing.TB, n int) *cnp.Content {
	tb.Helper()
	c := &cnp.Content{}
	for i := range n {
		e := &identity.Endpoint{
			Namespace: "default", Name: fmt.Sprint("e", i),
			Labels:    identity.Labels{"name": fmt.Sprint("e", i), "app": "cache"},
			Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})},
		}
		c.Endpoints = append(c.Endpoints, e)
		c.Policies = append(c.Policies, crowdPolicy(tb, i, n))
	}
	return c
}

func crowdPolicy(tb testing.TB, i, n int) *cnp.Policy {
	var clauses []string
	for j := range 10 {
		clauses = append(clauses, fmt.Sprintf(`{"fromEndpoints": [{"matchLabels": {"name": "e%d"}}],
			"toPorts": [{"ports": [{"port": "%d"}], "rules": {"l7proto": "words", "l7": [{"word": "get"}]}}]}`,
			(i+j+1)%n, 1000+j))
	}
	text := fmt.Appendf(nil, `{"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "p%d"},
		"spec": {"endpointSelector": {"matchLabels": {"name": "e%d"}}, "ingress": [%s]}}`, i, i, strings.Join(clauses, ","))
	content, err := cnp.Decode(text, "")
	if err != nil {
		tb.Fatal(err)
	}
	return content.Policies[0]
}

// newCompiler is a compiler that knows nobody.
func newCompiler() *Compiler { return newNetwork(Settings{}).compiler }

func BenchmarkCompileAll(b *testing.B) {
	c := crowd(b, crowdSize)
	for b.Loop() {
		if _, err := newCompiler().Compile(c); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkChange measures changes of one thing, which are made in turn.
func benchmarkChange(b *testing.B, changes func(c *cnp.Content) [2]Change) {
	content, compiler := crowd(b, crowdSize), newCompiler()
	if _, err := compiler.Compile(content); err != nil {
		b.Fatal(err)
	}
	turns, i := changes(content), 0
	for b.Loop() {
		i++
		if _, err := compiler.Update(turns[i%2]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompileOnePolicy(b *testing.B) {
	benchmarkChange(b, func(*cnp.Content) (turns [2]Change) {
		for i := range turns {
			turns[i].Policies = map[string]*cnp.Policy{"default/p7": crowdPolicy(b, 7, crowdSize)}
		}
		return turns
	})
}

func BenchmarkCompileOneEndpoint(b *testing.B) {
	benchmarkChange(b, func(c *cnp.Content) (turns [2]Change) {
		for i := range turns {
			e := *c.Endpoints[7]
			e.Labels = identity.Labels{"name": "e7", "app": fmt.Sprint(i)}
			turns[i].Endpoints = map[string]*identity.Endpoint{e.Key(): &e}
		}
		return turns
	})
}
