package builder

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/proxylib/proxylib/cli/builder/gowasm"
)

// runtimeChange is a change of a file of Go's runtime.
type runtimeChange struct {
	file, old, new string
}

// runtimeChanges let a module run in Envoy before 1.39, where poll_oneoff returns an error, at which Go's runtime ends the
// program: as soon as it has a timer, or has released memory. Nothing in a plugin waits, so neither function has to do
// anything. Source: https://github.com/golang/go/issues/78513.
var runtimeChanges = []runtimeChange{
	{
		"os_wasip1.go",
		"//go:wasmimport wasi_snapshot_preview1 poll_oneoff\n//go:noescape\n" +
			"func poll_oneoff(in *subscription, out *event, nsubscriptions size, nevents *size) errno\n",
		"func poll_oneoff(in *subscription, out *event, nsubscriptions size, nevents *size) errno {\n\t*nevents = 0\n\treturn 0\n}\n",
	},
	{
		"lock_wasip1.go",
		"//go:wasmimport wasi_snapshot_preview1 sched_yield\nfunc sched_yield() errno\n",
		"func sched_yield() errno { return 0 }\n",
	},
}

// apply returns the text of the file with the change.
func (c *runtimeChange) apply(text string) (string, error) {
	if n := strings.Count(text, c.old); n != 1 {
		return "", fmt.Errorf("the runtime of this Go is not one that is known: %s has %d times what is to be replaced: use Go 1.26",
			c.file, n)
	}
	return strings.Replace(text, c.old, c.new, 1), nil
}

// overlay writes the changed files of the runtime, and returns the path of what the go command takes as -overlay.
func (b *build) overlay(ctx context.Context) (string, error) {
	root, err := b.output(ctx, "env", "GOROOT")
	if err != nil {
		return "", err
	}
	replaced := map[string]string{}
	for _, change := range runtimeChanges {
		path := filepath.Join(strings.TrimSpace(root), "src", "runtime", change.file)
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("the source of Go's runtime is needed: %w", err)
		}
		changed, err := change.apply(string(text))
		if err != nil {
			return "", err
		}
		replaced[path] = b.path(change.file)
		if err := os.WriteFile(replaced[path], []byte(changed), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", err
	}
	return b.path("overlay.json"), os.WriteFile(b.path("overlay.json"), text, 0o600)
}

// compileWasm builds the Proxy-Wasm plugin, and checks that Envoy provides what it imports. A toolchain that the go command has
// downloaded cannot be changed, so it is the installed one.
func (b *build) compileWasm(ctx context.Context) error {
	overlay, err := b.overlay(ctx)
	if err != nil {
		return err
	}
	made, module, err := b.makeModule(ctx, "GOTOOLCHAIN=local", "-overlay", overlay)
	if err != nil {
		return err
	}
	if err := CheckImports(module); err != nil {
		return err
	}
	return install(made, b.Library)
}

// compileParser builds a file with a parser, for the library to load.
func (b *build) compileParser(ctx context.Context) error {
	made, _, err := b.makeModule(ctx, "")
	if err != nil {
		return err
	}
	return install(made, b.Library)
}

// makeModule builds a module for WebAssembly by the profile, and returns its path and its text. variable is one of the environment.
func (b *build) makeModule(ctx context.Context, variable string, flags ...string) (path string, module []byte, err error) {
	if err := b.profile(ctx); err != nil {
		return "", nil, err
	}
	path = b.path("made.wasm")
	args := append([]string{"build", "-mod=mod", "-buildvcs=false", "-trimpath", "-ldflags", "-w", "-buildmode=c-shared", "-o", path}, flags...)
	c := b.command(ctx, append(args, "./libproxylib")...)
	c.Env = append(c.Env, "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", variable)
	if err := b.finish(c); err != nil {
		return "", nil, err
	}
	if module, err = os.ReadFile(path); err != nil {
		return "", nil, err
	}
	if module, err = b.optimize(ctx, variable, module); err != nil {
		return "", nil, err
	}
	return path, module, os.WriteFile(path, module, 0o600)
}

// optimize changes a module so that those who run it make faster code of it, if it is known what this Go makes.
func (b *build) optimize(ctx context.Context, variable string, module []byte) ([]byte, error) {
	c := b.command(ctx, "env", "GOVERSION")
	c.Env = append(c.Env, variable)
	version, err := b.read(c)
	if err != nil {
		return nil, err
	}
	if version = strings.TrimSpace(version); !gowasm.Knows(version) {
		fmt.Fprintf(b.Log, "the module works, but is slower than if it were built with Go 1.26: what %s makes is not known\n", version)
		return module, nil
	}
	return gowasm.Optimize(module)
}
