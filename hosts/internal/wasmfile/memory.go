package wasmfile

import "github.com/tetratelabs/wazero/experimental"

// memory is the linear memory of an instance. It does not move.
type memory struct {
	// region is all that it may become, size is what it is.
	region []byte
	size   uint64
	// total counts what the instances have beyond their beginning.
	total *total
	taken int64
}

// allocator gives an instance its memory. It is used for one instance.
type allocator struct {
	total *total
	made  *memory
}

// Allocate implements [experimental.MemoryAllocator]. Where the system gives nothing, what it returns has no size, at which the
// instantiation ends.
func (a *allocator) Allocate(_, most uint64) experimental.LinearMemory {
	a.made = &memory{total: a.total}
	a.made.region, _ = reserve(most)
	return a.made
}

// Reallocate implements [experimental.LinearMemory].
func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.region)) {
		return nil
	}
	if m.size > 0 && size > m.size {
		grown := int64(size - m.size)
		if !m.total.Take(grown) {
			return nil
		}
		m.taken += grown
	}
	m.size = size
	return m.region[:size:size]
}

// Free implements [experimental.LinearMemory].
func (m *memory) Free() {
	m.total.Give(m.taken)
	release(m.region)
	m.region, m.size, m.taken = nil, 0, 0
}
