package r2d2_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/parsertest"
)

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts(t)...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts(t)...) }

func FuzzTranscripts(f *testing.F) { parsertest.FuzzTranscripts(f, transcripts(f)...) }

// transcripts are those of the file, and those that are too long for one.
func transcripts(tb testing.TB) []parsertest.Case {
	tb.Helper()
	const many = 300
	return append(parsertest.Files(tb, "testdata/*.txt"),
		parsertest.Case{
			Parser: r2d2.Name, Name: "more denials than the inject buffer holds all arrive", Policy: "cmd=READ",
			Steps:    []parsertest.Step{parsertest.Client(strings.Repeat("WRITE secret\r\n", many))},
			ToClient: strings.Repeat("ERROR\r\n", many),
			Log:      slices.Repeat([]string{"Denied r2d2 cmd=WRITE file=secret"}, many),
		},
		parsertest.Case{
			Parser: r2d2.Name, Name: "a line without end closes the connection", Policy: "",
			Steps:  []parsertest.Step{parsertest.Client("READ " + strings.Repeat("a", r2d2.MaxLine))},
			Closed: "line too long",
		})
}
