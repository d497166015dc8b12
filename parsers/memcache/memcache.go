// Package memcache is a parser for the protocols of memcached: the text protocol with its meta commands, as memcached's file
// doc/protocol.txt describes it, and the binary protocol, as https://docs.memcached.org/protocols/binary/ and memcached's
// header protocol_binary.h do.
//
// Read operations.go for what rules call the commands, request.go for what rules look at, and rule.go for the rules.
// config.go and server.go hold what is known of the server; parser.go, owed.go and requestedkeys.go what both protocols
// share; log.go and status.go what is logged. The text protocol is in command.go, words.go, line.go and meta.go (the codec
// of requests), replyline.go (the grammar of replies), textrequest.go and textreply.go (the verdicts); the binary protocol in
// opcode.go, frame.go, binaryrequest.go and binaryreply.go.
package memcache

import "github.com/proxylib/proxylib/proxylib"

// Name is the name of the parser and the l7_proto of its rules.
const Name = "memcache"

// protocolNames are the protocols in log entries.
var protocolNames = [...]string{undecided: "textmemcached", textProtocol: "textmemcached", binaryProtocol: "binarymemcached"}

func init() {
	proxylib.Register(registration)
}
