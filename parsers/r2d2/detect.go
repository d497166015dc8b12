package r2d2

import (
	"bytes"
	"strings"

	"github.com/proxylib/proxylib/proxylib"
)

// detect recognises a first line that is a request.
func detect(client, _ []byte) proxylib.Detection {
	if end := bytes.IndexByte(client, '\n'); end >= 0 {
		known, err := new(request).decode(client[:end+1])
		return proxylib.Detected(known && err == nil)
	}
	for command := range commands {
		if n := min(len(command), len(client)); strings.HasPrefix(command, string(client[:n])) {
			return proxylib.DetectionMore
		}
	}
	return proxylib.DetectionNo
}
