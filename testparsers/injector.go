package testparsers

import "github.com/proxylib/proxylib/proxylib"

// index is the index of a direction in an array of two.
func index(reply bool) int {
	if reply {
		return 1
	}
	return 0
}

// injector sends units of any length through the inject buffers. What does not fit at once is kept and sent when the
// parser is called again.
type injector struct {
	connection *proxylib.Connection
	// pending holds, for each direction, what has yet to be injected into it.
	pending [2][]byte
	// drop is the length, for each direction, of a unit that is dropped once its copy has been inserted.
	drop [2]int
}

// next continues with what is pending; busy reports whether there was anything.
func (i *injector) next(reply bool) (op proxylib.OpType, n int, busy bool) {
	d := index(reply)
	if len(i.pending[d]) > 0 {
		n = i.connection.Inject(reply, i.pending[d])
		i.pending[d] = i.pending[d][n:]
		return proxylib.INJECT, n, true
	}
	if n = i.drop[d]; n > 0 {
		i.drop[d] = 0
		return proxylib.DROP, n, true
	}
	return 0, 0, false
}

// sendBack drops the unit of n bytes at the front and sends it in the other direction.
func (i *injector) sendBack(reply bool, view proxylib.View, n int) (proxylib.OpType, int) {
	unit := view.Append(nil, 0, n)
	other := index(!reply)
	if len(i.pending[other]) == 0 {
		unit = unit[i.connection.Inject(!reply, unit):]
	}
	if len(i.pending[other])+len(unit) > maxUnit {
		return i.connection.Fail("too much to send back", proxylib.ERROR_INVALID_FRAME_LENGTH)
	}
	i.pending[other] = append(i.pending[other], unit...)
	return proxylib.DROP, n
}

// insert sends the unit of n bytes at the front on as injected bytes, and then drops the original.
func (i *injector) insert(reply bool, view proxylib.View, n int) (proxylib.OpType, int) {
	d := index(reply)
	i.pending[d], i.drop[d] = view.Append(nil, 0, n), n
	op, n, _ := i.next(reply)
	return op, n
}
