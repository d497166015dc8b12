package parsertest

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib/host"
)

const (
	// idleConnections is the number of connections that are measured together.
	idleConnections = 128
	// idleTries is how often they are measured at most: what the runtime allocates meanwhile for itself only adds to them.
	idleTries = 8
)

// Idle requires, in a subtest for each case, that a connection takes at most a number of bytes of memory while it is idle:
// a new one, and one that has played the case, whose last requests have their replies. It is what the framework, the
// stream engine of our own hosts and the parser take together; a host adds what it keeps itself. It cannot be called from
// tests that run in parallel. With the race detector, whose pools forget things at random, nothing is counted.
func Idle(t *testing.T, limit int, cases ...Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			for _, form := range []struct {
				name string
				play bool
				cut  cutAt
			}{{"new", false, whole}, {"after requests in one piece each", true, whole}, {"after requests in two pieces each", true, halved}} {
				bytes, err := c.idle(form.play, form.cut)
				for n := 1; n < idleTries && bytes > limit && err == nil; n++ {
					again := 0
					again, err = c.idle(form.play, form.cut)
					bytes = min(bytes, again)
				}
				switch {
				case err != nil:
					t.Fatalf("%s: %v", c.parserName(), err)
				case bytes > limit && !raceEnabled:
					t.Errorf("%s: an idle connection takes %d bytes %s, more than %d", c.parserName(), bytes, form.name, limit)
				}
			}
		})
	}
}

// idle returns how many bytes a connection takes.
func (c Case) idle(play bool, cut cutAt) (int, error) {
	s, err := newScript(c)
	if err != nil {
		return 0, err
	}
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Policies: new(policy.Store), ReadOnly: s.readOnly, AccessLog: forgetful{}})
	instance.Policies().Replace(s.start)
	open := func() (*datapath.Engine, error) {
		info := s.conn.info()
		pauses := s.newPauses()
		info.Protocol, info.New, info.Wake = s.Protocol, s.newParser, pauses.wake
		conn, err := host.NewConnection(instance, s.Name, info)
		if err != nil {
			return nil, err
		}
		engine := datapath.New(conn, datapath.Limits{})
		if play {
			err = s.feed(engine, cut, func(plan *datapath.Plan) { pauses.await(conn, func() { engine.Resume(plan) }) })
		}
		return engine, err
	}
	// The first connection makes what all share.
	first, err := open()
	if err != nil {
		return 0, err
	}
	engines := make([]*datapath.Engine, idleConnections)
	before := heapInUse()
	for i := range engines {
		if engines[i], err = open(); err != nil {
			return 0, err
		}
	}
	used := heapInUse() - before
	runtime.KeepAlive(first)
	runtime.KeepAlive(engines)
	return int(used) / idleConnections, nil
}

// feed hands over the bytes of all steps. await waits for what pauses.
func (s *script) feed(engine *datapath.Engine, cut cutAt, await func(plan *datapath.Plan)) error {
	var plan datapath.Plan
	for _, t := range s.turns(true) {
		data := []byte(t.data)
		at := cut(len(data))
		for _, piece := range [][]byte{data[:at], data[at:]} {
			if len(piece) == 0 {
				continue
			}
			engine.Data(t.reply, false, [][]byte{piece}, &plan)
			if await(&plan); plan.Close {
				return fmt.Errorf("the connection is closed: %s", plan.Reason)
			}
		}
	}
	return nil
}

// forgetful is an access log that keeps nothing.
type forgetful struct{}

func (forgetful) Log(accesslog.Entry) {}

// heapInUse returns the number of bytes that are in use after pools have been emptied, which two collections do.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
