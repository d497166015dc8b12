package postgres

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
)

// The types of messages of the client.
// Source: https://www.postgresql.org/docs/current/protocol-message-formats.html.
const (
	msgQuery        = 'Q'
	msgParse        = 'P'
	msgBind         = 'B'
	msgExecute      = 'E'
	msgDescribe     = 'D'
	msgClose        = 'C'
	msgFlush        = 'H'
	msgSync         = 'S'
	msgFunctionCall = 'F'
	msgCopyData     = 'd'
	msgCopyDone     = 'c'
	msgCopyFail     = 'f'
	msgPassword     = 'p'
	msgTerminate    = 'X'
)

// The types of messages of the server.
const (
	msgAuthentication       = 'R'
	msgBackendKeyData       = 'K'
	msgParameterStatus      = 'S'
	msgReadyForQuery        = 'Z'
	msgCommandComplete      = 'C'
	msgDataRow              = 'D'
	msgRowDescription       = 'T'
	msgParameterDescription = 't'
	msgNoData               = 'n'
	msgEmptyQuery           = 'I'
	msgError                = 'E'
	msgNotice               = 'N'
	msgNotification         = 'A'
	msgParseComplete        = '1'
	msgBindComplete         = '2'
	msgCloseComplete        = '3'
	msgPortalSuspended      = 's'
	msgCopyIn               = 'G'
	msgCopyOut              = 'H'
	msgCopyBoth             = 'W'
	msgFunctionResult       = 'V'
	msgNegotiate            = 'v'
)

// The kinds of authentication that the parser looks at.
const (
	authOk        = 0
	authSASLFinal = 12
)

// What the server says of a transaction in ReadyForQuery.
const (
	statusIdle        = 'I'
	statusTransaction = 'T'
	statusFailed      = 'E'
)

// Lengths of messages, in bytes.
const (
	// headerLen is that of type and length.
	headerLen = 5
	// lengthLen is that of the length, which counts itself.
	lengthLen = 4
	// maxMessage is the longest message of a server, and of the kinds with texts or data of a client.
	maxMessage = 0x3fffffff
	// maxSmall is the longest message of the other kinds of a client (PQ_SMALL_MESSAGE_LIMIT).
	maxSmall = 10000
	// maxPassword is the longest password message.
	maxPassword = 64 << 10
	// maxName is the longest name of a user, a database, a statement or a portal (NAMEDATALEN - 1). The server cuts longer
	// ones.
	maxName = 63
)

// header is the beginning of a message.
type header struct {
	kind byte
	// length is that of the whole message.
	length int
}

// readHeader reads the header at an offset. missing is the number of bytes that are needed for it. A length that cannot be
// is -1.
func readHeader(v proxylib.View, at int) (h header, missing int) {
	if missing = v.Missing(at + headerLen); missing > 0 {
		return h, missing
	}
	var space [headerLen]byte
	b := v.Peek(space[:], at)
	n := binary.BigEndian.Uint32(b[1:])
	if n < lengthLen || n > maxMessage {
		return header{b[0], -1}, 0
	}
	return header{b[0], int(n) + 1}, 0
}

// afterRun returns where messages of a kind, or of another, end that follow one another from an offset, as far as their headers are in b.
// They are of any length, and there may be one for each row: BenchmarkRequestAndReply has COPY of 1,000 rows.
func afterRun(b []byte, at int, kind, other byte) int {
	for at+headerLen <= len(b) && (b[at] == kind || b[at] == other) {
		n := binary.BigEndian.Uint32(b[at+1:])
		if n < lengthLen || n > maxMessage {
			break
		}
		at += int(n) + 1
	}
	return at
}

// appendMessage appends a message whose body is given in pieces.
func appendMessage(b []byte, kind byte, pieces ...string) []byte {
	n := lengthLen
	for _, piece := range pieces {
		n += len(piece)
	}
	b = binary.BigEndian.AppendUint32(append(b, kind), uint32(n))
	for _, piece := range pieces {
		b = append(b, piece...)
	}
	return b
}
