//go:build wasip1

package wasm

import "unsafe"

// counters are Envoy's numbers of the counters of a plugin; 0 is none.
type counters [countersEnd]uint32

const (
	countConnections = iota
	countPassed
	countAudited
	countDenied
	countClosed
	countParseErrors
	countUnknownIdentity
	countersEnd
)

// counterNames are the names of counters, after wasmcustom.proxylib.STAT_PREFIX.
var counterNames = [countersEnd]string{
	countConnections: "connections", countPassed: "passed", countAudited: "audited", countDenied: "denied",
	countClosed: "closed", countParseErrors: "parse_errors", countUnknownIdentity: "unknown_identity",
}

func defineCounters(prefix string) (c counters) {
	for i, name := range counterNames {
		name = "proxylib." + prefix + "." + name
		results.number = 0
		if proxyDefineMetric(metricCounter, textAddress(name), uint32(len(name)), unsafe.Pointer(&results.number)) == statusOK {
			c[i] = results.number
		}
	}
	return c
}

// add adds n to a counter.
func (c *counters) add(which int, n uint64) {
	if n > 0 && c[which] != 0 {
		proxyIncrementMetric(c[which], int64(n))
	}
}
