package envoy

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/observe"
	"github.com/proxylib/proxylib/hosts/internal/wasmfile"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// filter is a filter configuration in force. It is immutable, and used by all threads at once.
type filter struct {
	settings *settings
	// parsers are those that connections may have: the one of the settings, and those that may be detected in its place.
	parsers   []string
	newParser func(*proxylib.Connection) proxylib.Parser
	// file is that of the parser; nil is one of the library.
	file       *wasmfile.File
	identities *policy.Identities
	// names are the identities of clients by their names; nil if there are none.
	names map[string]uint32
	// instance is nil while the host only validates.
	instance *host.Instance
	// resume has Envoy call the scheduled hook of a connection.
	resume func(scheduler uintptr) (release func())
	// scratch holds *scratch.
	scratch sync.Pool
}

// scratch is the working memory of one call.
type scratch struct {
	chunks [][]byte
	plan   datapath.Plan
}

// keptChunks is the capacity for chunks that a scratch keeps.
const keptChunks = 256

func (f *filter) takeScratch() *scratch {
	if k, ok := f.scratch.Get().(*scratch); ok {
		return k
	}
	return &scratch{}
}

// giveScratch takes a scratch back, without its references to memory of Envoy and of the shim.
func (f *filter) giveScratch(k *scratch) {
	if cap(k.chunks) > keptChunks {
		return
	}
	clear(k.chunks)
	k.chunks = k.chunks[:0]
	k.plan.Out, k.plan.Reverse, k.plan.Latencies = nil, nil, nil
	f.scratch.Put(k)
}

// facts are what Envoy knows of a connection.
type facts struct {
	filterconfig.Facts
	// name is what client_name calls the client.
	name        string
	canStartTLS bool
}

// session is a connection: its parser and its engine.
type session struct {
	filter *filter
	// unknown: the remote side has no identity. counted: this and the connection have been counted.
	unknown, counted bool
	// conn is nil if the connection passes without being judged, and until its protocol is detected.
	conn   *host.Connection
	engine observe.Engine
}

// connect makes the session of a connection. unknown reports whether the remote side has no identity. A connection that is only
// watched is not refused.
func (f *filter) connect(facts facts) (_ *session, unknown bool, err error) {
	s := &session{filter: f}
	facts.Named = f.names[facts.name]
	info, err := f.settings.Connection(facts.Facts, f.identityOf)
	if err != nil && f.instance.Observes() {
		s.engine = observe.Pass(f.instance, err)
		return s, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	info.New = f.newParser
	if f.file != nil {
		info.Protocol = f.file.Protocol()
	}
	remoteID := info.DstId
	if info.Ingress {
		remoteID = info.SrcId
	}
	limits := datapath.Limits{HeldBytes: int(f.settings.Limits.HeldBytes), Total: f.instance.HeldBytes()}
	waker := f.newWaker(&info)
	if f.instance.Observes() {
		s.engine = observe.Begin(f.instance, f.settings.Parser.Name, info, limits, func(c *host.Connection) { s.conn = c })
		s.mayPause(waker)
		return s, remoteID == 0, nil
	}
	if s.conn, err = host.NewConnection(f.instance, f.settings.Parser.Name, info); err != nil {
		return nil, remoteID == 0, fmt.Errorf("%s: connection refused: %w", f.settings.Parser.Name, err)
	}
	if facts.canStartTLS {
		s.conn.SetCanStartTLS()
	}
	s.engine = datapath.New(s.conn, limits)
	s.mayPause(waker)
	return s, remoteID == 0, nil
}

// newWaker returns what has a connection resumed, nil if its requests do not pause.
func (f *filter) newWaker(info *host.ConnectionInfo) *waker {
	if p := proxylib.Registered(f.settings.Parser.Name); f.file != nil || p == nil || !p.Pauses {
		return nil
	}
	w := &waker{commit: f.resume, after: f.settings.Limits.VerdictTime()}
	info.Wake = w.wake
	return w
}

// identityOf returns the identity of an address by the configuration, or else by what the policy server has sent; 0 is
// unknown.
func (f *filter) identityOf(addr netip.Addr) uint32 {
	if id := f.identities.Of(addr); id != 0 || f.instance.Identities() == nil {
		return id
	}
	return f.instance.Identities().Current().Of(addr)
}

// parser is the index of the connection's parser among those of the filter, which begin with the one of the settings.
func (s *session) parser() int { return max(0, slices.Index(s.filter.parsers, s.conn.ParserName)) }

// tally counts what happened in one call.
type tally struct {
	// opened: these are the first bytes that a parser has seen of the connection.
	opened                  bool
	passed, audited, denied uint64
	// failed: the connection is closed because of what the parser found.
	failed bool
}

// data judges bytes of one direction and fills in the plan.
func (s *session) data(reply, endStream bool, chunks [][]byte, plan *datapath.Plan) tally {
	var before host.Counts
	if s.conn != nil {
		before = s.conn.Counts()
	}
	s.engine.Data(reply, endStream, chunks, plan)
	if s.conn == nil {
		return tally{}
	}
	if s.conn.Paused() {
		s.waker().limit(s.conn.PauseNumber())
	}
	return s.tally(before, plan)
}

// resume has requests go on that have paused, if their time has come, and fills in the plan.
func (s *session) resume(plan *datapath.Plan) tally {
	before := s.conn.Counts()
	p := s.engine.(*pausable)
	p.Resume(plan)
	p.waker.limit(s.conn.PauseNumber())
	return s.tally(before, plan)
}

// tally counts what has happened since before.
func (s *session) tally(before host.Counts, plan *datapath.Plan) tally {
	now := s.conn.Counts()
	if plan.Close {
		s.filter.instance.Log().WithField("connection", s.conn.Id).WithField("client", s.conn.SrcAddr).
			Debug("connection closed: " + plan.Reason)
	}
	opened := !s.counted
	s.counted = true
	return tally{
		opened: opened, passed: now.Passed - before.Passed, audited: now.Audited - before.Audited, denied: now.Denied - before.Denied,
		failed: plan.Close && s.conn.Failure() != "",
	}
}

// skipped notes bytes that the shim has disposed of under a standing verdict.
func (s *session) skipped(request, reply uint64) {
	if request > 0 {
		s.engine.Skipped(false, request)
	}
	if reply > 0 {
		s.engine.Skipped(true, reply)
	}
}

func (s *session) close() { s.engine.Close() }
