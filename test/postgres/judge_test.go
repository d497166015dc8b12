//go:build e2e

package postgres

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

var (
	suites    = flag.String("suites", "", "folders with the regression tests of PostgreSQL, separated by commas")
	mutations = flag.Int("mutations", 100_000, "number of mutated texts that the judge is asked about")
	seed      = flag.Uint64("seed", uint64(time.Now().UnixNano()), "where the mutations begin")
)

// known is a server of which all is known that reading depends on.
var known = sql.Settings{Client: sql.EncodingUTF8, ServerUTF8: true, StandardStrings: true, Version: 18}

// corpus returns the statements of the regression tests, and ours.
func corpus(t testing.TB) []string {
	t.Helper()
	if *suites == "" {
		t.Fatal("no -suites: test/deps/postgres-suite brings them")
	}
	all := append(scripts(t, "testdata"), scripts(t, emitted)...)
	for _, folder := range strings.Split(*suites, ",") {
		all = append(all, scripts(t, folder)...)
	}
	return all
}

// compare has both parsers read a text. It returns an error where ours has less than PostgreSQL's.
func (j *judge) compare(r *sql.Reader, text string) (refused error, theirs *pg.ParseResult, wrong error) {
	refused = r.Read([]byte(text), known)
	theirs, err := j.parse(text)
	if err != nil || theirs == nil {
		return refused, nil, err
	}
	if refused != nil {
		return refused, theirs, nil
	}
	return nil, theirs, lacks(r, theirs)
}

// lacks returns what the reader has not found.
func lacks(r *sql.Reader, theirs *pg.ParseResult) error {
	if len(theirs.Stmts) != len(r.Statements) {
		return fmt.Errorf("%d statements instead of %d", len(r.Statements), len(theirs.Stmts))
	}
	for i, stmt := range theirs.Stmts {
		if err := weaker(r.Statements[i].Operation, stmt); err != nil {
			return err
		}
		for _, u := range uses(stmt) {
			if !has(r, u) {
				return fmt.Errorf("%v %v %q.%q is missing", u.operation, u.kind, u.schema, u.name)
			}
		}
	}
	return nil
}

// has reports whether the reader has found a use. Operations of administrators stand for any other.
func has(r *sql.Reader, u use) bool {
	for i := range r.Accesses {
		a := &r.Accesses[i]
		if a.Kind == u.kind && string(a.Name) == u.name && string(a.Schema) == u.schema &&
			(a.Operation == u.operation || u.operation == sql.None && a.Class == sql.Admin ||
				u.kind == sql.Function && u.operation == sql.CallFunction && a.Class == sql.Admin) {
			return true
		}
	}
	return false
}

// weaker returns an error if the operation of a statement is not the one that the judge sees.
func weaker(op sql.Operation, stmt *pg.RawStmt) error {
	want, least := sql.None, sql.Admin
	switch s := stmt.Stmt.Node.(type) {
	case *pg.Node_SelectStmt:
		want = sql.Select
	case *pg.Node_InsertStmt:
		want = sql.Insert
	case *pg.Node_UpdateStmt:
		want = sql.Update
	case *pg.Node_DeleteStmt:
		want = sql.Delete
	case *pg.Node_MergeStmt:
		want = sql.Merge
	case *pg.Node_CopyStmt:
		want = copied(s.CopyStmt)
	case *pg.Node_TruncateStmt:
		want = sql.Truncate
	case *pg.Node_LockStmt:
		want = sql.LockTable
	case *pg.Node_ExplainStmt:
		want = sql.Explain
	case *pg.Node_PrepareStmt:
		want = sql.Prepare
	case *pg.Node_ExecuteStmt:
		want = sql.Execute
	case *pg.Node_DeallocateStmt:
		want = sql.Deallocate
	case *pg.Node_DeclareCursorStmt:
		want = sql.Declare
	case *pg.Node_FetchStmt:
		want = sql.Fetch
		if s.FetchStmt.Ismove {
			want = sql.Move
		}
	case *pg.Node_ClosePortalStmt:
		want = sql.Close
	case *pg.Node_CallStmt:
		want = sql.Call
	case *pg.Node_VariableSetStmt:
		want = setting(s.VariableSetStmt)
	case *pg.Node_VariableShowStmt:
		want = sql.Show
	case *pg.Node_TransactionStmt:
		want = transaction(s.TransactionStmt)
	case *pg.Node_ListenStmt:
		want = sql.Listen
	case *pg.Node_NotifyStmt:
		want = sql.Notify
	case *pg.Node_UnlistenStmt:
		want = sql.Unlisten
	case *pg.Node_DiscardStmt:
		want = sql.Discard
	case *pg.Node_ConstraintsSetStmt:
		want = sql.SetConstraints
	}
	if want != sql.None && op != want || want == sql.None && op.Class() < least {
		return fmt.Errorf("operation %v for %s", op, kindOf(stmt))
	}
	return nil
}

func setting(s *pg.VariableSetStmt) sql.Operation {
	switch strings.ToLower(s.Name) {
	case "role":
		return sql.SetRole
	case "session_authorization":
		return sql.SetSession
	}
	switch s.Kind {
	case pg.VariableSetKind_VAR_SET_MULTI:
		return sql.SetTransaction
	case pg.VariableSetKind_VAR_RESET, pg.VariableSetKind_VAR_RESET_ALL, pg.VariableSetKind_VAR_SET_DEFAULT:
		return sql.Reset
	}
	return sql.Set
}

