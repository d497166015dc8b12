package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// notices are our licence and those of all that is built in, which ask for being passed on.
func (r *release) notices(builds []build) ([]byte, error) {
	list, err := dependencies(allPaths(builds))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s, %s\n\n", name, r.version, homepage)
	if err := quote(&out, r.source); err != nil {
		return nil, err
	}
	for _, d := range list {
		folder, err := r.folder(d)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "\n%s\n\nIt contains %s %s:\n\n", bytes.Repeat([]byte("-"), 80), d.path, d.version)
		if err := quote(&out, folder); err != nil {
			return nil, fmt.Errorf("%s: %w", d.path, err)
		}
	}
	return out.Bytes(), nil
}

// folder is where the source of a module is.
func (r *release) folder(d dependency) (string, error) {
	command := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", d.path)
	if d.path == "std" {
		command = exec.Command("go", "env", "GOROOT")
	}
	command.Dir = r.source
	return output(command)
}

// quote writes the texts of the licences in a folder.
func quote(out *bytes.Buffer, folder string) error {
	found := false
	for _, pattern := range []string{"LICENSE*", "COPYING*", "NOTICE*"} {
		// The pattern is a valid one.
		paths, _ := filepath.Glob(filepath.Join(folder, pattern))
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			found = found || pattern != "NOTICE*"
			out.Write(bytes.TrimRight(text, "\n"))
			out.WriteString("\n")
		}
	}
	if !found {
		return fmt.Errorf("%s has no licence", folder)
	}
	return nil
}
