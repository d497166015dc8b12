package postgres

import (
	"fmt"
	"slices"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
	"github.com/proxylib/proxylib/proxylib"
)

// The fields of requests that rules have conditions on.
const (
	fieldOperation = iota
	fieldSchema
	fieldTable
	fieldFunction
	fieldDatabase
	fieldApplication
	fieldTLS
	fieldStatements
	// fieldNamed is for a condition that rules have unless they say otherwise; see imply.
	fieldNamed
)

var ruleKeys = []proxylib.RuleKey{
	{
		Name: "operation", Field: fieldOperation, Match: proxylib.Exact, Values: proxylib.Words(allOperations()...),
		Doc: "its operation is this one: the kind of a statement, `function` for a function that a statement calls, or `connect`, `replication`, `cancel`, `tls` or `function_call`",
	},
	{Name: "schema", Field: fieldSchema, Match: proxylib.Exact, MaxLen: maxName, Doc: "its table or function is in this schema"},
	{Name: "schema_prefix", Field: fieldSchema, Match: proxylib.Prefix, MaxLen: maxName, Doc: "its table or function is in a schema that begins with this"},
	{Name: "table", Field: fieldTable, Match: proxylib.Exact, MaxLen: maxName, Doc: "its table, view or sequence is this one, without the schema"},
	{Name: "table_prefix", Field: fieldTable, Match: proxylib.Prefix, MaxLen: maxName, Doc: "its table begins with this"},
	{
		Name: "table_regex", Field: fieldTable, Match: proxylib.Regexp,
		Doc: "the regular expression (RE2, not anchored) finds something in the name of its table",
	},
	{Name: "function", Field: fieldFunction, Match: proxylib.Exact, MaxLen: maxName, Doc: "the function that it calls is this one, without the schema"},
	{Name: "function_prefix", Field: fieldFunction, Match: proxylib.Prefix, MaxLen: maxName, Doc: "the function that it calls begins with this"},
	{Name: "database", Field: fieldDatabase, Match: proxylib.Exact, MaxLen: maxName, Doc: "the client has connected to this database"},
	{Name: "database_prefix", Field: fieldDatabase, Match: proxylib.Prefix, MaxLen: maxName, Doc: "the client has connected to a database that begins with this"},
	{
		Name: "application_name", Field: fieldApplication, Match: proxylib.Exact, MaxLen: maxName,
		Doc: "the client says that it is this application, which it may do as it likes",
	},
	{
		Name: "tls", Field: fieldTLS, Match: proxylib.Exact, Values: proxylib.Words(yes, no),
		Doc: "`yes`: what the client sends is encrypted, since `tls` of the configuration has it so; `no`: it is not",
	},
	{
		Name: "max_statements", Field: fieldStatements, Match: proxylib.AtMost, Min: 1,
		Doc: "the text that it is in has at most this many statements",
	},
	{Name: "named", Field: fieldNamed, Match: proxylib.Exact, Implied: true, Values: proxylib.Words(yes, no), Doc: "it has to be named"},
}

// checkRule refuses a rule that no request can match.
func checkRule(keys map[string]string) error {
	op := keys["operation"]
	if op == "" {
		return nil
	}
	if op == opTLS.String() && keys["tls"] == no {
		return fmt.Errorf("key tls: does not go with operation %s, which begins encryption", op)
	}
	isFunction := op == sql.CallFunction.String() || op == sql.Call.String()
	for _, key := range []string{"table", "table_prefix", "table_regex"} {
		if keys[key] != "" && (isFunction || noObject(op)) {
			return fmt.Errorf("key %s: does not go with operation %s, which is not about tables", key, op)
		}
	}
	for _, key := range []string{"function", "function_prefix"} {
		if keys[key] != "" && noObject(op) {
			return fmt.Errorf("key %s: does not go with operation %s, which calls none", key, op)
		}
	}
	return nil
}

// noObject reports whether an operation is about neither tables nor functions.
func noObject(op string) bool {
	return slices.Contains([]string{
		opConnect.String(), opReplication.String(), opTLS.String(), opCancel.String(), opFunctionCall.String(),
		sql.Do.String(), sql.Begin.String(), sql.Commit.String(), sql.Rollback.String(),
	}, op)
}

// imply returns the conditions that a rule has unless it says otherwise: a rule that names neither an operation nor a
// function is not for what has to be named.
func imply(keys map[string]string) map[string]string {
	for _, key := range []string{"operation", "function", "function_prefix"} {
		if keys[key] != "" {
			return nil
		}
	}
	if keys["access"] == proxylib.Admin.String() {
		return nil
	}
	return map[string]string{"named": no}
}

