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

// judge does what the first word in the payload says, once it can be seen.
func (p *blockParser) judge(reply bool, view proxylib.View, payload, length int) (proxylib.OpType, int) {
	there := min(view.Len(), length)
	switch word := firstWord(view, payload, there); {
	case word == "PASS":
		p.log(proxylib.EntryTypeRequest, "200")
		return proxylib.PASS, length
	case word == "DROP":
		p.log(proxylib.EntryTypeDenied, "503")
		return proxylib.DROP, length
	case word != "" && there < length:
		return proxylib.MORE, length - there
	case word == "INJECT":
		return p.injector.sendBack(reply, view, length)
	case word == "INSERT":
		return p.injector.insert(reply, view, length)
	case there < length:
		return proxylib.MORE, 1
	}
	return p.connection.Fail("unknown word", proxylib.ERROR_INVALID_FRAME_TYPE)
}

func (p *blockParser) log(entryType proxylib.EntryType, status string) {
	p.connection.Log(entryType, proxylib.NewL7Entry(p.connection.ParserName).Add("status", status))
}

// firstWord returns which of the words ends first between the two offsets, whatever follows them.
func firstWord(view proxylib.View, from, to int) string {
	first, end := "", to+1
	for _, word := range []string{"PASS", "DROP", "INJECT", "INSERT"} {
		if i := view.Index([]byte(word), from); i >= 0 && i+len(word) < end {
			first, end = word, i+len(word)
		}
	}
	return first
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
