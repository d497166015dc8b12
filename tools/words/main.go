package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

func main() {
	count, err := run(os.Args[1:], os.Stdout)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "words:", err)
		os.Exit(2)
	case count > 0:
		fmt.Fprintf(os.Stderr, "words: %d places; CONTRIBUTING.md, section Words, gives the reason\n", count)
		os.Exit(1)
	}
}

// run looks into files, prints what it finds, and returns how much that is.
func run(names []string, out io.Writer) (count int, err error) {
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return count, err
		}
		count += look(name, string(text), out)
	}
	return count, nil
}

// generated is the line by which generated files are known to Go's tools.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// look prints each form in the text of a file, and returns their number.
func look(name, text string, out io.Writer) (count int) {
	if generated.MatchString(text) {
		return 0
	}
	find(prose(name, text), func(at int, what, instead string) {
		count++
		line := 1 + strings.Count(text[:at], "\n")
		fmt.Fprintf(out, "%s:%d: %q: write %q\n", name, line, strings.Join(strings.Fields(what), " "), instead)
	})
	return count
}
