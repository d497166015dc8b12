package parsertest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Bench measures, in a sub-benchmark for each case, how long a parser takes for a request and its reply. The last step of
// the client and those of the server after it are repeated on one connection, each handed over in one piece; the steps
// before them come first, once. All bytes that are repeated must pass. The access log is the queue of production.
func Bench(b *testing.B, cases ...Case) {
	b.Helper()
	for _, c := range cases {
		b.Run(c.Name, func(b *testing.B) { bench(b, c) })
	}
}

func bench(b *testing.B, c Case) {
	e, err := newExchange(c)
	if err != nil {
		b.Fatalf("%s: %v", c.parserName(), err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := e.run(whole); err != nil {
			b.Fatalf("%s: %v", c.parserName(), err)
		}
		if i%256 == 0 {
			e.drain()
		}
	}
}

// Allocs requires, in a subtest for each case, that a request and its reply that pass allocate nothing, in one piece and
// cut in two. What is repeated is as in [Bench]. It cannot be called from tests that run in parallel. The race detector
// allocates by itself; with it, nothing is counted.
func Allocs(t *testing.T, cases ...Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			e, err := newExchange(c)
			if err == nil {
				err = e.allocatesNothing()
			}
			if err != nil {
				t.Errorf("%s: %v", c.parserName(), err)
			}
		})
	}
}

// exchange repeats a request and its reply on one connection, as a host does.
type exchange struct {
	conn   *host.Connection
	queue  *accesslog.Queue
	pauses *pauses
	turns  []turn
	// bytes are the data of the turns.
	bytes [][]byte
	data  [2][]byte
	ops   [host.MaxOps]host.FilterOp
}

// cutAt says where the data of a turn is cut in two; 0 is nowhere.
type cutAt func(n int) int

func whole(int) int    { return 0 }
func halved(n int) int { return n / 2 }

// newExchange opens a connection and plays what comes before the exchange.
func newExchange(c Case) (*exchange, error) {
	s, err := newScript(c)
	if err != nil {
		return nil, err
	}
	return s.exchange()
}

func (s *script) exchange() (*exchange, error) {
	turns := s.turns(true)
	first := len(turns) - 1
	for first >= 0 && (turns[first].reply || turns[first].data == "") {
		first--
	}
	if first < 0 {
		return nil, errors.New("no step of the client is there to be repeated")
	}
	return s.exchangeAfter(turns[:first], turns[first:])
}

func (s *script) exchangeAfter(before, repeated []turn) (*exchange, error) {
	e := &exchange{queue: accesslog.NewQueue(0, nil), turns: repeated, pauses: s.newPauses()}
	for _, t := range repeated {
		e.bytes = append(e.bytes, []byte(t.data))
	}
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Audit: s.audit, ReadOnly: s.readOnly, Policies: new(policy.Store), AccessLog: e.queue, LogKinds: s.logKinds})
	instance.Policies().Replace(s.start)
	info := s.conn.info()
	info.Protocol, info.New, info.Wake = s.Protocol, s.newParser, e.pauses.wake
	var err error
	if e.conn, err = host.NewConnection(instance, s.Name, info); err != nil {
		return nil, err
	}
	engine := datapath.New(e.conn, datapath.Limits{})
	var plan datapath.Plan
	for _, t := range before {
		if t.snapshot != nil {
			instance.Policies().Replace(t.snapshot)
			continue
		}
		switch {
		case t.resumes == nil:
			engine.Data(t.reply, t.end, [][]byte{[]byte(t.data)}, &plan)
		case t.resumes.carryOut(e.conn):
			engine.Resume(&plan)
		}
		if !e.pauses.await(e.conn, func() { engine.Resume(&plan) }) {
			return nil, errors.New(nobodyResumes)
		}
		if plan.Close {
			return nil, fmt.Errorf("before the exchange: %s", plan.Reason)
		}
	}
	e.drain()
	return e, nil
}

// run hands over the bytes of all turns, of which each has to pass.
func (e *exchange) run(cut cutAt) error {
	for i, t := range e.turns {
		if err := e.pass(t.reply, e.bytes[i], cut(len(e.bytes[i]))); err != nil {
			return err
		}
	}
	return nil
}

// pass hands over input, cut in two where cut is not 0, until the parser has judged all of it.
func (e *exchange) pass(reply bool, input []byte, cut int) error {
	for left := len(input); left > 0; {
		data := e.data[:1]
		data[0] = input[len(input)-left:]
		if at := cut - (len(input) - left); at > 0 {
			data = e.data[:2]
			data[0], data[1] = input[len(input)-left:cut], input[cut:]
		}
		ops, result := e.conn.OnData(reply, false, data, e.ops[:0])
		n, passes := 0, true
		for _, op := range ops {
			n += int(op.N)
			passes = passes && op.Op == proxylib.PASS
		}
		if e.conn.Paused() && len(ops) == 0 && e.pauses.await(e.conn, func() { e.conn.Unpause() }) && !e.conn.Paused() {
			continue
		}
		if left -= n; !passes || result != proxylib.OK || n == 0 || left < 0 {
			return fmt.Errorf("what is repeated must pass, but of the %s's bytes %d were left and there came %v %s",
				side(reply), left+n, ops, e.conn.Failure())
		}
	}
	return nil
}

// drain empties the access log, as its writer does.
func (e *exchange) drain() { e.queue.Drain(func([]byte, uint64) {}) }

// countedRuns is how often an exchange is repeated to count allocations.
const countedRuns = 500

// allocatesNothing counts the allocations of the exchange.
func (e *exchange) allocatesNothing() error {
	for _, form := range []struct {
		name string
		cut  cutAt
	}{{"in one piece", whole}, {"cut in two", halved}} {
		var failed error
		once := func() {
			if err := e.run(form.cut); err != nil {
				failed = err
			}
			e.drain()
		}
		n := allocsPerRun(once)
		if failed != nil {
			return failed
		}
		if n != 0 {
			return fmt.Errorf("%s, a request that passes and its reply allocate %v times", form.name, n)
		}
	}
	return nil
}
