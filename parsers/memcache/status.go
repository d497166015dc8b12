package memcache

import "github.com/proxylib/proxylib/proxylib"

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
var statusFields = func() (fields []proxylib.LogConstant) {
	for _, name := range []string{
		"hit", "miss", "stored", "not_stored", "exists", "not_found", "deleted", "touched", "ok", "error", "other", "too_large",
		"auth_error", "auth_continue",
	} {
		fields = append(fields, proxylib.NewLogConstant("status", name))
	}
	return fields
}()

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

// lineStatus is the status that a reply of one line, which is not an error, stands for.
func lineStatus(text []byte) status {
	switch string(text) {
	case "STORED":
		return statusStored
	case "NOT_STORED":
		return statusNotStored
	case "EXISTS":
		return statusExists
	case "NOT_FOUND":
		return statusNotFound
	case "DELETED":
		return statusDeleted
	case "TOUCHED":
		return statusTouched
	case "OK":
		return statusOK
	}
	if len(text) > 0 && text[0] >= '0' && text[0] <= '9' || string(text[:min(len(text), 8)]) == "VERSION " {
		return statusOK
	}
	return statusOther
}

// metaStatus is the status that the code of a reply to a meta command stands for.
func metaStatus(a operations, code string) status {
	switch code {
	case "EN":
		return statusMiss
	case "NF":
		return statusNotFound
	case "NS":
		return statusNotStored
	case "EX":
		return statusExists
	}
	switch a {
	case opMetaGet:
		return statusHit
	case opMetaSet:
		return statusStored
	case opMetaDelete:
		return statusDeleted
	}
	return statusOK
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

// frameStatus is the status that the status number of a frame stands for.
func frameStatus(l *layout, number uint16) status {
	switch number {
	case wireSuccess:
		return l.success
	case wireKeyNotFound:
		if l.success == statusHit {
			return statusMiss
		}
		return statusNotFound
	case wireKeyExists:
		return statusExists
	case wireTooLarge:
		return statusTooLarge
	case wireNotStored:
		return statusNotStored
	case wireAuthError, wireSASLError:
		return statusAuthError
	case wireAuthContinue, wireSASLContinue:
		return statusAuthContinue
	}
	return statusError
}
