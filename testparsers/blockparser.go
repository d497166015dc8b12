package testparsers

import (
	"strconv"

	"github.com/proxylib/proxylib/proxylib"
)

// maxDigits is the number of digits that a block's length has at most.
const maxDigits = 5

// blockParser does with each block what the word in it says. A block is its own length in decimal, a colon and a
// payload; the length counts all three. PASS and DROP are decided as soon as the word can be seen, INJECT and INSERT
// when the block is complete.
type blockParser struct {
	connection *proxylib.Connection
	injector   injector
}

func newBlockParser(connection *proxylib.Connection) proxylib.Parser {
	return &blockParser{connection: connection, injector: injector{connection: connection}}
}

func (p *blockParser) OnData(reply, endStream bool, data [][]byte) (proxylib.OpType, int) {
	if op, n, busy := p.injector.next(reply); busy {
		return op, n
	}
	view := proxylib.NewView(data)
	if view.Len() == 0 {
		return proxylib.NOP, 0
	}
	payload, length, ok := blockHeader(view)
	if !ok {
		return p.connection.Fail("malformed block length", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	if length == 0 {
		return proxylib.MORE, 1
	}
	return p.judge(reply, view, payload, length)
}

// judge finds the word in the part of the block that is there.
func (p *blockParser) judge(reply bool, view proxylib.View, payload, length int) (proxylib.OpType, int) {
	there := min(view.Len(), length)
	contains := func(word string) bool {
		i := view.Index([]byte(word), payload)
		return i >= 0 && i+len(word) <= there
	}
	complete := there == length
	switch {
	case contains("PASS"):
		return proxylib.PASS, length
	case contains("DROP"):
		return proxylib.DROP, length
	case !complete && (contains("INJECT") || contains("INSERT")):
		return proxylib.MORE, length - there
	case !complete:
		return proxylib.MORE, 1
	case contains("INJECT"):
		return p.injector.sendBack(reply, view, length)
	case contains("INSERT"):
		return p.injector.insert(reply, view, length)
	}
	return p.connection.Fail("unknown word", proxylib.ERROR_INVALID_FRAME_TYPE)
}

// blockHeader returns where the payload begins and how long the block is, or a length of 0 while its colon is missing.
func blockHeader(view proxylib.View) (payload, length int, ok bool) {
	var buf [maxDigits + 1]byte
	head := buf[:view.CopyAt(buf[:], 0)]
	for i, c := range head {
		if c == ':' {
			length, err := strconv.Atoi(string(head[:i]))
			return i + 1, length, err == nil && length > i && length <= maxUnit
		}
		if c < '0' || c > '9' || head[0] == '0' {
			return 0, 0, false
		}
	}
	return 0, 0, len(head) <= maxDigits
}
