package httprule

import (
	"testing"

	"github.com/proxylib/proxylib/policy"
)

func TestTheFirstReadingThatIsDeniedIsFound(t *testing.T) {
	for _, c := range []struct {
		name, path, host string
		hosts            bool
		// denies are readings that a rule denies, lacks those that no rule allows.
		denies, lacks []Reading
		want          Reading
	}{
		{name: "one reading", path: "/a", host: "shop.example", hosts: true},
		{name: "a path that no rule allows", path: "/a/../b", host: "Shop", hosts: true, lacks: []Reading{{"/b", "Shop"}}, want: Reading{"/b", "Shop"}},
		{name: "a host that a rule denies", path: "/a", host: "Shop", hosts: true, denies: []Reading{{"/a", "shop"}}, want: Reading{"/a", "shop"}},
		{name: "a host that no rule allows", path: "/a", host: "Shop", hosts: true, lacks: []Reading{{"/a", "shop"}}},
		{name: "a path of a host", path: "/a/../b", host: "shop:80", hosts: true, denies: []Reading{{"/b", "shop"}}, want: Reading{"/b", "shop"}},
		{name: "hosts do not count", path: "/a", host: "Shop", denies: []Reading{{"/a", "shop"}}},
	} {
		r, v, found := FirstDenied(c.path, c.host, c.hosts, func(r Reading) policy.Verdict {
			for _, denied := range c.denies {
				if r == denied {
					return policy.Verdict{Reason: policy.DenyRule + " admin", ByDenyRule: true}
				}
			}
			for _, lacking := range c.lacks {
				if r == lacking {
					return policy.Verdict{Reason: policy.NoRule}
				}
			}
			return policy.Verdict{Allowed: true}
		})
		if r != c.want || found != (c.want != Reading{}) || found == (v.Reason == "") {
			t.Errorf("%s: got %+v, %+v, %v, want %+v", c.name, r, v, found, c.want)
		}
	}
}
