package memcache

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
)

// status is what became of a request, as the field status of the reply's log entry says.
type status uint8

const (
	statusHit status = iota
	statusMiss
	statusStored
	statusNotStored
	statusExists
	statusNotFound
	statusDeleted
	statusTouched
	statusOK
	statusError
	// statusOther: the server declined, in words of its own.
	statusOther
	statusTooLarge
	// statusAuthError and statusAuthContinue are of SASL.
	statusAuthError
	statusAuthContinue
)

// statusFields are the log fields.
var statusFields = proxylib.NewLogConstants("status", "hit", "miss", "stored", "not_stored", "exists", "not_found", "deleted",
	"touched", "ok", "error", "other", "too_large", "auth_error", "auth_continue")

// reports returns whether the status is an error.
func (s status) reports() proxylib.ReplyStatus {
	switch s {
	case statusError, statusTooLarge, statusAuthError:
		return proxylib.Failed
	case statusOther:
		return proxylib.Replied
	}
	return proxylib.Succeeded
}

// versionPrefix is how the reply to version begins.
var versionPrefix = []byte("VERSION ")

// lineStatuses are what replies of one line stand for.
var lineStatuses = map[string]status{
	"STORED": statusStored, "NOT_STORED": statusNotStored, "EXISTS": statusExists, "NOT_FOUND": statusNotFound,
	"DELETED": statusDeleted, "TOUCHED": statusTouched, "OK": statusOK,
}

// lineStatus is the status that a reply of one line, which is not an error, stands for.
func lineStatus(text []byte) status {
	if s, known := lineStatuses[string(text)]; known {
		return s
	}
	if len(text) > 0 && text[0] >= '0' && text[0] <= '9' || bytes.HasPrefix(text, versionPrefix) {
		return statusOK
	}
	return statusOther
}

// metaStatuses are what the codes of replies to meta commands stand for, but for those that report success.
var metaStatuses = map[string]status{"EN": statusMiss, "NF": statusNotFound, "NS": statusNotStored, "EX": statusExists}

// metaStatus is the status that the code of a reply to a meta command stands for.
func metaStatus(a operations, code string) status {
	if s, known := metaStatuses[code]; known {
		return s
	}
	return metaCommands[a].success
}

// Status numbers of the binary protocol: those of the document (https://docs.memcached.org/protocols/binary/), and of memcached's
// protocol_binary.h, which has other numbers for the two of authentication.
const (
	wireSuccess        = 0x0000
	wireKeyNotFound    = 0x0001
	wireKeyExists      = 0x0002
	wireTooLarge       = 0x0003
	wireInvalid        = 0x0004
	wireNotStored      = 0x0005
	wireAuthError      = 0x0008
	wireAuthContinue   = 0x0009
	wireSASLError      = 0x0020
	wireSASLContinue   = 0x0021
	wireUnknownCommand = 0x0081
	// wireTemporary: the client may try again.
	wireTemporary = 0x0086
)

// frameStatuses are what the status numbers of frames stand for, but for those of success and of a key that is not there.
var frameStatuses = map[uint16]status{
	wireKeyExists: statusExists, wireTooLarge: statusTooLarge, wireNotStored: statusNotStored,
	wireAuthError: statusAuthError, wireSASLError: statusAuthError,
	wireAuthContinue: statusAuthContinue, wireSASLContinue: statusAuthContinue,
}

// frameStatus is the status that the status number of a frame stands for.
func frameStatus(l *layout, number uint16) status {
	switch {
	case number == wireSuccess:
		return l.success
	case number == wireKeyNotFound && l.success == statusHit:
		return statusMiss
	case number == wireKeyNotFound:
		return statusNotFound
	}
	if s, known := frameStatuses[number]; known {
		return s
	}
	return statusError
}
