//go:build wasip1

package wasmparser

import (
	"unsafe"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/hosts/internal/parserabi"
	"github.com/proxylib/proxylib/internal/hostlink"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// area is what both sides read and write; see [parserabi.AreaBytes].
var area struct {
	host, heldLimit         uint32
	injected, capacity      [2]uint32
	state, ops              uint32
	failure, lastWords      uint32
	passed, audited, denied uint64
	heldBytes               uint32
	rule, reason, maxOps    uint32
	list                    [parserabi.MaxOps]host.FilterOp
	failureText             [parserabi.MaxFailure]byte
	texts                   [parserabi.MaxTexts]byte
	buffers                 [2][parserabi.MaxInjected]byte
}

// The layout is the one that is documented.
const (
	_ = uint(parserabi.AreaList - unsafe.Offsetof(area.list))
	_ = uint(unsafe.Offsetof(area.list) - parserabi.AreaList)
	_ = uint(parserabi.AreaBytes - unsafe.Sizeof(area))
	_ = uint(unsafe.Sizeof(area) - parserabi.AreaBytes)
)

var (
	// conn is the connection of the instance.
	conn *host.Connection
	// injects are its inject buffers.
	injects [2][]byte
	// fields are those that rules may ask about.
	fields []uint32
)

// connect makes the connection and its parser.
func connect(p *proxylib.Protocol, c *parserabi.Connection) (err error) {
	config := host.InstanceConfig{
		ID: 1, Policies: new(policy.Store), Decider: decider{}, Observe: c.Flags&parserabi.Observe != 0,
		LogKinds: accesslog.Kinds(c.Kinds),
	}
	if c.Flags&parserabi.HasLog != 0 {
		config.AccessLog = logger{}
	}
	takeInjectBuffers()
	conn, err = host.NewConnection(host.NewInstance(config), p.Name, host.ConnectionInfo{
		Id: c.ID, Ingress: c.Flags&parserabi.Ingress != 0, SrcId: c.SourceID, DstId: c.DestinationID, SrcAddr: c.Source, DstAddr: c.Destination,
		PolicyName: c.PolicyName, Port: uint16(c.Port), ProxyID: c.ProxyID, ServerName: c.ServerName, New: newParser,
		OrigBuf: &injects[0], ReplyBuf: &injects[1],
	})
	if err != nil {
		return err
	}
	if h, ok := conn.Parser.(proxylib.Holder); ok {
		area.heldBytes = uint32(h.HeldBytes())
	}
	for i := range injects {
		area.injected[i] = uint32(len(injects[i]))
	}
	return nil
}

// takeInjectBuffers makes the inject buffers as the library has them.
func takeInjectBuffers() {
	for i := range injects {
		injects[i] = area.buffers[i][:area.injected[i]:area.capacity[i]]
	}
}

// begin takes over what the library has written.
func begin() {
	takeInjectBuffers()
	conn.OrigBuf, conn.ReplyBuf = &injects[0], &injects[1]
	if area.host&parserabi.InTurns != 0 {
		conn.SetInTurns()
	}
	if area.host&parserabi.CanWait != 0 {
		conn.SetCanWait()
	}
	if area.host&parserabi.CanStartTLS != 0 {
		conn.SetCanStartTLS()
	}
	if area.host&parserabi.StartsTLS == 0 {
		conn.TakeStartTLS()
	}
	conn.SetHeldLimit(int(area.heldLimit))
}

// finish writes what the library takes over.
func finish(result proxylib.FilterResult) {
	state := uint32(0)
	if conn.Waiting() {
		state |= parserabi.Waiting
	}
	if conn.StartsTLS() {
		state |= parserabi.StartTLS
	}
	if conn.Closing() {
		state |= parserabi.Closing
	}
	if conn.ClosedLogged() {
		state |= parserabi.ClosedLogged
	}
	failure := conn.ClosingReason()
	if conn.Failure() != "" {
		failure = conn.Failure()
		state |= parserabi.Failed
	}
	if (*host.Instance)(conn.Instance).Panics() > 0 {
		state |= parserabi.Panicked
	}
	area.state = state
	area.failure = uint32(copy(area.failureText[:], failure))
	area.lastWords = uint32(conn.LastWordsSent())
	counts := conn.Counts()
	area.passed, area.audited, area.denied = counts.Passed, counts.Audited, counts.Denied
	for i := range injects {
		area.injected[i] = uint32(len(injects[i]))
	}
}

// decider asks the library.
type decider struct{}

var _ hostlink.Decider = decider{}

// subject is the encoded request, and rule and reason are the texts of the verdict before.
var (
	subject []byte
	rule1   string
	reason1 string
)

// Decide implements [hostlink.Decider].
func (decider) Decide(l7 any) hostlink.Answer {
	subject = parserabi.AppendSubject(subject[:0], l7, fields)
	bits := hostDecide(addressOf(subject), uint32(len(subject)))
	if cap(subject) > keptBuffer {
		subject = nil
	}
	texts := area.texts[:]
	return hostlink.Answer{
		Allowed: bits&parserabi.Allowed != 0, Audited: bits&parserabi.Audited != 0,
		Rule: again(&rule1, texts[:area.rule]), Reason: again(&reason1, texts[area.rule:][:area.reason]),
	}
}

// again returns a text, which is the one before if they are equal.
func again(before *string, text []byte) string {
	if *before != string(text) {
		*before = string(text)
	}
	return *before
}

// Concerned implements [hostlink.Decider].
func (decider) Concerned() bool { return hostAsk(parserabi.AskConcerned) != 0 }

// Unrestricted implements [hostlink.Decider].
func (decider) Unrestricted() bool { return hostAsk(parserabi.AskUnrestricted) != 0 }

// SetUser implements [hostlink.Decider].
func (decider) SetUser(name []byte) { hostSetUser(addressOf(name), uint32(len(name))) }

// logger hands entries to the library.
type logger struct{}

// entry is the encoded entry.
var entry []byte

// Log implements [accesslog.Logger].
func (logger) Log(e accesslog.Entry) {
	entry = parserabi.AppendEntry(entry[:0], &e)
	hostLog(addressOf(entry), uint32(len(entry)))
	if cap(entry) > keptBuffer {
		entry = nil
	}
}
