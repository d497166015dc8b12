package cassandra

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// startServer returns the address of the server that the tests are for, and starts it if it does not run.
func startServer(t *testing.T) string {
	which := os.Getenv("PROXYLIB_CASSANDRA")
	switch {
	case which == "":
		t.Skip("PROXYLIB_CASSANDRA names no server")
	case strings.Contains(which, ":"):
		return which
	}
	command := exec.Command("./server", "start", which, "0", t.TempDir())
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	})
	address := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if port, ok := strings.CutPrefix(lines.Text(), "port "); ok {
			address = "127.0.0.1:" + port
		}
		if lines.Text() == "ready" {
			return address
		}
	}
	t.Fatal("the server did not start")
	return ""
}

// TestRealServer runs all tests against one server, since it takes long to start.
func TestRealServer(t *testing.T) {
	server := startServer(t)
	t.Run("drivers get what they get without us, or are refused", func(t *testing.T) { testDrivers(t, server) })
	t.Run("what goes through is of the allowed keyspace", func(t *testing.T) { testOracle(t, server) })
	t.Run("what is prepared is what was judged", func(t *testing.T) { testKinds(t, server) })
	t.Run("what is changed is of the allowed keyspace", func(t *testing.T) { testSchemaOracle(t, server) })
}
