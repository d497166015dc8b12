package filterconfig

import (
	"net/netip"

	"gopkg.in/check.v1"
)

type IdentitiesSuite struct{}

var _ = check.Suite(&IdentitiesSuite{})

func (s *IdentitiesSuite) TestTheLongestPrefixWins(c *check.C) {
	ids, err := NewIdentities([]Identity{
		{CIDR: "10.0.0.0/8", Identity: 1}, {CIDR: "10.1.0.0/16", Identity: 2}, {CIDR: "10.1.2.3", Identity: 3}, {CIDR: "fd00::/8", Identity: 4}, {CIDR: "fd00::1/128", Identity: 5}, {CIDR: "192.168.0.0/16", Identity: 6},
	})
	c.Assert(err, check.IsNil)
	for addr, want := range map[string]uint32{
		"10.9.9.9": 1, "10.1.9.9": 2, "10.1.2.3": 3, "10.1.2.4": 2, "11.0.0.1": 0,
		"fd00::2": 4, "fd00::1": 5, "fe80::1": 0, "fd12::1%eth0": 4, "192.168.1.1": 6,
	} {
		c.Check(ids.Of(netip.MustParseAddr(addr)), check.Equals, want, check.Commentf(addr))
	}
}

func (s *IdentitiesSuite) TestNothingKnownIsZero(c *check.C) {
	ids, err := NewIdentities(nil)
	c.Assert(err, check.IsNil)
	c.Check(ids.Of(netip.MustParseAddr("10.0.0.1")), check.Equals, uint32(0))
	ids, err = NewIdentities([]Identity{{CIDR: "0.0.0.0/0", Identity: 1}})
	c.Assert(err, check.IsNil)
	c.Check(ids.Of(netip.Addr{}), check.Equals, uint32(0), check.Commentf("no address"))
}

func (s *IdentitiesSuite) TestMistakesAreRefusedWithTheEntryAndTheRemedy(c *check.C) {
	for _, t := range []struct {
		list []Identity
		want string
	}{
		{[]Identity{{CIDR: "10.0.0.0/8", Identity: 1}, {CIDR: "", Identity: 2}}, `identities\[1\]: cidr: "" is not a prefix: .*`},
		{[]Identity{{CIDR: "10.0.0.0/33", Identity: 1}}, `identities\[0\]: cidr: "10.0.0.0/33" is not a prefix: .*`},
		{[]Identity{{CIDR: "10.0.0.1/8", Identity: 1}}, `identities\[0\]: cidr: 10.0.0.1/8 has host bits set: give 10.0.0.0/8`},
		{[]Identity{{CIDR: "10.0.0.0/8", Identity: 0}}, `identities\[0\]: identity: of 10.0.0.0/8 is 0, .*`},
		{[]Identity{{CIDR: "10.0.0.0/8", Identity: 1}, {CIDR: "10.0.0.0/8", Identity: 2}}, `identities\[1\]: cidr: 10.0.0.0/8 is given twice`},
	} {
		_, err := NewIdentities(t.list)
		c.Check(err, check.ErrorMatches, t.want)
	}
}
