package memcache

import "math"

const (
	// MaxKey is the length, in bytes, of the longest key.
	MaxKey = 250
	// MaxValue is the largest number of bytes of a payload that all servers take for one.
	MaxValue = math.MaxInt32 - 2
)

// noValue is the number of bytes of a request that has no value.
const noValue = -1

// request is what rules look at. Its slices are parts of the input, or of a scratch.
type request struct {
	// operations is all that the request does, and own, for a meta command, the operation of its own name: a rule covers the
	// request by this one or by all of those.
	operations, own operations
	// key is the key of a request with one, list the keys, spaces between them, of one that takes several,
	// and nKeys their number.
	key, list []byte
	nKeys     int
	// bytes is the length of the value, or noValue.
	bytes int
	// times are the expiration times that the request sets, as the server reads them: seconds from now, seconds since
	// 1970 if above 30 days, or 0 for never.
	times  [2]int64
	nTimes int
	// login: the server takes the request for a login.
	login bool
}

// setsTime notes an expiration time. No request has more than two.
func (r *request) setsTime(t int64) {
	r.times[r.nTimes] = t
	r.nTimes++
}
