package cassandra

import (
	"fmt"
	"slices"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
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

var registration = proxylib.Protocol{
	Name: Name, New: defaults.newParser, Configure: configure, Detect: detect,
	RuleKeys: []proxylib.RuleKey{
		{Name: "query_action", Field: fieldAction, Match: proxylib.Exact, Values: actionWords(),
			Doc: "its action is this one, or changes nothing if this is `readonly`"},
		{Name: "query_table", Field: fieldName, Match: proxylib.Regexp,
			Doc: "the regular expression (not anchored) finds something in `keyspace.table`, or in the keyspace where " +
				"the action is for a keyspace"},
		{Name: "keyspace", Field: fieldKeyspace, Match: proxylib.Exact, MaxLen: cql.MaxName,
			Doc: "its keyspace is this one"},
		{Name: "keyspace_prefix", Field: fieldKeyspace, Match: proxylib.Prefix, MaxLen: cql.MaxName,
			Doc: "its keyspace begins with this"},
		{Name: "keyspace_regex", Field: fieldKeyspace, Match: proxylib.Regexp,
			Doc: "the regular expression (not anchored) finds something in its keyspace"},
		{Name: "table", Field: fieldTable, Match: proxylib.Exact, MaxLen: cql.MaxName, Doc: "its table is this one"},
		{Name: "table_prefix", Field: fieldTable, Match: proxylib.Prefix, MaxLen: cql.MaxName,
			Doc: "its table begins with this"},
		{Name: "table_regex", Field: fieldTable, Match: proxylib.Regexp,
			Doc: "the regular expression (not anchored) finds something in the name of its table"},
	},
	CheckRule: checkRule,
	System:    "cassandra", LogFields: logFields, Access: accessDocs(), Login: true,
}

// actionWords are the values of query_action, and the actions that each stands for.
func actionWords() map[string][]string {
	words := map[string][]string{}
	for a := cql.None + 1; a < cql.ActionCount; a++ {
		name := a.String()
		words[name] = []string{name}
		if a.ReadOnly() {
			words[readonly] = append(words[readonly], name)
		}
	}
	return words
}

// checkRule refuses a rule that no statement can match, since its action names nothing of the kind.
func checkRule(keys map[string]string) error {
	for key, targets := range targetsOf {
		if keys[key] != "" && keys["query_action"] != "" && !namesTarget(keys["query_action"], targets) {
			return fmt.Errorf("key %s: does not go with query_action %s, which names none", key, keys["query_action"])
		}
	}
	return nil
}

var (
	tableTargets    = []cql.Target{cql.TargetTable, cql.TargetResource}
	nameTargets     = []cql.Target{cql.TargetTable, cql.TargetKeyspace}
	keyspaceTargets = []cql.Target{cql.TargetTable, cql.TargetKeyspace, cql.TargetMember, cql.TargetResource}
)

// targetsOf holds, by key, what an action has to name for a condition on it to be met.
var targetsOf = map[string][]cql.Target{
	"query_table": nameTargets,
	"keyspace":    keyspaceTargets, "keyspace_prefix": keyspaceTargets, "keyspace_regex": keyspaceTargets,
	"table": tableTargets, "table_prefix": tableTargets, "table_regex": tableTargets,
}

// namesTarget reports whether an action that the word stands for names one of the targets.
func namesTarget(word string, targets []cql.Target) bool {
	for a := cql.None + 1; a < cql.ActionCount; a++ {
		if (a.String() == word || word == readonly && a.ReadOnly()) && slices.Contains(targets, a.Target()) {
			return true
		}
	}
	return false
}

// Value implements [proxylib.Subject]: what rules are asked is whether they cover an access, which has one value of each
// field at most.
func (t *access) Value(field, _ int) (proxylib.Value, int) {
	switch field {
	case fieldAction:
		return proxylib.Text(actionNames[t.Action]), 0
	case fieldName:
		if target := t.Action.Target(); target == cql.TargetTable || target == cql.TargetKeyspace {
			return proxylib.Text(t.Name), 0
		}
	case fieldKeyspace:
		return proxylib.Text(t.Keyspace()), 0
	case fieldTable:
		return proxylib.Text(t.Table()), 0
	}
	return proxylib.NoValue, 0
}

// mayReachMore reports whether the access may reach what [access.Value] does not show.
func (t *access) mayReachMore() bool {
	return t.Scope != cql.Named || t.Action.Target() == cql.TargetResource && len(t.Name) > 0
}

// accessWithReach is an access as rules that deny see it: with all that it may reach. Rules that allow are asked about the access
// before; they hold for this whenever they hold for that.
type accessWithReach access

// Value implements [proxylib.Subject].
func (r *accessWithReach) Value(field, _ int) (proxylib.Value, int) {
	switch {
	case field == fieldAction:
		return proxylib.Text(actionNames[r.Action]), 0
	case r.Scope == cql.Keyspaces, r.Scope == cql.Tables && (field != fieldKeyspace || r.Split == 0):
		return proxylib.UnknownValue, 0
	case field == fieldName:
		return proxylib.Text(r.Name), 0
	}
	return (*access)(r).Value(field, 0)
}

// actionNames holds the names of the actions as rules compare them; nil for none.
var actionNames = func() (names [cql.ActionCount][]byte) {
	for a := cql.None + 1; a < cql.ActionCount; a++ {
		names[a] = []byte(a.String())
	}
	return names
}()
