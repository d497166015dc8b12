package npds

import (
	"io"
	"sync"
	"time"
)

// Source keeps a policy store up to date until it is closed: a [Client] or a [File].
type Source interface {
	io.Closer
	// Status returns how the source stands now. It copies a few words under a lock that is never held for long, so a
	// host may ask as often as it likes, from any thread.
	Status() Status
}

// Status is how a source of policies stands.
type Status struct {
	// ConnectedSince is when the server answered first on the connection that there is, zero while there is none. For a
	// file it is when the source was opened, zero while the file cannot be read.
	ConnectedSince time.Time
	// Unreadable is why a file cannot be read now, empty while it can. The last policy that was read stays in force.
	Unreadable string
	// LastUpdate is when the policy in force was accepted, zero before the first. Version is the server's name for it; for
	// a file, the first eight bytes of its SHA-256, in hexadecimal digits.
	LastUpdate time.Time
	Version    string
	// LastRefusal is the reason why the last update was refused; empty once one has been accepted since.
	LastRefusal string
	// Warnings say, a line each, what the policy of a file has that has no effect, or another than it seems to have. They
	// must not be changed.
	Warnings []string
	// Updates and Refusals count the updates that were accepted and those that were refused, since the start.
	Updates, Refusals uint64
}

// standing is a status that changes while it is read.
type standing struct {
	mu     sync.Mutex
	status Status
}

func (s *standing) get() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

func (s *standing) connected(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.ConnectedSince = since
}

func (s *standing) accepted(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.LastUpdate, s.status.Version, s.status.LastRefusal = time.Now(), version, ""
	s.status.Updates++
}

// warned notes the warnings of what was accepted.
func (s *standing) warned(warnings []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Warnings = warnings
}

// restored notes that what comes is what is in force.
func (s *standing) restored() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.LastRefusal = ""
}

// refused notes a refusal, and tells whether its reason is that of the last update as well.
func (s *standing) refused(reason error) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	again = s.status.LastRefusal == reason.Error()
	s.status.LastRefusal = reason.Error()
	s.status.Refusals++
	return again
}
