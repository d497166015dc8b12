//go:build e2e

package traffic

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/test/postgres/server"
)

// client is a program that prints what it gets from a server at an address: with the word "restricted", also what it makes of
// denials.
type client struct {
	name string
	run  func(t *testing.T, address, mode string) string
	// long: it is only for the long tests.
	long bool
}

var clients = []client{
	{name: "psql", run: runPsql},
	{name: "psycopg", run: runPsycopg},
	{name: "pgx", run: runPgx},
	{name: "lib/pq", run: runPq},
	{name: "node-pg", run: runNode, long: true},
	{name: "JDBC", run: runJava, long: true},
	{name: "sqlx", run: runRust, long: true},
}

// The modes of clients.
const (
	modeAll        = "all"
	modeRestricted = "restricted"
)

func TestClientsGetTheSameThroughTheProxyAsWithoutIt(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server.Server) {
		proxy := proxied(t, s, "{}")
		eachClient(t, func(t *testing.T, c client) {
			reset(t, s)
			want := c.run(t, s.Addr, modeAll)
			reset(t, s)
			if got := c.run(t, proxy, modeAll); got != want {
				t.Errorf("through the proxy:\n%s\nwithout it:\n%s", got, want)
			}
		})
	})
}

func TestRestrictedClientsGetWhatTheyMayAndErrorsForTheRest(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server.Server) {
		proxy := proxied(t, s, restricted...)
		eachClient(t, func(t *testing.T, c client) {
			reset(t, s)
			want := c.run(t, s.Addr, modeAll)
			reset(t, s)
			if got := c.run(t, proxy, modeAll); got != want {
				t.Errorf("what is allowed, through the proxy:\n%s\nwithout it:\n%s", got, want)
			}
			denied := c.run(t, proxy, modeRestricted)
			if n := strings.Count(denied, "42501"); n < 3 {
				t.Errorf("%d denials were seen in:\n%s", n, denied)
			}
			if strings.Contains(denied, "tomato") {
				t.Errorf("the client has seen the secret:\n%s", denied)
			}
			if got := ask(t, s, "SELECT count(*), max(word) FROM public.secret"); got != "1|tomato" {
				t.Errorf("the secret is now %s", got)
			}
			if got := ask(t, s, "SELECT count(*) FROM public.item WHERE name = 'partial'"); got != "0" {
				t.Errorf("%s rows of transactions that were denied in part have been kept", got)
			}
		})
	})
}

func eachClient(t *testing.T, test func(t *testing.T, c client)) {
	for _, c := range clients {
		if !c.long || *drivers {
			t.Run(c.name, func(t *testing.T) { test(t, c) })
		}
	}
}

// reset makes the tables as they were.
func reset(t *testing.T, s *server.Server) {
	ask(t, s, `TRUNCATE public.item; INSERT INTO public.item SELECT n, 'item ' || n, n / 2.0 FROM generate_series(1, 100) n`)
}

func runPsql(t *testing.T, address, mode string) string {
	host, port, _ := net.SplitHostPort(address)
	script := filepath.Join("testdata", "psql-"+mode+".sql")
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("psql", "-h", host, "-p", port, "-U", "scram", "-d", "postgres", "-X", "-v", "VERBOSITY=sqlstate")
	c.Env = append(os.Environ(), "PGPASSWORD=p", "PGAPPNAME=psql")
	c.Stdin = strings.NewReader(string(text))
	return output(t, c)
}

// script runs a program with the address.
func script(t *testing.T, address, mode string, env []string, words ...string) string {
	host, port, _ := net.SplitHostPort(address)
	c := exec.Command(words[0], append(words[1:], host, port, mode)...)
	c.Env = append(os.Environ(), env...)
	return output(t, c)
}

func output(t *testing.T, c *exec.Cmd) string {
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	return string(out)
}

// built returns the path of what test/deps has brought.
func built(t *testing.T, name string) string {
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "build", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func runPsycopg(t *testing.T, address, mode string) string {
	return script(t, address, mode, []string{"PYTHONPATH=" + built(t, "postgres-python"), "PYTHONDONTWRITEBYTECODE=1"},
		"python3", filepath.Join("testdata", "client.py"))
}

func runNode(t *testing.T, address, mode string) string {
	return script(t, address, mode, []string{"NODE_PATH=" + built(t, "postgres-node")}, "node", filepath.Join("testdata", "client.js"))
}

func runJava(t *testing.T, address, mode string) string {
	return script(t, address, mode, nil, "java", "-cp", filepath.Join(built(t, "postgres-java"), "*"), filepath.Join("testdata", "Client.java"))
}

func runRust(t *testing.T, address, mode string) string {
	return script(t, address, mode, nil, built(t, "postgres-rust"))
}

// initialize makes the tables of pgbench.
func initialize(t *testing.T, s *server.Server) {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.Addr)
	output(t, exec.Command(pgbench, "-i", "-q", "-h", host, "-p", port, "-U", "postgres", "postgres"))
}

// pgbenchRules are what pgbench needs.
var pgbenchRules = []string{
	`{"rule": {"access": "write", "table_prefix": "pgbench_"}}`, `{"rule": {"access": "read", "schema": "pg_catalog"}}`,
	`{"rule": {"operation": "select", "table_prefix": "pg_"}}`, `{"rule": {"operation": "function", "schema": "pg_catalog"}}`,
}

func TestPgbenchRunsInEveryMode(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server.Server) {
		initialize(t, s)
		proxy := proxied(t, s, pgbenchRules...)
		host, port, _ := net.SplitHostPort(proxy)
		for _, args := range [][]string{
			{"-M", "simple"}, {"-M", "extended"}, {"-M", "prepared"}, {"-M", "prepared", "-S"},
			{"-M", "extended", "-f", filepath.Join("testdata", "pipeline.pgbench")},
			{"-M", "prepared", "-f", filepath.Join("testdata", "pipeline.pgbench")},
		} {
			t.Run(strings.Join(args, " "), func(t *testing.T) {
				c := exec.Command(pgbench, append(args, "-n", "-t", "50", "-c", "4", "-h", host, "-p", port, "-U", "postgres", "postgres")...)
				if out := output(t, c); !strings.Contains(out, "processed: 200/200") || !strings.Contains(out, "failed transactions: 0 ") {
					t.Error(out)
				}
			})
		}
	})
}

// As with the server's own denials, pgbench and pg_dump end where they are denied something.
func TestPgbenchAndPgDumpEndWithADenial(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server.Server) {
		host, port, _ := net.SplitHostPort(proxied(t, s, pgbenchRules...))
		script := filepath.Join(t.TempDir(), "denied.pgbench")
		if err := os.WriteFile(script, []byte("SELECT word FROM public.secret;\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for denial, c := range map[string]*exec.Cmd{
			"client 0 script 0 aborted in command 0 query 0: ERROR:  permission denied for table public.secret": exec.Command(pgbench, "-n", "-t", "1",
				"-f", script, "-h", host, "-p", port, "-U", "postgres", "postgres"),
			"pg_dump: error: query failed: ERROR:  permission denied for ": exec.Command(pgDump(), "-h", host, "-p", port, "-U", "postgres", "postgres"),
		} {
			out, err := c.CombinedOutput()
			if err == nil || !strings.Contains(string(out), denial) || strings.Contains(string(out), "tomato") {
				t.Errorf("%v: %v\n%s", c.Args, err, out)
			}
		}
	})
}

// pgbench is the one of the distribution.
const pgbench = distribution + "/pgbench"
