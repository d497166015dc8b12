package main

import (
	"context"
	"database/sql"
	"errors"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

type (
	reader struct {
		bun.BaseModel `bun:"table:readers,alias:r"`

		ID    int64             `bun:",pk,autoincrement"`
		Name  string            `bun:",notnull,unique"`
		Tags  []string          `bun:",array"`
		Notes map[string]string `bun:"type:jsonb"`
		Books []*book           `bun:"rel:has-many,join:id=reader_id"`
	}
	book struct {
		ID       int64 `bun:",pk,autoincrement"`
		ReaderID int64
		Title    string
		Reader   *reader `bun:"rel:belongs-to,join:reader_id=id"`
	}
)

func runBun(ctx context.Context) error {
	conn, err := sql.Open("pgx", "sslmode=disable")
	if err != nil {
		return err
	}
	defer conn.Close()
	db := bun.NewDB(conn, pgdialect.New())
	do := func(q interface {
		Exec(ctx context.Context, dest ...any) (sql.Result, error)
	}) error {
		_, err := q.Exec(ctx)
		return err
	}
	readers := []reader{{Name: "a", Tags: []string{"x", `it's "y"`}, Notes: map[string]string{"k": `\v`}}, {Name: "b"}}
	var list []reader
	var books []book
	ranked := db.NewSelect().Model((*book)(nil)).Column("id").ColumnExpr("rank() OVER (PARTITION BY reader_id ORDER BY title) AS n")
	return errors.Join(
		do(db.NewCreateTable().Model((*reader)(nil)).IfNotExists()), do(db.NewCreateTable().Model((*book)(nil)).WithForeignKeys()),
		do(db.NewCreateIndex().Model((*book)(nil)).Index("by_title").Column("title").Where("title <> ''")), do(db.NewAddColumn().Model((*book)(nil)).ColumnExpr("pages int")),
		do(db.NewInsert().Model(&readers)), do(db.NewInsert().Model(&readers[0]).On("CONFLICT (name) DO UPDATE").Set("tags = EXCLUDED.tags").Where("r.id > 0").Returning("id")),
		do(db.NewInsert().Model(&[]book{{ReaderID: 1, Title: "one"}, {ReaderID: 1, Title: "two"}}).Ignore()),
		do(db.NewUpdate().Model(&readers[1]).Set("name = upper(name)").WherePK()), do(db.NewUpdate().Model(&readers).Column("name").Bulk()),
		do(db.NewDelete().Model((*book)(nil)).Where("id IN (?)", bun.In([]int{8, 9})).Returning("*")),
		db.NewSelect().Model(&list).Relation("Books").Where("? = ANY (tags)", "x").WhereOr("notes ->> 'k' IS NULL").OrderExpr("name DESC NULLS LAST").Limit(3).Scan(ctx),
		db.NewSelect().Model(&books).Relation("Reader").WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("reader.name LIKE ?", "a%").WhereOr("FALSE") }).Scan(ctx),
		func() error { _, err := db.NewSelect().Model(&list).Distinct().Limit(1).ScanAndCount(ctx); return err }(),
		do(db.NewSelect().With("ranked", ranked).TableExpr("ranked").ColumnExpr("count(*), max(n)").GroupExpr("n").Having("count(*) > 0")),
		do(db.NewSelect().Model((*book)(nil)).Column("id").Union(db.NewSelect().Model((*reader)(nil)).Column("id"))), do(db.NewSelect().Model((*book)(nil)).For("UPDATE SKIP LOCKED")),
		do(db.NewMerge().Model(new(book)).Using("readers").On("?TableAlias.reader_id = readers.id AND FALSE").WhenDelete("MATCHED")),
		db.RunInTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, func(ctx context.Context, tx bun.Tx) error {
			return tx.RunInTx(ctx, nil, func(ctx context.Context, inner bun.Tx) error { return do(inner.NewRaw("SELECT ?", 1)) })
		}),
		do(db.NewTruncateTable().Model((*book)(nil)).Cascade()), do(db.NewDropTable().Model((*book)(nil)).IfExists()), db.ResetModel(ctx, (*reader)(nil)),
	)
}
