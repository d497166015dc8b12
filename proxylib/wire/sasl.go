package wire

import "bytes"

// SASLPlain takes a message of SASL's mechanism PLAIN (RFC 4616) apart: the identity to act as, which may be empty, the user,
// and the password, with a NUL between them. ok is false for any other message; there is no user then. The results are
// parts of message.
func SASLPlain(message []byte) (identity, user, password []byte, ok bool) {
	identity, rest, first := bytes.Cut(message, []byte{0})
	user, password, second := bytes.Cut(rest, []byte{0})
	if !first || !second || len(user) == 0 || len(password) == 0 || bytes.IndexByte(password, 0) >= 0 {
		return nil, nil, nil, false
	}
	return identity, user, password, true
}
