package main

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// queries are of the form in which sqlc keeps them, with a comment that names them.
var queries = map[string]string{
	"CreateAuthor":  "-- name: CreateAuthor :one\nINSERT INTO authors (\n  name, bio\n) VALUES (\n  $1, $2\n)\nRETURNING id, name, bio",
	"GetAuthor":     "-- name: GetAuthor :one\nSELECT id, name, bio FROM authors\nWHERE id = $1 LIMIT 1",
	"ListAuthors":   "-- name: ListAuthors :many\nSELECT a.id, a.name, COALESCE(b.n, 0)::bigint AS n FROM authors a\nLEFT JOIN LATERAL (SELECT count(*) AS n FROM books WHERE author = a.id) b ON true\nWHERE ($1::text IS NULL OR a.name ILIKE $1) AND a.id = ANY($2::bigint[])\nORDER BY CASE WHEN $3::bool THEN a.name END DESC, a.id",
	"UpsertAuthor":  "-- name: UpsertAuthor :execrows\nINSERT INTO authors (name, bio) SELECT unnest($1::text[]), unnest($2::text[])\nON CONFLICT (name) DO UPDATE SET bio = COALESCE(EXCLUDED.bio, authors.bio)",
	"UpdateAuthor":  "-- name: UpdateAuthor :exec\nUPDATE authors SET bio = CASE WHEN $2::bool THEN $3::text ELSE bio END WHERE id = $1",
	"DeleteAuthors": "-- name: DeleteAuthors :many\nWITH gone AS (DELETE FROM authors WHERE id > $1 RETURNING *) SELECT gone.id FROM gone",
	"Take":          "-- name: Take :one\nUPDATE books SET author = $1 WHERE id = (SELECT id FROM books WHERE author IS NULL ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id",
}

func runPgx(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, "sslmode=disable")
	if err != nil {
		return err
	}
	defer pool.Close()
	exec := func(name string, args ...any) error {
		text := queries[name]
		if text == "" {
			text = name
		}
		_, err := pool.Exec(ctx, text, args...)
		return err
	}
	return errors.Join(
		exec("CREATE TABLE authors (id BIGSERIAL PRIMARY KEY, name text NOT NULL UNIQUE, bio text); CREATE TABLE books (id int, author bigint REFERENCES authors)"),
		exec("CreateAuthor", "a", nil), exec("GetAuthor", 1), exec("ListAuthors", "%", []int64{1}, true), exec("UpsertAuthor", []string{"a", "b"}, []string{"x", "y"}),
		exec("UpdateAuthor", 1, true, "z"), exec("Take", 1), exec("DeleteAuthors", 100),
		func() error {
			_, err := pool.CopyFrom(ctx, pgx.Identifier{"books"}, []string{"id", "author"}, pgx.CopyFromRows([][]any{{1, nil}, {2, 1}}))
			return err
		}(),
		pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly, DeferrableMode: pgx.Deferrable}, func(tx pgx.Tx) error {
			return pgx.BeginFunc(ctx, tx, func(inner pgx.Tx) error {
				b := &pgx.Batch{}
				b.Queue("SELECT count(*) FROM books WHERE id = $1", 1)
				b.Queue(queries["GetAuthor"], 1)
				return inner.SendBatch(ctx, b).Close()
			})
		}),
		func() error {
			_, err := pool.Exec(ctx, "SELECT $1, 'it''s', $2::text", pgx.QueryExecModeSimpleProtocol, -1, `back\slash ' quote`)
			return err
		}(),
		exec("LISTEN news"), exec("SELECT pg_notify($1, $2)", "news", "x"), exec("UNLISTEN *"),
	)
}
