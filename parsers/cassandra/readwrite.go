package cassandra

import (
	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

// accessOf returns what an action does: those that change nothing read, those that Cassandra's permission MODIFY is for
// write. A request that holds no statement, such as a login, changes nothing.
func accessOf(a cql.Action) proxylib.Access {
	switch {
	case a == cql.None || a.ReadOnly():
		return proxylib.Read
	case a == cql.Insert || a == cql.Update || a == cql.Delete || a == cql.Truncate:
		return proxylib.Write
	}
	return proxylib.Admin
}

// AccessClass implements [proxylib.Classified].
func (t *access) AccessClass() proxylib.Access { return accessOf(t.Action) }

// AccessClass implements [proxylib.Classified].
func (r *accessWithReach) AccessClass() proxylib.Access { return accessOf(r.Action) }

// accessDocs documents, by the values of query_action, what is read, write and admin.
func accessDocs() []proxylib.AccessDoc {
	var words []string
	actions := map[string]cql.Action{}
	for a := cql.None + 1; a < cql.ActionCount; a++ {
		words = append(words, a.String())
		actions[a.String()] = a
	}
	return proxylib.ListAccess(words, func(word string) proxylib.Access { return accessOf(actions[word]) })
}
