package proxylib

import "strconv"

// FilterResult is the outcome of a call of the host. The numbers are part of the C interface. The names are those of
// Cilium's library, for tests of ported parsers; a parser has no use for them.
type FilterResult int

// The results.
const (
	OK FilterResult = iota
	POLICY_DROP
	PARSER_ERROR
	UNKNOWN_PARSER
	UNKNOWN_CONNECTION
	INVALID_ADDRESS
	INVALID_INSTANCE
	UNKNOWN_ERROR
)

func (r FilterResult) String() string {
	names := [...]string{"OK", "policy drop", "parser error", "unknown parser", "unknown connection",
		"invalid address", "invalid instance", "unknown error"}
	if r < 0 || int(r) >= len(names) {
		return "FilterResult(" + strconv.Itoa(int(r)) + ")"
	}
	return names[r]
}

// Error returns the same text as String, so that a result can be returned as an error.
func (r FilterResult) Error() string { return r.String() }
