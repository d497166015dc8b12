package boundary

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// buildHTTPHooks builds a library with HTTP filters, its C part with AddressSanitizer, and the program that acts as Envoy, and returns
// the command that runs it. The filters are that which decides by policy, and test.trial with bodies of every kind.
func buildHTTPHooks(tb testing.TB) *exec.Cmd {
	tb.Helper()
	rerun(tb, "hosts/envoy", "hosts/internal/guest", "httpfilter", "policy", "policy/httprule")
	dir := tb.TempDir()
	library := filepath.Join(dir, "libproxylib.so")
	build(tb, []string{"CGO_CFLAGS=-g -O1 -fsanitize=address", "CGO_LDFLAGS=-fsanitize=address"},
		"go", "build", "-C", "..", "-trimpath", "-buildmode=c-shared", "-o", library, "./httpfilters/library")
	policy := fmt.Sprintf(`{"policy": {"allow": [{"path": "/public/a", "method": "GET|CONNECT"},
		{"path": "/replace", "headerMatches": [{"name": "x-a", "value": "1", "mismatch": "REPLACE"}]}]}, "access_log": {"file": %q}}`, filepath.Join(dir, "log"))
	args := []string{library, "proxylib", policy}
	for _, body := range []string{"none", "streamed", "rewritten", "whole"} {
		args = append(args, "test.trial", fmt.Sprintf(`{"body": %q, "timeout": "1s"}`, body))
	}
	return sanitized(tb, dir, "httphooks", args...)
}

// FuzzHTTPHooks calls the hooks of HTTP filters in any order, and from inside of callbacks, as scripts say. What is denied does not go
// on, nothing does after a reply or the end of the stream, whose names are not used any more, bodies are accessed only in their
// hooks, schedulers are deleted, and the program and the C part of the library, which watch their memory, do not crash.
func FuzzHTTPHooks(f *testing.F) {
	h := start(f, buildHTTPHooks(f))
	for n := range byte(8) {
		f.Add([]byte{0, n, 0, 0, n, n, 0, 4, 5, 0, 4, 5, 1, 0, 2, 0, 4, 5, 2, 0, 6, 1}, uint64(n))
	}
	f.Fuzz(func(t *testing.T, script []byte, seed uint64) {
		h.require(t, script[:min(len(script), 2000)])
		h.requireAny(t, seed, 20, 400)
	})
}
