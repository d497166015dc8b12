package examples

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
)

const (
	module = "github.com/proxylib/proxylib"
	// maxCode is the number of lines of an example parser, without comments and empty lines, that newcomers are asked to read.
	maxCode = 150
)

// exampleParsers are the parsers that are written as one outside of this repository is.
var exampleParsers = []string{"greeting", "kv", "mail", "vault"}

func TestExampleParsersNeedNothingButTheAuthorsInterface(t *testing.T) {
	for _, name := range exampleParsers {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(name, name+".go"), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			ours := []string{module + "/proxylib", module + "/proxylib/wire"}
			if strings.Contains(path, ".") && !slices.Contains(ours, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
		if slices.Contains(proxylib.ParserNames(), name) {
			t.Errorf("%s is in the library", name)
		}
	}
}

func TestExampleParsersAreShort(t *testing.T) {
	comment := regexp.MustCompile(`(?m)^\s*(//.*)?\n`)
	for _, name := range exampleParsers {
		text, err := os.ReadFile(filepath.Join(name, name+".go"))
		if err != nil {
			t.Fatal(err)
		}
		code := comment.ReplaceAllString(string(text), "")
		if n := strings.Count(code, "\n"); n > maxCode {
			t.Errorf("%s has %d lines of code, more than %d", name, n, maxCode)
		}
	}
}

// A newcomer's parser is in a module of its own.
func TestAnExampleParserWorksInAModuleOfItsOwn(t *testing.T) {
	const name = "mail"
	dir := t.TempDir()
	for _, file := range []string{name + ".go", name + "_test.go", "README.md"} {
		copyFile(t, filepath.Join(name, file), filepath.Join(dir, file), module+"/examples/"+name, "example.com/"+name)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, "../go.sum", filepath.Join(dir, "go.sum"), "", "")
	copyFile(t, "../go.mod", filepath.Join(dir, "go.mod"), "module "+module+"\n",
		fmt.Sprintf("module example.com/%s\n\nrequire %s v0.0.0\n\nreplace %[2]s => %s\n", name, module, root))
	command := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "-count=1", ".")
	command.Dir = dir
	command.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// copyFile copies a file, with a text in it replaced.
func copyFile(t *testing.T, from, to, old, replacement string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if old != "" {
		text = []byte(strings.ReplaceAll(string(text), old, replacement))
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
