// Package cparser compiles modules in C for WebAssembly, for tests: parsers of the examples, and others.
package cparser

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Compile compiles a source as docs/wasm-parsers.md says, with further flags for the compiler, to a path. root is the path of the
// checkout, in which the source is. It installs the compiler if it is missing.
func Compile(ctx context.Context, root, source, path string, flags ...string) error {
	zig, err := exec.CommandContext(ctx, filepath.Join(root, "test", "deps", "zig")).Output()
	if err != nil {
		return fmt.Errorf("install the C compiler: %w", err)
	}
	args := slices.Concat([]string{"cc", "-target", "wasm32-freestanding", "-O2", "-mbulk-memory", "-nostdlib", "-Wl,--no-entry"}, flags,
		[]string{"-o", path, filepath.Join(root, source)})
	if out, err := exec.CommandContext(ctx, strings.TrimSpace(string(zig)), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("compile %s: %w\n%s", source, err, out)
	}
	return nil
}
