package architecture

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// outside are the folders that hold no packages of the module. The example extauthz is a module of its own, as parsers that
// others write are.
var outside = []string{".git", "build", "tools", "testdata", "extauthz"}

// source is a parsed file.
type source struct {
	file
	set    *token.FileSet
	syntax *ast.File
}

// parseTree parses every Go file of the module, whatever its build tags.
func parseTree(root string) ([]source, error) {
	var sources []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains(outside, entry.Name()) {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		s, err := parseSource(filepath.ToSlash(relative), name, nil)
		sources = append(sources, s)
		return err
	})
	return sources, err
}

// parseSource parses one file; text is what it holds, or nil to read it from name.
func parseSource(relative, name string, text any) (source, error) {
	s := source{set: token.NewFileSet(), file: file{path: relative}}
	syntax, err := parser.ParseFile(s.set, name, text, parser.ParseComments)
	if err != nil {
		return s, err
	}
	s.syntax = syntax
	s.generated = ast.IsGenerated(syntax)
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return s, err
		}
		s.imports = append(s.imports, imported)
	}
	return s, nil
}

// waiting are the functions of package time that wait, or start something that does.
var waiting = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Sleep", "Tick"}

// concurrent returns where a file that a verdict needs starts a goroutine or a timer.
func concurrent(s source) []string {
	if s.test() || !isVerdict(s.folder()) {
		return nil
	}
	var wrong []string
	complain := func(n ast.Node, what string) {
		line := s.set.Position(n.Pos()).Line
		wrong = append(wrong, fmt.Sprintf("%s:%d: %s: a verdict runs on the host's thread alone", s.path, line, what))
	}
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			complain(n, "goroutine")
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && x.Name == "time" && slices.Contains(waiting, n.Sel.Name) {
				complain(n, "time."+n.Sel.Name)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Go" {
				complain(n, "goroutine")
			}
		}
		return true
	})
	return wrong
}

// packagesOf returns the import paths of the folders that a verdict needs.
func packagesOf(sources []source) []string {
	var packages []string
	for i := range sources {
		p := strings.TrimSuffix(module+sources[i].folder(), "/.")
		if isVerdict(sources[i].folder()) && !sources[i].test() && !slices.Contains(packages, p) {
			packages = append(packages, p)
		}
	}
	return packages
}
