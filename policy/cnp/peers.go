package cnp

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/identity"
)

func peerCIDR(p *Peers) func(value) error {
	return func(v value) error {
		return v.list(func(item value) error {
			var prefix netip.Prefix
			err := item.prefix(&prefix)
			p.CIDRs = append(p.CIDRs, CIDR{Prefix: prefix})
			return err
		})
	}
}

func peerCIDRSet(p *Peers) func(value) error {
	return func(v value) error {
		return v.list(func(item value) error {
			var c CIDR
			err := item.object(fields{
				// a prefix; required
				"cidr": func(v value) error { return v.prefix(&c.Prefix) },
				// prefixes inside of it that are not meant
				"except": func(v value) error {
					return v.list(func(item value) error {
						var prefix netip.Prefix
						err := item.prefix(&prefix)
						c.Except = append(c.Except, prefix)
						return err
					})
				},
			})
			if err != nil {
				return err
			}
			p.CIDRs = append(p.CIDRs, c)
			return item.wrap(c.check())
		})
	}
}

func (c *CIDR) check() error {
	if !c.Prefix.IsValid() {
		return errors.New("cidr is missing")
	}
	for _, e := range c.Except {
		if e.Bits() < c.Prefix.Bits() || !c.Prefix.Contains(e.Addr()) {
			return errors.New("except: " + e.String() + " is not inside " + c.Prefix.String())
		}
	}
	return nil
}

// prefix decodes a prefix, or an address, which is a prefix of its own.
func (v value) prefix(target *netip.Prefix) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	prefix, ok := policy.PrefixOrAddress(text)
	if !ok {
		return v.errorf("%q is not a prefix such as 10.0.0.0/8, or an address", text)
	}
	if prefix.Addr().Is4In6() {
		return v.errorf("%q maps IPv4 into IPv6, write the IPv4 prefix", text)
	}
	*target = prefix.Masked()
	return nil
}

func peerEntities(p *Peers) func(value) error {
	return func(v value) error {
		return v.list(func(item value) error {
			name, err := item.text()
			if err != nil {
				return err
			}
			_, reserved := identity.ReservedID(name)
			switch {
			case name == EntityAll:
				p.Anyone = true
			case name == EntityNone:
			case name == EntityCluster || reserved:
				p.Entities = append(p.Entities, name)
			default:
				names := append(identity.ReservedNames(), EntityAll, EntityCluster, EntityNone)
				slices.Sort(names)
				return item.errorf("entity %q is unknown, want one of %s", name, strings.Join(names, ", "))
			}
			return nil
		})
	}
}
