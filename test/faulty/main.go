// Faulty is the shared library with the parsers for tests and more: the example extauthz; test.pausing, whose verdicts come from
// goroutines; and test.faulty, which has the defects that tests want to see contained or found: a line PANIC makes it panic,
// RACE makes it write to memory that all of its connections share. It passes all else.
package main

import (
	"bytes"
	"time"

	_ "github.com/proxylib/proxylib/examples/extauthz"
	_ "github.com/proxylib/proxylib/hosts/cilium"
	_ "github.com/proxylib/proxylib/hosts/envoy"
	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/proxylib"
	_ "github.com/proxylib/proxylib/testparsers"
)

func main() {}

func init() { proxylib.Register(proxylib.Protocol{Name: "test.faulty", New: newParser}) }

func newParser(c *proxylib.Connection) proxylib.Parser { return &parser{c} }

type parser struct{ connection *proxylib.Connection }

// shared is what RACE writes to.
var shared = new(int)

// OnData implements [proxylib.Parser].
func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	waiting := bytes.Join(data, nil)
	if len(waiting) == 0 {
		return proxylib.NOP, 0
	}
	line, _, whole := bytes.Cut(waiting, []byte("\n"))
	switch {
	case !whole:
		return proxylib.MORE, 1
	case string(line) == "PANIC":
		defectivePart()
	case string(line) == "RACE":
		*shared++
		// The detector takes calls of C for synchronised, unless they run at the same time.
		time.Sleep(time.Millisecond)
	}
	return proxylib.PASS, len(line) + 1
}

func defectivePart() { panic("a defect") }
