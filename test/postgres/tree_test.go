//go:build e2e

package postgres

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/proxylib/proxylib/parsers/postgres/sql"
)

// use is what a statement does to an object, as PostgreSQL's own parser sees it.
type use struct {
	// operation is None where any of an administrator will do.
	operation    sql.Operation
	kind         sql.Kind
	schema, name string
}

// tree walks through what PostgreSQL's parser makes of a text. It looks at every field of every message, so that no node
// that has tables or functions in it can be forgotten.
type tree struct {
	uses []use
}

// scope are the common table expressions in reach, by name.
type scope map[string]bool

func (s scope) with(names ...string) scope {
	wider := scope{}
	for name := range s {
		wider[name] = true
	}
	for _, name := range names {
		wider[name] = true
	}
	return wider
}

func (w *tree) add(op sql.Operation, k sql.Kind, schema, name string) {
	w.uses = append(w.uses, use{op, k, schema, name})
}

// relation adds a table, which a statement changes or defines.
func (w *tree) relation(op sql.Operation, v *pg.RangeVar) {
	if v != nil {
		w.add(op, sql.Table, v.Schemaname, v.Relname)
	}
}

// function adds a function by its names.
func (w *tree) function(op sql.Operation, names []*pg.Node) {
	var parts []string
	for _, n := range names {
		parts = append(parts, n.GetString_().GetSval())
	}
	if len(parts) > 0 {
		schema := ""
		if len(parts) > 1 {
			schema = parts[len(parts)-2]
		}
		w.add(op, sql.Function, schema, parts[len(parts)-1])
	}
}

// walk visits a message. in are the common table expressions in reach; op is what is done to tables in FROM.
func (w *tree) walk(m protoreflect.Message, in scope, op sql.Operation) {
	skip := map[string]bool{}
	switch n := m.Interface().(type) {
	case *pg.SelectStmt:
		in = w.with(n.WithClause, in, skip)
		op = sql.Select
		for _, c := range n.LockingClause {
			names := map[string]bool{}
			for _, v := range c.GetLockingClause().LockedRels {
				names[v.GetRangeVar().Relname] = true
			}
			w.locked(n, in, names)
		}
	case *pg.InsertStmt:
		in = w.with(n.WithClause, in, skip)
		w.relation(sql.Insert, n.Relation)
		if n.OnConflictClause.GetAction() == pg.OnConflictAction_ONCONFLICT_UPDATE {
			w.relation(sql.Update, n.Relation)
		}
		if n.ReturningList != nil {
			w.relation(sql.Select, n.Relation)
		}
		skip["relation"] = true
		op = sql.Select
	case *pg.UpdateStmt:
		in = w.with(n.WithClause, in, skip)
		w.changed(sql.Update, n.Relation, n.WhereClause, n.ReturningList)
		skip["relation"] = true
		op = sql.Select
	case *pg.DeleteStmt:
		in = w.with(n.WithClause, in, skip)
		w.changed(sql.Delete, n.Relation, n.WhereClause, n.ReturningList)
		skip["relation"] = true
		op = sql.Select
	case *pg.MergeStmt:
		in = w.with(n.WithClause, in, skip)
		w.merged(n)
		skip["relation"] = true
		op = sql.Select
	case *pg.RangeVar:
		if n.Schemaname != "" || !in[n.Relname] || op != sql.Select {
			w.relation(op, n)
		}
		return
	case *pg.IntoClause:
		w.relation(sql.Create, n.Rel)
		skip["rel"] = true
	case *pg.LockingClause, *pg.ConstraintsSetStmt:
		return
	case *pg.FuncCall:
		w.function(sql.CallFunction, n.Funcname)
	case *pg.RangeTableSample:
		w.function(sql.CallFunction, n.Method)
	case *pg.CallStmt:
		w.function(sql.Call, n.Funccall.Funcname)
		for _, a := range n.Funccall.Args {
			w.walk(a.ProtoReflect(), in, sql.Select)
		}
		return
	case *pg.CreateTrigStmt:
		w.function(sql.CallFunction, n.Funcname)
	case *pg.A_Expr:
		if len(n.Name) > 1 && n.Name[len(n.Name)-2].GetString_().GetSval() != "pg_catalog" {
			w.function(sql.CallFunction, n.Name)
		}
	case *pg.CopyStmt:
		w.relation(copied(n), n.Relation)
		skip["relation"] = true
		op = sql.Select
	case *pg.TruncateStmt:
		op = sql.Truncate
	case *pg.LockStmt:
		op = sql.LockTable
	case *pg.ViewStmt:
		w.relation(sql.Create, n.View)
		skip["view"] = true
		op = sql.Select
	case *pg.RuleStmt:
		w.relation(sql.Create, n.Relation)
		skip["relation"] = true
		op = sql.Select
	case *pg.CreateStatsStmt, *pg.CreateFunctionStmt, *pg.CreateTableAsStmt:
		op = sql.Select
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case skip[string(f.Name())] || f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				w.walk(v.List().Get(i).Message(), in, op)
			}
		default:
			w.walk(v.Message(), in, op)
		}
		return true
	})
}

