package cassandra

import (
	"fmt"
	"slices"

	"github.com/proxylib/proxylib/proxylib"
)

// The fields of requests that rules have conditions on.
const (
	fieldAction = iota
	// fieldName is "keyspace.table", or a keyspace where the statement is about one.
	fieldName
	fieldKeyspace
	fieldTable
)

// readonly is the value of query_action that stands for all actions that change nothing.
const readonly = "readonly"

var declaration = proxylib.Declaration{
	RuleKeys: []proxylib.RuleKey{
		{Name: "query_action", Field: fieldAction, Match: proxylib.Exact, Values: actionWords(),
			Doc: "its action is this one, or changes nothing if this is `readonly`"},
		{Name: "query_table", Field: fieldName, Match: proxylib.Regexp,
			Doc: "the regular expression (not anchored) finds something in `keyspace.table`, or in the keyspace where " +
				"the action is for a keyspace"},
		{Name: "keyspace", Field: fieldKeyspace, Match: proxylib.Exact, MaxLen: maxName,
			Doc: "its keyspace is this one"},
		{Name: "keyspace_prefix", Field: fieldKeyspace, Match: proxylib.Prefix, MaxLen: maxName,
			Doc: "its keyspace begins with this"},
		{Name: "keyspace_regex", Field: fieldKeyspace, Match: proxylib.Regexp,
			Doc: "the regular expression (not anchored) finds something in its keyspace"},
		{Name: "table", Field: fieldTable, Match: proxylib.Exact, MaxLen: maxName, Doc: "its table is this one"},
		{Name: "table_prefix", Field: fieldTable, Match: proxylib.Prefix, MaxLen: maxName,
			Doc: "its table begins with this"},
		{Name: "table_regex", Field: fieldTable, Match: proxylib.Regexp,
			Doc: "the regular expression (not anchored) finds something in the name of its table"},
	},
	CheckRule: checkRule,
	LogFields: logFields,
}

// actionWords are the values of query_action, and the actions that each stands for.
func actionWords() map[string][]string {
	words := map[string][]string{}
	for a := actionNone + 1; a < actionCount; a++ {
		name := actions[a].name
		words[name] = []string{name}
		if actions[a].readonly {
			words[readonly] = append(words[readonly], name)
		}
	}
	return words
}

// checkRule refuses a rule that no statement can match, since its action names nothing of the kind.
func checkRule(keys map[string]string) error {
	for key, targets := range conditioned {
		if keys[key] != "" && keys["query_action"] != "" && !reaches(keys["query_action"], targets) {
			return fmt.Errorf("key %s: does not go with query_action %s, which names none", key, keys["query_action"])
		}
	}
	return nil
}

var (
	ofTable    = []target{targetTable}
	ofName     = []target{targetTable, targetKeyspace}
	ofKeyspace = []target{targetTable, targetKeyspace, targetMember}
)

// conditioned holds, by key, what an action has to name for a condition on it to be met.
var conditioned = map[string][]target{
	"query_table": ofName,
	"keyspace":    ofKeyspace, "keyspace_prefix": ofKeyspace, "keyspace_regex": ofKeyspace,
	"table": ofTable, "table_prefix": ofTable, "table_regex": ofTable,
}

// reaches tells whether an action that the word stands for names one of the targets.
func reaches(word string, targets []target) bool {
	return slices.ContainsFunc(actions[:], func(a actionInfo) bool {
		return (a.name == word || word == readonly && a.readonly) && slices.Contains(targets, a.target)
	})
}

// Every implements [proxylib.Subject]: what rules are asked is whether they cover a touch.
func (t *touch) Every(field int, c *proxylib.Condition) bool {
	value := t.Value(field)
	return value != nil && c.Holds(value)
}

// Value implements [proxylib.Subject].
func (t *touch) Value(field int) []byte {
	switch field {
	case fieldAction:
		return actionNames[t.action]
	case fieldName:
		if actions[t.action].target != targetMember {
			return present(t.name)
		}
	case fieldKeyspace:
		return present(t.keyspace())
	case fieldTable:
		return present(t.table())
	}
	return nil
}

// question is whether rules cover a touch, and keeps word of how they took it.
type question struct {
	*touch
	// heard: a rule with conditions was tried, so there are rules that concern the client.
	heard bool
	// held: the last condition that was tried holds. The conditions of a rule are tried until one does not hold, and
	// rules until one matches, so it tells whether the last rule with conditions matches.
	held bool
}

// Every implements [proxylib.Subject].
func (q *question) Every(field int, c *proxylib.Condition) bool {
	q.heard, q.held = true, q.touch.Every(field, c)
	return q.held
}

// Value implements [proxylib.Subject].
func (q *question) Value(field int) []byte {
	q.heard = true
	return q.touch.Value(field)
}

// present is the name, or nil if there is none.
func present(name []byte) []byte {
	if len(name) == 0 {
		return nil
	}
	return name
}

// actionNames holds the names of the actions as rules compare them; nil for none.
var actionNames = func() (names [actionCount][]byte) {
	for a := actionNone + 1; a < actionCount; a++ {
		names[a] = []byte(actions[a].name)
	}
	return names
}()
