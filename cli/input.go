package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/policy/cnp"
	"github.com/proxylib/proxylib/policy/compile"
)

// fileTypes end the names of files that are read of a directory.
var fileTypes = []string{".yaml", ".yml", ".json"}

// filesFlag names files, beside those that are arguments.
type filesFlag struct{ paths []string }

func (f *filesFlag) register(cmd *cobra.Command, help string) {
	cmd.Flags().StringArrayVarP(&f.paths, "file", "f", nil, help)
}

// registerBeside registers the flag of a command whose arguments are files.
func (f *filesFlag) registerBeside(cmd *cobra.Command) {
	f.register(cmd, "a file, a directory, or - for the standard input, as if it were an argument")
}

// with returns the files that the flag and the arguments name.
func (f *filesFlag) with(args []string) ([]string, error) {
	paths := slices.Concat(f.paths, args)
	if len(paths) == 0 {
		return nil, errors.New("want a file, a directory, or - for the standard input")
	}
	return paths, nil
}

// source is a file that has been read.
type source struct {
	path string
	text []byte
}

// base is the file's name without its folder and type.
func (s source) base() string { return strings.TrimSuffix(filepath.Base(s.path), filepath.Ext(s.path)) }

// readSources reads files, "-" being the standard input. Of a directory it reads those that a server's directory may
// hold.
func readSources(cmd *cobra.Command, paths []string) (sources []source, err error) {
	for _, path := range paths {
		files := []string{path}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			if files, err = filesOf(path); err != nil {
				return nil, err
			}
		}
		for _, file := range files {
			text, err := readFile(cmd, file)
			if err != nil {
				return nil, err
			}
			sources = append(sources, source{file, text})
		}
	}
	return sources, nil
}

// filesOf lists the files of a directory whose names end in one of fileTypes and begin with no dot.
func filesOf(directory string) (files []string, err error) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") && slices.Contains(fileTypes, filepath.Ext(entry.Name())) {
			files = append(files, filepath.Join(directory, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, refused(fmt.Errorf("%s: holds no file whose name ends in %s", directory, strings.Join(fileTypes, ", ")))
	}
	return files, nil
}

func readFile(cmd *cobra.Command, path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	return os.ReadFile(path)
}

var errInline = errors.New("the input holds policies in configurations of filters: they are for everybody at the filter " +
	"where they stand, check them with proxylib policy validate")

var errNoDocument = errors.New("there is no document in the input")

// input is what files hold: documents of policies and endpoints, or resources for proxies.
type input struct {
	content   cnp.Content
	resources []*cilium.NetworkPolicy
	// inline counts the policies that are in configurations of filters.
	inline int
}

// readInput reads files and checks them with the parsers of this build. Mistakes are reported with file and line, all of
// them; so are warnings, on the standard error.
func readInput(cmd *cobra.Command, paths []string) (*input, error) {
	sources, err := readSources(cmd, paths)
	if err != nil {
		return nil, err
	}
	return decodeInput(cmd, sources)
}

func decodeInput(cmd *cobra.Command, sources []source) (*input, error) {
	parsers := policy.Registered()
	in := &input{}
	var errs []error
	for _, s := range sources {
		var warnings []string
		var err error
		if filters := filterConfigs(s.text); filters != nil {
			err = in.addFilters(filters)
		} else if npds.HoldsResources(s.text) {
			warnings, err = in.addResources(s, parsers)
		} else {
			warnings, err = in.addDocuments(s, func(p *cnp.Policy) error { return compile.Check(p, parsers) })
		}
		if err != nil {
			errs = append(errs, placed(s.path, err))
		}
		warn(cmd, s.path, warnings)
	}
	if _, err := policy.Compile(in.resources, parsers); err != nil && errs == nil {
		errs = append(errs, err)
	}
	if err := errors.Join(append(errs, in.content.Unique())...); err != nil {
		return nil, refused(err)
	}
	if in.empty() {
		return nil, refused(errNoDocument)
	}
	return in, nil
}

func (in *input) empty() bool {
	return len(in.content.Policies)+len(in.content.Endpoints)+len(in.resources)+in.inline == 0
}

// addFilters checks the policies that configurations of filters hold. All mistakes are reported.
func (in *input) addFilters(filters []filterConfig) error {
	var errs []error
	for i := range filters {
		errs = append(errs, filters[i].check())
	}
	in.inline += len(filters)
	return errors.Join(errs...)
}

// addResources adds the resources of a file.
func (in *input) addResources(s source, parsers policy.RuleParsers) (warnings []string, err error) {
	document, err := npds.CompileDocument(s.text, parsers)
	if err != nil {
		return nil, err
	}
	resources, err := npds.DecodeResources[cilium.NetworkPolicy](s.text)
	in.resources = append(in.resources, resources...)
	return document.Warnings, err
}

// addDocuments adds the documents of a file.
func (in *input) addDocuments(s source, check func(*cnp.Policy) error) (warnings []string, err error) {
	content, err := cnp.Examine(s.text, s.base(), check)
	if err != nil {
		return nil, err
	}
	in.content.Add(content)
	for _, w := range content.Warnings {
		warnings = append(warnings, w.String())
	}
	return warnings, nil
}

// decodeSources decodes documents, and checks them with the parsers of this build or not.
func decodeSources(cmd *cobra.Command, sources []source, checked bool) (*cnp.Content, error) {
	in := &input{}
	var errs []error
	check := func(*cnp.Policy) error { return nil }
	if checked {
		check = func(p *cnp.Policy) error { return compile.Check(p, policy.Registered()) }
	}
	for _, s := range sources {
		warnings, err := in.addDocuments(s, check)
		if err != nil {
			errs = append(errs, placed(s.path, err))
		}
		warn(cmd, s.path, warnings)
	}
	if err := errors.Join(append(errs, in.content.Unique())...); err != nil {
		return nil, refused(err)
	}
	if in.empty() {
		return nil, refused(errNoDocument)
	}
	return &in.content, nil
}

// documents returns the documents of an input that must hold no resources.
func (in *input) documents() (*cnp.Content, error) {
	if in.inline > 0 {
		return nil, refused(errInline)
	}
	if len(in.resources) > 0 {
		return nil, refused(errors.New("the input holds resources for proxies: make policies of them with proxylib policy convert"))
	}
	return &in.content, nil
}

// warn reports warnings about a file.
func warn(cmd *cobra.Command, path string, warnings []string) {
	lines := make([]string, len(warnings))
	for i, w := range warnings {
		lines[i] = path + ": warning: " + w
	}
	printLines(cmd.ErrOrStderr(), lines)
}

// placed puts the name of a file before every line of an error. A line that quotes much of the file is cut.
func placed(path string, err error) error {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = path + ": " + policy.Cut(line, policy.MaxReason)
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
