package builder

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// noVersion stands for the version of a module that comes from a folder.
const noVersion = "v0.0.0"

// VersionOf returns a version that a go.mod can require for a source of some version, which may be none.
func VersionOf(version string) string {
	if Published(version) {
		return version
	}
	return noVersion
}

// module makes the module that the mains are in, with the versions of all others.
func (b *build) module(ctx context.Context) error {
	if err := os.WriteFile(b.path("go.mod"), []byte("module proxylib.build\n\ngo 1.26.0\n"), 0o600); err != nil {
		return err
	}
	if err := b.library(ctx); err != nil {
		return err
	}
	for _, m := range b.With {
		if err := b.with(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// library requires the library, and of a checkout the very versions that it has been tested with.
func (b *build) library(ctx context.Context) error {
	if b.Source == "" {
		return b.run(ctx, "mod", "edit", "-require="+Proxylib+"@"+b.Version)
	}
	required, err := Requirements(ctx, b.Source)
	if err != nil {
		return err
	}
	edits := []string{"-require=" + Proxylib + "@" + VersionOf(b.Version), "-replace=" + Proxylib + "=" + b.Source}
	for _, r := range required {
		edits = append(edits, "-require="+r.Path+"@"+r.Version)
	}
	return b.local(ctx, b.Source, edits)
}

// with requires a module.
func (b *build) with(ctx context.Context, m Module) error {
	if m.Folder == "" {
		version := m.Version
		if version == "" {
			version = "latest"
		}
		return b.run(ctx, "get", m.Path+"@"+version)
	}
	module, err := m.local()
	if err != nil {
		return err
	}
	version := m.Version
	if version == "" {
		version = noVersion
	}
	return b.local(ctx, m.Folder, []string{"-require=" + module + "@" + version, "-replace=" + module + "=" + m.Folder})
}

// local edits go.mod, and takes over the checksums of a module in a folder, so that nothing has to be asked for again.
func (b *build) local(ctx context.Context, folder string, edits []string) error {
	sums, err := os.ReadFile(filepath.Join(folder, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(b.path("go.sum"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(sums)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return b.run(ctx, append([]string{"mod", "edit"}, edits...)...)
}

// Requirement is a module that another one needs.
type Requirement struct{ Path, Version string }

// Requirements returns what the module in a folder requires.
func Requirements(ctx context.Context, folder string) ([]Requirement, error) {
	b := &build{Config: Config{Log: io.Discard}, dir: folder}
	text, err := b.output(ctx, "mod", "edit", "-json")
	if err != nil {
		return nil, err
	}
	var module struct{ Require []Requirement }
	return module.Require, json.Unmarshal([]byte(text), &module)
}
