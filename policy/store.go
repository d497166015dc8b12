package policy

import "sync/atomic"

// Store holds the snapshot in force. The zero value denies everything. It may be used from several threads at once.
type Store struct{ current atomic.Pointer[Snapshot] }

// nothing is the snapshot of a store that has none: immutable, and empty.
var nothing Snapshot

// Current returns the snapshot in force; never nil.
func (s *Store) Current() *Snapshot {
	if p := s.current.Load(); p != nil {
		return p
	}
	return &nothing
}

// Replace puts a snapshot in force. Requests that are decided from then on see it, on old connections too.
func (s *Store) Replace(p *Snapshot) { s.current.Store(p) }
