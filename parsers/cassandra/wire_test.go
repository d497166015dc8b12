package cassandra_test

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/golang/snappy"
	"github.com/pierrec/lz4/v4"
)

// The messages of tests are built here by the letter of the specification, apart from the code that is tested.

const (
	opError        = 0x00
	opStartup      = 0x01
	opReady        = 0x02
	opAuthenticate = 0x03
	opOptions      = 0x05
	opSupported    = 0x06
	opQuery        = 0x07
	opResult       = 0x08
	opPrepare      = 0x09
	opExecute      = 0x0a
	opRegister     = 0x0b
	opEvent        = 0x0c
	opBatch        = 0x0d
	opAuthResponse = 0x0f
	opAuthSuccess  = 0x10
)

func u16(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }
func u32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }

// str is a [string] or [short bytes], long a [long string] or [bytes].
func str(s string) string  { return u16(len(s)) + s }
func long(s string) string { return u32(len(s)) + s }

// frame builds a frame; version has the direction bit.
func frame(version, flags, stream, op int, body string) string {
	return string([]byte{byte(version), byte(flags)}) + u16(stream) + string([]byte{byte(op)}) + long(body)
}

func req4(stream, op int, body string) string { return frame(4, 0, stream, op, body) }
func rep4(stream, op int, body string) string { return frame(0x84, 0, stream, op, body) }
func req5(stream, op int, body string) string { return frame(5, 0, stream, op, body) }
func rep5(stream, op int, body string) string { return frame(0x85, 0, stream, op, body) }

// params4 and params5 are query parameters without anything: consistency ONE, no flags.
var (
	params4 = u16(1) + "\x00"
	params5 = u16(1) + u32(0)
)

func query4(stream int, text string) string { return req4(stream, opQuery, long(text)+params4) }
func query5(stream int, text string) string { return req5(stream, opQuery, long(text)+params5) }

func prepare4(stream int, text string) string { return req4(stream, opPrepare, long(text)) }
func execute4(stream int, id string) string   { return req4(stream, opExecute, str(id)+params4) }

var (
	void = u32(1)
	// rows is a RESULT of no rows and one column.
	rows = u32(2) + u32(1) + u32(1) + str("db1") + str("t1") + str("k") + u16(9) + u32(0)
)

func setKeyspace(name string) string { return u32(3) + str(name) }

// prepared4 is a RESULT Prepared of a statement with one value of db1.t1, in version 4.
func prepared4(id string) string { return preparedOf(id, "db1", "t1") }

func preparedOf(id, keyspace, table string) string {
	return u32(4) + str(id) + u32(1) + u32(1) + u32(1) + u16(0) + str(keyspace) + str(table) + str("k") + u16(9) +
		u32(4) + u32(0)
}

// resultOf is a RESULT Prepared of a statement without values that has results, with all that metadata may have.
func resultOf(id, keyspace, table string) string {
	return u32(4) + str(id) + u32(0) + u32(0) + u32(0) + u32(0xb) + u32(1) + long("page") + str("meta") + str(keyspace) +
		str(table) + str("k") + u16(9)
}

// prepared5 is a RESULT Prepared of a statement with one value of db1.t1, in version 5.
var prepared5 = u32(4) + str("id") + str("meta") + u32(1) + u32(1) + u32(0) + str("db1") + str("t1") + str("k") +
	u16(9) + u32(4) + u32(0)

func errorBody(code int, message string) string { return u32(code) + str(message) }

const unauthorized = "Request Unauthorized: "

func denial4(stream int, what string) string {
	return rep4(stream, opError, errorBody(0x2100, unauthorized+what))
}

func denial5(stream int, what string) string {
	return rep5(stream, opError, errorBody(0x2100, unauthorized+what))
}

// startup builds the options of a STARTUP.
func startup(options ...string) string {
	body := u16(len(options) / 2)
	for _, s := range options {
		body += str(s)
	}
	return body
}

var cqlVersion = startup("CQL_VERSION", "3.0.0")

// segment builds a segment of version 5 without compression.
func segment(selfContained bool, payload string) string {
	return rawSegment(3, uint64(len(payload)), 17, selfContained, payload)
}

// segmentLZ4 builds a segment of a connection with LZ4, compressed if that is wanted.
func segmentLZ4(selfContained, compress bool, payload string) string {
	if !compress {
		return rawSegment(5, uint64(len(payload)), 34, selfContained, payload)
	}
	sent := lz4Block(payload)
	return rawSegment(5, uint64(len(sent))|uint64(len(payload))<<17, 34, selfContained, sent)
}

func rawSegment(n int, word uint64, flag int, selfContained bool, payload string) string {
	if selfContained {
		word |= 1 << flag
	}
	header := binary.LittleEndian.AppendUint64(nil, word)[:n]
	sum := crc24(header)
	header = append(header, byte(sum), byte(sum>>8), byte(sum>>16))
	trailer := crc32.ChecksumIEEE([]byte("\xfa\x2d\x55\xca" + payload))
	return string(header) + payload + string(binary.LittleEndian.AppendUint32(nil, trailer))
}

// crc24 is the checksum as the specification computes it, bit by bit.
func crc24(b []byte) uint32 {
	sum := uint32(0x875060)
	for _, c := range b {
		sum ^= uint32(c) << 16
		for range 8 {
			sum <<= 1
			if sum&0x1000000 != 0 {
				sum ^= 0x1974f0b
			}
		}
	}
	return sum
}

// lz4Block compresses; what does not get smaller becomes a block of literals.
func lz4Block(plain string) string {
	b := make([]byte, lz4.CompressBlockBound(len(plain)))
	n, err := lz4.CompressBlock([]byte(plain), b, nil)
	if err != nil {
		panic(err)
	}
	if n > 0 {
		return string(b[:n])
	}
	out := []byte{0xf0}
	if len(plain) < 15 {
		return string([]byte{byte(len(plain) << 4)}) + plain
	}
	for n := len(plain) - 15; ; n -= 255 {
		out = append(out, byte(min(n, 255)))
		if n < 255 {
			break
		}
	}
	return string(out) + plain
}

func lz4Body(plain string) string    { return u32(len(plain)) + lz4Block(plain) }
func snappyBody(plain string) string { return string(snappy.Encode(nil, []byte(plain))) }

// wide is a policy that allows nearly everything. Under one that allows all, what cannot be read passes.
const wide = "allow\ndeny keyspace=never"
