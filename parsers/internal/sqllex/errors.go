package sqllex

import "strconv"

// Reason is why a text is not read.
type Reason string

// Why a text is not cut.
const (
	ReasonNUL    = Reason("text has a NUL byte")
	ReasonByte   = Reason("character that SQL does not have")
	ReasonOpen   = Reason("comment, string or name has no end")
	ReasonNumber = Reason("number is malformed")
	ReasonName   = Reason("name is empty, malformed or too long")
	ReasonLetter = Reason("name has letters outside ASCII: their meaning is unknown in these encodings")
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
