package accesslog

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultQueueBytes is the bound of a queue unless [NewQueue] is given another.
const DefaultQueueBytes = 4 << 20

const (
	shards = 16
	// prefix is the size of what stands before each entry in a buffer: its length, and the entries lost before it.
	prefix = 4 + 8
	// keptBuffer is the largest buffer that a shard keeps while nothing is logged.
	keptBuffer = 64 << 10
)

// Queue is a bounded queue of encoded entries. Producers never wait for the one that drains it: an entry for which
// there is no room is dropped and counted. Entries of one connection keep their order.
//
// It is split into shards, so that threads that serve different connections hardly ever meet. A shard has two buffers:
// one that producers fill and one that is being drained.
type Queue struct {
	shards [shards]shard
	// idle is set by the drainer when it goes to sleep; the producer that clears it wakes it up.
	idle   atomic.Bool
	wake   chan struct{}
	logged atomic.Uint64
}

type shard struct {
	mu    sync.Mutex
	fill  []byte
	limit int
	// lost counts the entries dropped since the last one that went in, total those of all time.
	lost, total uint64
	spare       []byte
	_           [40]byte
}

// NewQueue returns a queue that holds at most about limit bytes of entries; 0 means [DefaultQueueBytes].
func NewQueue(limit int) *Queue {
	if limit <= 0 {
		limit = DefaultQueueBytes
	}
	q := &Queue{wake: make(chan struct{}, 1)}
	for i := range q.shards {
		q.shards[i].limit = limit / shards
	}
	return q
}

// Log implements [Logger].
func (q *Queue) Log(e Entry) {
	q.shards[e.Flow.connection%shards].log(&e)
	if q.idle.Load() && q.idle.CompareAndSwap(true, false) {
		q.wake <- struct{}{}
	}
}

func (s *shard) log(e *Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := len(s.fill)
	if start >= s.limit {
		s.lost++
		s.total++
		return
	}
	b := binary.NativeEndian.AppendUint32(s.fill, 0)
	b = binary.NativeEndian.AppendUint64(b, s.lost)
	b = e.Append(b)
	n := len(b) - start - prefix
	if len(b) > s.limit && start > 0 {
		s.fill = b[:start]
		s.lost++
		s.total++
		return
	}
	binary.NativeEndian.PutUint32(b[start:], uint32(n))
	s.fill, s.lost = b, 0
}

// Lost returns how many entries have been dropped since the queue was made.
func (q *Queue) Lost() uint64 {
	var n uint64
	for i := range q.shards {
		s := &q.shards[i]
		s.mu.Lock()
		n += s.total
		s.mu.Unlock()
	}
	return n
}

// Drain takes out all entries that are in the queue and hands them to each, one after the other: a serialized
// cilium.LogEntry, valid only during the call, and the number of entries that were dropped before it. It returns how
// many there were. It must be called by one goroutine at a time.
func (q *Queue) Drain(each func(entry []byte, lost uint64)) int {
	n := 0
	for i := range q.shards {
		n += q.shards[i].drain(each)
	}
	return n
}

func (s *shard) drain(each func([]byte, uint64)) int {
	s.mu.Lock()
	full := s.fill
	if len(full) == 0 {
		if cap(full) > keptBuffer || cap(s.spare) > keptBuffer {
			s.fill, s.spare = nil, nil
		}
		s.mu.Unlock()
		return 0
	}
	s.fill, s.spare = s.spare[:0], nil
	s.mu.Unlock()

	n := 0
	for b := full; len(b) > 0; n++ {
		end := prefix + int(binary.NativeEndian.Uint32(b))
		each(b[prefix:end], binary.NativeEndian.Uint64(b[4:]))
		b = b[end:]
	}
	s.mu.Lock()
	s.spare = full[:0]
	s.mu.Unlock()
	return n
}

// Wait returns when there may be entries to drain, and false when done is closed. It looks again after interval for as
// long as it finds entries, so that producers of a steady stream need not wake anybody.
func (q *Queue) Wait(interval time.Duration, drained int, done <-chan struct{}) bool {
	if drained > 0 {
		return sleep(interval, done)
	}
	q.idle.Store(true)
	if !q.empty() && q.idle.CompareAndSwap(true, false) {
		return true
	}
	select {
	case <-q.wake:
		return sleep(interval, done)
	case <-done:
		return false
	}
}

func sleep(interval time.Duration, done <-chan struct{}) bool {
	select {
	case <-time.After(interval):
		return true
	case <-done:
		return false
	}
}

func (q *Queue) empty() bool {
	for i := range q.shards {
		s := &q.shards[i]
		s.mu.Lock()
		n := len(s.fill)
		s.mu.Unlock()
		if n > 0 {
			return false
		}
	}
	return true
}
