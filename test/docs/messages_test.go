package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// operated are the folders whose code has messages for operators.
var operated = []string{"accesslog", "cli", "datapath", "hosts", "httpfilter", "internal/filewatch", "npds", "policyserver", "proxylib"}

// levels are the methods of a log that operators see with the usual level.
var levels = []string{"Error", "Errorf", "Info", "Infof", "Warn", "Warnf"}

// code is what the sources say: messages that go to a log, and all texts.
type code struct{ messages, texts []string }

func sources(t *testing.T) (c code) {
	t.Helper()
	for _, folder := range operated {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, c.look)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *code) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		if text, ok := literal(n); ok {
			c.texts = append(c.texts, text)
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 0 && slices.Contains(levels, f.Sel.Name) && logs(f.X) {
			if text := firstText(n.Args[0]); text != "" {
				c.messages = append(c.messages, text)
			}
		}
	}
	return true
}

// logs reports whether an expression is a log.
func logs(x ast.Expr) (found bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found = found || strings.EqualFold(id.Name, "log")
		}
		return true
	})
	return found
}

// firstText is the first text in an expression, up to what is put in.
func firstText(x ast.Expr) (first string) {
	ast.Inspect(x, func(n ast.Node) bool {
		if text, ok := literal(n); ok && strings.Trim(before(text), " :,;") != "" && first == "" {
			first = strings.Trim(before(text), " :,;")
		}
		return true
	})
	return first
}

func literal(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// before is a text up to what is put in, with what stands at the beginning taken off.
func before(text string) string {
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "%s"), "%")
	return text
}

// documented are the messages of the table of operations.md.
func documented(t *testing.T) (messages []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs/operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Messages\n")
	for line := range strings.Lines(table) {
		if message, ok := strings.CutPrefix(line, "| `"); ok {
			message, _, _ = strings.Cut(message, "`")
			messages = append(messages, message)
		}
	}
	return messages
}

func TestOperationsExplainsEveryMessage(t *testing.T) {
	all := strings.Join(documented(t), "\n")
	messages := sources(t).messages
	if len(messages) < 25 {
		t.Errorf("only %d messages are found in the code", len(messages))
	}
	for _, message := range messages {
		if !strings.Contains(all, message) {
			t.Errorf("docs/operations.md does not explain %q", message)
		}
	}
}

func TestOperationsExplainsOnlyMessagesThatThereAre(t *testing.T) {
	texts := strings.Join(sources(t).texts, "\n")
	for _, message := range documented(t) {
		for _, part := range strings.Split(message, "…") {
			if part = strings.Trim(part, " :,;"); part != "" && !strings.Contains(texts, part) {
				t.Errorf("no code says %q of %q", part, message)
			}
		}
	}
}
