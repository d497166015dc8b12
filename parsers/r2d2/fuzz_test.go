package r2d2_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/parsertest"
)

func FuzzParser(f *testing.F) {
	parsertest.Fuzz(f, r2d2.Name, "cmd=READ file=^public/\ncmd=HALT",
		[]parsertest.Step{parsertest.Client("READ public/a\r\nHALT\r\n"), parsertest.Server("OK x\r\nOK\r\n")},
		[]parsertest.Step{parsertest.Client("WRITE x\r\nREAD\r\n"), parsertest.Server("OK\r\n")},
		[]parsertest.Step{parsertest.Client("READ a\nHALT\r\n\r\n")},
	)
}
