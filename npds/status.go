package npds

import (
	"io"
	"strings"
	"sync"
	"time"

	"github.com/proxylib/proxylib/policy"
)

// Source keeps a policy store up to date until it is closed: a [Client] or a [File].
type Source interface {
	io.Closer
	// Status returns the status of the source now. It copies a few words under a lock that is never held for long, so a
	// host may ask as often as it likes, from any thread.
	Status() Status
}

// Status is the state of a source of policies.
type Status struct {
	// ConnectedSince is when the server sent something first on the connection that there is, or when that was made if the
	// server has been silent for some seconds; zero while there is none. For a file it is when the source was opened, zero
	// while the file cannot be read.
	ConnectedSince time.Time
	// Unreadable is why a file cannot be read now, empty while it can. The last policy that was read stays in force.
	Unreadable string
	// LastUpdate is when an update was put in force last, if only in part; zero before the first. Version is the server's
	// name for the last one that was accepted as a whole; for a file, the first eight bytes of its SHA-256, in hexadecimal
	// digits.
	LastUpdate time.Time
	Version    string
	// LastRefusal is the reason why the last update, or some of its resources, were refused, in at most [policy.MaxReason]
	// bytes; empty if all that the source has given last is in force.
	LastRefusal string
	// RefusedResources is the number of resources that are not in force as the source gave them last. Each of them is as
	// [OnError] says.
	RefusedResources int
	// Warnings say, a line each, what the policy in force has that has no effect, or another than it seems to have. They
	// must not be changed.
	Warnings []string
	// Updates and Refusals count the updates that were accepted and those of which anything was refused, since the start.
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

// accepted notes that an update is in force as a whole. outstanding are resources of earlier updates that are refused
// still. It reports whether nothing is refused any more where something was.
func (s *standing) accepted(version string, outstanding refusals) (recovered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.status.LastRefusal
	s.status.LastUpdate, s.status.Version = time.Now(), version
	s.status.LastRefusal, s.status.RefusedResources = outstanding.text(), len(outstanding)
	s.status.Updates++
	return before != "" && len(outstanding) == 0
}

// shared notes that what another client of the server has put in force is in force here. It is not an update of the server's.
func (s *standing) shared(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.LastUpdate, s.status.Version = time.Now(), version
	s.status.LastRefusal, s.status.RefusedResources = "", 0
}

// warned notes the warnings of what is in force, and returns those that are new. A warning is known by what comes before
// its first comma, as the rest may count.
func (s *standing) warned(warnings []string) (added []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := map[string]bool{}
	for _, old := range s.status.Warnings {
		subject, _, _ := strings.Cut(old, ",")
		known[subject] = true
	}
	for _, warning := range warnings {
		if subject, _, _ := strings.Cut(warning, ","); !known[subject] {
			added = append(added, warning)
		}
	}
	s.status.Warnings = warnings
	return added
}

// restored notes that what comes is what is in force.
func (s *standing) restored() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.LastRefusal, s.status.RefusedResources = "", 0
}

// refusedInPart notes that resources of an update are refused, and reports whether that is known.
func (s *standing) refusedInPart(outstanding refusals, applied bool) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if applied {
		s.status.LastUpdate = time.Now()
	}
	s.status.RefusedResources = len(outstanding)
	return s.refuse(outstanding.text())
}

// refused notes that an update is refused as a whole, and reports whether that is known.
func (s *standing) refused(reason error) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuse(policy.Reason(reason))
}

func (s *standing) refuse(reason string) (again bool) {
	again = s.status.LastRefusal == reason
	s.status.LastRefusal = reason
	s.status.Refusals++
	return again
}
