package parsertest

import (
	"errors"
	"fmt"

	"github.com/proxylib/proxylib/accesslog"
)

// passingAllocatesNothing measures the exchange that each transcript ends in, see [Bench], if all of it passes each time.
func (k *conformance) passingAllocatesNothing() error {
	measured := 0
	for _, s := range k.scripts {
		for _, kinds := range []accesslog.Kinds{accesslog.Requests, accesslog.Exchanges} {
			e, ok := s.logging(kinds).repeatable()
			if !ok {
				continue
			}
			measured++
			if err := e.allocatesNothing(); err != nil {
				return fmt.Errorf("%w\n  transcript: %s", err, inOneLine(s.steps))
			}
		}
	}
	if measured == 0 {
		return errors.New("no transcript ends in a request and a reply that pass and can be repeated on one connection, " +
			"so that nothing can be measured")
	}
	return nil
}

// unanswered is how often a request without a reply is repeated first: until a log that waits for replies waits for no more.
const unanswered = 1100

// repeatable returns the exchange of the transcript, and reports whether it passes again and again.
func (s *script) repeatable() (*exchange, bool) {
	if s.allocates {
		return nil, false
	}
	e, err := s.exchange()
	if err != nil {
		return nil, false
	}
	times := 3
	if !e.turns[len(e.turns)-1].reply {
		times = unanswered
	}
	for range times {
		if e.run(whole) != nil {
			return nil, false
		}
		e.drain()
	}
	return e, true
}
