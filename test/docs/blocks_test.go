package docs

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// followed are the pages whose commands test/newcomer types word by word into a shell.
var followed = []string{"docs/quick-start.md", "docs/first-parser.md"}

// languages are those that a block may have. The tests of this package check sh, console, go, yaml and json.
var languages = []string{"console", "dockerfile", "go", "json", "sh", "text", "yaml"}

// indented is the language of a block without fences.
const indented = "indented"

// block is a piece of code in a page.
type block struct {
	// page is the path of the page from the root of the repository, line that of the first line of the text.
	page     string
	line     int
	language string
	text     string
}

func (b *block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

var fence = regexp.MustCompile("^ *```(.*)$")

// blocksOf returns the blocks of a page, in their order.
func blocksOf(page, text string) (list []*block) {
	var open *block
	before := ""
	for number, line := range strings.Split(text, "\n") {
		marks := fence.FindStringSubmatch(line)
		inFence := open != nil && open.language != indented
		code, isIndented := strings.CutPrefix(line, "    ")
		switch {
		case marks != nil && inFence:
			open = nil
		case marks != nil:
			open = &block{page: page, line: number + 2, language: marks[1]}
			list = append(list, open)
		case inFence:
			open.text += line + "\n"
		case isIndented && open != nil:
			open.text += code + "\n"
		case isIndented && before == "":
			open = &block{page: page, line: number + 1, language: indented, text: code + "\n"}
			list = append(list, open)
		default:
			open = nil
		}
		before = line
	}
	return list
}

// blocks returns the blocks of all pages in some languages, and fails if there are fewer than least.
func blocks(t *testing.T, least int, wanted ...string) (list []*block) {
	t.Helper()
	for _, path := range pages(t) {
		page, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range blocksOf(page, read(t, path)) {
			if len(wanted) == 0 || slices.Contains(wanted, b.language) {
				list = append(list, b)
			}
		}
	}
	if len(list) < least {
		t.Errorf("only %d blocks of %q are found", len(list), wanted)
	}
	return list
}

func TestEveryBlockNamesItsLanguage(t *testing.T) {
	for _, b := range blocks(t, 80) {
		if b.language != indented && !slices.Contains(languages, b.language) {
			t.Errorf("%s: the language of the block is %q, want one of %q", b, b.language, languages)
		}
	}
}