func transaction(s *pg.TransactionStmt) sql.Operation {
	switch s.Kind {
	case pg.TransactionStmtKind_TRANS_STMT_BEGIN, pg.TransactionStmtKind_TRANS_STMT_START:
		return sql.Begin
	case pg.TransactionStmtKind_TRANS_STMT_COMMIT:
		return sql.Commit
	case pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		return sql.Rollback
	case pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT:
		return sql.Savepoint
	case pg.TransactionStmtKind_TRANS_STMT_RELEASE:
		return sql.Release
	case pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		return sql.RollbackTo
	case pg.TransactionStmtKind_TRANS_STMT_PREPARE:
		return sql.PrepareTransaction
	case pg.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:
		return sql.CommitPrepared
	}
	return sql.RollbackPrepared
}

// tally counts by kind of statement.
type tally struct{ accepted, refused map[string]int }

func TestReaderFindsWhatPostgreSQLFinds(t *testing.T) {
	for _, j := range judges(t) {
		t.Run(j.name, func(t *testing.T) { judgeCorpus(t, &j) })
	}
}

func judgeCorpus(t *testing.T, j *judge) {
	var r sql.Reader
	count := tally{map[string]int{}, map[string]int{}}
	data, dataRefused, rest, restRefused := 0, 0, 0, 0
	for _, text := range corpus(t) {
		refused, theirs, wrong := j.compare(&r, text)
		if wrong != nil {
			t.Errorf("%v in:\n%s", wrong, text)
		}
		if theirs == nil || len(theirs.Stmts) == 0 {
			continue
		}
		kind := kindOf(theirs.Stmts[0])
		isData := isData(kind)
		if isData {
			data++
		} else {
			rest++
		}
		count.accepted[kind]++
		if refused == nil {
			continue
		}
		count.refused[kind]++
		var e *sql.Error
		if !errors.As(refused, &e) {
			t.Fatal(refused)
		}
		if isData {
			dataRefused++
		} else {
			restRefused++
		}
		if testing.Verbose() {
			t.Logf("refused %s: %v\n%s\n-->%.40s", kind, refused, text, text[e.Offset:])
		}
	}
	t.Logf("of %d statements about data %d are refused, of %d others %d", data, dataRefused, rest, restRefused)
	for kind, n := range count.refused {
		t.Logf("%s: %d of %d refused", kind, n, count.accepted[kind])
	}
	if data < 15_000 || dataRefused*100 > data || restRefused*100 > rest*3 {
		t.Errorf("too many statements are refused, or too few are read")
	}
}

func TestReaderFindsWhatPostgreSQLFindsInMutations(t *testing.T) {
	for _, j := range judges(t) {
		t.Run(j.name, func(t *testing.T) { judgeMutations(t, &j) })
	}
}

func judgeMutations(t *testing.T, j *judge) {
	var r sql.Reader
	m := newMutator(rand.New(rand.NewPCG(*seed, 0)), corpus(t), keywords(t))
	both, ours, begin := 0, 0, time.Now()
	for i := range *mutations {
		text := m.text()
		if r.Read([]byte(text), known) != nil {
			continue
		}
		ours++
		theirs, err := j.parse(text)
		if err != nil {
			t.Fatalf("-seed %d, text %d: %v in:\n%s", *seed, i, err, text)
		}
		if theirs == nil {
			continue
		}
		both++
		if wrong := lacks(&r, theirs); wrong != nil {
			t.Fatalf("-seed %d, text %d: %v in:\n%s", *seed, i, wrong, text)
		}
	}
	t.Logf("-seed %d: of %d texts the reader accepts %d, of which PostgreSQL accepts %d; %v", *seed, *mutations, ours, both,
		time.Since(begin))
	if both < *mutations/20 {
		t.Errorf("only %d texts are accepted by both", both)
	}
}

// A reader that has less must be noticed, whatever it lacks.
func TestJudgeMissesWhatIsTakenAway(t *testing.T) {
	var r sql.Reader
	j := &judges(t)[0]
	for _, text := range []string{
		"select f(1) from a, lateral s.g(2) join b on true, (select h() from c for update) x where i() in (select 1 from d tablesample m (1))",
		"with a as (delete from t where j() returning *) insert into u select * from a on conflict (k) do update set l = n() returning o()",
		"merge into t using s on p() when matched then update set q = 1 when not matched then insert values (w())",
		"update t set a = 1 from u where y operator(s.+) z",
		"copy t from program 'x'",
		"create table t (a int references u default f(), like v); create view x as select * from w; truncate y",
	} {
		if refused, theirs, wrong := j.compare(&r, text); refused != nil || theirs == nil || wrong != nil {
			t.Fatalf("%s: %v, %v", text, refused, wrong)
		}
		theirs, err := pg.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all := r.Accesses
		for i := range all {
			r.Accesses = append(append([]sql.Access(nil), all[:i]...), all[i+1:]...)
			if lacks(&r, theirs) == nil {
				t.Errorf("%s: nothing is wrong without %v %s", text, all[i].Operation, all[i].Name)
			}
		}
		r.Accesses = all
		r.Statements = append(r.Statements, sql.Statement{})
		if lacks(&r, theirs) == nil {
			t.Errorf("%s: nothing is wrong with a statement more", text)
		}
	}
}
