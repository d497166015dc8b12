package main

import (
	"context"
	stdsql "database/sql"
	"errors"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/dialect/sql/sqljson"
	"entgo.io/ent/schema/field"
)

func runEnt(ctx context.Context) error {
	conn, err := stdsql.Open("pgx", "sslmode=disable")
	if err != nil {
		return err
	}
	defer conn.Close()
	driver := sql.OpenDB(dialect.Postgres, conn)
	id := func() *schema.Column { return &schema.Column{Name: "id", Type: field.TypeInt, Increment: true} }
	users := &schema.Table{Name: "users", Columns: []*schema.Column{id(), {Name: "name", Type: field.TypeString, Unique: true},
		{Name: "state", Type: field.TypeEnum, Enums: []string{"new", "old"}, Default: "new"}, {Name: "body", Type: field.TypeJSON, Nullable: true},
		{Name: "at", Type: field.TypeTime, Nullable: true}}}
	users.PrimaryKey = users.Columns[:1]
	pets := &schema.Table{Name: "pets", Columns: []*schema.Column{id(), {Name: "owner", Type: field.TypeInt, Nullable: true}}}
	pets.PrimaryKey = pets.Columns[:1]
	pets.ForeignKeys = []*schema.ForeignKey{{Symbol: "pets_owner", Columns: pets.Columns[1:], RefTable: users, RefColumns: users.Columns[:1], OnDelete: schema.SetNull}}
	pets.Indexes = []*schema.Index{{Name: "by_owner", Columns: pets.Columns[1:]}}
	migrate, err := schema.NewMigrate(driver, schema.WithDropColumn(true), schema.WithDropIndex(true))
	if err != nil {
		return err
	}
	if err := migrate.Create(ctx, users, pets); err != nil {
		return err
	}
	users.Columns = append(users.Columns, &schema.Column{Name: "note", Type: field.TypeString, Default: "x"})
	if err := migrate.Create(ctx, users, pets); err != nil {
		return err
	}
	d, t, p := sql.Dialect(dialect.Postgres), sql.Table("users").As("t0"), sql.Table("pets").As("t1")
	var all error
	for _, q := range []sql.Querier{
		d.Insert("users").Columns("name", "body").Values("a", `{"k": [1]}`).Values("b", nil).Returning("id"),
		d.Insert("users").Columns("name").Values("a").OnConflict(sql.ConflictColumns("name"), sql.ResolveWithNewValues(), sql.UpdateWhere(sql.NEQ("name", "z"))).Returning("id"),
		d.Insert("users").Columns("name").Values("a").OnConflict(sql.DoNothing()), d.Insert("pets").Default().Returning("id"),
		d.Update("users").Set("name", "c").Add("id", 0).SetNull("at").Where(sql.And(sql.EQ("id", 2), sql.Not(sql.IsNull("name")))).Returning("id"),
		d.Delete("pets").Where(sql.In("id", 8, 9)),
		d.Select(t.C("id"), sql.As(sql.Count(p.C("id")), "n")).From(t).LeftJoin(p).On(t.C("id"), p.C("owner")).GroupBy(t.C("id")).Having(sql.GT(sql.Count("*"), 0)).OrderBy(sql.Desc("n")).Limit(3).Offset(0),
		d.Select("*").Distinct().From(d.Table("users")).Where(sql.Or(sql.HasPrefix("name", "a%"), sql.ContainsFold("name", "B"), sql.EqualFold("name", "c"))),
		d.Select().From(d.Table("users")).Where(sql.In("id", d.Select("owner").From(d.Table("pets")).Where(sql.NotNull("owner")))),
		d.Select().From(d.Table("users")).Where(sqljson.ValueEQ("body", 1, sqljson.Path("k", "[0]"))).Where(sqljson.LenGT("body", 0, sqljson.Path("k"))),
		d.Select().From(d.Table("users")).Where(sql.Exists(d.Select().From(d.Table("pets")).Where(sql.ColumnsEQ("owner", "id")))),
		d.Select().From(d.Table("users")).ForUpdate(sql.WithLockAction(sql.SkipLocked)), d.Select().From(d.Table("users")).ForShare(sql.WithLockTables("users")),
		d.Select("id").From(d.Table("users")).UnionAll(d.Select("id").From(d.Table("pets"))),
		d.Select().Prefix(d.With("x").As(d.Select("id").From(d.Table("users")))).From(d.Table("x")),
	} {
		text, args := q.Query()
		rows, err := conn.QueryContext(ctx, text, args...)
		if err != nil {
			all = errors.Join(all, err, errors.New(text))
			continue
		}
		all = errors.Join(all, rows.Close())
	}
	return all
}
