package proxylib

import (
	"errors"
	"hash/maphash"
	"math/bits"
)

// MaxInFlight is the number of requests that an [InFlight] holds at most, unless its Max says otherwise.
const MaxInFlight = 16384

// Capacities of an [InFlight]: that of the first requests, and that which is kept while none is in flight.
const (
	firstInFlight = 8
	keptInFlight  = 256
)

// Errors of [InFlight.Put].
var (
	// ErrInUse: a request with the same tag is in flight. The parser denies the new one, or closes the connection.
	ErrInUse = errors.New("tag of a request is in use by one that has no reply yet")
	// ErrFull: too many requests are in flight. The parser returns [InFlight.Wait].
	ErrFull = errors.New("too many requests wait for a reply")
)

// InFlight is a table of the requests that were passed and have no reply yet, by the tag that a reply repeats, for protocols
// whose replies come in any order. A T describes the request. The zero value is empty and ready for use. Like
// the parser, it is used by one thread at a time. Clients choose the tags: whichever they choose, access takes constant
// time.
//
// Entries are used again and again, so that a steady stream of requests allocates nothing. An entry that is removed is set
// to the zero value; if *T has a method Reset(), that is called instead, so that T can keep memory of its own.
type InFlight[K comparable, T any] struct {
	// Max is the number of requests in flight at most; 0 means [MaxInFlight]. It is set before the first Put.
	Max int

	// entries hold the requests, or are free; the first is not used.
	entries []entry[K, T]
	// chains are the first entries of the chains of equal hashes, as many as there are entries: 2 to the power of 64-shift.
	chains []uint32
	shift  uint8
	// free is the first of the free entries, which are a chain as well.
	free  uint32
	count int
	pause pause
	// followed are the requests of the entries, if those of a connection are followed.
	followed   []followed
	connection *Connection
}

type entry[K comparable, T any] struct {
	key K
	// next is the number of the next entry of the chain, 0 after the last.
	next    uint32
	request T
}

// Put notes that a request with a tag is passed, and returns its description, to be filled in; it is valid until the next Put.
// The error is [ErrInUse] or [ErrFull], and then nothing is noted.
func (f *InFlight[K, T]) Put(tag K) (*T, error) {
	if f.Get(tag) != nil {
		return nil, ErrInUse
	}
	if f.Full() {
		return nil, ErrFull
	}
	return &f.entries[f.put(tag)].request, nil
}

// put notes a tag that is not in the table, and returns the number of its entry.
func (f *InFlight[K, T]) put(tag K) uint32 {
	if f.free == 0 {
		f.grow()
	}
	i := f.free
	e, first := &f.entries[i], &f.chains[f.chain(tag)]
	e.key = tag
	e.next, *first, f.free = *first, i, e.next
	f.count++
	return i
}

// grow doubles the capacity, all of which is in use.
func (f *InFlight[K, T]) grow() {
	n := max(firstInFlight, 2*len(f.chains))
	old, requests := f.entries, f.followed
	if requests != nil {
		f.followed = make([]followed, n+1)
	}
	f.entries, f.chains, f.shift = make([]entry[K, T], n+1), make([]uint32, n), uint8(65-bits.Len(uint(n)))
	f.count = 0
	for i := n; i > 0; i-- {
		f.entries[i].next, f.free = f.free, uint32(i)
	}
	for i := 1; i < len(old); i++ {
		j := f.put(old[i].key)
		f.entries[j].request = old[i].request
		if requests != nil {
			f.followed[j] = requests[i]
		}
	}
}

// Get returns the description of the request with a tag, nil if none is in flight. It is valid until the next Put or Remove.
func (f *InFlight[K, T]) Get(tag K) *T {
	if i := f.find(tag); i != 0 {
		return &f.entries[i].request
	}
	return nil
}

// find returns the number of the entry of a tag, 0 if there is none.
func (f *InFlight[K, T]) find(tag K) uint32 {
	if f.count == 0 {
		return 0
	}
	i := f.chains[f.chain(tag)]
	for i != 0 && f.entries[i].key != tag {
		i = f.entries[i].next
	}
	return i
}

// Take removes the request with a tag, whose reply has come, and returns its description. It reports false if none is in
// flight. What a method Reset of T keeps is not valid in the copy; use Get and Remove then.
func (f *InFlight[K, T]) Take(tag K) (request T, ok bool) {
	if r := f.Get(tag); r != nil {
		request = *r
		f.Remove(tag)
		return request, true
	}
	return request, false
}

// Remove removes the request with a tag, whose reply ends with the operation that the parser returns next. If none is in flight,
// it does nothing.
func (f *InFlight[K, T]) Remove(tag K) {
	if f.count == 0 {
		return
	}
	link := &f.chains[f.chain(tag)]
	for *link != 0 && f.entries[*link].key != tag {
		link = &f.entries[*link].next
	}
	i := *link
	if i == 0 {
		return
	}
	e := &f.entries[i]
	if f.followed != nil {
		f.connection.endReply(f.followed[i].exchange)
		f.followed[i] = followed{}
	}
	*link, e.next, f.free = e.next, f.free, i
	reset(&e.request)
	f.count--
	if f.count == 0 && len(f.chains) > keptInFlight {
		f.entries, f.chains, f.followed, f.free = nil, nil, nil, 0
	}
	if f.count <= f.max()/2 {
		f.pause.end()
	}
}

func reset[T any](request *T) {
	if r, ok := any(request).(interface{ Reset() }); ok {
		r.Reset()
		return
	}
	var zero T
	*request = zero
}

// Len returns the number of requests in flight.
func (f *InFlight[K, T]) Len() int { return f.count }

// Full reports whether no further request can be noted.
func (f *InFlight[K, T]) Full() bool { return f.count >= f.max() }

// Wait is what a parser returns for a request that finds the table full. The client is read no further until half of the
// replies have come; then the parser is called for the request again. A host that cannot wait closes the connection.
func (f *InFlight[K, T]) Wait(c *Connection) (OpType, int) {
	return f.pause.begin(c, ErrFull.Error())
}

func (f *InFlight[K, T]) max() int {
	if f.Max > 0 {
		return f.Max
	}
	return MaxInFlight
}

// chain is the number of the chain of a tag.
func (f *InFlight[K, T]) chain(tag K) uint64 { return hashTag(tag) >> (f.shift & 63) }

var (
	tagSeed = maphash.MakeSeed()
	// tagFactor is odd and not known to clients, who could choose tags of one chain otherwise.
	tagFactor = maphash.Bytes(tagSeed, nil) | 1
)

// hashTag returns a hash whose upper bits are spread. Whole numbers, which most tags are, take a fraction of the time of
// others; BenchmarkInFlight shows what that gains.
func hashTag[K comparable](tag K) uint64 {
	switch n := any(tag).(type) {
	case uint16:
		return hashNumber(uint64(n))
	case uint32:
		return hashNumber(uint64(n))
	case int32:
		return hashNumber(uint64(n))
	case uint64:
		return hashNumber(n)
	}
	return maphash.Comparable(tagSeed, tag)
}

// hashNumber multiplies twice: once would leave numbers in steps, which are usual, close together by some factors.
func hashNumber(n uint64) uint64 {
	n *= tagFactor
	return (n ^ n>>32) * tagFactor
}
