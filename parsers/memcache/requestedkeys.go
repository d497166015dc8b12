package memcache

import (
	"hash/maphash"
	"slices"
	"sync"
)

// MaxRequestedKeys is the maximum number of keys that requests under way ask for on one connection. One request alone may have
// more.
const MaxRequestedKeys = 1 << 16

// The number of keys for which a connection has memory of its own, and for which there is memory in a pool.
const (
	fewKeys    = 2
	pooledKeys = 256
)

// keyPool has memory for more than a few keys, so that idle connections need none.
var keyPool = sync.Pool{New: func() any { return new([pooledKeys]uint32) }}

// requestedKeys holds a hash of each key that a retrieval under way has asked for, in the order of the retrievals, so that no
// value of another key reaches the client, whatever the server took its input for.
type requestedKeys struct {
	hashes []uint32
	// few is the memory of hashes while they are few.
	few [fewKeys]uint32
	// done is the number of hashes at the front whose retrievals have ended.
	done int
}

var hashSeed = maphash.MakeSeed()

func hashOf(key []byte) uint32 { return uint32(maphash.Bytes(hashSeed, key)) }

// add notes the keys of a request and returns how many they are.
func (a *requestedKeys) add(r *request) uint32 {
	from := len(a.hashes)
	if r.list == nil {
		a.note(r.key)
		return 1
	}
	w := words{rest: r.list}
	for w.more() {
		a.note(w.next())
	}
	slices.Sort(a.hashes[from:])
	return uint32(len(a.hashes) - from)
}

func (a *requestedKeys) note(key []byte) {
	switch n := cap(a.hashes); {
	case n == 0:
		a.hashes = a.few[:0]
	case n == fewKeys && len(a.hashes) == n:
		a.hashes = append(keyPool.Get().(*[pooledKeys]uint32)[:0], a.hashes...)
	}
	a.hashes = append(a.hashes, hashOf(key))
}

// has reports whether the key is one of the n of the retrieval at the front.
func (a *requestedKeys) has(key []byte, n uint32) bool {
	_, found := slices.BinarySearch(a.hashes[a.done:a.done+int(n)], hashOf(key))
	return found
}

// end forgets the n keys of the retrieval at the front.
func (a *requestedKeys) end(n uint32) {
	a.done += int(n)
	if a.done < len(a.hashes) {
		if a.done > len(a.hashes)/2 {
			a.hashes = a.hashes[:copy(a.hashes, a.hashes[a.done:])]
			a.done = 0
		}
		return
	}
	if cap(a.hashes) == pooledKeys {
		keyPool.Put((*[pooledKeys]uint32)(a.hashes[:pooledKeys]))
	}
	*a = requestedKeys{}
}

// len returns the number of keys.
func (a *requestedKeys) len() int { return len(a.hashes) - a.done }
