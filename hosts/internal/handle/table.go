package handle

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

const (
	shardBits = 8
	// firstSlots is the number of slots that a shard begins with. It is a power of two, as each later one is.
	firstSlots = 16
)

// Table is a table of values by number. Get takes no lock. The others take that of a shard, one of many into which the
// numbers are spread, so that threads which work on different numbers rarely wait for each other. BenchmarkTable
// measures it. The zero value is
// empty and ready for use, from several threads at once. T must not be of size 0.
type Table[T any] struct {
	// gone takes the place of deleted values.
	gone   T
	shards [1 << shardBits]shard[T]
}

type shard[T any] struct {
	slots atomic.Pointer[[]slot[T]]
	mu    sync.Mutex
	// live is the number of values, used that of slots that are not empty.
	live, used int
	// Shards that different threads use must not lie on one cache line, nor on two that processors fetch together.
	_ [96]byte
}

// slot is empty as long as its value is nil. The number is set before the value, and never changes: so a reader that
// sees a value sees the number that it belongs to.
type slot[T any] struct {
	number uint64
	value  atomic.Pointer[T]
}

// hash is by Fibonacci, as numbers may be addresses or count in steps. Its high bits are the best.
func hash(number uint64) uint64 { return number * 0x9e3779b97f4a7c15 }

func (t *Table[T]) shard(number uint64) *shard[T] { return &t.shards[hash(number)>>(64-shardBits)] }

// find returns the slot of a number, or the empty one where it would be; nil if there are no slots. At least one slot
// of the list is empty.
func find[T any](list *[]slot[T], number uint64) *slot[T] {
	if list == nil {
		return nil
	}
	slots := *list
	last := uint64(len(slots) - 1)
	at := hash(number) << shardBits >> (64 - bits.Len64(last))
	for {
		s := &slots[at&last]
		if s.value.Load() == nil || s.number == number {
			return s
		}
		at++
	}
}

// Get returns the value of a number, or nil.
func (t *Table[T]) Get(number uint64) *T {
	s := find(t.shard(number).slots.Load(), number)
	if s == nil {
		return nil
	}
	if value := s.value.Load(); value != &t.gone {
		return value
	}
	return nil
}

// Put keeps a value, which must not be nil, under a number. It returns false, and changes nothing, if the number is
// in use.
func (t *Table[T]) Put(number uint64, value *T) bool {
	s := t.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := find(s.slots.Load(), number)
	switch {
	case at != nil && at.value.Load() == &t.gone:
	case at != nil && at.value.Load() != nil:
		return false
	default:
		if at == nil || (s.used+1)*4 > len(*s.slots.Load())*3 {
			s.renew(&t.gone)
			at = find(s.slots.Load(), number)
		}
		at.number = number
		s.used++
	}
	at.value.Store(value)
	s.live++
	return true
}

// renew copies the values to new slots, of which they fill at most half. Readers go on with the old ones, in which a
// reader may still find a value that is deleted at the same time.
func (s *shard[T]) renew(gone *T) {
	slots := make([]slot[T], max(firstSlots, 1<<bits.Len(uint(2*s.live))))
	if old := s.slots.Load(); old != nil {
		for i := range *old {
			if value := (*old)[i].value.Load(); value != nil && value != gone {
				at := find(&slots, (*old)[i].number)
				at.number = (*old)[i].number
				at.value.Store(value)
			}
		}
	}
	s.used = s.live
	s.slots.Store(&slots)
}

// Delete removes the value of a number from the table and returns it, or nil.
func (t *Table[T]) Delete(number uint64) *T {
	s := t.shard(number)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := find(s.slots.Load(), number)
	if at == nil {
		return nil
	}
	value := at.value.Load()
	if value == nil || value == &t.gone {
		return nil
	}
	at.value.Store(&t.gone)
	s.live--
	if n := len(*s.slots.Load()); n > firstSlots && s.live < n/8 {
		s.renew(&t.gone)
	}
	return value
}

// Len returns the number of values.
func (t *Table[T]) Len() int {
	n := 0
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += s.live
		s.mu.Unlock()
	}
	return n
}
