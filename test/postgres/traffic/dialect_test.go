//go:build e2e

package traffic

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/proxylib/proxylib/test/envoy"
)

var h2 = flag.String("h2", "", "the jar of H2, a database that speaks the protocol of PostgreSQL, but another SQL")

// startH2 starts an H2 for the test, and returns where it speaks the protocol of PostgreSQL.
func startH2(t *testing.T) string {
	t.Helper()
	port, err := envoy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	process, err := envoy.Run(exec.Command("java", "-cp", *h2, "org.h2.tools.Server", "-pg", "-pgPort", strconv.Itoa(port), "-ifNotExists",
		"-baseDir", dir), filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { process.Stop() })
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := process.Until(time.Minute, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}); err != nil {
		t.Fatal(err)
	}
	return address
}

// askH2 returns the values that texts have as their result, with a space between them.
func askH2(t *testing.T, address, text string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgconn.Connect(ctx, fmt.Sprintf("postgres://sa:p@%s/shop?sslmode=disable", address))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, text).ReadAll()
	var values []string
	for _, result := range results {
		for _, row := range result.Rows {
			values = append(values, string(row[0]))
		}
	}
	return strings.Join(values, " "), err
}

// In H2, // begins a comment, where PostgreSQL has an operator. What the parser reads is then not what is executed, so no text may
// be judged by its tables.
func TestTextsToAServerOfAnotherDialectAreNotJudgedByTheirTables(t *testing.T) {
	if *h2 == "" {
		return
	}
	s := startH2(t)
	if _, err := askH2(t, s, "CREATE SCHEMA ok; CREATE TABLE ok.a (word text); CREATE SCHEMA no; CREATE TABLE no.a AS SELECT 'tomato' AS word"); err != nil {
		t.Fatal(err)
	}
	const hidden = "SELECT word FROM ok.a WHERE 1 = 1 // '\n UNION SELECT word FROM no.a -- '"
	if got, err := askH2(t, proxiedTo(t, s, envoy.Config{}, nil, "{}"), hidden); err != nil || got != "tomato" {
		t.Errorf("where everything is allowed: %q, %v", got, err)
	}
	restricted := proxiedTo(t, s, envoy.Config{}, nil, `{"rule": {"schema": "ok"}}`)
	for _, text := range []string{hidden, "SELECT word FROM ok.a"} {
		var denied *pgconn.PgError
		if got, err := askH2(t, restricted, text); !errors.As(err, &denied) || denied.Code != "42501" || got != "" {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
