package postgres

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/proxylib"
)

// detect recognises a first message. A TLS handshake could be that of any protocol.
func detect(client, _ []byte) proxylib.Detection {
	if len(client) > 0 && client[0] != 0 {
		return proxylib.DetectionNo
	}
	if len(client) < startupHead {
		return proxylib.DetectionMore
	}
	n := binary.BigEndian.Uint32(client)
	switch binary.BigEndian.Uint32(client[4:]) {
	case codeSSL, codeGSS:
		return proxylib.Detected(n == startupHead)
	case codeCancel:
		return proxylib.Detected(n >= minCancel && n <= maxCancel)
	case codeProtocol3 | minor0, codeProtocol3 | minor2:
		return proxylib.Detected(n > startupHead && n <= maxStartup)
	}
	return proxylib.DetectionNo
}
