//go:build e2e

package cassandra

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// startTime is how long the server may take until it serves; the script gives up before.
	startTime = 150 * time.Second
	// stopTime is how long it may take to end: once for each release it also writes an archive of classes.
	stopTime = 90 * time.Second
)

// realServer is a Cassandra that the script server runs.
type realServer struct {
	command *exec.Cmd
	address string
	ended   chan error
}

// startServer runs a release of Cassandra, whose files are kept in dir, and returns when it serves. The head of the script has
// the variables of the environment that settings may set.
func startServer(version, dir string, settings ...string) (*realServer, error) {
	s := &realServer{command: exec.Command("./server", "start", version, "0", dir), ended: make(chan error, 1)}
	s.command.Env = append(os.Environ(), settings...)
	s.command.Stderr = os.Stderr
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	giveUp := time.AfterFunc(startTime, func() { _ = s.command.Process.Kill() })
	s.address = readAddress(out)
	giveUp.Stop()
	go func() { s.ended <- s.command.Wait() }()
	if s.address == "" {
		return nil, errors.Join(errors.New("the server did not start"), s.stop())
	}
	return s, nil
}

// readAddress reads what the script prints until the server is ready. It is empty if the output ends before.
func readAddress(out io.Reader) string {
	address := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if port, ok := strings.CutPrefix(lines.Text(), "port "); ok {
			address = "127.0.0.1:" + port
		}
		if lines.Text() == "ready" {
			return address
		}
	}
	return ""
}

// stop ends the server. The error is nil only if it ended as asked.
func (s *realServer) stop() error {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.ended:
		return err
	case <-time.After(stopTime):
	}
	_ = s.command.Process.Kill()
	<-s.ended
	return errors.New("the server did not end in time and was killed")
}

// newServer runs a server of the test's own until the test ends.
func newServer(t *testing.T, settings ...string) *realServer {
	t.Helper()
	s, err := startServer(*cassandraVersion, t.TempDir(), settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}
