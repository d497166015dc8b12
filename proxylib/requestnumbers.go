package proxylib

import "math"

// numbers are the numbers of the requests that are followed, of a connection whose exchanges are not logged: the entry of a reply
// names its request. Those of a description in a reply queue are consecutive, and the description keeps the gap before them.
type numbers struct {
	// opened is that of the request that was logged last, until it is known whether its reply is followed.
	opened uint64
	// last is that of the request that was followed last, ended of the one whose reply has come last. They are equal if no reply is
	// waited for.
	last, ended uint64
}

// push notes a number and returns it, or 0 if it cannot be kept: it is too far from the one before, or, unless it is the first of a
// description, not the next one.
func (n *numbers) push(request uint64, gap *uint16, first bool) uint64 {
	if n.last == n.ended {
		n.last, n.ended = request-1, request-1
		*gap = 1
	} else if first {
		if request-n.last > math.MaxUint16 {
			return 0
		}
		*gap = uint16(request - n.last)
	} else if request != n.last+1 {
		return 0
	}
	n.last = request
	return request
}

// unpush takes the number back that was pushed last.
func (n *numbers) unpush(gap uint16, first bool) {
	if !first {
		gap = 1
	}
	n.last -= uint64(gap)
}

// front returns the number at the front, of a description with a gap.
func (n *numbers) front(gap uint16) uint64 { return n.ended + uint64(gap) }

// pop takes the number at the front out. The next one of the description, if there is one, follows without a gap.
func (n *numbers) pop(gap *uint16) {
	n.ended += uint64(*gap)
	*gap = 1
}
