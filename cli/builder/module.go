package builder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Module is a Go package with a parser or an HTTP filter, from a module of its own.
type Module struct {
	// Path is the import path of the package.
	Path string
	// Version is that of its module; empty takes the newest. Folder, if not empty, holds the module itself.
	Version, Folder string
}

// ParseModule reads MODULE[@VERSION][=PATH].
func ParseModule(text string) (m Module, err error) {
	path, folder, local := strings.Cut(text, "=")
	m.Path, m.Version, _ = strings.Cut(path, "@")
	switch {
	case m.Path == "" || strings.ContainsAny(path, " \t\r\n\"`\\'"):
		return m, fmt.Errorf("%q: want MODULE, MODULE@VERSION or MODULE=PATH", text)
	case local && folder == "":
		return m, fmt.Errorf("%q: want a path after =", text)
	case strings.HasSuffix(path, "@"):
		return m, fmt.Errorf("%q: want a version after @", text)
	case local:
		m.Folder, err = filepath.Abs(folder)
	}
	return m, err
}

// local returns the path of the module that is in the folder.
func (m *Module) local() (string, error) {
	path, err := modulePath(m.Folder)
	if err != nil {
		return "", fmt.Errorf("%s: %w", m.Path, err)
	}
	if m.Path != path && !strings.HasPrefix(m.Path, path+"/") {
		return "", fmt.Errorf("%s: %s holds the module %s", m.Path, m.Folder, path)
	}
	return path, nil
}

// modulePath returns the path of the module in a folder.
func modulePath(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("%s is not a Go module: %w", folder, err)
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "module" {
			return strings.Trim(words[1], `"`), nil
		}
	}
	return "", errors.New(folder + ": go.mod names no module")
}
