package parsertest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/proxylib/proxylib/parsertest"
)

// cases are transcripts of a parser's tests.
func cases() []parsertest.Case {
	return []parsertest.Case{{
		Name: "a denial takes its turn among the replies", Parser: "r2d2", Policy: "cmd=READ file=^public/",
		Steps: []parsertest.Step{
			parsertest.Client("READ public/a\r\nREAD secret\r\nREAD public/b\r\n"),
			parsertest.Server("OK a\r\nOK b\r\n"),
		},
		ToServer: "READ public/a\r\nREAD public/b\r\n",
		ToClient: "OK a\r\nERROR\r\nOK b\r\n",
		Log: []string{
			"Request r2d2 cmd=READ file=public/a", "Denied r2d2 cmd=READ file=secret", "Request r2d2 cmd=READ file=public/b",
		},
	}}
}

func ExampleRun() {
	_ = func(t *testing.T) { parsertest.Run(t, cases()...) }
}

func ExampleConform() {
	_ = func(t *testing.T) { parsertest.Conform(t, cases()...) }
}

func ExampleFuzzTranscripts() {
	_ = func(f *testing.F) { parsertest.FuzzTranscripts(f, cases()...) }
}

func ExampleBench() {
	read := parsertest.Case{
		Name: "READ", Parser: "r2d2",
		Steps: []parsertest.Step{parsertest.Client("READ a\r\n"), parsertest.Server("OK a\r\n")},
	}
	_ = func(b *testing.B) { parsertest.Bench(b, read) }
	_ = func(t *testing.T) { parsertest.Allocs(t, read) }
}

func ExampleDial() {
	server := func(conn net.Conn) {
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			fmt.Fprintf(conn, "OK %s\r\n", lines.Text())
		}
	}
	_ = func(t *testing.T) {
		conn := parsertest.Dial(t, parsertest.Case{Parser: "r2d2", Policy: "cmd=READ file=^public/"}, server)
		io.WriteString(conn, "READ secret\r\n")
		if reply, err := bufio.NewReader(conn).ReadString('\n'); reply != "ERROR\r\n" {
			t.Errorf("got %q, %v", reply, err)
		}
	}
}
