package memcache

import (
	"bytes"
	"math"
	"regexp"
	"time"
)

// rule is one L7 rule: all that is set must hold.
type rule struct {
	// acts are those that the rule covers.
	acts acts
	// keyed: there is a condition on keys, which every key of a request has to meet.
	keyed         bool
	exact, prefix []byte
	expr          *regexp.Regexp
	// maxValue is in bytes, maxTime in seconds.
	maxValue, maxKeys, maxTime limit
}

// limit is an upper bound.
type limit struct {
	set  bool
	most int64
}

func (l limit) allows(n int64) bool { return !l.set || n <= l.most }

// Matches implements [proxylib.L7NetworkPolicyRule] for a *request.
func (r *rule) Matches(l7 any) bool {
	q, ok := l7.(*request)
	if !ok || r.acts&q.own == 0 && q.acts&^r.acts != 0 {
		return false
	}
	if r.keyed && (q.acts&^withKey != 0 || !q.eachKey(r.matchesKey)) {
		return false
	}
	return r.maxValue.allows(int64(q.bytes)) && r.allowsKeys(q) && r.allowsTimes(q)
}

func (r *rule) matchesKey(key []byte) bool {
	if r.exact != nil && !bytes.Equal(key, r.exact) {
		return false
	}
	return bytes.HasPrefix(key, r.prefix) && (r.expr == nil || r.expr.Match(key))
}

func (r *rule) allowsKeys(q *request) bool {
	if !r.maxKeys.set || q.list == nil {
		return true
	}
	n := int64(0)
	return q.eachKey(func([]byte) bool { n++; return n <= r.maxKeys.most })
}

func (r *rule) allowsTimes(q *request) bool {
	if r.maxTime.set {
		for _, t := range q.times[:q.nTimes] {
			if lifetime(t) > r.maxTime.most {
				return false
			}
		}
	}
	return true
}

// maxRelative is the largest expiration time, in seconds, that servers count from now: 30 days.
const maxRelative = 30 * 24 * 60 * 60

// lifetime is how long, in seconds, an item lives that has the expiration time.
func lifetime(t int64) int64 {
	switch {
	case t == 0:
		return math.MaxInt64
	case t > maxRelative:
		return t - time.Now().Unix()
	}
	return t
}
