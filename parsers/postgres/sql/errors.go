package sql

import "strconv"

// Reason is why a text is not read.
type Reason string

// Why a text is not read.
const (
	ReasonEncoding  = Reason("client_encoding is unknown, or hides quotes in characters and the text is not ASCII: use UTF8")
	ReasonServer    = Reason("server does not say that it is PostgreSQL 10 or newer: what texts mean to it is unknown")
	ReasonUTF8      = Reason("text is not UTF-8")
	ReasonNUL       = Reason("text has a NUL byte")
	ReasonByte      = Reason("character that SQL does not have")
	ReasonOpen      = Reason("comment, string or name has no end")
	ReasonBackslash = Reason("backslash in a string: its meaning is unknown while standard_conforming_strings is not on")
	ReasonNumber    = Reason("number is malformed")
	ReasonName      = Reason("name is empty, malformed or too long")
	ReasonLetter    = Reason("name has letters outside ASCII: their meaning is unknown in these encodings")
	ReasonUescape   = Reason("UESCAPE without a character")
	ReasonKind      = Reason("statement is of an unknown kind")
	ReasonForm      = Reason("statement does not have the form of its kind")
	ReasonNoName    = Reason("no name where one is due")
	ReasonDeep      = Reason("statement is nested too deeply")
	ReasonAccesses  = Reason("text has too many different accesses")
	ReasonSets      = Reason("text has too many settings, statements or common table expressions")
)

// Error says why a text is not read, and where.
type Error struct {
	// Offset is where in the text reading ended, in bytes.
	Offset int
	Reason Reason
}

func (e *Error) Error() string {
	return "SQL is not read at byte " + strconv.Itoa(e.Offset) + ": " + string(e.Reason)
}
