package envoy

import (
	"sync"
	"time"
)

// metadataAfter is the longest delay of the metadata of a connection.
const metadataAfter = time.Second

// handshakeAfter is the time between the reply to a request for TLS and the handshake, in which Envoy sends the reply.
const handshakeAfter = 10 * time.Millisecond

// batch is how many connections are committed before others may use the schedule.
const batch = 64

// schedule calls commit for the connections that were added, some time after the first of them was, from a goroutine that
// runs for that long. It may be used from several threads at once.
type schedule[S any] struct {
	after time.Duration
	// commit returns what releases a connection that has ended meanwhile; else nil.
	commit func(S) (release func())

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
func (s *schedule[S]) commitSome() (more bool) {
	releases, more := s.commitBatch()
	for _, release := range releases {
		release()
	}
	return more
}

// commitBatch commits a batch, and returns what releases those that have ended meanwhile. To release one removes it here.
func (s *schedule[S]) commitBatch() (releases []func(), more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for number, scheduler := range s.due {
		if n == batch {
			return releases, true
		}
		n++
		delete(s.due, number)
		if release := s.commit(scheduler); release != nil {
			releases = append(releases, release)
		}
	}
	s.armed = false
	return releases, false
}
