//go:build wasip1

package wasm

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/hosts/internal/observe"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Properties of a connection that are read.
const (
	propertyConnectionID = "connection_id"
	propertySource       = "source\x00address"
	propertyDestination  = "destination\x00address"
	propertyServerName   = "connection\x00requested_server_name"
	propertyURISAN       = "connection\x00uri_san_peer_certificate"
	// propertyPrincipal is whose certificate a proxy of Istio's has seen, on a connection that it hands on, such as to a waypoint.
	propertyPrincipal = "filter_state\x00io.istio.peer_principal"
)

// stream is a connection: its parser and its engine, once bytes have come.
type stream struct {
	plugin *plugin
	id     uint32
	// metrics are those of its parser; as long as it has none, those of the settings'.
	metrics *parserMetrics
	// conn is nil if the connection passes without being judged, and until its protocol is detected.
	conn   *host.Connection
	engine observe.Engine
	// directions are the client's and the server's.
	directions [2]standing
	// refused: nothing passes any more.
	refused bool
	// last is what became of the last request: "allowed", "denied" or "closed". failure is why the connection was closed.
	last, failure string
	counts        host.Counts
}

var errUnreadable = errors.New("the buffer cannot be read")

// standing is a verdict on bytes not yet received, as the engine has given it, and how many of them have been seen to.
type standing struct{ pass, drop, skipped uint64 }

// plan and chunk are working memory of one call: a virtual machine has one thread.
var (
	plan  datapath.Plan
	chunk [1][]byte
)

// keptPlan is the capacity of the output that is kept from one call to the next, in bytes.
const keptPlan = 256 << 10

// data judges the bytes that Envoy shows of one direction, and changes them.
func (s *stream) data(reply bool, size uint32, end bool) {
	kind := uint32(bufferDownstream)
	if reply {
		kind = bufferUpstream
	}
	switch {
	case s.refused:
		s.drop(kind, size)
		return
	case size == 0 && !end, !end && s.skip(reply, kind, size):
		return
	}
	if s.engine == nil {
		if err := s.open(); err != nil {
			s.plugin.instance.Log().Debug("connection closed: " + err.Error())
			s.refuse(kind, size, err.Error())
			return
		}
	}
	input, ok := buffer(kind, size)
	if !ok && s.plugin.instance.Observes() {
		s.engine.Close()
		s.engine = observe.Pass(s.plugin.instance, errUnreadable)
		return
	}
	if !ok {
		s.refuse(kind, size, errUnreadable.Error())
		return
	}
	s.judge(reply, end, input)
	s.carryOut(reply, kind, size)
}

// skip applies a standing verdict to bytes that are fewer than it is about, without a look at them.
func (s *stream) skip(reply bool, kind, size uint32) bool {
	d := &s.directions[index(reply)]
	n := uint64(size)
	switch {
	case n < d.pass:
		d.pass -= n
	case n < d.drop:
		d.drop -= n
		s.drop(kind, size)
	default:
		return false
	}
	d.skipped += n
	return true
}

func index(reply bool) int {
	if reply {
		return 1
	}
	return 0
}

// drop removes the bytes of a buffer. If Envoy does not, the connection is closed: then none of them passes either.
func (s *stream) drop(kind, size uint32) {
	if size > 0 && !replace(kind, size, nil) {
		s.refused = true
		proxyCloseStream(streamDownstream)
	}
}

// open makes the session of the connection.
func (s *stream) open() error {
	p := s.plugin
	s.metrics = p.parsers[p.settings.Parser.Name]
	info, err := p.settings.Connection(facts(), p.identityOf)
	if err != nil && p.instance.Observes() {
		s.engine = observe.Pass(p.instance, err)
		return nil
	}
	if err != nil {
		return err
	}
	if p.sans != nil {
		if id := p.sans[clientURI()]; id != 0 {
			info.SrcId = id
		}
	}
	remote := info.DstId
	if info.Ingress {
		remote = info.SrcId
	}
	info.New = p.newParser
	limits := datapath.Limits{HeldBytes: int(p.settings.Limits.HeldBytes), Total: p.instance.HeldBytes()}
	if p.instance.Observes() {
		s.engine = observe.Begin(p.instance, p.settings.Parser.Name, info, limits, func(c *host.Connection) { s.opened(c, remote) })
		return nil
	}
	conn, err := host.NewConnection(p.instance, p.settings.Parser.Name, info)
	if err != nil {
		s.countRemote(remote)
		return errors.New("connection refused: " + err.Error())
	}
	s.engine = datapath.NewInTurns(conn, limits)
	s.opened(conn, remote)
	return nil
}

// opened counts the connection, which has a parser now.
func (s *stream) opened(conn *host.Connection, remote uint32) {
	s.conn, s.metrics = conn, s.plugin.parsers[conn.ParserName]
	s.metrics.count(countConnections, 1)
	s.countRemote(remote)
}

