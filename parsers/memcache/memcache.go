// Package memcache is a parser for the protocol of memcached, as protocol.txt of memcached describes it.
//
// It understands the text protocol. Requests of the binary protocol and the meta commands of the text protocol are
// refused, and the connection is closed. Read command.go for what commands there are, request.go for the codec of
// requests, reply.go for the grammar of replies, rule.go for the policy rules, and parser.go for the parser that joins
// them.
package memcache

import "github.com/proxylib/proxylib/proxylib"

// Name is the name of the parser and the l7_proto of its rules.
const Name = "memcache"

// proto is the protocol in log entries.
const proto = "textmemcached"

func init() {
	proxylib.RegisterParserFactory(Name, factory{})
	proxylib.RegisterL7RuleParser(Name, parseRules)
}
