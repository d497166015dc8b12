package serve

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
)

// Server is a policy server, run by build/proxylib, with a folder of its own. It is for one goroutine.
type Server struct {
	// Dir is the folder, until the test ends. Its path is short, since it holds sockets.
	Dir     string
	tb      testing.TB
	binary  string
	process *exec.Cmd
}

// New returns a server that does not run yet.
func New(tb testing.TB) *Server {
	tb.Helper()
	root, err := envoy.Root()
	if err != nil {
		tb.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{Dir: dir, tb: tb, binary: filepath.Join(root, "build", "proxylib")}
	tb.Cleanup(func() {
		if s.process != nil {
			s.Kill()
		}
		os.RemoveAll(dir)
	})
	return s
}

// XDS is the socket for proxies.
func (s *Server) XDS() string { return s.path("xds") }

// API is the socket for people.
func (s *Server) API() string { return s.path("api") }

func (s *Server) path(name string) string { return filepath.Join(s.Dir, name) }

// Start starts the server, which goes on with what it knew when it was killed.
func (s *Server) Start() {
	s.tb.Helper()
	s.StartWith(os.Stderr, "--api", "unix://"+s.API(), "--xds", "unix://"+s.XDS())
}

// StartWith starts the server with flags beside that for its state, and with its log at a writer.
func (s *Server) StartWith(log io.Writer, flags ...string) {
	s.tb.Helper()
	s.process = exec.Command(s.binary, append([]string{"serve", "--state", s.path("state")}, flags...)...)
	s.process.Stderr = log
	if err := s.process.Start(); err != nil {
		s.tb.Fatalf("%v: run make", err)
	}
}

// Kill ends the server at once.
func (s *Server) Kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
	s.process = nil
}

// Command runs a command of the command line with a text as its standard input, and returns what it prints. The error has that
// as well.
func (s *Server) Command(input string, args ...string) (string, error) {
	command := exec.Command(s.binary, args...)
	command.Stdin = strings.NewReader(input)
	out, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return string(out), err
}

// Run is [Server.Command] for a command that asks the server.
func (s *Server) Run(input string, args ...string) (string, error) {
	return s.Command(input, append(args, "--server", s.API())...)
}

// MustRun waits until the server has carried a command out, and returns what that prints.
func (s *Server) MustRun(input string, args ...string) (out string) {
	s.tb.Helper()
	eventually.Holds(s.tb, "proxylib "+strings.Join(args, " "), func() (done bool) {
		var err error
		out, err = s.Run(input, args...)
		return err == nil
	})
	return out
}

// Allow has the server allow web to get keys with a prefix from cache.
func (s *Server) Allow(prefix string) {
	s.tb.Helper()
	s.MustRun(Policy(prefix)+Endpoints, "policy", "import", "-")
}
