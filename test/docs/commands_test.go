package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/cli"
)

// command is a command in a page.
type command struct {
	place string
	words []string
	// folder is where it runs, from the root of the repository.
	folder string
	// named is a command in the text, which may be without its arguments.
	named bool
}

var (
	// separators are between commands, and between a command and its redirections.
	separators = regexp.MustCompile(`\|\||&&|[|;&<>]`)
	// assignment is a variable before a command.
	assignment = regexp.MustCompile(`^[A-Z_]+=`)
	remark     = regexp.MustCompile(`(^|\s)#.*`)
	quoted     = regexp.MustCompile(`'[^']*'|"[^"]*"`)
)

// quotes are replaced in quoted texts as long as a line is split.
var quotes = strings.NewReplacer(" ", "\x00", "|", "\x01", ";", "\x02", "&", "\x03", "<", "\x04", ">", "\x05", "#", "\x06", "'", "", `"`, "")

var unquoted = strings.NewReplacer("\x00", " ", "\x01", "|", "\x02", ";", "\x03", "&", "\x04", "<", "\x05", ">", "\x06", "#")

// split returns the words of each command in a line of a shell.
func split(line string) (commands [][]string) {
	line = remark.ReplaceAllString(quoted.ReplaceAllStringFunc(line, quotes.Replace), "")
	for _, part := range separators.Split(line, -1) {
		words := strings.Fields(part)
		for len(words) > 0 && assignment.MatchString(words[0]) {
			words = words[1:]
		}
		for i := range words {
			words[i] = unquoted.Replace(words[i])
		}
		if len(words) > 0 {
			commands = append(commands, words)
		}
	}
	return commands
}

// shellCommands returns the commands of a block.
func shellCommands(b *block) (list []command) {
	folder := "."
	for number, line := range strings.Split(strings.ReplaceAll(b.text, "\\\n", "\\ "), "\n") {
		prompted, isPrompt := strings.CutPrefix(line, "$ ")
		if b.language == "console" && !isPrompt {
			continue
		}
		for _, words := range split(prompted) {
			c := command{place: fmt.Sprintf("%s:%d", b.page, b.line+number), words: words, folder: folder}
			if words[0] == "cd" && len(words) == 2 {
				folder = filepath.Join(folder, words[1])
			}
			list = append(list, c)
		}
	}
	return list
}

// commands returns those of all pages, but for the blocks that are followed, and with those that the text names.
func commands(t *testing.T) (list []command) {
	t.Helper()
	for _, b := range blocks(t, 40, "sh", "console", indented) {
		if b.language == indented || !slices.Contains(followed, b.page) {
			list = append(list, shellCommands(b)...)
		}
	}
	for _, path := range pages(t) {
		for _, span := range spans.FindAllString(fences.ReplaceAllString(read(t, path), ""), -1) {
			for _, words := range split(strings.Trim(span, "`")) {
				list = append(list, command{place: path + " " + span, words: words, folder: ".", named: true})
			}
		}
	}
	return list
}

// What is not checked here has to be typed there.
func TestPagesThatAreFollowedHaveATest(t *testing.T) {
	newcomer := read(t, "../newcomer/pages_test.go")
	for _, page := range followed {
		if !strings.Contains(newcomer, `"`+page+`"`) {
			t.Errorf("test/newcomer does not follow %s", page)
		}
	}
}

// of returns the commands of a program.
func of(t *testing.T, program string, least int) (list []command) {
	t.Helper()
	for _, c := range commands(t) {
		if filepath.Base(c.words[0]) == program && len(c.words) > 1 {
			list = append(list, c)
		}
	}
	if len(list) < least {
		t.Errorf("only %d commands of %s are found", len(list), program)
	}
	return list
}

func TestCommandsOfProxylibInThePagesAreTaken(t *testing.T) {
	for _, c := range of(t, "proxylib", 40) {
		if err := taken(c); err != nil {
			t.Errorf("%s: %v", c.place, err)
		}
	}
}

// taken reports why the command line would refuse a command.
func taken(c command) error {
	proxylib := cli.Command()
	proxylib.InitDefaultHelpCmd()
	found, rest, err := proxylib.Find(c.words[1:])
	if err != nil {
		return err
	}
	if err := found.ParseFlags(rest); err != nil {
		return err
	}
	if c.named && !found.HasSubCommands() {
		return nil
	}
	return found.ValidateArgs(found.Flags().Args())
}

var (
	target   = regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`)
	variable = regexp.MustCompile(`\$\(([A-Z]+)\)`)
)

// makefiles are ours, and that of modules that "proxylib new" makes.
var makefiles = []string{"Makefile", "cli/scaffold/files/Makefile.tmpl"}

func TestTargetsOfMakeInThePagesAreThere(t *testing.T) {
	known := map[string]bool{}
	for _, path := range makefiles {
		text := read(t, filepath.Join(root, path))
		for _, found := range append(target.FindAllStringSubmatch(text, -1), variable.FindAllStringSubmatch(text, -1)...) {
			known[found[1]] = true
		}
	}
	for _, c := range of(t, "make", 40) {
		for _, word := range c.words[1:] {
			if name, _, _ := strings.Cut(word, "="); !known[name] {
				t.Errorf("%s: the Makefile has no %s", c.place, name)
			}
		}
	}
}

func TestFilesInCommandsOfThePagesAreThere(t *testing.T) {
	checked := 0
	for _, c := range commands(t) {
		for _, path := range c.files() {
			checked++
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("%s: %s is not there", c.place, path)
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d files are found", checked)
	}
}

// files returns the paths among the words of a command that are in a folder of the repository, from its root.
func (c *command) files() (paths []string) {
	folder := c.folder
	for i, word := range c.words {
		if i > 0 && c.words[i-1] == "-C" {
			folder = filepath.Join(folder, word)
			paths = append(paths, folder)
			continue
		}
		isPath := strings.Contains(word, "/") || c.folder != "." && filepath.Ext(word) != ""
		if path := filepath.Join(folder, word); isPath && !placeholder.MatchString(word) && ours(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// placeholder is in words that are flags, expressions, or stand for others.
var placeholder = regexp.MustCompile(`^-|[=:…*$@]|NAME|^proxylib/v1$`)

// ours reports whether the first folder of a path is one of the repository. What is built is not.
func ours(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	info, err := os.Stat(filepath.Join(root, first))
	return err == nil && info.IsDir() && first != "build" && first != ".."
}
