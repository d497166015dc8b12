// Package postgres is the parser of PostgreSQL: protocol 3.0 and 3.2, simple and extended queries, and COPY.
//
// The protocol is that of https://www.postgresql.org/docs/current/protocol.html. What texts do to which objects is found out
// by package sql.
package postgres

import "github.com/proxylib/proxylib/proxylib"

// Name is the name of the parser.
const Name = "postgres"

func init() { proxylib.Register(Protocol) }

// Protocol describes the parser.
var Protocol = proxylib.Protocol{
	Name: Name, New: defaults.newParser, Configure: configure, Detect: detect,
	RuleKeys: ruleKeys, CheckRule: checkRule, Imply: imply, ReadLog: readLog, System: "postgresql", LogFields: logFields,
	Access: accessDocs(), Login: true,
}
