package r2d2_test

import (
	"testing"

	"github.com/proxylib/proxylib/parsers/r2d2"
	"github.com/proxylib/proxylib/parsertest"
)

var read = parsertest.Case{
	Name: "READ", Parser: r2d2.Name, Policy: "cmd=READ file=^public/",
	Steps: []parsertest.Step{parsertest.Client("READ public/x\r\n"), parsertest.Server("OK some data\r\n")},
}

func TestAPassedRequestAndItsReplyAllocateNothing(t *testing.T) { parsertest.Allocs(t, read) }

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, read) }
