package accesslog

import (
	"encoding/binary"
	"math"
	"sync"
	"sync/atomic"
)

// DefaultQueueBytes is the memory that a [Queue] takes at most by default.
const DefaultQueueBytes = 4 << 20

const (
	// shardCount keeps threads apart: each connection belongs to one shard. The hash in [Queue.shardOf] knows it too.
	shardCount = 16
	// recordHeader is what stands before an entry in a buffer: its length, with the kinds above it, and the count of entries
	// lost before it, each uint32, little-endian.
	recordHeader = 8
	// kindsShift is where the kinds stand above the length of an entry.
	kindsShift = 24
	// recordSpace is the free space that a buffer must have for one more entry, whatever its length.
	recordSpace = recordHeader + MaxEntry + maxField
	// firstBuffer is what a buffer begins with. It doubles up to its share of the queue.
	firstBuffer = 8 << 10
)

// Queue is a bounded queue of encoded entries: a [Logger] of which one drainer takes the entries out. Log may be called
// from several threads at once, and does not wait, allocate (once the buffers have grown) or make a system call. An
// entry that does not fit is dropped and counted; the count goes out with the next entry that is accepted.
// Entries of one connection keep their order.
type Queue struct {
	// limit is the longest buffer.
	limit int
	// unreported counts the lost entries that no entry has reported yet.
	unreported atomic.Uint64
	// idle is set while the drainer waits to be woken.
	idle   atomic.Bool
	wake   func()
	_      [64]byte
	shards [shardCount]shard
	// spare is the drainer's: it changes places with the buffer of the shard that is drained.
	spare []byte
}

// shard is padded so that two of them share no cache line.
type shard struct {
	mu           sync.Mutex
	buf          []byte
	logged, lost uint64
	_            [80]byte
}

// QueueStats counts entries since the queue was made.
type QueueStats struct {
	// Logged were taken in, Lost dropped because the queue was full.
	Logged, Lost uint64
}

// NewQueue makes a queue that takes at most the given number of bytes of memory: 0 stands for [DefaultQueueBytes], and
// less than 136 KiB for that. It takes none until it is used.
//
// wake, unless nil, is called to wake the drainer: by an entry that comes while it is idle, and once by each of the 16
// buffers that has become a quarter full. It is called by Log and must not wait.
func NewQueue(bytes int, wake func()) *Queue {
	if bytes == 0 {
		bytes = DefaultQueueBytes
	}
	// Every shard has a buffer, and the drainer one more.
	return &Queue{limit: max(bytes/(shardCount+1), firstBuffer), wake: wake}
}

// Log implements [Logger].
func (q *Queue) Log(e Entry) {
	switch e.L7.(type) {
	case nil, *Generic, *HTTP:
	default:
		// What is not ours may panic, and must not do so while the shard is locked.
		e.L7 = encoded(e.L7.AppendL7(nil))
	}
	filling := q.shardOf(e.Flow).log(&e, q)
	if (filling || q.idle.Load() && q.idle.CompareAndSwap(true, false)) && q.wake != nil {
		q.wake()
	}
}

// shardOf spreads connections by Fibonacci hashing, as their numbers may be addresses or count in steps.
func (q *Queue) shardOf(flow *Flow) *shard {
	if flow == nil {
		return &q.shards[0]
	}
	return &q.shards[flow.connection*0x9e3779b97f4a7c15>>60]
}

// log encodes the entry into the shard's buffer. It reports whether the drainer should come before its time because the
// buffer has just become a quarter full.
func (s *shard) log(e *Entry, q *Queue) (filling bool) {
	s.mu.Lock()
	if cap(s.buf)-len(s.buf) < recordSpace && !s.grow(q.limit) {
		s.lost++
		s.mu.Unlock()
		q.unreported.Add(1)
		return false
	}
	start := len(s.buf) + recordHeader
	b := e.append(s.buf[:start])
	binary.LittleEndian.PutUint32(b[start-8:], uint32(len(b)-start)|uint32(e.For)<<kindsShift)
	binary.LittleEndian.PutUint32(b[start-4:], q.takeUnreported())
	filling = len(s.buf) < q.limit/4 && len(b) >= q.limit/4
	s.buf = b
	s.logged++
	s.mu.Unlock()
	return filling
}

// grow doubles the buffer up to limit, and reports whether an entry fits then.
func (s *shard) grow(limit int) bool {
	size := min(max(2*cap(s.buf), firstBuffer), limit)
	if size-len(s.buf) < recordSpace {
		return false
	}
	buf := make([]byte, len(s.buf), size)
	copy(buf, s.buf)
	s.buf = buf
	return true
}

func (q *Queue) takeUnreported() uint32 {
	if q.unreported.Load() == 0 {
		return 0
	}
	n := q.unreported.Swap(0)
	if n > math.MaxUint32 {
		q.unreported.Add(n - math.MaxUint32)
		return math.MaxUint32
	}
	return uint32(n)
}

// Drain hands all waiting entries to write, with the number of entries that were lost before each, and returns how many
// there were. An entry is in the wire form of cilium.LogEntry and valid during the call only. One thread may drain at
// a time; Log goes on meanwhile.
func (q *Queue) Drain(write func(entry []byte, lost uint64)) int {
	return q.DrainKinds(func(entry []byte, _ Kinds, lost uint64) { write(entry, lost) })
}

// DrainKinds is [Queue.Drain] for several readers.
func (q *Queue) DrainKinds(write func(entry []byte, kinds Kinds, lost uint64)) int {
	n := 0
	for i := range q.shards {
		records := q.shards[i].swap(q.spare[:0])
		q.spare = records
		for len(records) > 0 {
			first := binary.LittleEndian.Uint32(records)
			size, kinds := first&(1<<kindsShift-1), Kinds(first>>kindsShift)
			lost := binary.LittleEndian.Uint32(records[4:])
			records = records[recordHeader:]
			write(records[:size:size], kinds, uint64(lost))
			records = records[size:]
			n++
		}
	}
	return n
}

// swap takes the buffer with its records out of the shard and leaves an empty one.
func (s *shard) swap(empty []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.buf) == 0 {
		return empty
	}
	records := s.buf
	s.buf = empty
	return records
}

// TakeLost returns how many entries were lost that no entry has reported, and counts them as reported. It is for a
// drainer that does not want to wait for the next entry.
func (q *Queue) TakeLost() uint64 { return q.unreported.Swap(0) }

// Idle declares that the drainer has nothing to do and wants to be woken by the next entry. It has to drain once more
// before it waits, for what came in meanwhile. A drainer that has work does not declare itself idle but comes again
// after some milliseconds: so under load few entries cost a system call.
func (q *Queue) Idle() { q.idle.Store(true) }

// Stats may be called at any time.
func (q *Queue) Stats() QueueStats {
	var stats QueueStats
	for i := range q.shards {
		s := &q.shards[i]
		s.mu.Lock()
		stats.Logged += s.logged
		stats.Lost += s.lost
		s.mu.Unlock()
	}
	return stats
}
