// Package server runs a PostgreSQL for tests.
package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/proxylib/proxylib/test/envoy"
)

// nobody is who servers run as where the test runs as root, which they refuse.
const nobody = 65534

// startTime is how long a server may take until it serves.
const startTime = 30 * time.Second

// hba is who may log in, and how: the users scram and md5 with the password p, the others without.
const hba = "local all all trust\nhost all md5 all md5\nhost all scram all scram-sha-256\nhost all all all trust\n"

// Server is a PostgreSQL with an empty data folder, on a free port of 127.0.0.1.
type Server struct {
	// Addr is where it listens.
	Addr string

	bin, folder string
	process     *exec.Cmd
}

// Start starts a server of the programs in a folder. The caller stops it.
func Start(bin string, args ...string) (*Server, error) {
	folder, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, folder: folder}
	if err := s.start(args); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(args []string) error {
	if err := s.open(); err != nil {
		return err
	}
	if out, err := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").
		CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(hba), 0o600); err != nil {
		return err
	}
	port, err := envoy.FreePort()
	if err != nil {
		return err
	}
	s.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	s.process = s.command("postgres", append([]string{
		"-D", s.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", s.folder, "-c", "fsync=off", "-c", "shared_buffers=16MB",
		"-c", "max_connections=60",
	}, args...)...)
	if err := s.process.Start(); err != nil {
		s.process = nil
		return err
	}
	for end := time.Now().Add(startTime); ; time.Sleep(50 * time.Millisecond) {
		if _, err = s.Query("SELECT 1"); err == nil {
			break
		}
		if time.Now().After(end) {
			return err
		}
	}
	for method, user := range map[string]string{"md5": "md5", "scram-sha-256": "scram"} {
		if _, err := s.Query("SET password_encryption = '" + method + "'; CREATE ROLE " + user + " SUPERUSER LOGIN PASSWORD 'p'"); err != nil {
			return err
		}
	}
	return nil
}

// open lets nobody into the folder, and to the programs, which may be in a folder of root with their libraries beside them.
func (s *Server) open() error {
	if os.Geteuid() != 0 {
		return nil
	}
	const depth = "../../.."
	if !strings.HasPrefix(s.bin, "/usr/") {
		root := filepath.Join(s.bin, depth)
		into := filepath.Join(s.folder, "install")
		if err := os.CopyFS(into, os.DirFS(root)); err != nil {
			return err
		}
		s.bin = filepath.Join(into, strings.TrimPrefix(s.bin, root))
	}
	return filepath.Walk(s.folder, func(name string, _ os.FileInfo, err error) error {
		if err == nil {
			err = os.Lchown(name, nobody, nobody)
		}
		return err
	})
}

// own gives a file to the user as whom servers run, if the test runs as root.
func own(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, nobody, nobody)
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// command returns a program of the server.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(context.Background(), filepath.Join(s.bin, program), args...)
	c.Dir = s.folder
	if os.Geteuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return c
}

// Query returns what queries of a superuser return: a line for each row, with | between columns.
func (s *Server) Query(text string) (string, error) {
	return query(s.folder, s.port(), "postgres", text)
}

// queryTime is how long queries may take.
const queryTime = 60 * time.Second

// query asks a database where a host, which may be the folder of a socket, and a port say.
func query(host, port, database, text string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), queryTime)
	defer cancel()
	conn, err := pgconn.Connect(ctx, fmt.Sprintf("host=%s port=%s user=postgres database=%s sslmode=disable", host, port, database))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, text).ReadAll()
	if err != nil {
		return "", fmt.Errorf("%s: %w", text, err)
	}
	var lines []string
	for _, result := range results {
		for _, row := range result.Rows {
			lines = append(lines, string(bytes.Join(row, []byte{'|'})))
		}
	}
	return strings.Join(lines, "\n"), nil
}

func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// Stop stops the server, and removes its files.
func (s *Server) Stop() error {
	var err error
	if s.process != nil {
		err = errors.Join(s.process.Process.Signal(syscall.SIGINT), s.process.Wait())
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
