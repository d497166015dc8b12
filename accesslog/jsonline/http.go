package jsonline

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/proxylib/proxylib/api/cilium"
)

// Field numbers of cilium.HttpLogEntry.
const (
	fieldProtocol = 1
	fieldScheme   = 2
	fieldHost     = 3
	fieldPath     = 4
	fieldMethod   = 5
	fieldHeaders  = 6
	fieldCode     = 7
	fieldMissing  = 8
	fieldRejected = 9
)

// protocolNames are what the fields call the versions.
var protocolNames = [...]string{
	cilium.HttpProtocol_HTTP10: "HTTP10", cilium.HttpProtocol_HTTP11: "HTTP11", cilium.HttpProtocol_HTTP2: "HTTP2",
}

// httpEntry is a cilium.HttpLogEntry, taken apart. Headers are looked for in the whole again.
type httpEntry struct {
	whole          []byte
	protocol, code uint64
	// kinds has a bit for each number of a field of headers that is there.
	kinds                      uint
	scheme, host, path, method []byte
}

func (h *httpEntry) decode(entry []byte) bool {
	*h = httpEntry{whole: entry}
	ok := eachField(entry, func(field protowire.Number, number uint64, text []byte) bool {
		switch field {
		case fieldProtocol:
			h.protocol = number
		case fieldCode:
			h.code = number
		case fieldScheme:
			h.scheme = text
		case fieldHost:
			h.host = text
		case fieldPath:
			h.path = text
		case fieldMethod:
			h.method = text
		case fieldHeaders, fieldMissing, fieldRejected:
			h.kinds |= 1 << field
		default:
			return false
		}
		return true
	})
	return ok && h.protocol < uint64(len(protocolNames))
}

// append appends the protocol and the fields, in the order of their names.
func (h *httpEntry) append(b []byte) (_ []byte, ok bool) {
	b = append(b, `,"proto":"http","fields":{`...)
	if b, ok = h.appendHeaders(b, `"headers":"`, fieldHeaders); !ok {
		return b, false
	}
	b = appendJSONText(append(b, `"host":`...), h.host)
	b = append(append(append(b, `,"http_protocol":"`...), protocolNames[h.protocol]...), '"')
	b = append(appendJSONText(append(b, `,"method":`...), h.method), ',')
	if b, ok = h.appendHeaders(b, `"missing_headers":"`, fieldMissing); !ok {
		return b, false
	}
	b = append(appendJSONText(append(b, `"path":`...), h.path), ',')
	if b, ok = h.appendHeaders(b, `"rejected_headers":"`, fieldRejected); !ok {
		return b, false
	}
	b = appendJSONText(append(b, `"scheme":`...), h.scheme)
	b = strconv.AppendUint(append(b, `,"status":"`...), h.code, 10)
	return append(b, `"}`...), true
}

// appendHeaders appends the headers of one kind as one field with a comma after it, or nothing if there are none.
func (h *httpEntry) appendHeaders(b []byte, name string, kind protowire.Number) ([]byte, bool) {
	if h.kinds&(1<<kind) == 0 {
		return b, true
	}
	before := name
	ok := eachField(h.whole, func(field protowire.Number, _ uint64, text []byte) bool {
		if field != kind {
			return true
		}
		key, value, ok := pairOf(text)
		b = appendJSONPart(append(b, before...), key)
		b = appendJSONPart(append(b, ": "...), value)
		before = ", "
		return ok
	})
	if before == ", " {
		b = append(b, `",`...)
	}
	return b, ok
}
