package cql

import "strings"

// definition is how a kind of statement on the schema, on roles or on permissions begins.
type definition struct {
	// words are those that it begins with, each with its alternatives, and condition those that may follow as a whole.
	words     [][]string
	condition []string
	action    Action
	// read reads the rest of the statement.
	read func(*Reader, Action)
}

// define returns a definition whose words are written with a bar between alternatives, and the condition in brackets.
func define(begin string, a Action, read func(*Reader, Action)) definition {
	words, condition, _ := strings.Cut(strings.TrimSuffix(begin, "]"), " [")
	d := definition{condition: strings.Fields(condition), action: a, read: read}
	for _, word := range strings.Fields(words) {
		d.words = append(d.words, strings.Split(word, "|"))
	}
	return d
}

// definitions are looked through in this order. Those of one word take what begins with none of the others.
var definitions = []definition{
	define("CREATE KEYSPACE|SCHEMA [IF NOT EXISTS]", CreateKeyspace, (*Reader).keyspaceStatement),
	define("CREATE TABLE|COLUMNFAMILY [IF NOT EXISTS]", CreateTable, (*Reader).createTable),
	define("CREATE INDEX [IF NOT EXISTS]", CreateIndex, (*Reader).createIndex),
	define("CREATE CUSTOM INDEX [IF NOT EXISTS]", CreateIndex, (*Reader).createIndex),
	define("CREATE MATERIALIZED VIEW [IF NOT EXISTS]", CreateView, (*Reader).createView),
	define("CREATE TYPE [IF NOT EXISTS]", CreateType, (*Reader).alterObject),
	define("CREATE FUNCTION [IF NOT EXISTS]", CreateFunction, (*Reader).createFunction),
	define("CREATE OR REPLACE FUNCTION [IF NOT EXISTS]", CreateFunction, (*Reader).createFunction),
	define("CREATE AGGREGATE [IF NOT EXISTS]", CreateAggregate, (*Reader).createFunction),
	define("CREATE OR REPLACE AGGREGATE [IF NOT EXISTS]", CreateAggregate, (*Reader).createFunction),
	define("CREATE TRIGGER [IF NOT EXISTS]", CreateTrigger, (*Reader).trigger),
	define("CREATE ROLE", CreateRole, (*Reader).withoutObject),
	define("CREATE USER", CreateUser, (*Reader).withoutObject),
	define("CREATE", CreateServiceLevel, (*Reader).serviceLevel),

	define("ALTER KEYSPACE|SCHEMA [IF EXISTS]", AlterKeyspace, (*Reader).keyspaceStatement),
	define("ALTER TABLE|COLUMNFAMILY [IF EXISTS]", AlterTable, (*Reader).alterObject),
	define("ALTER MATERIALIZED VIEW [IF EXISTS]", AlterView, (*Reader).alterObject),
	define("ALTER TYPE [IF EXISTS]", AlterType, (*Reader).alterObject),
	define("ALTER ROLE", AlterRole, (*Reader).withoutObject),
	define("ALTER USER", AlterUser, (*Reader).withoutObject),
	define("ALTER", AlterServiceLevel, (*Reader).serviceLevel),

	define("DROP KEYSPACE|SCHEMA [IF EXISTS]", DropKeyspace, (*Reader).keyspaceStatement),
	define("DROP TABLE|COLUMNFAMILY [IF EXISTS]", DropTable, (*Reader).dropObject),
	define("DROP INDEX [IF EXISTS]", DropIndex, (*Reader).dropObject),
	define("DROP MATERIALIZED VIEW [IF EXISTS]", DropView, (*Reader).dropObject),
	define("DROP TYPE [IF EXISTS]", DropType, (*Reader).dropObject),
	define("DROP FUNCTION [IF EXISTS]", DropFunction, (*Reader).dropFunction),
	define("DROP AGGREGATE [IF EXISTS]", DropAggregate, (*Reader).dropFunction),
	define("DROP TRIGGER [IF EXISTS]", DropTrigger, (*Reader).trigger),
	define("DROP ROLE", DropRole, (*Reader).withoutObject),
	define("DROP USER", DropUser, (*Reader).withoutObject),
	define("DROP IDENTITY", DropIdentity, (*Reader).withoutObject),
	define("DROP", DropServiceLevel, (*Reader).serviceLevel),

	define("GRANT", GrantPermission, (*Reader).grant),
	define("REVOKE", RevokePermission, (*Reader).grant),
	define("LIST ROLES", ListRoles, (*Reader).withoutObject),
	define("LIST USERS", ListUsers, (*Reader).withoutObject),
	define("LIST SUPERUSERS", ListSuperusers, (*Reader).withoutObject),
	define("LIST ATTACHED|EFFECTIVE", ListServiceLevels, (*Reader).serviceLevel),
	define("LIST", ListPermissions, (*Reader).listPermissions),
	define("ADD IDENTITY", AddIdentity, (*Reader).withoutObject),
	define("ATTACH", AttachServiceLevel, (*Reader).serviceLevel),
	define("DETACH", DetachServiceLevel, (*Reader).serviceLevel),
	define("PRUNE MATERIALIZED VIEW", PruneView, (*Reader).pruneView),

	define("DESCRIBE|DESC SCHEMA", Describe, (*Reader).describeSchema),
	define("DESCRIBE|DESC FULL SCHEMA", Describe, (*Reader).describeSchema),
	define("DESCRIBE|DESC KEYSPACE", Describe, (*Reader).describeKeyspace),
	define("DESCRIBE|DESC ONLY KEYSPACE|SCHEMA", Describe, (*Reader).describeKeyspace),
	define("DESCRIBE|DESC TABLE|COLUMNFAMILY", Describe, (*Reader).describeTable),
	define("DESCRIBE|DESC MATERIALIZED VIEW", Describe, (*Reader).describeTable),
	define("DESCRIBE|DESC INDEX", Describe, (*Reader).describeIndex),
	define("DESCRIBE|DESC CLUSTER|KEYSPACES", Describe, (*Reader).withoutObject),
	define("DESCRIBE|DESC TABLES|COLUMNFAMILIES|TYPES|FUNCTIONS|AGGREGATES", Describe, (*Reader).describeAll),
	define("DESCRIBE|DESC", Describe, (*Reader).describeName),
}

// definition reads a statement on the schema, on roles or on permissions.
func (r *Reader) definition() {
	start := r.lexer
	for i := range definitions {
		d := &definitions[i]
		if r.acceptAll(d.words) {
			r.acceptCondition(d.condition)
			d.read(r, d.action)
			return
		}
		r.lexer = start
	}
	r.fail(ErrKind)
}

// acceptAll goes past one of the alternatives of each word, and reports whether they are there.
func (r *Reader) acceptAll(words [][]string) bool {
	for _, alternatives := range words {
		if !r.acceptAnyOf(alternatives...) {
			return false
		}
	}
	return true
}

// acceptCondition goes past the words if the first of them is there.
func (r *Reader) acceptCondition(words []string) {
	for i, word := range words {
		if !r.acceptWord(word) {
			r.require(i == 0)
			return
		}
	}
}

// serviceLevel reads the rest of a statement on the service levels of ScyllaDB.
func (r *Reader) serviceLevel(a Action) {
	if !(r.acceptWord("SERVICE") && r.acceptAnyOf("LEVEL", "LEVELS") || r.acceptAnyOf("SERVICE_LEVEL", "SERVICE_LEVELS")) {
		r.fail(ErrKind)
	}
	r.withoutObject(a)
}
