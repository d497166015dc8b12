package host

import "github.com/proxylib/proxylib/internal/overload"

// Limit is a maximum for a sum, such as of connections or of bytes. Take(n) adds n and reports true, unless that would
// exceed the maximum: then it counts a refusal and changes nothing. Give(n) subtracts n, Used returns the sum, and Refused
// the number of refusals. A nil Limit allows everything. It may be used from several threads at once.
type Limit = overload.Limit

// NewLimit makes a limit. report, which may be nil, is called for the first refusal and then at most once a minute: since
// is how many there were since the last call, this one included, total how many in all.
func NewLimit(maximum int64, report func(since, total uint64)) *Limit {
	return overload.NewLimit(maximum, report)
}
