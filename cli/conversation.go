package cli

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

// turn is what one side of a connection sends.
type turn struct {
	reply bool
	data  []byte
}

// conversation is what client and server send up to the request that is asked about, which comes last. A request is a
// text with escapes; for cassandra it is a CQL statement, unless it begins as the frames of a client do.
func conversation(parser, request, keyspace string) ([]turn, error) {
	text := unescape(request)
	if parser == "cassandra" && text[0] >= ' ' {
		return statementTurns(text, keyspace)
	}
	if keyspace != "" {
		return nil, errors.New("--keyspace is for CQL statements")
	}
	if parser != "cassandra" && !strings.HasSuffix(text, "\n") {
		text += "\r\n"
	}
	return []turn{{data: []byte(text)}}, nil
}

// maxProbes is how often a parser may ask the server something of its own before a request passes.
const maxProbes = 4

// memcachedVersion is that of the server which is taken for granted, one without a login.
const memcachedVersion = "VERSION 1.6.45\r\n"

// memcache is the parser that has to know its server, and memcachedProbe what it asks in the text protocol.
const (
	memcache       = "memcache"
	memcachedProbe = "version\r\n"
)

// The first bytes of frames of memcached's binary protocol, and the length of one without a body.
const (
	binaryRequest   = 0x80
	binaryReply     = 0x81
	memcachedHeader = 24
)

// answerTo is what a server says when the parser asks it something of its own.
func answerTo(parser string, probe []byte) []byte {
	if parser == memcache && len(probe) > 0 && probe[0] == binaryRequest {
		frame := slices.Clone(probe)
		frame[0] = binaryReply
		return frame
	}
	return []byte(memcachedVersion)
}

// What is needed of Cassandra's native protocol (native_protocol_v5.spec): version 5, in which a request can name its
// keyspace.
const (
	cqlVersion     = 5
	cqlReply       = 0x80
	cqlStartup     = 0x01
	cqlReady       = 0x02
	cqlQuery       = 0x07
	cqlOne         = 0x0001
	cqlHasKeyspace = 0x80
	// cqlMaxPayload is the length, in bytes, of the longest payload of a segment.
	cqlMaxPayload    = 1<<17 - 1
	cqlSelfContained = 1 << 17
)

// statementTurns is how a client sets up a connection and then sends a statement.
func statementTurns(statement, keyspace string) ([]turn, error) {
	if len(keyspace) > 0xffff {
		return nil, errors.New("--keyspace is too long")
	}
	body := binary.BigEndian.AppendUint32(nil, uint32(len(statement)))
	body = append(body, statement...)
	body = binary.BigEndian.AppendUint16(body, cqlOne)
	var flags uint32
	if keyspace != "" {
		flags = cqlHasKeyspace
	}
	body = binary.BigEndian.AppendUint32(body, flags)
	if keyspace != "" {
		body = appendCQLString(body, keyspace)
	}
	query := cqlFrame(cqlVersion, cqlQuery, body)
	if len(query) > cqlMaxPayload {
		return nil, fmt.Errorf("the statement is longer than %d bytes", cqlMaxPayload-len(query)+len(statement))
	}
	options := binary.BigEndian.AppendUint16(nil, 1)
	options = appendCQLString(appendCQLString(options, "CQL_VERSION"), "3.0.0")
	return []turn{
		{data: cqlFrame(cqlVersion, cqlStartup, options)},
		{reply: true, data: cqlFrame(cqlVersion|cqlReply, cqlReady, nil)},
		{data: cqlSegment(query)},
	}, nil
}

func appendCQLString(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
}

// cqlFrame is a message on stream 0.
func cqlFrame(version, opcode byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{version, 0, 0, 0, opcode}, uint32(len(body))), body...)
}

// cqlSegment wraps messages as version 5 does after READY: a header of three bytes, and checksums of both parts.
func cqlSegment(payload []byte) []byte {
	header := uint32(len(payload)) | cqlSelfContained
	b := []byte{byte(header), byte(header >> 8), byte(header >> 16)}
	sum := cqlCRC24(b)
	b = append(b, byte(sum), byte(sum>>8), byte(sum>>16))
	b = append(b, payload...)
	start := crc32.ChecksumIEEE([]byte{0xfa, 0x2d, 0x55, 0xca})
	return binary.LittleEndian.AppendUint32(b, crc32.Update(start, crc32.IEEETable, payload))
}

// cqlCRC24 is the checksum of the header of a segment.
func cqlCRC24(b []byte) uint32 {
	sum := uint32(0x875060)
	for _, c := range b {
		sum ^= uint32(c) << 16
		for range 8 {
			if sum <<= 1; sum&0x1000000 != 0 {
				sum ^= 0x1974f0b
			}
		}
	}
	return sum & 0xffffff
}
