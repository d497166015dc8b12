//go:build e2e

package cassandra

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/judge"
)

// The texts of the judge are run by a real server, through a filter with a policy for keyspace pub, and have no effect
// elsewhere and no result from elsewhere.

// mutantTables are the tables of each keyspace that the texts name.
var mutantTables = []string{"t", "u", "hidden", `"Hidden"`}

// makeMutantTables makes keyspaces with tables, and a row in each table of those that are forbidden.
func makeMutantTables(direct *link) {
	for _, keyspace := range []string{"pub", "sec", `"Sec"`, "cur"} {
		direct.execute("CREATE KEYSPACE IF NOT EXISTS " + keyspace + replicated)
		for _, table := range mutantTables {
			direct.execute("CREATE TABLE IF NOT EXISTS " + keyspace + "." + table + " (k int PRIMARY KEY, v int, a int, c int)")
			if keyspace != "pub" {
				direct.execute("INSERT INTO " + keyspace + "." + table + " (k, v) VALUES (1, 1)")
			}
		}
	}
}

// forbiddenState is the rows and the schema of what is forbidden.
func forbiddenState(direct *link) (state []string) {
	for _, keyspace := range []string{"sec", "Sec", "cur"} {
		for _, table := range mutantTables {
			state = append(state, direct.execute(`SELECT * FROM "`+keyspace+`".`+table))
		}
		for _, part := range []string{"tables", "columns", "indexes", "views", "types", "functions", "aggregates", "triggers"} {
			state = append(state,
				direct.execute("SELECT * FROM system_schema."+part+" WHERE keyspace_name = '"+keyspace+"'"))
		}
	}
	return append(state, direct.execute("SELECT keyspace_name, durable_writes FROM system_schema.keyspaces WHERE keyspace_name IN ('sec', 'Sec', 'cur')"))
}

// origin returns the keyspace that a result of rows is from; empty for others.
func origin(answer string) string {
	m := metadata{rest: answer}
	if m.int() != 2 {
		return ""
	}
	flags, columns := m.int(), m.int()
	if flags&2 != 0 {
		m.take(m.int())
	}
	if flags&4 != 0 || columns == 0 {
		return ""
	}
	return m.text()
}

// described reports whether the last answer was to a DESCRIBE, which servers say is from keyspace system.
func described(filter *link) bool {
	last := filter.log.Lines[len(filter.log.Lines)-1]
	return strings.Contains(last, "query_action=describe")
}

func TestNoMutantHasAForbiddenEffect(t *testing.T) {
	direct := dial(t, address)
	makeMutantTables(direct)
	before := forbiddenState(direct)
	rules := "keyspace=pub\ndeny keyspace=pub table=hidden\ndeny query_action=drop-keyspace\ndeny query_action=drop-table\n"
	source := judge.NewSource(*seed)
	counts := map[string]int{}
	filter := dialThrough(t, rules)
	filter.execute("USE pub")
	rounds(t, func(odd) {
		text := source.Mutant()
		if source.IntN(2) == 0 {
			text = strings.NewReplacer("sec.", "pub.", "cur.", "pub.", "Pub.", "pub.").Replace(text)
		}
		op, answer := filter.query(text)
		switch {
		case op != opResult && unauthorized(answer):
			counts["denied"]++
			return
		case op != opResult:
			counts["refused by the server"]++
			return
		}
		counts["done"]++
		if usedKeyspace(answer) != "" {
			filter.execute("USE pub")
			return
		}
		for _, keyspace := range []string{changed(answer), origin(answer)} {
			if keyspace != "" && keyspace != "pub" && !(keyspace == "system" && described(filter)) {
				t.Errorf("%q reached %s: %s", text, keyspace, lastLines(filter.log))
			}
		}
	})
	t.Log(counts)
	if counts["done"] == 0 || counts["denied"] == 0 {
		t.Error("nothing was done, or nothing denied: this shows nothing")
	}
	for i, now := range forbiddenState(direct) {
		if now != before[i] {
			t.Errorf("part %d of the forbidden state is %q, and before it was %q", i, now, before[i])
		}
	}
}

// What hid the name of a table once, and the harmless that looks like it.
func TestForbiddenTablesStayAsTheyAreWhateverHidesTheirNames(t *testing.T) {
	direct := dial(t, address)
	for _, text := range []string{
		"CREATE KEYSPACE IF NOT EXISTS hiding" + replicated, "CREATE KEYSPACE IF NOT EXISTS concealed" + replicated,
		"CREATE TABLE IF NOT EXISTS hiding.uu (k uuid PRIMARY KEY, v text)",
		"CREATE TABLE IF NOT EXISTS hiding.dbl (k double PRIMARY KEY, du duration)",
		"CREATE TABLE IF NOT EXISTS hiding.hidden (k int PRIMARY KEY, v text)",
		"CREATE TABLE IF NOT EXISTS concealed.t (k int PRIMARY KEY, v text)",
		"INSERT INTO concealed.t (k, v) VALUES (1, 'kept')",
	} {
		direct.execute(text)
	}
	kept := direct.execute("SELECT * FROM concealed.t")
	filter := dialThrough(t, "keyspace=hiding\ndeny keyspace=hiding table=hidden\nquery_action=use")
	filter.execute("USE concealed")
	const stolen = " SET v = 'stolen' WHERE k = 1 APPLY BATCH"
	for _, text := range []string{
		"BEGIN BATCH UPDATE hiding.uu SET v='x' WHERE k = deadbeef-dead-dead-dead-deadbeefdeadUPDATE concealed.t" + stolen,
		"BEGIN BATCH UPDATE hiding.dbl SET du = 1d WHERE k = -NaNUPDATE concealed.t" + stolen,
		"BEGIN BATCH UPDATE hiding.dbl SET du = 1d WHERE k = -InfinityUPDATE concealed.t" + stolen,
		"BEGIN BATCH UPDATE hiding.dbl SET du = 1d WHERE k = 1 IF du = 1dUPDATE concealed.t" + stolen,
		"CREATE MATERIALIZED VIEW hiding.leak AS SELECT * FROM hidden WHERE k IS NOT NULL PRIMARY KEY (k)",
		"SELECT concealed.f(k) FROM hiding.uu", "GRANT SELECT ON hiding.hidden TO r", "DESCRIBE TABLE hiding.hidden",
		"DROP INDEX hiding.i", "DROP KEYSPACE hiding",
	} {
		if op, answer := filter.query(text); op == opResult || !unauthorized(answer) {
			t.Errorf("%s: opcode %d, %q", text, op, answer)
		}
	}
	if now := direct.execute("SELECT * FROM concealed.t"); now != kept {
		t.Errorf("a forbidden table is %q, and before it was %q", now, kept)
	}
	open := dialThrough(t, "")
	open.execute("CREATE TABLE IF NOT EXISTS hiding.replace (k int PRIMARY KEY)")
	open.execute("INSERT INTO hiding.dbl (k, du) VALUES (1.0, 1µs)")
	open.execute(`CREATE TYPE IF NOT EXISTS hiding."a b" (x int)`)
	if op, answer := open.query("EXPLAIN SELECT"); op != opError || answer[:4] != "\x00\x00\x20\x00" {
		t.Errorf("a text that is not CQL: opcode %d, %q", op, answer)
	}
}
