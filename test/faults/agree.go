package faults

import (
	"fmt"

	"github.com/proxylib/proxylib/internal/eventually"
)

// Agree requires that the clients' counts, Envoy's counters, and the entries of the access log agree. No client may be
// active. An interrupted round may have a verdict or not; each of the others has exactly one.
func (s *Setup) Agree(entries func() Entries) {
	s.TB.Helper()
	complete, cut := s.Complete(), int(s.account.cut.Load())
	if complete == 0 {
		s.TB.Fatal("no round is complete: nothing was tested")
	}
	d := s.Protocol
	problem := ""
	agreed := eventually.Within(Patience, func() bool {
		passed, denied := s.Counter("passed"), s.Counter("denied")
		log := entries()
		switch {
		case passed < complete*d.Passed || passed > (complete+cut)*d.Passed:
			problem = fmt.Sprintf("%d requests passed, of %d complete and %d cut rounds", passed, complete, cut)
		case denied < complete*d.Denied || denied > (complete+cut)*d.Denied:
			problem = fmt.Sprintf("%d requests were denied, of %d complete and %d cut rounds", denied, complete, cut)
		case !log.fit(passed, denied, complete*d.Responses, (complete+cut)*d.Responses):
			problem = fmt.Sprintf("%d requests passed and %d were denied, the access log has %+v", passed, denied, log)
		default:
			s.TB.Logf("%d rounds complete, %d cut; %d requests passed, %d denied; access log: %+v", complete, cut, passed,
				denied, log)
			return true
		}
		return false
	})
	if !agreed {
		s.TB.Error(problem)
	}
}
