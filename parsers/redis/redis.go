// Package redis is the parser of Redis and Valkey: RESP 2, RESP 3 and inline requests.
//
// The protocol is that of https://redis.io/docs/latest/develop/reference/protocol-spec/. What commands do and where
// their keys are is in package command.
package redis

import "github.com/proxylib/proxylib/proxylib"

// Name is the name of the parser.
const Name = "redis"

func init() { proxylib.Register(Protocol) }

// Protocol describes the parser.
var Protocol = proxylib.Protocol{
	Name: Name, New: newParser(new(config)), Configure: configure, Detect: detect,
	RuleKeys: ruleKeys, CheckRule: checkRule, Imply: imply, Describe: describe, System: "redis", LogFields: logFields,
	Access: accessDocs(), Login: true,
}
