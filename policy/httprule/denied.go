package httprule

import "github.com/proxylib/proxylib/policy"

// Reading is what a server may take the path and the host of a request for.
type Reading struct{ Path, Host string }

// FirstDenied asks about what else servers may take a request for than what it says, and returns the first reading that is denied, with
// the verdict; found is false if there is none. A path is sent as it is, so that all of its readings must be allowed. A host is not to
// evade a rule, so that none of its readings, with any of the path, may be denied by a rule that denies; without hosts, as where no rule
// denies, they are not asked about.
//
// path and host are those of the request, of which host is one by [IsHost].
func FirstDenied(path, host string, hosts bool, decide func(Reading) policy.Verdict) (r Reading, v policy.Verdict, found bool) {
	paths := Readings(path)
	for _, other := range paths {
		r = Reading{other, host}
		if v = decide(r); !v.Allowed {
			return r, v, true
		}
	}
	if !hosts {
		return Reading{}, policy.Verdict{}, false
	}
	for _, other := range Hosts(host) {
		if other == "" {
			continue
		}
		r = Reading{path, other}
		v = decide(r)
		for i := 0; i < len(paths) && !v.ByDenyRule; i++ {
			r.Path = paths[i]
			v = decide(r)
		}
		if v.ByDenyRule {
			return r, v, true
		}
	}
	return Reading{}, policy.Verdict{}, false
}
