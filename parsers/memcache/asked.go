package memcache

import (
	"hash/maphash"
	"slices"
)

// MaxAskedKeys is the number of keys that requests under way may ask for, on one connection. The keys of one request may
// be more.
const MaxAskedKeys = 1 << 16

// keptAsked is the number of keys that there is memory for while none is asked for.
const keptAsked = 256

// asked holds a hash of each key that a retrieval under way has asked for, in the order of the retrievals, so that no
// value of another key reaches the client, whatever the server took its input for.
type asked struct {
	hashes []uint32
	// answered is the number of hashes at the front whose retrievals have ended.
	answered int
}

var hashSeed = maphash.MakeSeed()

func hashOf(key []byte) uint32 { return uint32(maphash.Bytes(hashSeed, key)) }

// add notes the keys of a request and returns how many they are.
func (a *asked) add(r *request) uint32 {
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
func (a *asked) has(key []byte, n uint32) bool {
	_, found := slices.BinarySearch(a.hashes[a.answered:a.answered+int(n)], hashOf(key))
	return found
}

// end forgets the n keys of the retrieval at the front.
func (a *asked) end(n uint32) {
	a.answered += int(n)
	switch {
	case a.answered < len(a.hashes):
		if a.answered > len(a.hashes)/2 {
			a.hashes = a.hashes[:copy(a.hashes, a.hashes[a.answered:])]
			a.answered = 0
		}
	case cap(a.hashes) > keptAsked:
		*a = asked{}
	default:
		*a = asked{hashes: a.hashes[:0]}
	}
}

// len returns the number of keys.
func (a *asked) len() int { return len(a.hashes) - a.answered }
