package cassandra

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// MaxPayload is the length, in bytes, of the longest payload of a segment (native_protocol_v5.spec, section 2.3).
const MaxPayload = 1<<segmentLengthBits - 1

// The header of a segment is a word of two or one lengths of segmentLengthBits bits and a bit for self-contained, in 5 or 3
// bytes, and its checksum of segmentSumLength bytes.
const (
	segmentLengthBits = 17
	segmentWordLength = 3
	segmentWordLZ4    = 5
	segmentSumLength  = 3
)

// maxSegment is the length, in bytes, of the longest segment.
const maxSegment = segmentWordLZ4 + segmentSumLength + MaxPayload + trailerLength

// trailerLength is the length, in bytes, of the checksum after the payload.
const trailerLength = 4

var (
	errSegmentHeader  = errors.New("checksum of the header of a segment is wrong")
	errSegmentLength  = errors.New("lengths in the header of a segment cannot be")
	errSegmentPayload = errors.New("checksum of the payload of a segment is wrong")
)

// segment is the header of a segment, in which version 5 carries envelopes once the connection is set up.
type segment struct {
	// header, size and total are the lengths, in bytes, of the header, of the payload as it is sent, and of all with
	// the checksums.
	header, size, total int
	// length is that of the payload when it is inflated; compressed reports whether it has to be.
	length     int
	compressed bool
	// selfContained: the payload is whole envelopes; else it is a piece of one.
	selfContained bool
}

// segmentHeader is the length of the header, its checksum included. With LZ4 it has a second length.
func segmentHeader(lz4 bool) int {
	if lz4 {
		return segmentWordLZ4 + segmentSumLength
	}
	return segmentWordLength + segmentSumLength
}

// decodeSegment reads the header: a word of 3 or 5 bytes and its CRC24, little-endian both. A second length of zero
// says that the payload is sent as it is.
func decodeSegment(b []byte, lz4 bool) (segment, error) {
	n := segmentHeader(lz4)
	var word uint64
	for i := n - segmentSumLength - 1; i >= 0; i-- {
		word = word<<8 | uint64(b[i])
	}
	if sum := uint32(b[n-3]) | uint32(b[n-2])<<8 | uint32(b[n-1])<<16; sum != crc24(b[:n-3]) {
		return segment{}, errSegmentHeader
	}
	s := segment{header: n, size: int(word & MaxPayload)}
	word >>= segmentLengthBits
	s.length = s.size
	if lz4 {
		if length := int(word & MaxPayload); length > 0 {
			s.length, s.compressed = length, true
		}
		word >>= segmentLengthBits
	}
	s.selfContained = word == 1
	s.total = n + s.size + trailerLength
	if word > 1 || s.size == 0 && (!s.selfContained || s.compressed) {
		return segment{}, errSegmentLength
	}
	return s, nil
}

// payload returns the inflated payload of the segment, whose bytes are all of b: a part of b, or of *scratch.
func (s *segment) payload(b []byte, scratch *[]byte) ([]byte, error) {
	sent := b[s.header : s.header+s.size]
	if binary.LittleEndian.Uint32(b[s.header+s.size:]) != payloadSum(sent) {
		return nil, errSegmentPayload
	}
	if !s.compressed {
		return sent, nil
	}
	return inflateLZ4(sent, s.length, scratch)
}

// appendSegment appends a self-contained segment around a payload of at most [MaxPayload] bytes, which it does not
// compress.
func appendSegment(b, payload []byte, lz4 bool) []byte {
	word := uint64(len(payload)) | 1<<segmentLengthBits
	if lz4 {
		word = uint64(len(payload)) | 1<<(2*segmentLengthBits)
	}
	from := len(b)
	for range segmentHeader(lz4) - segmentSumLength {
		b = append(b, byte(word))
		word >>= 8
	}
	sum := crc24(b[from:])
	b = append(b, byte(sum), byte(sum>>8), byte(sum>>16))
	b = append(b, payload...)
	return binary.LittleEndian.AppendUint32(b, payloadSum(payload))
}

// payloadStart is the CRC32 of the four bytes that every payload is thought to begin with.
var payloadStart = crc32.ChecksumIEEE([]byte{0xfa, 0x2d, 0x55, 0xca})

func payloadSum(payload []byte) uint32 { return crc32.Update(payloadStart, crc32.IEEETable, payload) }

const (
	crc24Start      = 0x875060
	crc24Polynomial = 0x1974f0b
)

// crc24Table holds what each byte that is shifted out adds to the sum.
var crc24Table = func() (table [256]uint32) {
	for i := range table {
		sum := uint32(i) << 16
		for range 8 {
			if sum <<= 1; sum&0x1000000 != 0 {
				sum ^= crc24Polynomial
			}
		}
		table[i] = sum
	}
	return table
}()

// crc24 is the checksum of the header of a segment.
func crc24(b []byte) uint32 {
	sum := uint32(crc24Start)
	for _, c := range b {
		sum = (sum<<8)&0xffffff ^ crc24Table[byte(sum>>16)^c]
	}
	return sum
}
