package envoy

import (
	"sync"
	"time"
)

// metadataAfter is the longest delay of the metadata of a connection.
const metadataAfter = time.Second

// batch is how many connections are committed before others may use the schedule.
const batch = 64

// schedule calls commit for the connections that were added, some time after the first of them was, from a goroutine that
// runs for that long. It may be used from several threads at once.
type schedule[S any] struct {
	after  time.Duration
	commit func(S)

	mu sync.Mutex
	// due are the connections by number. armed: a timer is set for them.
	due   map[uint64]S
	armed bool
}

// add notes a connection.
func (s *schedule[S]) add(number uint64, scheduler S) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.due == nil {
		s.due = map[uint64]S{}
	}
	s.due[number] = scheduler
	if !s.armed {
		s.armed = true
		time.AfterFunc(s.after, s.commitAll)
	}
}

// remove forgets a connection. When it returns, commit is not running for it. It may be one that was not
// added.
func (s *schedule[S]) remove(number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.due, number)
}

func (s *schedule[S]) commitAll() {
	for s.commitSome() {
	}
}

// commitSome commits a batch and reports whether more are due.
func (s *schedule[S]) commitSome() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for number, scheduler := range s.due {
		if n == batch {
			return true
		}
		n++
		delete(s.due, number)
		s.commit(scheduler)
	}
	s.armed = false
	return false
}
