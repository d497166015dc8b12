package parsertest

import (
	"errors"
	"fmt"
)

// passingAllocatesNothing measures the exchange that each transcript ends in, see [Bench], if all of it passes each time.
func (k *conformance) passingAllocatesNothing() error {
	measured := 0
	for _, s := range k.scripts {
		e, ok := s.repeatable()
		if !ok {
			continue
		}
		measured++
		if err := e.allocatesNothing(); err != nil {
			return fmt.Errorf("%w\n  transcript: %s", err, inOneLine(s.steps))
		}
	}
	if measured == 0 {
		return errors.New("no transcript ends in a request and a reply that pass and can be repeated on one connection, " +
			"so that nothing can be measured")
	}
	return nil
}

// repeatable returns the exchange of the transcript, and reports whether it passes three times.
func (s *script) repeatable() (*exchange, bool) {
	if s.allocates {
		return nil, false
	}
	e, err := s.exchange()
	if err != nil {
		return nil, false
	}
	for range 3 {
		if e.run(whole) != nil {
			return nil, false
		}
	}
	e.drain()
	return e, true
}
