//go:build e2e

package cassandra

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"maps"
	"net"
	"testing"
	"time"
)

// Some drivers put several requests into one segment of version 5, which those of the other tests do not.
func TestRequestsOfOneSegmentAreJudgedApart(t *testing.T) {
	conn := newStage(t, restricted).dialVersion5()
	want := map[int]byte{1: opResult, 2: opError, 3: opResult, 4: opError, 5: opResult}
	var requests []byte
	for stream := 1; stream <= len(want); stream++ {
		table := map[byte]string{opResult: "e2e.t", opError: "secret.t"}[want[stream]]
		query := longString("SELECT * FROM "+table+" LIMIT 1") + "\x00\x01\x00\x00\x00\x00"
		requests = append(requests, envelope(stream, opQuery, query)...)
	}
	if _, err := conn.Write(segment(requests)); err != nil {
		t.Fatal(err)
	}
	got := map[int]byte{}
	for len(got) < len(want) {
		maps.Copy(got, readSegment(t, conn))
	}
	if !maps.Equal(got, want) {
		t.Errorf("opcodes of the answers by stream: %v, want %v", got, want)
	}
}

// dialVersion5 connects to Envoy, and returns when the server is ready for segments.
func (s *stage) dialVersion5() net.Conn {
	s.t.Helper()
	conn, err := net.DialTimeout("tcp", s.proxy.Addr, patience)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(3 * patience)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := conn.Write(envelope(0, opStartup, "\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0")); err != nil {
		s.t.Fatal(err)
	}
	ready := make([]byte, 9)
	if _, err := io.ReadFull(conn, ready); err != nil || ready[4] != opReady {
		s.t.Fatalf("the server is not ready: %q, %v", ready, err)
	}
	return conn
}

// envelope is a request of version 5.
func envelope(stream int, opcode byte, body string) []byte {
	b := []byte{5, 0, byte(stream >> 8), byte(stream), opcode}
	return append(binary.BigEndian.AppendUint32(b, uint32(len(body))), body...)
}

// segment is one without compression that contains whole envelopes (native_protocol_v5.spec, section 2.2).
func segment(payload []byte) []byte {
	const selfContained = 1 << 17
	word := uint32(len(payload) | selfContained)
	header := []byte{byte(word), byte(word >> 8), byte(word >> 16)}
	sum := crc24(header)
	b := append(header, byte(sum), byte(sum>>8), byte(sum>>16))
	b = append(b, payload...)
	return binary.LittleEndian.AppendUint32(b, crc32.Update(crc32.ChecksumIEEE([]byte{0xfa, 0x2d, 0x55, 0xca}),
		crc32.IEEETable, payload))
}

// crc24 is the checksum of a header.
func crc24(header []byte) uint32 {
	sum := uint32(0x875060)
	for _, b := range header {
		sum ^= uint32(b) << 16
		for range 8 {
			if sum <<= 1; sum&(1<<24) != 0 {
				sum ^= 0x1974f0b
			}
		}
	}
	return sum
}

// readSegment reads a segment of whole envelopes, and returns their opcodes by stream.
func readSegment(t *testing.T, from io.Reader) map[int]byte {
	t.Helper()
	header := make([]byte, 6)
	if _, err := io.ReadFull(from, header); err != nil {
		t.Fatal(err)
	}
	size := int(binary.LittleEndian.Uint32(header) & 0x1ffff)
	payload := make([]byte, size+4)
	if _, err := io.ReadFull(from, payload); err != nil {
		t.Fatal(err)
	}
	answers := map[int]byte{}
	for rest := payload[:size]; len(rest) > 0; {
		answers[int(binary.BigEndian.Uint16(rest[2:]))] = rest[4]
		rest = rest[9+binary.BigEndian.Uint32(rest[5:]):]
	}
	return answers
}
