package cassandra

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

// readonly is the value of query_action that stands for all actions that change nothing.
const readonly = "readonly"

// question is what rules are asked: whether they cover a touch. Beside their answers they leave word of two things.
type question struct {
	touch
	// heard: an L7 rule was asked that does not cover the touch, so there are rules that concern the client.
	heard bool
	// matched: an L7 rule was asked that covers the touch, be it to allow or to deny.
	matched bool
}

// rule is one L7 rule: all conditions that are set must hold.
type rule struct {
	// allowed tells, by action, which match; nil matches every action.
	allowed *[actionCount]bool
	// names, keyspaces and tables are conditions on the full name and on its parts.
	names, keyspaces, tables []condition
}

// condition is one condition on a name.
type condition func(name []byte) bool

// Matches implements [proxylib.L7NetworkPolicyRule] for a *question.
func (r *rule) Matches(l7 any) bool {
	q, ok := l7.(*question)
	if !ok {
		return false
	}
	matches := r.covers(&q.touch)
	q.heard = q.heard || !matches
	q.matched = q.matched || matches
	return matches
}

// covers tells whether the rule covers a touch. Conditions on a name are never met where there is none.
func (r *rule) covers(t *touch) bool {
	if r.allowed != nil && !r.allowed[t.action] {
		return false
	}
	names := t.name
	if actions[t.action].target == targetMember {
		names = nil
	}
	return met(r.names, names) && met(r.keyspaces, t.keyspace) && met(r.tables, t.table)
}

func met(conditions []condition, name []byte) bool {
	for _, c := range conditions {
		if len(name) == 0 || !c(name) {
			return false
		}
	}
	return true
}

// parseRules compiles the L7 rules.
func parseRules(config *proxylib.PortNetworkPolicyRule) ([]proxylib.L7NetworkPolicyRule, error) {
	var rules []proxylib.L7NetworkPolicyRule
	for i, entry := range config.GetL7Rules().GetL7AllowRules() {
		r, err := parseRule(entry.GetRule())
		if err != nil {
			return nil, fmt.Errorf("cassandra rule %d: %w", i, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(keys map[string]string) (*rule, error) {
	r := &rule{}
	for key, value := range keys {
		if err := r.parse(key, value); err != nil {
			return nil, fmt.Errorf("key %s: %w", key, err)
		}
	}
	return r, r.check(keys)
}

// parse adds the condition of one key.
func (r *rule) parse(key, value string) (err error) {
	name, form, _ := strings.Cut(key, "_")
	switch {
	case key == "query_action":
		r.allowed, err = actionsOf(value)
	case key == "query_table":
		if value != "" {
			err = addExpression(&r.names, value)
		}
	case name == "keyspace" && slices.Contains(forms, form):
		err = addCondition(&r.keyspaces, form, value)
	case name == "table" && slices.Contains(forms, form):
		err = addCondition(&r.tables, form, value)
	default:
		return errors.New("is unknown, use query_action, query_table, keyspace, keyspace_prefix, keyspace_regex, table, " +
			"table_prefix or table_regex")
	}
	return err
}

// forms are what may stand behind keyspace_ and table_.
var forms = []string{"", "prefix", "regex"}

// actionsOf compiles a value of query_action; an empty one matches every action.
func actionsOf(value string) (*[actionCount]bool, error) {
	if value == "" {
		return nil, nil
	}
	allowed, known := new([actionCount]bool), false
	for a := actionNone + 1; a < actionCount; a++ {
		allowed[a] = actions[a].name == value || value == readonly && actions[a].readonly
		known = known || allowed[a]
	}
	if !known {
		return nil, fmt.Errorf("%q is no action; the README of the parser lists them", value)
	}
	return allowed, nil
}

func addCondition(list *[]condition, form, value string) error {
	if value == "" {
		return errors.New("is empty, leave it out to match any name")
	}
	switch form {
	case "regex":
		if _, err := regexp.Compile(value); err != nil {
			return err
		}
		return addExpression(list, "^(?:"+value+")$")
	case "prefix":
		*list = append(*list, func(name []byte) bool {
			return len(name) >= len(value) && string(name[:len(value)]) == value
		})
	default:
		*list = append(*list, func(name []byte) bool { return string(name) == value })
	}
	return nil
}

func addExpression(list *[]condition, value string) error {
	expr, err := regexp.Compile(value)
	if err == nil {
		*list = append(*list, expr.Match)
	}
	return err
}

// check refuses conditions that the actions of the rule can never meet.
func (r *rule) check(keys map[string]string) error {
	if r.allowed == nil {
		return nil
	}
	for _, c := range []struct {
		key     string
		set     bool
		targets []target
	}{
		{"query_table", len(r.names) > 0, []target{targetTable, targetKeyspace}},
		{"keyspace", len(r.keyspaces) > 0, []target{targetTable, targetKeyspace, targetMember}},
		{"table", len(r.tables) > 0, []target{targetTable}},
	} {
		if c.set && !r.reaches(c.targets) {
			return fmt.Errorf("key query_action: %q names nothing that a condition on %s could match", keys["query_action"], c.key)
		}
	}
	return nil
}

// reaches tells whether an action of the rule names one of the targets.
func (r *rule) reaches(targets []target) bool {
	for a, allowed := range r.allowed {
		if allowed && slices.Contains(targets, actions[a].target) {
			return true
		}
	}
	return false
}
