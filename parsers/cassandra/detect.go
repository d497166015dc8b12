package cassandra

import "github.com/proxylib/proxylib/proxylib"

// maxDetectedStartup is the length, in bytes, of the longest STARTUP that detect takes for one.
const maxDetectedStartup = 64 << 10

// detect recognises a first frame: OPTIONS or STARTUP, in a version that we speak.
func detect(client, _ []byte) proxylib.Detection {
	var h header
	if len(client) > 0 {
		h.version = client[0]
		if !spoken(&h) {
			return proxylib.DetectionNo
		}
	}
	if len(client) < headerLength {
		return proxylib.DetectionMore
	}
	err := h.decode(client)
	return proxylib.Detected(err == nil && (h.opcode == opOptions && h.length == 0 ||
		h.opcode == opStartup && h.length > 0 && h.length <= maxDetectedStartup))
}
