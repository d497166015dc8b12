package builder

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// noVersion stands for the version of a module that comes from a folder.
const noVersion = "v0.0.0"

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
	required, err := b.requirements(ctx, b.Source)
	if err != nil {
		return err
	}
	version := noVersion
	if Published(b.Version) {
		version = b.Version
	}
	required = append(required, "-require="+Proxylib+"@"+version, "-replace="+Proxylib+"="+b.Source)
	return b.local(ctx, b.Source, required)
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

// requirements returns the edits that require what the module in a folder does.
func (b *build) requirements(ctx context.Context, folder string) (edits []string, err error) {
	text, err := b.output(ctx, "mod", "edit", "-json", filepath.Join(folder, "go.mod"))
	if err != nil {
		return nil, err
	}
	var module struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal([]byte(text), &module); err != nil {
		return nil, err
	}
	for _, r := range module.Require {
		edits = append(edits, "-require="+r.Path+"@"+r.Version)
	}
	return edits, nil
}
