package postgres

import "strings"

// The SQLSTATEs of denials.
// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	// codePrivilege is insufficient_privilege.
	codePrivilege = "42501"
	// codeAuthorization is invalid_authorization_specification.
	codeAuthorization = "28000"
	// codeStatement is invalid_sql_statement_name.
	codeStatement = "26000"
	// codeUnsupported is feature_not_supported.
	codeUnsupported = "0A000"
)

// Severities of errors.
const (
	severityError = "ERROR"
	severityFatal = "FATAL"
)

// appendError appends an ErrorResponse.
func appendError(b []byte, severity, code, message string) []byte {
	return appendMessage(b, msgError, "S", severity, "\x00V", severity, "\x00C", code, "\x00M", message, "\x00\x00")
}

// appendReady appends a ReadyForQuery.
func appendReady(b []byte, status byte) []byte {
	return appendMessage(b, msgReadyForQuery, string(rune(status)))
}

// The messages that take the place of denied ones where the server has to abort a transaction, as it does where its own
// permissions deny a statement. Their text is not SQL, in any version, in any state: the server finds that out before
// it looks at anything else. The second one has a name, so that the unnamed statement stays.
const poisonText = "@"

var (
	poisonQuery = string(appendMessage(nil, msgQuery, poisonText, "\x00"))
	poisonParse = string(appendMessage(nil, msgParse, "proxylib\x00", poisonText, "\x00\x00\x00"))
)

// codeSyntax is the SQLSTATE with which a server refuses the messages above.
const codeSyntax = "42601"

// refusal is why a request is denied.
type refusal struct {
	code, message string
}

// deniedBecause is the refusal for a reason that is not of the policy.
func deniedBecause(reason string) refusal {
	return refusal{codePrivilege, "permission denied: " + reason}
}

// printable returns a text of the client's as it may stand in messages.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return '?'
		}
		return r
	}, string(text[:min(len(text), maxName)]))
}
