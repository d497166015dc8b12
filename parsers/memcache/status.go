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
var statusFields = [...]proxylib.LogConstant{
	statusHit:          proxylib.NewLogConstant("status", "hit"),
	statusMiss:         proxylib.NewLogConstant("status", "miss"),
	statusStored:       proxylib.NewLogConstant("status", "stored"),
	statusNotStored:    proxylib.NewLogConstant("status", "not_stored"),
	statusExists:       proxylib.NewLogConstant("status", "exists"),
	statusNotFound:     proxylib.NewLogConstant("status", "not_found"),
	statusDeleted:      proxylib.NewLogConstant("status", "deleted"),
	statusTouched:      proxylib.NewLogConstant("status", "touched"),
	statusOK:           proxylib.NewLogConstant("status", "ok"),
	statusError:        proxylib.NewLogConstant("status", "error"),
	statusOther:        proxylib.NewLogConstant("status", "other"),
	statusTooLarge:     proxylib.NewLogConstant("status", "too_large"),
	statusAuthError:    proxylib.NewLogConstant("status", "auth_error"),
	statusAuthContinue: proxylib.NewLogConstant("status", "auth_continue"),
}

// lineStatus is the status that a reply of one line, which is no error, stands for.
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
func metaStatus(a acts, code string) status {
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
	case actMetaGet:
		return statusHit
	case actMetaSet:
		return statusStored
	case actMetaDelete:
		return statusDeleted
	}
	return statusOK
}

// frameStatus is the status that the status number of a frame stands for.
func frameStatus(o *opcode, number uint16) status {
	switch number {
	case 0:
		return o.success
	case 1:
		if o.success == statusHit {
			return statusMiss
		}
		return statusNotFound
	case 2:
		return statusExists
	case 3:
		return statusTooLarge
	case 5:
		return statusNotStored
	case 8, 0x20:
		return statusAuthError
	case 9, 0x21:
		return statusAuthContinue
	}
	return statusError
}
