package chost

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const faulty = "../faulty"

// writeCase makes a file with one transcript of the parser test.faulty.
func writeCase(t *testing.T, steps string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "case.txt")
	if err := os.WriteFile(path, []byte("case faulty\nconnect test.faulty 4040 7\n"+steps), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRepeatedPanicsCloseTheirConnectionsAloneAndAreToldOnce(t *testing.T) {
	p := startWith(t, built.sanitized, buildLibrary(t, faulty))
	p.do("open policy-path=%s", policies)
	p.do("threads %s 4 400", writeCase(t, "client PANIC\\n\nresult parser error\n"))
	p.do("once %s", writeCase(t, "client well\\n\nto-server well\\n\n"))
	p.do("once %s", transcripts)
	p.end()
	if n := strings.Count(p.log.String(), "a parser panicked, and its connection is closed"); n != 1 {
		t.Errorf("the log tells %d times:\n%s", n, p.log)
	}
	p.log.await(t, "defectivePart")
	p.log.await(t, "parser=test.faulty")
}

func TestConnectionsAboveTheLimitAreRefused(t *testing.T) {
	p := start(t, built.plain)
	p.do("open policy-path=%s max-connections=3", policies)
	if _, ok := p.try("threads %s 1 8", transcripts); ok {
		t.Error("eight connections are open where three may be")
	}
	p.log.await(t, "new connections are refused: as many are open as may be")
	p.do("once %s", transcripts)
	p.do("once %s", transcripts)
}

// The detector makes everything slower, so this takes fewer connections than other tests with threads.
func TestTheRaceDetectorFindsNothing(t *testing.T) {
	socket, policy := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "policy.yaml")
	receive(t, socket)
	text, err := os.ReadFile(policies)
	if err != nil {
		t.Fatal(err)
	}
	write := func(n int) {
		if err := os.WriteFile(policy, fmt.Appendf(nil, "# %d\n%s", n, text), 0o600); err != nil {
			t.Error(err)
		}
	}
	write(0)
	p := startWith(t, built.plain, buildLibrary(t, faulty, "-race"))
	p.do("open policy-path=%s access-log-path=%s", policy, socket)

	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(60 * time.Millisecond):
				write(n)
			}
		}
	}()
	p.do("threads %s 8 800", transcripts)
	close(stop)
	<-stopped
	if strings.Contains(p.log.String(), "DATA RACE") {
		t.Errorf("it has found:\n%s", p.log)
	}

	// A race that is there has to be found.
	p.try("threads %s 8 800", writeCase(t, "client RACE\\n\nto-server RACE\\n\n"))
	p.log.await(t, "DATA RACE")
}
