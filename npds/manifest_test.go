package npds

import (
	"net/netip"
	"os"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/policy"
)

// manifests allow web, and nobody else, to say words that begin with get to cache, at port 80.
const manifests = `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cache}
spec:
  endpointSelector: {matchLabels: {app: cache}}
  ingress:
  - fromEndpoints:
    - matchLabels: {app: web}
    toPorts:
    - ports: [{port: "80"}]
      rules: {l7proto: words, l7: [{word: get}]}
---
apiVersion: proxylib/v1
kind: Endpoint
metadata: {name: cache, labels: {app: cache}}
addresses: [10.0.0.1]
---
apiVersion: proxylib/v1
kind: Endpoint
metadata: {name: web, labels: {app: web}}
addresses: [10.0.0.2]
`

// another is an endpoint that comes first in any order.
const another = `
---
apiVersion: proxylib/v1
kind: Endpoint
metadata: {name: aaa, labels: {app: aaa}}
addresses: [10.0.0.3]
`

func (s *FileSuite) TestManifestsAreEnforcedByIdentity(c *check.C) {
	var identities policy.IdentityStore
	s.write(c, s.path, manifests)
	var err error
	s.file, err = OpenFile(FileConfig{
		Path: s.path, Store: s.store, Identities: &identities, Parsers: parsers, Log: s.book.Logger(),
	})
	c.Assert(err, check.IsNil)
	of := func(ip string) uint32 { return identities.Current().Of(netip.MustParseAddr(ip)) }
	allowed := func(id uint32) bool {
		return s.store.Current().Lookup("10.0.0.1", true, 80).Decide(&policy.Request{RemoteID: id, Parser: "words"}).Allowed
	}
	web := of("10.0.0.2")
	c.Check(web != 0 && allowed(web), check.Equals, true)
	c.Check(allowed(of("192.0.2.1")), check.Equals, false)
	c.Check(allowed(0), check.Equals, false)

	s.write(c, s.path, manifests+another)
	eventually.Holds(c, "the third endpoint is known", func() bool { return of("10.0.0.3") != of("192.0.2.1") })
	c.Check(of("10.0.0.2"), check.Equals, web, check.Commentf("live connections keep their number"))
	c.Check(allowed(of("10.0.0.3")), check.Equals, false)
}

func (s *FileSuite) TestAWrongManifestIsRefusedWithItsLine(c *check.C) {
	for _, t := range []struct{ text, want string }{
		{"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p}\nspec:\n  endpointSelector: {}\n  ingres: []\n",
			"(?s).*line 6.*ingres.*"},
		{`[{"endpointSelector": {}, "ingress": [{"toPorts": [{"ports": [{"port": "80"}], "rules": {"l7proto": "words",
			"l7": [{"wrod": "x"}]}}]}]}]`, "(?s).*wrod.*"},
		{"apiVersion: v1\nkind: Pod\n", "(?s).*line 1.*"},
		{`[{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "80"}], rules: {l7proto: words, l7: [{wrod: }]}}]}]}]`,
			`(?s).*line 1: specs\[0\].ingress\[0\].toPorts\[0\]: l7_allow_rules: unknown key "wrod".*`},
	} {
		c.Assert(os.WriteFile(s.path, []byte(t.text), 0o600), check.IsNil)
		c.Check(CheckFile(s.path, parsers), check.ErrorMatches, t.want)
	}
}
