package compat

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// libraries are what is built once for all tests: the two libraries, and the program that calls them.
type libraries struct{ ours, upstream, host string }

var built libraries

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "compat")
	if err != nil {
		panic(err)
	}
	if err := built.build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// build makes the library of upstream as its makefile does, from the version that go.mod names. Ours has the parsers for
// tests as well, which upstream ships.
func (b *libraries) build(dir string) error {
	*b = libraries{
		filepath.Join(dir, "ours", "libcilium.so"), filepath.Join(dir, "upstream", "libcilium.so"), filepath.Join(dir, "chost"),
	}
	sources, err := filepath.Glob("../chost/src/*.c")
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"go", "build", "-C", "..", "-trimpath", "-buildmode=c-shared", "-o", b.ours, "./faulty"},
		{"go", "build", "-trimpath", "-buildmode=c-shared", "-ldflags=-extldflags=-Wl,-soname,libcilium.so",
			"-o", b.upstream, "github.com/cilium/proxy/proxylib"},
		append(append([]string{"gcc", "-std=gnu11", "-O2", "-o", b.host}, sources...), "-ldl", "-lpthread"),
	} {
		if output, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, output)
		}
	}
	return nil
}

// release builds our library as users get it, and returns its path.
func release(tb testing.TB) string {
	tb.Helper()
	library := filepath.Join(tb.TempDir(), "libcilium.so")
	build := exec.Command("go", "build", "-C", "../..", "-trimpath", "-buildmode=c-shared", "-o", library, "./libproxylib")
	if output, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, output)
	}
	return library
}

// journal collects what a process writes to standard error.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
