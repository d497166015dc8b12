package redis

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib"
)

// maxDetectedCount is the length of the longest line that detect takes for the count of an array.
const maxDetectedCount = len("*1048576\r\n")

// detect recognises a first request in RESP, an array of bulk strings. Inline requests could be of other protocols.
func detect(client, _ []byte) proxylib.Detection {
	count, rest, whole := bytes.Cut(client, []byte("\r\n"))
	switch {
	case len(count) > 0 && count[0] != '*' || len(count) >= maxDetectedCount:
		return proxylib.DetectionNo
	case !whole || len(rest) == 0:
		return proxylib.DetectionMore
	}
	return proxylib.Detected(rest[0] == '$')
}
