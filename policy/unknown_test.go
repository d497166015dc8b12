package policy

import (
	"fmt"
	"strings"

	"gopkg.in/check.v1"

	"github.com/proxylib/proxylib/api/cilium"
)

type UnknownSuite struct{}

var _ = check.Suite(&UnknownSuite{})

// speaking is the policy of an endpoint whose ports are for the parsers that are named.
func speaking(c *check.C, addresses, parsers string) *cilium.NetworkPolicy {
	var ports []string
	for i, name := range strings.Fields(parsers) {
		ports = append(ports, fmt.Sprintf(`{"port": %d, "rules": [{"l7_proto": %q}]}`, 80+i, name))
	}
	r, err := resource(fmt.Sprintf(`{"endpoint_ips": [%s], "ingress_per_port_policies": [%s]}`, addresses, strings.Join(ports, ",")))
	c.Assert(err, check.IsNil)
	return r
}

func (s *UnknownSuite) TestParsersThatDoNotExistAreCountedAndCloseNames(c *check.C) {
	snapshot, err := Compile([]*cilium.NetworkPolicy{
		speaking(c, `"10.0.0.1", "fd00::1"`, "words wrods wrods mars"), speaking(c, `"10.0.0.2"`, "wrods"),
	}, words)
	c.Assert(err, check.IsNil)
	c.Check(snapshot.Warnings(words), check.DeepEquals, []string{
		`l7_proto: this build has no parser "mars", so what 1 port entries say of it is denied`,
		`l7_proto: this build has no parser "wrods", so what 3 port entries say of it is denied; did you mean words?`,
	})
	none, err := Compile([]*cilium.NetworkPolicy{speaking(c, `"10.0.0.3"`, "words envoy.http")}, words)
	c.Assert(err, check.IsNil)
	c.Check(none.Warnings(words), check.HasLen, 0)
}

func (s *UnknownSuite) TestAChangeKeepsCountOfParsersThatDoNotExist(c *check.C) {
	first, err := Compile([]*cilium.NetworkPolicy{speaking(c, `"10.0.0.1", "10.0.0.2"`, "wrods mars")}, words)
	c.Assert(err, check.IsNil)
	added, err := NewCompiler(words).Endpoint(speaking(c, `"10.0.0.3"`, "wrods"))
	c.Assert(err, check.IsNil)
	second := first.Change(nil, map[string]*Endpoint{"10.0.0.3": added})
	c.Check(second.unknown, check.DeepEquals, map[string]int{"wrods": 2, "mars": 1})
	third := second.Change([]string{"10.0.0.1", "10.0.0.2"}, nil)
	c.Check(third.unknown, check.DeepEquals, map[string]int{"wrods": 1})
	c.Check(first.unknown, check.DeepEquals, map[string]int{"wrods": 1, "mars": 1}, check.Commentf("it is immutable"))
}

func (s *UnknownSuite) TestWarningsAreFewAndShort(c *check.C) {
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("%d%s", i, strings.Repeat("x", 1000)))
	}
	snapshot, err := Compile([]*cilium.NetworkPolicy{speaking(c, `"10.0.0.1"`, strings.Join(names, " "))}, words)
	c.Assert(err, check.IsNil)
	list := snapshot.Warnings(words)
	c.Check(list, check.HasLen, maxWarnings+1)
	c.Check(list[maxWarnings], check.Matches, ".*and 90 other parsers.*")
	c.Check(len(strings.Join(list, "")) < 2500, check.Equals, true)
}

func (s *UnknownSuite) TestTheClosestParserIsSuggested(c *check.C) {
	known := RuleParsers{"memcache": nil, "cassandra": nil, "test.passer": nil}
	for name, want := range map[string]string{
		"memcached": "; did you mean memcache?", "Memcache": "; did you mean memcache?",
		"cassanda": "; did you mean cassandra?", "kafka": "", "": "",
	} {
		c.Check(known.Suggestion(name), check.Equals, want, check.Commentf(name))
	}
}
