package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/compile"
)

// readDocuments decodes files, "-" being the standard input, and checks policies with the parsers of this build. A
// mistake is told with file and line; all of them are.
func readDocuments(cmd *cobra.Command, paths []string) (*cnp.Content, error) {
	return decodeFiles(cmd, paths, func(p *cnp.Policy) error { return compile.Check(p, policy.Registered()) })
}

// decodeDocuments decodes files whatever parsers this build has.
func decodeDocuments(cmd *cobra.Command, paths []string) (*cnp.Content, error) {
	return decodeFiles(cmd, paths, func(*cnp.Policy) error { return nil })
}

func decodeFiles(cmd *cobra.Command, paths []string, check func(*cnp.Policy) error) (*cnp.Content, error) {
	all := &cnp.Content{}
	var errs []error
	for _, path := range paths {
		text, err := readFile(cmd, path)
		if err != nil {
			return nil, err
		}
		content, err := cnp.Decode(text, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
		if err != nil {
			errs = append(errs, placed(path, err))
			continue
		}
		for _, p := range content.Policies {
			if err := check(p); err != nil {
				errs = append(errs, placed(path, err))
			}
		}
		all.Policies = append(all.Policies, content.Policies...)
		all.Endpoints = append(all.Endpoints, content.Endpoints...)
	}
	if err := errors.Join(append(errs, all.Unique())...); err != nil {
		return nil, refused(err)
	}
	if len(all.Policies)+len(all.Endpoints) == 0 {
		return nil, refused(errors.New("there is no document in the input"))
	}
	return all, nil
}

func readFile(cmd *cobra.Command, path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	return os.ReadFile(path)
}

// placed puts the name of a file before every line of an error.
func placed(path string, err error) error {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = path + ": " + line
	}
	return errors.New(strings.Join(lines, "\n"))
}

// listDocument is one document with all policies and endpoints.
func listDocument(content *cnp.Content) ([]byte, error) {
	items := []json.RawMessage{}
	for _, p := range content.Policies {
		items = append(items, p.Document)
	}
	for _, e := range content.Endpoints {
		text, err := cnp.EncodeEndpoint(e)
		if err != nil {
			return nil, fmt.Errorf("endpoint %s: %w", e.Key(), err)
		}
		items = append(items, text)
	}
	return json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}
