package cli

import (
	"bytes"
	gobuild "debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proxylib/proxylib/httpfilter"
	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/internal/contents"
	"github.com/proxylib/proxylib/proxylib"
)

// parserInfo is what a parser says of itself.
type parserInfo struct {
	Name string `json:"name"`
	// Package is the Go package that it comes from, Module that of the package. Version is the module's in the build.
	Package string `json:"package,omitempty"`
	Module  string `json:"module,omitempty"`
	Version string `json:"version,omitempty"`
	// RuleKeys and LogFields are described, Fields are the names for --l7.
	RuleKeys  []described `json:"ruleKeys"`
	Fields    []string    `json:"fields"`
	LogFields []described `json:"logFields"`
}

type described struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

func newParserInfo(name string) parserInfo {
	info := parserInfo{Name: name, RuleKeys: []described{}, Fields: []string{}, LogFields: []described{}}
	p := proxylib.Registered(name)
	if p == nil {
		return info
	}
	info.Package = p.Package()
	for _, key := range p.RuleKeys {
		info.RuleKeys = append(info.RuleKeys, described{key.Name, key.Doc})
	}
	for _, field := range requestFields(p) {
		info.Fields = append(info.Fields, field.name)
	}
	for _, field := range p.LogFields {
		info.LogFields = append(info.LogFields, described{field.Name, field.Doc})
	}
	return info
}

// filterInfo is an HTTP filter of a build, with package, module and version as for a parser.
type filterInfo struct {
	Name    string `json:"name"`
	Package string `json:"package,omitempty"`
	Module  string `json:"module,omitempty"`
	Version string `json:"version,omitempty"`
}

// label is its name in a table of parsers.
func (f *filterInfo) label() string { return f.Name + " (HTTP filter)" }

// inventory is what a build has: this one, or a library. Filters are HTTP filters of package httpfilter.
type inventory struct {
	Build   buildinfo.Info `json:"build"`
	Items   []parserInfo   `json:"items"`
	Filters []filterInfo   `json:"filters,omitempty"`
}

// newInventory returns that of this build.
func newInventory() *inventory {
	i := &inventory{Items: []parserInfo{}}
	i.Build, _ = buildinfo.Read()
	for _, name := range proxylib.ParserNames() {
		i.Items = append(i.Items, newParserInfo(name))
	}
	for _, name := range httpfilter.Names() {
		i.Filters = append(i.Filters, filterInfo{Name: name, Package: httpfilter.Package(name)})
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		i.name(info)
	}
	return i
}

// name names the modules and versions of the parsers by what the toolchain has written into the build.
func (i *inventory) name(info *debug.BuildInfo) {
	for n := range i.Items {
		item := &i.Items[n]
		item.Module, item.Version = i.moduleOf(info, item.Package)
	}
	for n := range i.Filters {
		filter := &i.Filters[n]
		filter.Module, filter.Version = i.moduleOf(info, filter.Package)
	}
}

func (i *inventory) moduleOf(info *debug.BuildInfo, pkg string) (module, version string) {
	module, version = buildinfo.ModuleOf(info, pkg)
	if buildinfo.Own(module) {
		version = i.Build.Version
	}
	return module, version
}

// names lists the parsers.
func (i *inventory) names() (names []string) {
	for _, item := range i.Items {
		names = append(names, item.Name)
	}
	return names
}

// find returns a parser; the error lists those that there are.
func (i *inventory) find(name, where string) (*parserInfo, error) {
	for n := range i.Items {
		if i.Items[n].Name == name {
			return &i.Items[n], nil
		}
	}
	return nil, fmt.Errorf("parser %q is not in %s, which has %s", name, where, strings.Join(i.names(), ", "))
}

// parsersFlags say of which build parsers are listed, and how.
type parsersFlags struct {
	library string
	ldflags bool
	output  outputFlag
}

func newParsersCommand() *cobra.Command {
	const short = "List the parsers of this build or of a library, or the rule keys and log fields of one"
	f := &parsersFlags{}
	cmd := &cobra.Command{
		Use: "parsers [NAME]", Short: short, Long: describe(short, `--so reads the list that is inside the file of a library, with the version of each parser; nothing of the library runs.

--ldflags prints flags of the linker for when a library with the same parsers is built by hand. They put the list of this build
there, and have functions begin at lines of the processor's cache:

    go build -buildmode=c-shared -ldflags "$(proxylib parsers --ldflags)" -o libproxylib.so .`),
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: completeParsers,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.output.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.library, "so", "", "FILE of a library, in place of this build")
	flags.BoolVar(&f.ldflags, "ldflags", false, "print the list among flags of the linker; see above")
	cmd.MarkFlagsMutuallyExclusive("so", "ldflags")
	return cmd
}

