package greeting_test

import (
	"testing"

	_ "github.com/proxylib/proxylib/examples/greeting"
	"github.com/proxylib/proxylib/parsertest"
)

func TestTranscripts(t *testing.T) {
	parsertest.Run(t, parsertest.Case{
		Name: "a denied line is answered in its turn", Parser: "greeting", Policy: "word=hello",
		Steps: []parsertest.Step{
			parsertest.Client("hello world\r\ngo away\r\nhello again\r\n"), parsertest.Server("hi\r\nhi\r\n"),
		},
		ToServer: "hello world\r\nhello again\r\n", ToClient: "hi\r\nnot to me\r\nhi\r\n",
		Log: []string{`Request greeting line="hello world"`, `Denied greeting line="go away"`,
			`Request greeting line="hello again"`},
	}, parsertest.Case{
		Name: "a line without end closes the connection", Parser: "greeting",
		Steps:  []parsertest.Step{parsertest.Client(make([]byte, 600))},
		Closed: "line too long",
	})
}

func FuzzParser(f *testing.F) {
	parsertest.Fuzz(f, "greeting", "word=hello", []parsertest.Step{
		parsertest.Client("hello\r\nbye\r\n"), parsertest.Server("hi\r\n"),
	})
}
