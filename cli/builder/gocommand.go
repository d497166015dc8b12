package builder

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// install moves a file to its place by a rename there: what has the old one open keeps it.
func install(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	next := to + ".new"
	if err := os.WriteFile(next, text, 0o755); err != nil {
		return err
	}
	return os.Rename(next, to)
}

func (b *build) path(parts ...string) string {
	return filepath.Join(append([]string{b.dir}, parts...)...)
}

// command returns the go command in the module of the build.
func (b *build) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = b.dir
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	return c
}

func (b *build) run(ctx context.Context, args ...string) error {
	return b.finish(b.command(ctx, args...))
}

func (b *build) output(ctx context.Context, args ...string) (string, error) {
	return b.read(b.command(ctx, args...))
}

func (b *build) finish(c *exec.Cmd) error {
	_, err := b.read(c)
	return err
}

// read runs a command and returns its output. What it says besides is in the error, or goes to the log.
func (b *build) read(c *exec.Cmd) (string, error) {
	var said bytes.Buffer
	c.Stderr = io.MultiWriter(&said, b.Log)
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(c.Path), strings.Join(c.Args[1:], " "), err, strings.TrimSpace(said.String()))
	}
	return string(out), nil
}
