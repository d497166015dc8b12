package memcache

import (
	"hash/maphash"
	"slices"
)

// MaxRequestedKeys is the maximum number of keys that requests under way ask for on one connection. One request alone may have
// more.
const MaxRequestedKeys = 1 << 16

// retainedKeys is the number of keys that memory is retained for while none is asked for.
const retainedKeys = 256

// requestedKeys holds a hash of each key that a retrieval under way has asked for, in the order of the retrievals, so that no
// value of another key reaches the client, whatever the server took its input for.
type requestedKeys struct {
	hashes []uint32
	// done is the number of hashes at the front whose retrievals have ended.
	done int
}

var hashSeed = maphash.MakeSeed()

func hashOf(key []byte) uint32 { return uint32(maphash.Bytes(hashSeed, key)) }

// add notes the keys of a request and returns how many they are.
func (a *requestedKeys) add(r *request) uint32 {
	from := len(a.hashes)
	if r.list == nil {
		a.hashes = append(a.hashes, hashOf(r.key))
		return 1
	}
	w := words{rest: r.list}
	for w.more() {
		a.hashes = append(a.hashes, hashOf(w.next()))
	}
	slices.Sort(a.hashes[from:])
	return uint32(len(a.hashes) - from)
}

// has reports whether the key is one of the n of the retrieval at the front.
func (a *requestedKeys) has(key []byte, n uint32) bool {
	_, found := slices.BinarySearch(a.hashes[a.done:a.done+int(n)], hashOf(key))
	return found
}

// end forgets the n keys of the retrieval at the front.
func (a *requestedKeys) end(n uint32) {
	a.done += int(n)
	switch {
	case a.done < len(a.hashes):
		if a.done > len(a.hashes)/2 {
			a.hashes = a.hashes[:copy(a.hashes, a.hashes[a.done:])]
			a.done = 0
		}
	case cap(a.hashes) > retainedKeys:
		*a = requestedKeys{}
	default:
		*a = requestedKeys{hashes: a.hashes[:0]}
	}
}

// len returns the number of keys.
func (a *requestedKeys) len() int { return len(a.hashes) - a.done }
