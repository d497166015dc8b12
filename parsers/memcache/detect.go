package memcache

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
)

// longestCommand is the length of the longest command word.
const longestCommand = len("cache_memlimit")

// detect recognises a first request: a frame with a known opcode, or a known command in small letters.
func detect(client, _ []byte) proxylib.Detection {
	if len(client) > 0 && client[0] == requestMagic {
		if len(client) < headerLen {
			return proxylib.DetectionMore
		}
		return proxylib.Detected(client[1] < opcodes && layouts[client[1]].operations != 0)
	}
	if end := bytes.IndexAny(client, " \r\n"); end >= 0 {
		_, known := find(client[:end])
		return proxylib.Detected(known)
	}
	if len(client) > longestCommand {
		return proxylib.DetectionNo
	}
	return proxylib.DetectionMore
}
