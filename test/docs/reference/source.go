package reference

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// modulePath is how packages of the repository import each other.
const modulePath = "github.com/proxylib/proxylib"

// source reads the code below a folder, the root of the repository.
type source struct{ root string }

// folder is the code of a package.
type folder struct {
	source
	dir   string
	files []*ast.File
	set   *token.FileSet
}

// open parses the files of a package, tests left out.
func (s source) open(dir string) (*folder, error) {
	paths, err := filepath.Glob(filepath.Join(s.root, dir, "*.go"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("%s: there is no code: %w", dir, err)
	}
	f := &folder{source: s, dir: dir, set: token.NewFileSet()}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(f.set, path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		f.files = append(f.files, file)
	}
	return f, nil
}

// structOf returns the declaration of a struct type.
func (f *folder) structOf(name string) *ast.StructType {
	var found *ast.StructType
	f.each(func(n ast.Node) {
		if spec, is := n.(*ast.TypeSpec); is && spec.Name.Name == name {
			found, _ = spec.Type.(*ast.StructType)
		}
	})
	return found
}

// listOf returns the list that a type with a name is; nil if it is another one.
func (f *folder) listOf(name string) *ast.ArrayType {
	var found *ast.ArrayType
	f.each(func(n ast.Node) {
		if spec, is := n.(*ast.TypeSpec); is && spec.Name.Name == name {
			found, _ = spec.Type.(*ast.ArrayType)
		}
	})
	return found
}

// aliasOf returns what an alias of a type stands for; nil if the name is not an alias.
func (f *folder) aliasOf(name string) ast.Expr {
	var meant ast.Expr
	f.each(func(n ast.Node) {
		if spec, is := n.(*ast.TypeSpec); is && spec.Name.Name == name && spec.Assign.IsValid() {
			meant = spec.Type
		}
	})
	return meant
}

// each calls visit for every node of the code, in the order of files and lines.
func (f *folder) each(visit func(ast.Node)) {
	for _, file := range f.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				visit(n)
			}
			return true
		})
	}
}

// imported returns the folder of a package that a file imports by a name.
func (f *folder) imported(name string) (*folder, error) {
	for _, file := range f.files {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			dir, ours := strings.CutPrefix(path, modulePath+"/")
			if err == nil && ours && filepath.Base(path) == name {
				return f.open(dir)
			}
		}
	}
	return nil, fmt.Errorf("%s: package %s is not one of ours", f.dir, name)
}

// texts returns the texts in the code.
func (f *folder) texts() (texts []string) {
	f.each(func(n ast.Node) {
		if text, is := textOf(n); is {
			texts = append(texts, text)
		}
	})
	return texts
}

// textOf returns the value of a text, or of several that are joined.
func textOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.BasicLit:
		if n.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(n.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		before, isText := textOf(n.X)
		after, isToo := textOf(n.Y)
		return before + after, isText && isToo && n.Op == token.ADD
	}
	return "", false
}

// commentAt returns the comment that ends on the line before a node, or that stands after it on its line.
func (f *folder) commentAt(n ast.Node) string {
	line := f.set.Position(n.Pos()).Line
	path := f.set.Position(n.Pos()).Filename
	for _, file := range f.files {
		if f.set.Position(file.Pos()).Filename != path {
			continue
		}
		for _, group := range file.Comments {
			if f.set.Position(group.End()).Line == line-1 || f.set.Position(group.Pos()).Line == line {
				return sentence(group.Text())
			}
		}
	}
	return ""
}

// sentence makes one line of a comment.
func sentence(text string) string { return strings.Join(strings.Fields(text), " ") }

var (
	pageNames = regexp.MustCompile(`\bdocs/([a-z-]+\.md)(#[a-z-]+)?`)
	codeNames = regexp.MustCompile(`\[\*?([A-Za-z.]+)\]`)
)

// prose is a comment as Markdown: names of pages become links.
func prose(text string) string {
	text = codeNames.ReplaceAllString(text, "$1")
	return cell(pageNames.ReplaceAllString(text, "[$1]($1$2)"))
}

// cell is a text that may stand in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// code is a text in the form of code.
func code(text string) string { return "`" + cell(text) + "`" }

// table writes a table in Markdown.
func table(b *strings.Builder, head []string, rows [][]string) {
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
	}
}

// heading begins a page. What it says of its origin is the same on all.
func heading(b *strings.Builder, title, about string) {
	fmt.Fprintf(b, "# %s\n\n%s This page is generated from the code: \"make generate\" writes it.\n", title, about)
}

// Pages returns the pages by their paths in the repository at root.
func Pages(root string) (map[string]string, error) {
	s := source{root}
	pages := map[string]string{"docs/parsers.md": parsersPage()}
	for path, page := range map[string]func() (string, error){
		"docs/reference-configuration.md": s.configurationPage, "docs/reference-policy.md": s.policyPage,
		"docs/reference-log.md": s.logPage, "docs/reference-metrics.md": s.metricsPage,
	} {
		text, err := page()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		pages[path] = text
	}
	return pages, nil
}

// Write writes the pages below a folder.
func Write(root, into string) error {
	pages, err := Pages(root)
	if err != nil {
		return err
	}
	for path, text := range pages {
		path = filepath.Join(into, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// unique returns the texts without repetitions, in their order.
func unique(texts []string) (list []string) {
	for _, text := range texts {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}
