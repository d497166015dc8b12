package greeting_test

import (
	"testing"

	_ "github.com/proxylib/proxylib/examples/greeting"
	"github.com/proxylib/proxylib/parsertest"
)

// transcripts are those of the files, and one that is too long for them.
func transcripts(tb testing.TB) []parsertest.Case {
	tb.Helper()
	return append(parsertest.Files(tb, "testdata/*.txt"), parsertest.Case{
		Name: "a line without end closes the connection", Parser: "greeting",
		Steps:  []parsertest.Step{parsertest.Client(make([]byte, 600))},
		Closed: "line too long",
	})
}

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts(t)...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts(t)...) }

func FuzzParser(f *testing.F) { parsertest.FuzzTranscripts(f, transcripts(f)...) }
