// Package testparsers registers four small parsers with which hosts and the framework are tested: test.passer,
// test.lineparser, test.blockparser and test.headerparser. The first three ask no policy, so no library but one for tests
// may have them; see test/faulty.
package testparsers

import (
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/wire"
)

func init() {
	proxylib.Register(proxylib.Protocol{Name: "test.passer", New: func(*proxylib.Connection) proxylib.Parser { return passer{} }})
	proxylib.Register(proxylib.Protocol{Name: "test.lineparser", New: newLineParser})
	proxylib.Register(proxylib.Protocol{Name: "test.blockparser", New: newBlockParser})
	proxylib.Register(proxylib.Protocol{Name: "test.headerparser", New: newHeaderParser})
	proxylib.RegisterL7RuleParser("test.headerparser", parseHeaderRules)
}

// maxUnit is the length, in bytes, of the longest line and block.
const maxUnit = 64 << 10

// newLines returns what cuts both directions into lines.
func newLines() [2]wire.Lines { return [2]wire.Lines{{Max: maxUnit}, {Max: maxUnit}} }
