package cassandra_test

import "github.com/proxylib/proxylib/parsertest"

// Lengths of OPTIONS, and of the headers of segments.
const (
	optionsLen   = 9
	plainSegment = 6
	lz4Segment   = 8
)

// A server says what it supports.
func init() {
	parsertest.AnswerPrompts("cassandra", func(_, request string) (reply string, closes bool) {
		stream := func(at int) int { return int(request[at+2])<<8 | int(request[at+3]) }
		switch len(request) {
		case optionsLen:
			return frame(int(request[0])|0x80, 0, stream(0), opSupported, u16(0)), false
		case plainSegment + optionsLen + 4:
			return segment(true, rep5(stream(plainSegment), opSupported, u16(0))), false
		}
		return segmentLZ4(true, false, rep5(stream(lz4Segment), opSupported, u16(0))), false
	})
}
