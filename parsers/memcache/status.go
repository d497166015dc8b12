package memcache

// What the field status of a reply's log entry says.
const (
	statusHit       = "hit"
	statusMiss      = "miss"
	statusStored    = "stored"
	statusNotStored = "not_stored"
	statusExists    = "exists"
	statusNotFound  = "not_found"
	statusDeleted   = "deleted"
	statusTouched   = "touched"
	statusOK        = "ok"
	statusError     = "error"
	// statusOther: the server declined, in words of its own.
	statusOther    = "other"
	statusTooLarge = "too_large"
	// statusAuthError and statusAuthContinue are of SASL.
	statusAuthError    = "auth_error"
	statusAuthContinue = "auth_continue"
)

// lineStatus is the status that a reply of one line, which is no error, stands for.
func lineStatus(text []byte) string {
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
func metaStatus(a acts, code string) string {
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
func frameStatus(o *opcode, status uint16) string {
	switch status {
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
