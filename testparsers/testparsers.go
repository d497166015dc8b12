// Package testparsers registers four small parsers with which hosts and the framework are tested: test.passer,
// test.lineparser, test.blockparser and test.headerparser. The first three ask no policy, so no library but one for tests
// may have them; see test/faulty.
package testparsers

import "github.com/proxylib/proxylib/proxylib"

func init() {
	proxylib.RegisterParserFactory("test.passer", factory(func(*proxylib.Connection) proxylib.Parser { return passer{} }))
	proxylib.RegisterParserFactory("test.lineparser", factory(newLineParser))
	proxylib.RegisterParserFactory("test.blockparser", factory(newBlockParser))
	proxylib.RegisterParserFactory("test.headerparser", factory(newHeaderParser))
	proxylib.RegisterL7RuleParser("test.headerparser", parseHeaderRules)
}

type factory func(*proxylib.Connection) proxylib.Parser

func (f factory) Create(connection *proxylib.Connection) proxylib.Parser { return f(connection) }

// maxUnit is the length, in bytes, of the longest line and block.
const maxUnit = 64 << 10
