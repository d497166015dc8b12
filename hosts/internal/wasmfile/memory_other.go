//go:build !linux

package wasmfile

import "bytes"

// reserve returns memory.
func reserve(size uint64) ([]byte, error) { return make([]byte, size), nil }

func release([]byte) {}

// snapshot is the memory with which instances begin.
type snapshot struct {
	content []byte
	size    uint64
}

func newSnapshot(content []byte) (*snapshot, error) {
	return &snapshot{bytes.Clone(content), uint64(len(content))}, nil
}

// copyTo makes the beginning of a memory a copy of the snapshot.
func (s *snapshot) copyTo(region []byte) error {
	copy(region, s.content)
	return nil
}

func (s *snapshot) close() {}
