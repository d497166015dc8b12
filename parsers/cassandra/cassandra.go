// Package cassandra is a parser for the CQL native protocol, versions 3, 4 and 5, of Apache Cassandra.
//
// The files by what they hold:
//
//   - on the wire: frame.go (the header of a frame), segment.go (segments of version 5), compression.go and
//     inflate_prefix.go, elements.go (what a body is made of)
//   - parser.go joins all; frames_v4.go takes frames apart that stand alone, frames_v5.go those in segments
//   - requests: request.go (the checks that all have in common), parameters.go, payload.go, startup.go, session.go,
//     statement.go, batch.go, lookup.go (ids of a batch that nobody knows); decide.go asks the policy, by the rules of rule.go; denial.go answers what is denied
//   - replies: reply.go, outcome.go (what the log says of them), extensions.go (SUPPORTED)
//   - what a connection remembers: streams.go, keyspace.go, prepared.go
//
// Package cql reads statements. The README has the rule keys and the limits.
package cassandra

import "github.com/proxylib/proxylib/proxylib"

// Name is the name of the parser, the l7_proto of its rules, and the protocol in log entries.
const Name = "cassandra"

func init() {
	proxylib.Register(registration)
}