// with visits common table expressions, and returns what is in reach after them.
func (w *tree) with(c *pg.WithClause, in scope, skip map[string]bool) scope {
	skip["with_clause"] = true
	if c == nil {
		return in
	}
	if c.Recursive {
		for _, n := range c.Ctes {
			in = in.with(n.GetCommonTableExpr().Ctename)
		}
	}
	for _, n := range c.Ctes {
		w.walk(n.ProtoReflect(), in, sql.Select)
		in = in.with(n.GetCommonTableExpr().Ctename)
	}
	return in
}

func (w *tree) changed(op sql.Operation, v *pg.RangeVar, where *pg.Node, returning []*pg.Node) {
	w.relation(op, v)
	if where != nil || returning != nil {
		w.relation(sql.Select, v)
	}
}

func (w *tree) merged(n *pg.MergeStmt) {
	w.relation(sql.Merge, n.Relation)
	w.relation(sql.Select, n.Relation)
	for _, c := range n.MergeWhenClauses {
		switch c.GetMergeWhenClause().CommandType {
		case pg.CmdType_CMD_INSERT:
			w.relation(sql.Insert, n.Relation)
		case pg.CmdType_CMD_UPDATE:
			w.relation(sql.Update, n.Relation)
		case pg.CmdType_CMD_DELETE:
			w.relation(sql.Delete, n.Relation)
		}
	}
}

// locked adds the tables in the FROM of a query that locks them all, or those of the given names.
func (w *tree) locked(n *pg.SelectStmt, in scope, names map[string]bool) {
	of := func(a *pg.Alias, name string) bool {
		if a != nil {
			name = a.Aliasname
		}
		return len(names) == 0 || names[name]
	}
	var visit func(nodes []*pg.Node)
	visit = func(nodes []*pg.Node) {
		for _, f := range nodes {
			switch {
			case f.GetRangeVar() != nil:
				if v := f.GetRangeVar(); (v.Schemaname != "" || !in[v.Relname]) && of(v.Alias, v.Relname) {
					w.relation(sql.SelectForUpdate, v)
				}
			case f.GetRangeTableSample() != nil:
				visit([]*pg.Node{f.GetRangeTableSample().Relation})
			case f.GetJoinExpr() != nil:
				visit([]*pg.Node{f.GetJoinExpr().Larg, f.GetJoinExpr().Rarg})
			case f.GetRangeSubselect() != nil && of(f.GetRangeSubselect().Alias, ""):
				s := f.GetRangeSubselect().Subquery.GetSelectStmt()
				w.locked(s, reachedBy(s.WithClause, in), nil)
			}
		}
	}
	visit(n.FromClause)
}

// reachedBy returns what is in reach after common table expressions, without visiting them.
func reachedBy(c *pg.WithClause, in scope) scope {
	for _, n := range c.GetCtes() {
		in = in.with(n.GetCommonTableExpr().Ctename)
	}
	return in
}

func copied(n *pg.CopyStmt) sql.Operation {
	switch {
	case n.IsProgram:
		return sql.CopyProgram
	case n.Filename != "":
		return sql.CopyFile
	}
	return sql.Copy
}

// uses returns what a statement does.
func uses(stmt *pg.RawStmt) []use {
	var w tree
	op := sql.None
	switch stmt.Stmt.Node.(type) {
	case *pg.Node_SelectStmt, *pg.Node_DeclareCursorStmt, *pg.Node_PrepareStmt, *pg.Node_ExplainStmt, *pg.Node_ExecuteStmt:
		op = sql.Select
	}
	w.walk(stmt.Stmt.ProtoReflect(), nil, op)
	return w.uses
}

// kindOf returns the name of the kind of a statement.
func kindOf(stmt *pg.RawStmt) string {
	name := ""
	m := stmt.Stmt.ProtoReflect()
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		name = strings.TrimSuffix(string(f.Message().Name()), "Stmt")
		return true
	})
	return name
}

// isData reports whether a kind of statement is about data.
func isData(kind string) bool {
	switch kind {
	case "Select", "Insert", "Update", "Delete", "Merge", "Copy", "Truncate", "Explain", "Prepare", "Execute", "DeclareCursor", "Fetch",
		"Call":
		return true
	}
	return false
}
