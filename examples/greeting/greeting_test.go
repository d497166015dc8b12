package greeting_test

import (
	"testing"

	_ "github.com/proxylib/proxylib/examples/greeting"
	"github.com/proxylib/proxylib/parsertest"
)

func transcripts() []parsertest.Case {
	return []parsertest.Case{{
		Name: "a line and its reply pass", Parser: "greeting", Policy: "word=hello",
		Steps:    []parsertest.Step{parsertest.Client("hello\r\n"), parsertest.Server("hi\r\n")},
		ToServer: "hello\r\n", ToClient: "hi\r\n", Log: []string{"Request greeting line=hello"},
	}, {
		Name: "a denied line is answered in its turn", Parser: "greeting", Policy: "word=hello",
		Steps: []parsertest.Step{
			parsertest.Client("hello world\r\ngo away\r\nhello again\r\n"), parsertest.Server("hi\r\nhi\r\n"),
		},
		ToServer: "hello world\r\nhello again\r\n", ToClient: "hi\r\nnot to me\r\nhi\r\n",
		Log: []string{`Request greeting line="hello world"`, `Denied greeting line="go away"`,
			`Request greeting line="hello again"`},
	}, {
		Name: "a line without end closes the connection", Parser: "greeting",
		Steps:  []parsertest.Step{parsertest.Client(make([]byte, 600))},
		Closed: "line too long",
	}}
}

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts()...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts()...) }

func FuzzParser(f *testing.F) { parsertest.FuzzTranscripts(f, transcripts()...) }
