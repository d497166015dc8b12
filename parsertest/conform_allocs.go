package parsertest

import "errors"

// maxMeasured bounds the number of exchanges that are measured.
const maxMeasured = 60

// passingAllocatesNothing measures the exchanges of the transcripts that can be repeated: a step of the client and the
// server's after it, all of whose bytes pass each time.
func (k *conformance) passingAllocatesNothing() error {
	measured := 0
	for _, s := range k.scripts {
		if s.allocates {
			continue
		}
		for _, at := range exchangesOf(s.turns(true)) {
			if measured == maxMeasured {
				return nil
			}
			e, ok := s.repeatable(at.from, at.to)
			if !ok {
				continue
			}
			measured++
			if err := e.allocatesNothing(); err != nil {
				return errors.Join(err, errors.New("  exchange: "+transcript(at.steps)))
			}
		}
	}
	if measured == 0 {
		return errors.New("no transcript has a request and a reply that pass and can be repeated on one connection, so that nothing can be measured")
	}
	return nil
}

// exchangeAt is where an exchange is among the turns of a transcript.
type exchangeAt struct {
	from, to int
	steps    []Step
}

// exchangesOf lists the turns of the client with those of the server after them.
func exchangesOf(turns []turn) []exchangeAt {
	var list []exchangeAt
	for from, t := range turns {
		if t.reply || t.data == "" {
			continue
		}
		at := exchangeAt{from: from, to: from + 1, steps: []Step{Client(t.data)}}
		for at.to < len(turns) && turns[at.to].reply {
			at.steps = append(at.steps, Server(turns[at.to].data))
			at.to++
		}
		list = append(list, at)
	}
	return list
}

// repeatable opens a connection for an exchange and reports whether it passes three times.
func (s *script) repeatable(from, to int) (*exchange, bool) {
	turns := s.turns(true)
	e, err := s.exchange(turns[:from], turns[from:to])
	if err != nil {
		return nil, false
	}
	for range 3 {
		if e.run(whole) != nil || e.conn.Closing() {
			return nil, false
		}
	}
	e.drain()
	return e, true
}
