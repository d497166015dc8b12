package builder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Config says what is built.
type Config struct {
	// With are the modules with parsers and HTTP filters, Without the names of parsers of the library's own that are left out.
	With    []Module
	Without []string
	// Library and Program are the paths of what is made; Program may be empty.
	Library, Program string
	// Wasm: the library is a Proxy-Wasm plugin.
	Wasm bool
	// Parser, if not empty, is the name of the one parser of which a file is made that the library loads.
	Parser string
	// Source is a folder with the source of the library. If it is empty, Version is downloaded.
	Source, Version string
	// Log takes what the go command prints; it may be [io.Discard].
	Log io.Writer
}

// build is one run of the builder.
type build struct {
	Config
	// dir is the temporary folder.
	dir string
}

// Run builds. It needs the go command, and for the library a C compiler. Versions are chosen once, for library and program
// alike, and recorded in both.
func Run(ctx context.Context, config Config) (err error) {
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("there is no go command in the PATH: install Go 1.26 or newer")
	}
	b := &build{Config: config}
	if b.dir, err = os.MkdirTemp("", "proxylib-build-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.module(ctx); err != nil {
		return err
	}
	packages, err := b.packages(ctx)
	if err != nil {
		return err
	}
	if err := b.mains(packages); err != nil {
		return err
	}
	if b.Parser != "" {
		return b.compileParser(ctx)
	}
	flag, err := b.describe(ctx)
	if err != nil {
		return err
	}
	switch {
	case b.Wasm:
		err = b.compileWasm(ctx)
	default:
		err = b.compile(ctx, b.Library, "./libproxylib", "-ldflags", "-s -w "+flag, "-buildmode=c-shared")
	}
	if err != nil {
		return err
	}
	if b.Program == "" {
		return nil
	}
	return b.compile(ctx, b.Program, "./proxylib", "-ldflags", "-s -w")
}

// packages returns the packages of all parsers.
func (b *build) packages(ctx context.Context) (list []string, err error) {
	text, err := b.output(ctx, "list", "-mod=mod", "-f", `{{join .Imports "\n"}}`, Proxylib+"/parsers/all")
	if err != nil {
		return nil, err
	}
	list = strings.Fields(text)
	for _, name := range b.Without {
		at := slices.IndexFunc(list, func(p string) bool { return path.Base(p) == name })
		if at < 0 {
			return nil, fmt.Errorf("parser %.64q is not one of the library, which has %s", name, strings.Join(bases(list), ", "))
		}
		list = slices.Delete(list, at, at+1)
	}
	for _, m := range b.With {
		list = append(list, m.Path)
	}
	if b.Parser != "" {
		list, err = b.only(list)
		if err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no parser is left")
	}
	return list, nil
}

// only returns the one package of the parser that a file is made of.
func (b *build) only(list []string) ([]string, error) {
	if len(b.With) > 0 {
		list = list[len(list)-len(b.With):]
	}
	at := slices.IndexFunc(list, func(p string) bool { return path.Base(p) == b.Parser })
	if at < 0 {
		return nil, fmt.Errorf("parser %.64q is not there: give one of %s", b.Parser, strings.Join(bases(list), ", "))
	}
	return list[at : at+1], nil
}

func bases(packages []string) (names []string) {
	for _, p := range packages {
		names = append(names, path.Base(p))
	}
	return names
}

// mains writes the main packages.
func (b *build) mains(packages []string) error {
	library := append([]string{Proxylib + "/hosts/cilium", Proxylib + "/hosts/envoy"}, packages...)
	switch {
	case b.Parser != "":
		library = append([]string{Proxylib + "/hosts/wasmparser"}, packages...)
	case b.Wasm:
		library = append([]string{Proxylib + "/hosts/wasm"}, packages...)
	}
	return errors.Join(
		b.main("libproxylib", "", "func main() {}\n", library),
		b.main("proxylib", "\t\"os\"\n\n\t\""+Proxylib+"/cli\"\n", "func main() { os.Exit(cli.Main()) }\n", packages),
	)
}

func (b *build) main(folder, imports, function string, packages []string) error {
	var text strings.Builder
	text.WriteString("package main\n\nimport (\n" + imports)
	for _, p := range packages {
		fmt.Fprintf(&text, "\t_ %q\n", p)
	}
	text.WriteString(")\n\n" + function)
	return errors.Join(os.Mkdir(b.path(folder), 0o700), os.WriteFile(b.path(folder, "main.go"), []byte(text.String()), 0o600))
}

// describe has the command line with these parsers, on the machine that we are on, list them. It returns the flag of the
// linker that puts the list into the library.
func (b *build) describe(ctx context.Context) (string, error) {
	program := b.path("describe")
	c := b.command(ctx, "build", "-mod=mod", "-buildvcs=false", "-trimpath", "-o", program, "./proxylib")
	c.Env = append(c.Env, "GOOS=", "GOARCH=", "CC=", "CGO_ENABLED=")
	if err := b.finish(c); err != nil {
		return "", err
	}
	list := exec.CommandContext(ctx, program, "parsers", "-o", "json")
	text, err := b.read(list)
	if err != nil {
		return "", fmt.Errorf("the parsers do not go together: %w", err)
	}
	if err := b.registered([]byte(text)); err != nil {
		return "", err
	}
	flag, err := b.read(exec.CommandContext(ctx, program, "parsers", "--ldflags"))
	return strings.TrimSpace(flag), err
}

// registered reports which module registers neither a parser nor an HTTP filter.
func (b *build) registered(list []byte) error {
	type named struct{ Name, Package string }
	var all struct{ Items, Filters []named }
	if err := json.Unmarshal(list, &all); err != nil {
		return err
	}
	for _, m := range b.With {
		found := slices.ContainsFunc(slices.Concat(all.Items, all.Filters), func(n named) bool {
			return n.Package == m.Path || strings.HasPrefix(n.Package, m.Path+"/")
		})
		if !found {
			return fmt.Errorf("%s registers no parser and no HTTP filter: it has to call proxylib.Register or httpfilter.Register in an init function", m.Path)
		}
	}
	return nil
}

// compile builds one of the mains, and puts what it makes in its place as a whole.
func (b *build) compile(ctx context.Context, into, main string, flags ...string) error {
	made := b.path("made")
	args := slices.Concat([]string{"build", "-mod=mod", "-buildvcs=false", "-trimpath", "-o", made}, flags, []string{main})
	c := b.command(ctx, args...)
	if main == "./libproxylib" {
		if err := b.profile(ctx); err != nil {
			return err
		}
		c.Env = append(c.Env, "CGO_ENABLED=1")
	}
	if err := b.finish(c); err != nil {
		return err
	}
	return install(made, into)
}

// profile copies the profile by which the compiler optimises the library.
func (b *build) profile(ctx context.Context) error {
	folder, err := b.output(ctx, "list", "-mod=mod", "-f", "{{.Dir}}", Proxylib+"/libproxylib")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(folder), "default.pgo"))
	if err != nil {
		return err
	}
	return os.WriteFile(b.path("libproxylib", "default.pgo"), text, 0o600)
}
