package cassandra

import (
	"encoding/binary"
	"errors"

	"github.com/golang/snappy"
	"github.com/pierrec/lz4/v4"
)

// MaxInflated is the length, in bytes, of the longest body that is inflated: what servers accept by default.
const MaxInflated = 16 << 20

// The maximum number of bytes that one byte of compressed data can become. It bounds what is allocated for lengths that
// peers claim.
const (
	maxRatioLZ4    = 255
	maxRatioSnappy = 64
)

var (
	errInflate        = errors.New("compressed data is damaged")
	errInflateTooLong = errors.New("compressed data inflates beyond the limit")
)

// compression is what client and server have agreed on for bodies.
type compression uint8

const (
	compressionNone compression = iota
	compressionLZ4
	compressionSnappy
)

// inflate returns the body of a frame of version 3 or 4 in plain. It is in *scratch, which grows where it is too small.
func (c compression) inflate(body []byte, scratch *[]byte) ([]byte, error) {
	switch c {
	case compressionLZ4:
		if len(body) < 4 {
			return nil, errInflate
		}
		length := binary.BigEndian.Uint32(body)
		if length > MaxInflated {
			return nil, errInflateTooLong
		}
		return inflateLZ4(body[4:], int(length), scratch)
	case compressionSnappy:
		return inflateSnappy(body, scratch)
	}
	return nil, errInflate
}

// inflateLZ4 inflates an LZ4 block that must give exactly length bytes. An empty one may have a filler.
func inflateLZ4(block []byte, length int, scratch *[]byte) ([]byte, error) {
	if length == 0 && len(block) <= 1 {
		return nil, nil
	}
	if length == 0 || length > maxRatioLZ4*len(block) {
		return nil, errInflate
	}
	n, err := lz4.UncompressBlock(block, resize(scratch, length))
	if err != nil || n != length {
		return nil, errInflate
	}
	return *scratch, nil
}

// inflateSnappy inflates a Snappy block, which begins with its length.
func inflateSnappy(block []byte, scratch *[]byte) ([]byte, error) {
	length, err := snappy.DecodedLen(block)
	if err != nil || length > maxRatioSnappy*len(block) {
		return nil, errInflate
	}
	if length > MaxInflated {
		return nil, errInflateTooLong
	}
	plain, err := snappy.Decode(resize(scratch, length), block)
	if err != nil || len(plain) != length {
		return nil, errInflate
	}
	return plain, nil
}

// resize makes *scratch a slice of n bytes.
func resize(scratch *[]byte, n int) []byte {
	if cap(*scratch) < n {
		*scratch = make([]byte, n)
	}
	*scratch = (*scratch)[:n]
	return *scratch
}
