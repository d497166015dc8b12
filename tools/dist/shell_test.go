package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/proxylib/proxylib/cli"
)

// plain undoes what roff wants written in another way.
var plain = strings.NewReplacer(`\-`, "-", `\(aq`, "'", `\&`, "", `\fB`, "", `\fI`, "", `\fR`, "", `\fP`, "", `\(ga`, "`", `\\`, `\`, `\e`, `\`)

// words are those of a text, with one space between them.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestAManualPageSaysAllThatTheHelpSays(t *testing.T) {
	r, _, _ := sample()
	files, err := r.manual()
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, f := range files {
		compressed, err := gzip.NewReader(bytes.NewReader(f.data))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(compressed)
		if err != nil {
			t.Fatal(err)
		}
		pages[f.path] = words(plain.Replace(strings.NewReplacer("\n.PP\n", "\n", "\n.EX\n", "\n", "\n.EE\n", "\n").Replace(string(text))))
	}
	commands := everyCommand(cli.Command())
	if len(pages) != len(commands) || len(commands) < 20 {
		t.Errorf("%d pages for %d commands", len(pages), len(commands))
	}
	for _, command := range commands {
		page := pages[manual+pageName(command)+".1.gz"]
		for paragraph := range strings.SplitSeq(command.Long, "\n\n") {
			if !strings.Contains(page, words(paragraph)) {
				t.Errorf("%s: %q is missing in\n%s", command.CommandPath(), words(paragraph), page)
			}
		}
		eachFlag(command, func(flag *pflag.Flag) {
			if !strings.Contains(page, "--"+flag.Name) || !strings.Contains(page, words(flag.Usage)) {
				t.Errorf("%s: flag --%s, %q, is missing in\n%s", command.CommandPath(), flag.Name, flag.Usage, page)
			}
		})
	}
}

// eachFlag calls visit for each flag that a command takes.
func eachFlag(command *cobra.Command, visit func(flag *pflag.Flag)) {
	command.NonInheritedFlags().VisitAll(visit)
	command.InheritedFlags().VisitAll(visit)
}

func TestEveryShellGetsItsCompletions(t *testing.T) {
	files, err := completions()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Errorf("got %d files, want 3", len(files))
	}
	for _, f := range files {
		if !bytes.Contains(f.data, []byte("proxylib __complete")) && !bytes.Contains(f.data, []byte("__complete")) {
			t.Errorf("%s does not ask the program:\n%s", f.path, f.data)
		}
	}
}