// The values of keys that ask a question.
const yes, no = "yes", "no"

var (
	valueYes = proxylib.Text([]byte(yes))
	valueNo  = proxylib.Text([]byte(no))
)

// answer is yes or no as a value.
func answer(is bool) proxylib.Value {
	if is {
		return valueYes
	}
	return valueNo
}

// access is one thing that a request does.
type access struct {
	operation operation
	class     proxylib.Access
	kind      sql.Kind
	// statements is the number of those in the text that it is in; 0 where there is no text.
	statements uint16
	// schema is empty where the text names none.
	schema, name []byte
}

// harmless reports whether the access reaches no data: a statement that is about the connection, or a function that only
// computes.
func (a *access) harmless() bool {
	if a.class != proxylib.Read {
		return false
	}
	switch a.kind {
	case sql.Other:
		return !a.operation.named() && a.operation != operation(sql.Listen)
	case sql.Function:
		return a.operation == operation(sql.CallFunction) && (len(a.schema) == 0 || string(a.schema) == catalog || string(a.schema) == information)
	}
	return false
}

// catalog is the schema of what is built in, and information that of the views of the standard.
const catalog, information = "pg_catalog", "information_schema"

// named reports whether a rule has to name the operation or the function.
func (a *access) named() bool {
	return a.operation.named() || a.kind == sql.Function && !a.harmless()
}

// subject is what rules are asked about. It implements [proxylib.Subject] and [proxylib.Classified].
type subject struct {
	access *access
	// path has the schema in which a table without one is looked for; nil: it is not known.
	path                  [][]byte
	database, application []byte
	// encrypted: the host decrypts what the client sends.
	encrypted bool
	// reach: the question is about all that the access may reach, for rules that deny.
	reach bool
	// any: the question is whether rules allow the connection anything.
	any bool
}

// Basic implements [proxylib.Basic].
func (s *subject) Basic() bool { return s.access.harmless() }

// AccessClass implements [proxylib.Classified].
func (s *subject) AccessClass() proxylib.Access { return s.access.class }

// Value implements [proxylib.Subject].
func (s *subject) Value(field, _ int) (proxylib.Value, int) {
	a := s.access
	switch field {
	case fieldDatabase:
		return proxylib.Text(s.database), 0
	case fieldApplication:
		return proxylib.Text(s.application), 0
	case fieldTLS:
		return answer(s.encrypted || a.operation == opTLS), 0
	case fieldStatements:
		if s.any {
			return proxylib.UnknownValue, 0
		}
		return proxylib.Number(int64(a.statements)), 0
	case fieldOperation:
		if s.any {
			return proxylib.UnknownValue, 0
		}
		return proxylib.Text(operationNames[a.operation]), 0
	case fieldNamed:
		if s.any || s.reach {
			return proxylib.UnknownValue, 0
		}
		return answer(a.named()), 0
	}
	if s.any || s.reach && a.reachesAll() {
		return proxylib.UnknownValue, 0
	}
	switch {
	case field == fieldSchema:
		return s.schema(), 0
	case field == fieldTable && a.kind == sql.Table, field == fieldFunction && a.kind == sql.Function:
		return proxylib.Text(a.name), 0
	case s.reach && a.kind == sql.Schema:
		return proxylib.UnknownValue, 0
	}
	return proxylib.NoValue, 0
}

// schema returns the schema in which the object is.
func (s *subject) schema() proxylib.Value {
	a := s.access
	switch {
	case a.kind == sql.Other:
		return proxylib.NoValue
	case len(a.schema) > 0:
		return proxylib.Text(a.schema)
	case a.searched() && len(s.path) > 0:
		return proxylib.Text(s.path[0])
	case s.reach:
		return proxylib.UnknownValue
	}
	return proxylib.NoValue
}

// searched reports whether search_path says in which schema the object is.
func (a *access) searched() bool { return a.kind == sql.Table && len(a.schema) == 0 }

// mayReachMore reports whether the access may reach what rules that allow cannot see.
func (s *subject) mayReachMore() bool {
	a := s.access
	return a.named() || a.kind == sql.Schema || a.reachesAll() || a.kind != sql.Other && len(a.schema) == 0 && !(a.searched() && len(s.path) > 0)
}

// reachesAll reports whether the access may reach any table or function, whatever it names.
func (a *access) reachesAll() bool {
	return a.class == proxylib.Admin && (a.kind == sql.Other || a.kind == sql.Function)
}
