package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// Error says why a text is not read, and where.
type Error = sqllex.Error

// Reason is why a text is not read. What the lexer cannot cut has reasons of the lexer.
type Reason = sqllex.Reason

// Why a text is not read.
const (
	ReasonEncoding = Reason("client_encoding is unknown, or hides quotes in characters and the text is not ASCII: use UTF8")
	ReasonServer   = Reason("server does not say that it is PostgreSQL 10 or newer: what texts mean to it is unknown")
	ReasonUTF8     = Reason("text is not UTF-8")
	ReasonKind     = Reason("statement is of an unknown kind")
	ReasonForm     = Reason("statement does not have the form of its kind")
	ReasonNoName   = Reason("no name where one is due")
	ReasonDeep     = Reason("statement is nested too deeply")
	ReasonAccesses = Reason("text has too many different accesses")
	ReasonSets     = Reason("text has too many settings, statements or common table expressions")
)
