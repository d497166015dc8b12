package cassandra

import (
	"bytes"

	"github.com/proxylib/proxylib/proxylib/wire"
)

// decodeStartup reads a STARTUP and returns the compression that it asks for. Keys and values count in any case.
func decodeStartup(body []byte) (agreed compression, err error) {
	in := wire.NewReader(body)
	found, extended := 0, false
	eachString(&in, func(key, value []byte) {
		if bytes.EqualFold(key, []byte("COMPRESSION")) {
			found++
			agreed, err = compressionOf(value)
		}
		extended = extended || !negotiable(key)
	})
	if !in.OK() {
		return compressionNone, errMalformed
	}
	if found > 1 {
		return compressionNone, errCompression
	}
	if extended {
		return compressionNone, errExtension
	}
	return agreed, err
}

func compressionOf(value []byte) (compression, error) {
	switch {
	case bytes.EqualFold(value, []byte("LZ4")):
		return compressionLZ4, nil
	case bytes.EqualFold(value, []byte("SNAPPY")):
		return compressionSnappy, nil
	}
	return compressionNone, errCompression
}
