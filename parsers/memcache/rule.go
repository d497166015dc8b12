package memcache

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

// groups holds the values of the rule key command: each stands for one or more command words. Names of the binary
// protocol, which have no command word, stand for none.
var groups = func() map[string][]string {
	m := map[string][]string{
		"storage":    {"set", "add", "replace", "append", "prepend", "cas", "incr", "decr"},
		"writeGroup": {"set", "add", "replace", "append", "prepend", "cas", "incr", "decr", "delete", "touch"},
	}
	for _, c := range commands {
		m[c.word] = []string{c.word}
	}
	m["get"] = []string{"get", "gets"}
	m["gat"] = []string{"gat", "gats"}
	delete(m, "gets")
	delete(m, "gats")
	binary := "noop sasl-list-mechs sasl-auth sasl-step rget rset rsetq rappend rappendq rprepend rprependq rdelete " +
		"rdeleteq rincr rincrq rdecr rdecrq set-vbucket get-vbucket del-vbucket tap-connect tap-mutation tap-delete " +
		"tap-flush tap-opaque tap-vbucket-set tap-checkpoint-start tap-checkpoint-end"
	for _, name := range strings.Fields(binary) {
		m[name] = nil
	}
	return m
}()

// rule is one L7 rule: all that is set must hold.
type rule struct {
	// any: the rule matches every request.
	any bool
	// allowed tells, by id, which commands match.
	allowed []bool
	// keyed: there is a condition on keys, which every key of a request has to meet.
	keyed         bool
	exact, prefix []byte
	expr          *regexp.Regexp
}

// Matches implements [proxylib.L7NetworkPolicyRule] for a *request.
func (r *rule) Matches(l7 any) bool {
	q, ok := l7.(*request)
	if !ok {
		return false
	}
	if r.any {
		return true
	}
	return r.allowed[q.id] && (!r.keyed || r.matchesKeys(q))
}

func (r *rule) matchesKeys(q *request) bool { return q.eachKey(r.matchesKey) }

func (r *rule) matchesKey(key []byte) bool {
	if r.exact != nil && !bytes.Equal(key, r.exact) {
		return false
	}
	return bytes.HasPrefix(key, r.prefix) && (r.expr == nil || r.expr.Match(key))
}

// parseRules compiles the rule keys command, keyExact, keyPrefix and keyRegex.
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
	r := &rule{}
	for key, value := range keys {
		if err := r.condition(key, value); err != nil {
			return nil, fmt.Errorf("key %s: %w", key, err)
		}
	}
	name := keys["command"]
	if name == "" {
		if r.keyed {
			return nil, errors.New("key command: is missing, a condition on keys needs one")
		}
		r.any = true
		return r, nil
	}
	return r, r.command(name)
}

// command fills in which commands match.
func (r *rule) command(name string) error {
	words, known := groups[name]
	if !known {
		return fmt.Errorf("key command: %q is unknown", name)
	}
	r.allowed = make([]bool, len(commands))
	for _, word := range words {
		i := byWord[word]
		if r.keyed && !commands[i].keyed() {
			return fmt.Errorf("key command: %s has no keys, so there can be no condition on them", name)
		}
		r.allowed[i] = true
	}
	return nil
}

// condition fills in one condition on keys.
func (r *rule) condition(key, value string) error {
	if key == "command" {
		return nil
	}
	if value == "" && (key == "keyExact" || key == "keyPrefix" || key == "keyRegex") {
		return errors.New("is empty, leave it out to match any key")
	}
	r.keyed = true
	switch key {
	case "keyExact":
		r.exact = []byte(value)
	case "keyPrefix":
		r.prefix = []byte(value)
	case "keyRegex":
		expr, err := regexp.Compile(value)
		if err != nil {
			return err
		}
		r.expr = expr
	default:
		return errors.New("is unknown, use command, keyExact, keyPrefix or keyRegex")
	}
	if r.exact != nil && !bytes.HasPrefix(r.exact, r.prefix) {
		return errors.New("keyExact does not begin with keyPrefix, so no key can match")
	}
	return nil
}
