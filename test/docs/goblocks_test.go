package docs

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

// imported are the packages that fragments may use without an import.
var imported = []string{
	"context", "errors", "maps", "net/http", "slices", "testing", "github.com/proxylib/proxylib/httpfilter",
	"github.com/proxylib/proxylib/httpfilter/httpfiltertest", "github.com/proxylib/proxylib/parsertest", "github.com/proxylib/proxylib/proxylib",
	"github.com/proxylib/proxylib/proxylib/wire",
}

// forms are what may stand around a fragment: the first that makes it a file that can be parsed is taken. Statements have
// the results of a method OnData.
var forms = [][2]string{
	{"", ""},
	{"var _ = ", ""},
	{"var _ = proxylib.Protocol{", "\n}"},
	{"type _ interface {", "\n}"},
	{"func (p *parser) _() (proxylib.OpType, int) {", "\nreturn proxylib.NOP, 0\n}"},
}

// compiler checks files as the compiler of Go does.
type compiler struct {
	fset *token.FileSet
	types.Config
	errs []error
}

// newCompiler has the go command compile what the blocks import.
func newCompiler(t *testing.T) *compiler {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, imported...)...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	compiled := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		compiled[name] = file
	}
	c := &compiler{fset: token.NewFileSet()}
	c.Importer = importer.ForCompiler(c.fset, "gc", func(name string) (io.ReadCloser, error) {
		if compiled[name] == "" {
			return nil, fmt.Errorf("%s is not in the list of what blocks may import", name)
		}
		return os.Open(compiled[name])
	})
	c.Error = func(err error) {
		// A fragment goes on elsewhere, and may use there what it does not use itself.
		if wrong := (types.Error{}); !errors.As(err, &wrong) || !wrong.Soft {
			c.errs = append(c.errs, err)
		}
	}
	return c
}

// check reports why files, which are a package, cannot be compiled.
func (c *compiler) check(files ...*ast.File) error {
	c.errs = nil
	_, _ = c.Check("block", c.fset, files, nil)
	return errors.Join(c.errs...)
}

// header begins a file in the package of fragments.
func header() string {
	var b strings.Builder
	b.WriteString("package block\n")
	for _, name := range imported {
		fmt.Fprintf(&b, "import %s %q\n", path.Base(name), name)
	}
	return b.String()
}

// parse returns a block as a file, and whether it is one without what is put around it.
func (c *compiler) parse(b *block) (file *ast.File, whole bool, err error) {
	// Mistakes are reported with their place in the page.
	place := fmt.Sprintf("/*line %s:1*/", b)
	if file, err = parser.ParseFile(c.fset, "", place+b.text, 0); err == nil {
		return file, true, nil
	}
	for _, form := range forms {
		if file, err = parser.ParseFile(c.fset, "", header()+form[0]+place+strings.TrimSpace(b.text)+form[1], 0); err == nil {
			return file, false, nil
		}
	}
	return nil, false, err
}

func TestBlocksOfGoCanBeCompiled(t *testing.T) {
	c := newCompiler(t)
	surroundings := "testdata/surroundings.go"
	around, err := parser.ParseFile(c.fset, surroundings, strings.Replace(read(t, surroundings), "package block\n", header(), 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks(t, 10, "go") {
		file, whole, err := c.parse(b)
		switch {
		case err != nil:
		case whole:
			err = c.check(file)
		default:
			err = c.check(around, file)
		}
		if err != nil {
			t.Errorf("%s: the block cannot be compiled:\n%v", b, err)
		}
	}
}

// A compiler that accepts everything would not show anything.
func TestAMistakeInABlockOfGoIsFound(t *testing.T) {
	c := newCompiler(t)
	for _, text := range []string{
		"package p\n\nvar n int = \"\"\n", "var v proxylib.ThereIsNoSuchType\n", "proxylib.Register(1)\n", "Name: \"greeting\", NoSuchField: true,\n",
	} {
		file, _, err := c.parse(&block{page: "page.md", line: 1, text: text})
		if err == nil {
			err = c.check(file)
		}
		if err == nil {
			t.Errorf("%q has been accepted", text)
		}
	}
}
