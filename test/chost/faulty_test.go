package chost

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
