//go:build e2e

package postgres

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var servers = flag.String("servers", "", "folders with the programs of PostgreSQL 15 and of the newest, separated by a comma")

// nobody is who servers run as where the test runs as root, which they refuse.
const nobody = 65534

// server is a PostgreSQL of its own, which listens on a socket in its folder only.
type server struct{ bin, folder string }

// startServer starts a server for the test, of the programs in a folder.
func startServer(t *testing.T, bin string) *server {
	t.Helper()
	folder, err := os.MkdirTemp("", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if os.Geteuid() == 0 {
		// Nobody may have no way into the folder of root, where the programs may be, with their libraries beside them.
		const depth = "../../.."
		if !strings.HasPrefix(bin, "/usr/") {
			root := filepath.Join(bin, depth)
			if err := os.CopyFS(filepath.Join(folder, "install"), os.DirFS(root)); err != nil {
				t.Fatal(err)
			}
			bin = filepath.Join(folder, "install", strings.TrimPrefix(bin, root))
		}
		err := filepath.Walk(folder, func(name string, _ os.FileInfo, err error) error {
			if err == nil {
				err = os.Lchown(name, nobody, nobody)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s := &server{bin, folder}
	if out, err := s.command(t.Context(), "initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
		"--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := s.command(context.Background(), "postgres", "-D", s.data(), "-h", "", "-k", folder, "-c", "fsync=off", "-c",
		"shared_buffers=16MB")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Fast shutdown.
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	})
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := s.psql("select 1"); err == nil {
			return s
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func (s *server) data() string { return filepath.Join(s.folder, "data") }

// command returns a program of the server.
func (s *server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	c.Dir = s.folder
	if os.Geteuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return c
}

// psql returns the rows that a query has, with | between columns.
func (s *server) psql(query string) ([]string, error) {
	out, err := exec.Command("psql", "-h", s.folder, "-U", "postgres", "-XqtAc", query).Output()
	return strings.Split(strings.TrimSpace(string(out)), "\n"), err
}
