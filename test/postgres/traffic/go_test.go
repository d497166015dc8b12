//go:build e2e

package traffic

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"
)

// runPgx uses prepared statements, batches, COPY, and pipelines.
func runPgx(t *testing.T, address, mode string) string {
	ctx := context.Background()
	var b strings.Builder
	attempt := func(name string, work func(c *pgx.Conn) (any, error)) {
		c, err := pgx.Connect(ctx, "postgres://scram:p@"+address+"/postgres")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(ctx)
		value, err := work(c)
		fmt.Fprintf(&b, "%s: %v %s\n", name, value, pgxState(err))
		if err != nil {
			_, _ = c.Exec(ctx, "ROLLBACK")
			var n int
			err := c.QueryRow(ctx, "SELECT id FROM public.item WHERE id = $1", 1).Scan(&n)
			fmt.Fprintf(&b, "  still %d %v\n", n, err)
		}
	}
	text := func(query string, args ...any) func(c *pgx.Conn) (any, error) {
		return func(c *pgx.Conn) (any, error) {
			var value any
			err := c.QueryRow(ctx, query, args...).Scan(&value)
			return value, err
		}
	}
	table := "public.item"
	if mode == modeRestricted {
		table = "public.secret"
	}
	attempt("count", text("SELECT count(*) FROM "+table))
	attempt("by key", text("SELECT id FROM "+table+" WHERE id = $1", 1))
	attempt("simple protocol", text("SELECT id FROM "+table+" WHERE id = $1", pgx.QueryExecModeSimpleProtocol, 1))
	attempt("exec", text("SELECT id FROM "+table+" WHERE id = $1", pgx.QueryExecModeExec, 1))
	attempt("copy", func(c *pgx.Conn) (any, error) {
		return c.CopyFrom(ctx, strings.Split(table, "."), []string{"id"}, pgx.CopyFromRows([][]any{{500}, {501}}))
	})
	attempt("batch", func(c *pgx.Conn) (any, error) {
		batch := &pgx.Batch{}
		batch.Queue("INSERT INTO public.item (id, name) VALUES ($1, 'partial')", 900)
		batch.Queue("SELECT count(*) FROM " + table)
		batch.Queue("DELETE FROM public.item WHERE id = $1", 900)
		results := c.SendBatch(ctx, batch)
		defer results.Close()
		for range batch.Len() {
			if _, err := results.Exec(); err != nil {
				return nil, err
			}
		}
		return "done", results.Close()
	})
	attempt("transaction", func(c *pgx.Conn) (any, error) {
		tx, err := c.Begin(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO public.item (id, name) VALUES (901, 'partial')"); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE id = 901"); err != nil {
			return tx.Commit(ctx), err
		}
		return "done", tx.Commit(ctx)
	})
	return b.String()
}

// pgxState returns the SQLSTATE of an error.
func pgxState(err error) string {
	var e *pgconn.PgError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &e):
		return e.Code
	}
	return err.Error()
}

func runPq(t *testing.T, address, mode string) string {
	ctx := context.Background()
	db, err := sql.Open("postgres", "postgres://scram:p@"+address+"/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	table := "public.item"
	if mode == modeRestricted {
		table = "public.secret"
	}
	var b strings.Builder
	say := func(name string, value any, err error) {
		state := "ok"
		var e *pq.Error
		if errors.As(err, &e) {
			state = string(e.Code)
		} else if err != nil {
			state = err.Error()
		}
		fmt.Fprintf(&b, "%s: %v %s\n", name, value, state)
	}
	var n int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n)
	say("count", n, err)
	err = db.QueryRowContext(ctx, "SELECT id FROM "+table+" WHERE id = $1", 1).Scan(&n)
	say("by key", n, err)
	if statement, err := db.PrepareContext(ctx, "SELECT id FROM "+table+" WHERE id = $1"); err != nil {
		say("prepare", nil, err)
	} else {
		for key := range 3 {
			err := statement.QueryRowContext(ctx, key+1).Scan(&n)
			say("prepared", n, err)
		}
		statement.Close()
	}
	tx, err := db.BeginTx(ctx, nil)
	say("begin", nil, err)
	_, err = tx.ExecContext(ctx, "INSERT INTO public.item (id, name) VALUES (902, 'partial')")
	say("insert", nil, err)
	_, err = tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE id = 902")
	say("delete", nil, err)
	say("commit", nil, tx.Commit())
	return b.String()
}
