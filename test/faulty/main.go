// Faulty is the shared library with one more parser, test.faulty, which has the defects that tests want to see contained or
// found: a line PANIC makes it panic, RACE makes it write to memory that all of its connections share. It passes all else.
package main

import (
	"bytes"

	_ "github.com/proxylib/proxylib/hosts/cilium"
	_ "github.com/proxylib/proxylib/hosts/envoy"
	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/proxylib"
)

func main() {}

func init() { proxylib.RegisterParserFactory("test.faulty", factory{}) }

type factory struct{}

func (factory) Create(c *proxylib.Connection) proxylib.Parser { return &parser{c} }

type parser struct{ connection *proxylib.Connection }

// shared is what RACE writes to.
var shared int

// OnData implements [proxylib.Parser]. Lines are expected to come in one piece.
func (p *parser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	if len(data) == 0 {
		return proxylib.NOP, 0
	}
	switch {
	case bytes.HasPrefix(data[0], []byte("PANIC")):
		defectivePart()
	case bytes.HasPrefix(data[0], []byte("RACE")):
		shared++
	}
	return proxylib.PASS, len(data[0])
}

func defectivePart() { panic("a defect") }
