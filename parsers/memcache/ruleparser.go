package memcache

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"

	"github.com/proxylib/proxylib/proxylib"
)

// parseRules compiles the rule keys.
func parseRules(config *proxylib.PortNetworkPolicyRule) ([]proxylib.L7NetworkPolicyRule, error) {
	var rules []proxylib.L7NetworkPolicyRule
	for i, entry := range config.GetL7Rules().GetL7AllowRules() {
		r, err := parseRule(entry.GetRule())
		if err != nil {
			return nil, fmt.Errorf("memcache rule %d: %w", i, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(keys map[string]string) (*rule, error) {
	r := &rule{acts: math.MaxUint64}
	for key, value := range keys {
		if err := r.condition(key, value); err != nil {
			return nil, fmt.Errorf("key %s: %w", key, err)
		}
	}
	if err := r.contradiction(); err != nil {
		return nil, err
	}
	return r, r.command(keys["command"])
}

// condition fills in one condition.
func (r *rule) condition(key, value string) error {
	var err error
	switch key {
	case "command":
	case "keyExact":
		r.exact, err = r.keyPart(value)
	case "keyPrefix":
		r.prefix, err = r.keyPart(value)
	case "keyRegex":
		err = r.regex(value)
	case "maxValueBytes":
		r.maxValue, err = parseLimit(value, 0)
	case "maxKeys":
		r.maxKeys, err = parseLimit(value, 1)
	case "ttlMax":
		r.maxTime, err = parseLimit(value, 1)
	default:
		err = errors.New("is unknown, use command, keyExact, keyPrefix, keyRegex, maxValueBytes, maxKeys or ttlMax")
	}
	return err
}

var errEmpty = errors.New("is empty, leave it out to match any key")

// keyPart checks a key, or the beginning of one.
func (r *rule) keyPart(value string) ([]byte, error) {
	r.keyed = true
	switch {
	case value == "":
		return nil, errEmpty
	case len(value) > MaxKey:
		return nil, fmt.Errorf("is longer than %d bytes, so no key can match", MaxKey)
	case hasControl([]byte(value)) || bytes.IndexByte([]byte(value), ' ') >= 0:
		return nil, errors.New("has a space or a control character, which keys do not have; use keyRegex for keys in binary")
	}
	return []byte(value), nil
}

func (r *rule) regex(value string) error {
	r.keyed = true
	if value == "" {
		return errEmpty
	}
	var err error
	r.expr, err = regexp.Compile(value)
	return err
}

func parseLimit(value string, least int64) (limit, error) {
	n, err := parseNumber([]byte(value), math.MaxInt32)
	if err != nil || int64(n) < least {
		return limit{}, fmt.Errorf("%q is no number from %d to %d", value, least, math.MaxInt32)
	}
	return limit{set: true, most: int64(n)}, nil
}

// contradiction tells of conditions that no key can meet at once.
func (r *rule) contradiction() error {
	switch {
	case r.exact == nil:
		return nil
	case !bytes.HasPrefix(r.exact, r.prefix):
		return errors.New("key keyExact: does not begin with keyPrefix, so no key can match")
	case r.expr != nil && !r.expr.Match(r.exact):
		return errors.New("key keyExact: does not match keyRegex, so no key can match")
	}
	return nil
}

// command fills in what the rule covers, and makes sure that its conditions can be about that.
func (r *rule) command(name string) error {
	if name == "" {
		if r.keyed {
			return errors.New("key command: is missing, a condition on keys needs one")
		}
		return nil
	}
	n, known := names[name]
	switch {
	case !known:
		return fmt.Errorf("key command: %q is unknown", name)
	case (r.keyed || r.maxKeys.set) && !n.keyed:
		return fmt.Errorf("key command: %s has no keys, so there can be no condition on them", name)
	case r.maxValue.set && n.acts&withValue == 0:
		return fmt.Errorf("key maxValueBytes: %s stores no values", name)
	case r.maxTime.set && n.acts&withTime == 0:
		return fmt.Errorf("key ttlMax: %s sets no expiration time", name)
	}
	r.acts = n.acts
	return nil
}
