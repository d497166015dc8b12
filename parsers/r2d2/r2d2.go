// Package r2d2 is a parser for the r2d2 protocol, a made-up protocol for learning how parsers are written.
//
// A client sends the requests READ, WRITE, HALT and RESET, one a line; the server answers each with one line. The
// README beside this file has the whole protocol. Read request.go for the codec, rule.go for the policy rules and
// parser.go for the parser that joins them.
package r2d2

import "github.com/proxylib/proxylib/proxylib"

// Name is the name of the parser and the l7_proto of its rules.
const Name = "r2d2"

func init() { proxylib.Register(registration) }
