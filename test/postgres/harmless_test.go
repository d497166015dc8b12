//go:build e2e

package postgres

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// Consoles, dashboards and exporters only read. Of what they call, only set_config has to be named by a rule.
func TestWhatToolsAskIsRead(t *testing.T) {
	var r sql.Reader
	for _, text := range script(t, "testdata/tools.sql") {
		if err := r.Read([]byte(text), known); err != nil {
			t.Errorf("%v:\n%s", err, text)
		}
		for i := range r.Accesses {
			if a := &r.Accesses[i]; a.Class != sql.Read && string(a.Name) != "set_config" {
				t.Errorf("%v %s is of class %v in:\n%s", a.Operation, a.Name, a.Class, text)
			}
		}
	}
}

// named are the functions that rules have to name for psql and pg_dump, as the README of the parser says.
var named = []string{
	"set_config", "pg_get_sequence_data", "pg_table_size", "pg_database_size", "pg_tablespace_size", "pg_tablespace_location",
}

// psql and pg_dump of each release ask its servers for no more than can be read, but for functions that rules have to name.
func TestWhatPsqlAndPgDumpAskIsRead(t *testing.T) {
	var r sql.Reader
	for file, release := range map[string]uint8{"tools.sql": 15, "tools_newest.sql": 18} {
		set, queries := known, 0
		set.Version = release
		for _, text := range script(t, filepath.Join(emitted, file)) {
			if err := r.Read([]byte(text), set); err != nil {
				t.Errorf("%v:\n%s", err, text)
			}
			if len(r.Statements) == 0 || r.Statements[0].Operation != sql.Select {
				continue
			}
			queries++
			for i := range r.Accesses {
				if a := &r.Accesses[i]; a.Class != sql.Read && !slices.Contains(named, string(a.Name)) {
					t.Errorf("%v %s is of class %v in:\n%s", a.Operation, a.Name, a.Class, text)
				}
			}
		}
		if queries < 200 {
			t.Errorf("%s has only %d queries", file, queries)
		}
	}
}

// What is reported and is not there, such as a word of the grammar taken for a function, would be denied for no reason.
func TestReaderFindsNothingThatPostgreSQLDoesNot(t *testing.T) {
	var r sql.Reader
	j := &judges(t)[0]
	for _, text := range append(scripts(t, "testdata"), scripts(t, emitted)...) {
		refused, theirs, err := j.compare(&r, text)
		if err != nil {
			t.Errorf("%v in:\n%s", err, text)
		}
		if refused != nil || theirs == nil || len(theirs.Stmts) != 1 || !isData(kindOf(theirs.Stmts[0])) {
			continue
		}
		found := uses(theirs.Stmts[0])
		for i := range r.Accesses {
			if a := &r.Accesses[i]; a.Kind != sql.Other && !(a.Kind == sql.Function && a.Class == sql.Read) && !isIn(a, found) {
				t.Errorf("%v %s.%s is not in:\n%s", a.Kind, a.Schema, a.Name, text)
			}
		}
	}
}

// isIn reports whether an access is to an object that a statement uses.
func isIn(a *sql.Access, found []use) bool {
	for _, u := range found {
		if u.kind == a.Kind && u.schema == string(a.Schema) && u.name == string(a.Name) {
			return true
		}
	}
	return false
}
