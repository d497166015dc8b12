// Package handle keeps Go values by number, for hosts that may not hold Go pointers.
package handle

import "sync"

const shards = 256

// Table is a table of values by number. It is split into shards by the low bits of the number, so that threads which
// work on different numbers hardly ever wait for each other. The zero value is empty and ready for use, from several
// threads at once.
type Table[T any] struct {
	shards [shards]shard[T]
}

type shard[T any] struct {
	mu     sync.RWMutex
	values map[uint64]*T
	// Shards that different threads use must not lie on one cache line, nor on two that processors fetch together.
	_ [96]byte
}

func (t *Table[T]) shard(number uint64) *shard[T] { return &t.shards[number%shards] }

// Put keeps a value under a number. It answers false, and changes nothing, if the number is in use.
func (t *Table[T]) Put(number uint64, value *T) bool {
	s := t.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values[number] != nil {
		return false
	}
	if s.values == nil {
		s.values = map[uint64]*T{}
	}
	s.values[number] = value
	return true
}

// Get returns the value of a number, or nil.
func (t *Table[T]) Get(number uint64) *T {
	s := t.shard(number)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.values[number]
}

// Delete takes the value of a number out of the table and returns it, or nil.
func (t *Table[T]) Delete(number uint64) *T {
	s := t.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	value := s.values[number]
	delete(s.values, number)
	return value
}

// Len returns the number of values.
func (t *Table[T]) Len() int {
	n := 0
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		n += len(s.values)
		s.mu.RUnlock()
	}
	return n
}
