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

// What an idle connection takes, in bytes; the host adds its own part.
func TestAnIdleConnectionIsSmall(t *testing.T) { parsertest.Idle(t, 976, read) }

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, read) }
