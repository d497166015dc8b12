package chost

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testLibrary builds the library that has parsers for tests.
func testLibrary(t *testing.T) string {
	t.Helper()
	return buildLibrary(t, "../faulty")
}

// writeCase makes a file with one transcript of the parser test.faulty.
func writeCase(t *testing.T, steps string) string {
	t.Helper()
	return writeFile(t, "case faulty\nconnect test.faulty 4040 7\n"+steps)
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRepeatedPanicsCloseTheirConnectionsAloneAndAreToldOnce(t *testing.T) {
	p := startWith(t, built.sanitized, testLibrary(t))
	p.do("open policy-path=%s", policies)
	p.do("threads %s 4 400", writeCase(t, "client PANIC\\n\nresult parser error\n"))
	p.do("once %s", writeCase(t, "client well\\n\nto-server well\\n\n"))
	p.do("once %s", transcripts)
	p.end()
	if n := strings.Count(p.log.String(), "a parser panicked, and its connection is closed"); n != 1 {
		t.Errorf("the log tells %d times:\n%s", n, p.log)
	}
	p.awaitLog(t, "defectivePart")
	p.awaitLog(t, "parser=test.faulty")
}

func TestConnectionsAboveTheLimitAreRefused(t *testing.T) {
	p := start(t, built.plain)
	p.do("open policy-path=%s max-connections=3", policies)
	if _, ok := p.try("threads %s 1 8", transcripts); ok {
		t.Error("eight connections are open where three may be")
	}
	p.awaitLog(t, "new connections are refused: connection limit reached")
	p.do("once %s", transcripts)
	p.do("once %s", transcripts)
}
