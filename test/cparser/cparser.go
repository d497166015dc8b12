// Package cparser compiles the parsers in C of the examples, for the library to load.
package cparser

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/test/envoy"
)

// Compile compiles the source with a name in examples/wasm-c as docs/wasm-parsers.md says, with further flags for the compiler,
// to a path. It installs the compiler if it is missing.
func Compile(ctx context.Context, name, path string, flags ...string) error {
	root, err := envoy.Root()
	if err != nil {
		return err
	}
	zig, err := exec.CommandContext(ctx, filepath.Join(root, "test", "deps", "zig")).Output()
	if err != nil {
		return fmt.Errorf("install the C compiler: %w", err)
	}
	args := slices.Concat([]string{"cc", "-target", "wasm32-freestanding", "-O2", "-mbulk-memory", "-nostdlib", "-Wl,--no-entry"}, flags,
		[]string{"-o", path, filepath.Join(root, "examples", "wasm-c", name)})
	if out, err := exec.CommandContext(ctx, strings.TrimSpace(string(zig)), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("compile %s: %w\n%s", name, err, out)
	}
	return nil
}