func (f *parsersFlags) run(cmd *cobra.Command, args []string) error {
	list, where := newInventory(), "this build"
	if f.library != "" {
		var err error
		if list, err = readInventory(f.library); err != nil {
			return err
		}
		where = f.library
	}
	switch {
	case f.ldflags:
		return list.printFlags(cmd.OutOrStdout())
	case len(args) == 0 && f.library == "" && f.output == "table":
		return f.output.print(cmd.OutOrStdout(), nil, "", list.nameRows)
	case len(args) == 0:
		return f.output.print(cmd.OutOrStdout(), list, list.heading(), list.rows)
	}
	item, err := list.find(args[0], where)
	switch {
	case err != nil:
		return err
	case f.output == "table" && f.library == "":
		describeParser(cmd.OutOrStdout(), args[0])
		return nil
	}
	return f.output.print(cmd.OutOrStdout(), item, "KEY OR FIELD\tMEANING", item.rows)
}

// functionAlignment has functions begin at lines of the processor's cache: else changes elsewhere move how long a request takes by
// up to 7 %, see BenchmarkRequest of the C host.
const functionAlignment = "-funcalign=64"

// printFlags prints the flags of the linker for a library, of which one puts the list there.
func (i *inventory) printFlags(out io.Writer) error {
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	flag, err := contents.LinkerFlag(i.names(), text)
	if err == nil {
		_, err = fmt.Fprintln(out, flag, functionAlignment)
	}
	return err
}

// readInventory reads the list inside a library.
func readInventory(path string) (*inventory, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	info, err := gobuild.Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: is not a library that was made with Go: %w", path, err)
	}
	list := &inventory{}
	description := contents.Find(text)
	if description == nil {
		return nil, fmt.Errorf("%s: %s has no list of its parsers: make it with proxylib build, or see proxylib parsers --help",
			path, buildinfo.Of(info))
	}
	if err := json.Unmarshal(description, list); err != nil {
		return nil, fmt.Errorf("%s: the list of its parsers cannot be read: %w", path, err)
	}
	list.name(info)
	return list, nil
}

func (i *inventory) heading() string {
	return i.Build.String() + "\n\nPARSER\tVERSION\tMODULE\tRULE KEYS\tLOG FIELDS"
}

func (i *inventory) nameRows(add func(...any)) {
	for _, item := range i.Items {
		add(item.Name)
	}
}

func (i *inventory) rows(add func(...any)) {
	for _, item := range i.Items {
		add(item.Name, item.Version, item.Module, joinNames(item.RuleKeys), joinNames(item.LogFields))
	}
	for _, filter := range i.Filters {
		add(filter.label(), filter.Version, filter.Module, "", "")
	}
}

func (i *inventory) versionRows(add func(...any)) {
	for _, item := range i.Items {
		add(item.Name, item.Version, item.Module)
	}
	for _, filter := range i.Filters {
		add(filter.label(), filter.Version, filter.Module)
	}
}

func joinNames(list []described) string {
	var names []string
	for _, d := range list {
		names = append(names, d.Name)
	}
	return strings.Join(names, ",")
}

// rows are those that describe one parser.
func (p *parserInfo) rows(add func(...any)) {
	for _, d := range slices.Concat(p.RuleKeys, p.LogFields) {
		add(d.Name, d.Doc)
	}
}

// describeParser prints what a parser says of itself, in Markdown.
func describeParser(out io.Writer, name string) {
	p := proxylib.Registered(name)
	if p.RuleKeys == nil && p.LogFields == nil {
		fmt.Fprintf(out, "# %s\n\nThis parser declares no rule keys and log fields.\n", name)
		return
	}
	fields := strings.Join(newParserInfo(name).Fields, "`, `")
	fmt.Fprintf(out, "# %s\n\n## Rule keys\n\n%s\n## Fields of --l7\n\n`%s`\n\n## Log fields\n\n%s",
		name, p.RuleKeyTable(), fields, p.LogFieldTable())
}
