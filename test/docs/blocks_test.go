package docs

import (
	"errors"
	"go/parser"
	"go/token"
	"io"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var block = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// blocks calls check for each code block of a language in any page.
func blocks(t *testing.T, language string, least int, check func(text string) error) {
	t.Helper()
	n := 0
	for _, page := range pages(t) {
		for _, found := range block.FindAllStringSubmatch(read(t, page), -1) {
			if found[1] != language {
				continue
			}
			n++
			if err := check(found[2]); err != nil {
				t.Errorf("%s: %v in\n%s", page, err, found[2])
			}
		}
	}
	if n < least {
		t.Errorf("only %d blocks of %s are found", n, language)
	}
}

func TestBlocksOfYAMLAreDocuments(t *testing.T) {
	blocks(t, "yaml", 5, func(text string) error {
		documents := yaml.NewDecoder(strings.NewReader(text))
		for {
			var document any
			switch err := documents.Decode(&document); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
		}
	})
}

// Blocks of Go are files, declarations, or what is in a function.
func TestBlocksOfGoCanBeParsed(t *testing.T) {
	blocks(t, "go", 5, func(text string) error {
		var err error
		for _, form := range [][2]string{{"", ""}, {"package p\n", ""}, {"package p\nvar _ = X{\n", "}\n"}, {"package p\nfunc f() {\n", "}\n"}, {"package p\ntype t interface {\n", "}\n"}} {
			if _, err = parser.ParseFile(token.NewFileSet(), "block.go", form[0]+text+form[1], 0); err == nil {
				return nil
			}
		}
		return err
	})
}
