package cassandra

import (
	"sync"

	"github.com/proxylib/proxylib/parsers/cassandra/cql"
	"github.com/proxylib/proxylib/proxylib"
)

// maxRetainedScratch is the size, in bytes, of a scratch that a connection keeps from one message to the next.
const maxRetainedScratch = 4 << 10

// maxRetainedVerdicts is the number of verdicts for which a connection keeps memory.
const maxRetainedVerdicts = 8

// memory is what a connection needs from its first bytes on. One that ends leaves it to others, so that a connection costs
// little to open; see BenchmarkConnection/cassandra of hosts/cilium.
type memory struct {
	// statement reads the statements of the request at hand.
	statement cql.Reader
	// accesses are those of the request at hand, whole is the verdict on it, and verdicts are those on each access where
	// there are several.
	accesses []access
	whole    proxylib.Verdict
	verdicts []proxylib.Verdict
	// accessMemory is the memory of accesses.
	accessMemory []access

	raw, inflated, denial, allowed []byte
	// entry is used again and again. accessFields is the length of the fields at its front that are of the first access
	// of the request at hand; 0 if it has none of these.
	entry        proxylib.L7Entry
	accessFields int
}

// memories holds those that no connection uses.
var memories = sync.Pool{New: func() any { return new(memory) }}

// reset forgets the connection. What is kept are scratches, which are written before they are read.
func (m *memory) reset() {
	for _, scratch := range []*[]byte{&m.raw, &m.inflated, &m.denial, &m.allowed} {
		releaseLarge(scratch)
		*scratch = (*scratch)[:0]
	}
	m.entry.Trim()
	*m = memory{raw: m.raw, inflated: m.inflated, denial: m.denial, allowed: m.allowed, entry: m.entry}
}

// releaseLong releases the names of a request if there are many, and of a long log entry.
func (m *memory) releaseLong() {
	m.entry.Trim()
	if m.statement.Size() > maxRetainedScratch {
		m.statement, m.accesses, m.accessMemory = cql.Reader{}, nil, nil
	}
	if cap(m.verdicts) > maxRetainedVerdicts {
		m.verdicts = nil
	}
}

// releaseLarge releases a scratch buffer that is large.
func releaseLarge(scratch *[]byte) {
	if cap(*scratch) > maxRetainedScratch {
		*scratch = nil
	}
}
