package policyserver

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/internal/filewatch"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policyserver/store"
)

// maxDirectory is the maximum size, in bytes, of all files of a directory together.
const maxDirectory = 256 << 20

// directory puts in force what the directory holds. All of its files are one change: a mistake in one refuses all.
type directory struct {
	server  *Server
	watcher *filewatch.Watcher
	// warned are the warnings that are in the log.
	warned []string
}

// watch reads the directory and starts to watch it. A directory that cannot be used is an error only where nothing is
// stored of it before.
func watch(s *Server) (*directory, error) {
	d := &directory{server: s, watcher: filewatch.New(filewatch.Config{
		Path: s.config.Directory, Select: isDocument, MaxBytes: maxDirectory, Kind: "policy directory", Log: s.config.Log,
	})}
	if err := d.open(); err != nil && !s.has(store.Directory) {
		d.watcher.Close()
		return nil, err
	}
	// The reason of a refusal is logged and retained for the status.
	d.watcher.Start(func(files []filewatch.File) { _ = d.load(files) })
	return d, nil
}

// open puts in force what the directory holds at first.
func (d *directory) open() error {
	files, err := d.watcher.Read()
	if err != nil {
		d.server.config.Log.WithError(err).Warn("policy directory cannot be read; what was read before stays in force")
		return err
	}
	return d.load(files)
}

// close stops watching and waits until that is done.
func (d *directory) close() { d.watcher.Close() }

// load puts what the directory holds in force.
func (d *directory) load(files []filewatch.File) error {
	content, warnings, err := decodeFiles(files)
	if err != nil {
		d.server.Refuse(store.Directory, Actor{}, err)
		return err
	}
	if _, err := d.server.Apply(Change{Source: store.Directory, Put: *content, Replace: true}); err != nil {
		return err
	}
	warnings = policy.Lines(warnings)
	for _, warning := range warnings {
		if !slices.Contains(d.warned, warning) {
			d.server.config.Log.Warn("policy directory: " + warning)
		}
	}
	d.warned = warnings
	return nil
}

// isDocument reports whether a file of the directory counts: its name ends in .yaml, .yml or .json and begins with no dot.
func isDocument(name string) bool {
	return !strings.HasPrefix(name, ".") && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}

// decodeFiles decodes the documents of files. The warnings begin with the file that each is about.
func decodeFiles(files []filewatch.File) (all *cnp.Content, warnings []string, err error) {
	all = &cnp.Content{}
	var errs []error
	for _, file := range files {
		name := filepath.Base(file.Path)
		content, err := cnp.Decode(file.Text, strings.TrimSuffix(name, filepath.Ext(name)))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file.Path, err))
			continue
		}
		all.Add(content)
		for _, warning := range content.Warnings {
			warnings = append(warnings, fmt.Sprintf("%s: %s", file.Path, warning))
		}
	}
	return all, warnings, errors.Join(append(errs, all.Unique())...)
}