// countRemote counts the identity of the remote side, if that is unknown.
func (s *stream) countRemote(identity uint32) {
	if identity == 0 {
		s.metrics.count(countUnknownIdentity, 1)
	}
}

// clientURI returns the URI in the client's certificate: of this connection, or else of the one that a proxy has handed on.
func clientURI() string {
	if uri := property(propertyURISAN); len(uri) > 0 {
		return string(uri)
	}
	return string(property(propertyPrincipal))
}

// facts returns what Envoy knows of the connection of the call.
func facts() filterconfig.Facts {
	f := filterconfig.Facts{Remote: address(property(propertySource)), Local: address(property(propertyDestination))}
	f.ServerName = string(property(propertyServerName))
	if id := property(propertyConnectionID); len(id) == 8 {
		f.ID = binary.LittleEndian.Uint64(id)
	}
	return f
}

// address returns an address, the zero value if it is not an IP address with a port.
func address(text []byte) netip.AddrPort {
	a, err := netip.ParseAddrPort(string(text))
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// judge fills in the plan, and counts.
func (s *stream) judge(reply, end bool, input []byte) {
	for i := range s.directions {
		if d := &s.directions[i]; d.skipped > 0 {
			s.engine.Skipped(i == 1, d.skipped)
			d.skipped = 0
		}
	}
	chunks := chunk[:0]
	if len(input) > 0 {
		chunk[0] = input
		chunks = chunk[:1]
	}
	if cap(plan.Out) > keptPlan {
		plan.Out = nil
	}
	s.engine.Data(reply, end, chunks, &plan)
	s.metrics.measure(plan.Latencies)
	s.directions[index(reply)] = standing{pass: plan.Pass, drop: plan.Drop}
	if s.conn != nil {
		s.count(s.conn.Counts())
	}
}

// count counts the requests of a call.
func (s *stream) count(now host.Counts) {
	m := s.metrics
	m.count(countPassed, now.Passed-s.counts.Passed)
	m.count(countAudited, now.Audited-s.counts.Audited)
	m.count(countDenied, now.Denied-s.counts.Denied)
	if now.Passed > s.counts.Passed {
		s.last = "allowed"
	}
	denied := now.Denied > s.counts.Denied
	if denied {
		s.last = "denied"
	}
	s.counts = now
	if denied {
		s.publish()
	}
}

// carryOut changes the buffer as the plan says.
func (s *stream) carryOut(reply bool, kind, size uint32) {
	if !plan.Leave && (size > 0 || len(plan.Out) > 0) && !replace(kind, size, plan.Out) {
		s.refuse(kind, size, "the buffer cannot be changed")
		return
	}
	if !plan.Close {
		return
	}
	if s.conn.Failure() != "" {
		s.metrics.count(countParseErrors, 1)
	}
	s.plugin.instance.Log().WithField("connection", s.conn.Id).WithField("client", s.conn.SrcAddr).
		Debug("connection closed: " + plan.Reason)
	s.end(plan.Reason, len(plan.Out) > 0)
}

// refuse drops the bytes and closes the connection.
func (s *stream) refuse(kind, size uint32, reason string) {
	s.drop(kind, size)
	s.end(reason, false)
}

// end closes the connection. If something goes out with this call, Envoy closes it later, as it would drop that.
func (s *stream) end(reason string, later bool) {
	s.refused = true
	s.last, s.failure = "closed", "proxylib: "+hostlog.Printable(reason)
	s.metrics.count(countClosed, 1)
	s.publish()
	if later {
		s.plugin.closeLater(s.id)
		return
	}
	proxyCloseStream(streamDownstream)
}

// publish sets what Envoy's access log may show.
func (s *stream) publish() {
	parser := s.plugin.settings.Parser.Name
	if s.conn != nil {
		parser = s.conn.ParserName
	}
	setState("proxylib_parser", parser)
	setState("proxylib_passed", strconv.FormatUint(s.counts.Passed, 10))
	setState("proxylib_denied", strconv.FormatUint(s.counts.Denied, 10))
	if s.counts.Audited > 0 {
		setState("proxylib_audited", strconv.FormatUint(s.counts.Audited, 10))
	}
	if s.last != "" {
		setState("proxylib_last", s.last)
	}
	if s.failure != "" {
		setState("proxylib_failure", s.failure)
	}
}

// setState sets a value of the connection's filter state; its key there begins with "wasm.".
func setState(key, value string) {
	proxySetProperty(textAddress(key), uint32(len(key)), textAddress(value), uint32(len(value)))
}

// close releases what the connection keeps.
func (s *stream) close() {
	s.plugin.forget(s.id)
	if s.engine != nil {
		s.engine.Close()
		s.engine = nil
	}
	s.plugin.logged(s.id)
	s.plugin.metrics.report(s.plugin.instance)
}
