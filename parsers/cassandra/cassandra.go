// Package cassandra is a parser for the CQL native protocol, versions 3, 4 and 5, of Apache Cassandra.
//
// Read frame.go and segment.go for the framing, compress.go and begin.go for compression, package cql for statements,
// request.go, reply.go and outcome.go for the messages, prepared.go and streams.go for what a connection remembers,
// rule.go for the policy rules, and parser.go for the parser that joins them. The README has the rule keys and the
// limits.
package cassandra

import "github.com/proxylib/proxylib/proxylib"

// Name is the name of the parser, the l7_proto of its rules, and the protocol in log entries.
const Name = "cassandra"

func init() {
	proxylib.RegisterParserFactory(Name, factory{new(servers), &defaults})
	proxylib.Declare(Name, declaration)
}
