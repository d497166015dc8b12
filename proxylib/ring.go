package proxylib

import (
	"reflect"
	"sync"
)

// pooledSlots is the capacity of the memory that rings take from a pool, and return as soon as they are empty.
const pooledSlots = 64

// ring is a first-in-first-out buffer. The value at the front is part of it, so that one value needs no other memory. Those
// after it are in rest, which is memory of a pool as long as it is large enough: so idle connections stay small, and busy
// ones allocate nothing.
type ring[T any] struct {
	first T
	// rest has a length of 0 or a power of two. The second value is at head.
	rest []T
	head uint32
	n    uint32
}

func (r *ring[T]) push(v T) { *r.add() = v }

// add adds a zero value and returns it, to be set in place.
func (r *ring[T]) add() *T {
	r.n++
	if r.n == 1 {
		return &r.first
	}
	if int(r.n)-1 > len(r.rest) {
		r.grow()
	}
	return r.back()
}

// place returns where in rest the value is that has i others of rest before it.
func (r *ring[T]) place(i uint32) int { return int(r.head+i) & (len(r.rest) - 1) }

func (r *ring[T]) grow() {
	if len(r.rest) == 0 {
		r.rest = slotsOf[T]()
		return
	}
	rest, second := make([]T, 2*len(r.rest)), r.place(0)
	k := copy(rest, r.rest[second:])
	copy(rest[k:], r.rest[:second])
	clear(r.rest)
	r.release()
	r.rest = rest
}

func (r *ring[T]) front() *T { return &r.first }

func (r *ring[T]) back() *T {
	if r.n == 1 {
		return &r.first
	}
	return &r.rest[r.place(r.n-2)]
}

func (r *ring[T]) popBack() {
	if r.n == 1 {
		r.pop()
		return
	}
	var zero T
	*r.back() = zero
	r.n--
}

func (r *ring[T]) pop() {
	var zero T
	r.n--
	if r.n == 0 {
		r.first = zero
		r.release()
		return
	}
	next := &r.rest[r.place(0)]
	r.first, *next = *next, zero
	r.head++
}

// release releases the memory of rest.
func (r *ring[T]) release() {
	if len(r.rest) == pooledSlots {
		poolOf[T]().Put((*[pooledSlots]T)(r.rest))
	}
	r.rest, r.head = nil, 0
}

// pools holds a *sync.Pool of *[pooledSlots]T for each T.
var pools sync.Map

func poolOf[T any]() *sync.Pool {
	key := reflect.TypeFor[T]()
	pool, ok := pools.Load(key)
	if !ok {
		pool, _ = pools.LoadOrStore(key, &sync.Pool{New: func() any { return new([pooledSlots]T) }})
	}
	return pool.(*sync.Pool)
}

func slotsOf[T any]() []T { return poolOf[T]().Get().(*[pooledSlots]T)[:] }
