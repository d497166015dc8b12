package jsonline

import (
	"strconv"

	"github.com/proxylib/proxylib/api/cilium"
)

// flowTexts is how many connections an [Encoder] remembers at most, by their numbers.
const flowTexts = 256

// flowText is what lines of a connection share, in wire form and in two pieces of JSON.
type flowText struct {
	wire        string
	first, last []byte
	connection  uint64
	// next is the wire form that has come last. It takes the place of wire when it comes twice in a row: of connections that end
	// soon, and of many that are at one place in turns, nothing is made.
	next string

	// begin and middle come before and after the number of a request that is allowed by the rule, without a reason. They are
	// empty until there was one.
	rule, begin, middle []byte
}

// request reports whether the line of an entry has begin and middle. It makes middle again when another rule decides.
func (f *flowText) request(l *Encoder) bool {
	if l.entryType != uint64(cilium.EntryType_Request) || l.closed || l.request == 0 || len(l.reason) > 0 {
		return false
	}
	if len(f.middle) > 0 && string(f.rule) == string(l.rule) {
		return true
	}
	f.rule = append(f.rule[:0], l.rule...)
	f.begin = append(append(append(f.begin[:0], beforeType...), typeNames[l.entryType]...), beforeConnection...)
	f.begin = append(strconv.AppendUint(f.begin, l.connection, 10), beforeRequest...)
	f.middle = appendJSONText(append(append(f.middle[:0], f.first...), beforeRule...), l.rule)
	return true
}

// setFlow finds what lines of a connection share, or makes it when it comes again.
func (l *Encoder) setFlow(wire string, connection uint64) bool {
	if l.flows == nil {
		l.flows = new([flowTexts]flowText)
	}
	f := &l.flows[connection%flowTexts]
	if f.wire != wire || f.first == nil {
		if f.next != wire {
			f.next = wire
			return false
		}
		var of Encoder
		if !of.Decode([]byte(wire)) {
			return false
		}
		*f = flowText{
			wire: wire, first: of.appendFlowFirst(f.first[:0]), last: of.appendFlowLast(f.last[:0]), connection: of.connection,
			rule: f.rule, begin: f.begin, middle: f.middle[:0],
		}
	}
	l.flow = f
	return true
}
