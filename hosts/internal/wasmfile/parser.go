package wasmfile

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/hosts/internal/parserabi"
	"github.com/proxylib/proxylib/internal/hostlink"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// What package proxylib does for parsers with a framework of their own.
var (
	settingsOf = hostlink.Function[func(*proxylib.Instance) *hostlink.Instance[newFunc]]("Settings")
	logEntry   = hostlink.Function[func(*proxylib.Connection, accesslog.Entry, string)]("LogEntry")
)

type newFunc = func(*proxylib.Connection) proxylib.Parser

// parser is the parser of a connection, in an instance of its own.
type parser struct {
	conn     *proxylib.Connection
	instance *instance
	// released: the version and the limit have been given back.
	released bool
	held     int
	subject  parserabi.Subject
	entry    parserabi.Entry
	counts   hostCounts
}

// hostCounts are those of requests that the parser has said last.
type hostCounts struct{ passed, audited, denied uint64 }

// newParser makes the parser of a connection. The error is [proxylib.POLICY_DROP] if the parser declines it.
func (v *version) newParser(c *proxylib.Connection) (*parser, error) {
	if !v.limits.instances.Take(1) {
		return nil, proxylib.POLICY_DROP
	}
	i, err := v.clone()
	if err != nil {
		v.limits.instances.Give(1)
		return nil, err
	}
	p := &parser{conn: c, instance: i}
	i.serves = p
	if err = p.open(); err != nil {
		p.release()
		return nil, err
	}
	return p, nil
}

// open tells the instance of the connection.
func (p *parser) open() error {
	c, s := p.conn, settingsOf(p.conn.Instance)
	info := parserabi.Connection{
		ID: c.Id, SourceID: c.SrcId, DestinationID: c.DstId, ProxyID: c.ProxyID, Port: uint32(c.Port), Source: c.SrcAddr,
		Destination: c.DstAddr, PolicyName: c.PolicyName, ServerName: c.ServerName, Kinds: uint32(s.LogKinds),
	}
	for bit, set := range map[uint32]bool{
		parserabi.Ingress: c.Ingress, parserabi.HasLog: s.AccessLog != nil, parserabi.Observe: s.Observe,
		parserabi.ReadOnly: s.ReadOnly, parserabi.Audit: s.Audit,
	} {
		if set {
			info.Flags |= bit
		}
	}
	area, err := p.instance.bytes(p.instance.area, parserabi.AreaBytes)
	if err != nil {
		return err
	}
	p.writeArea(area, &hostlink.State{}, parserabi.MaxOps)
	if err := p.instance.open(&info); err != nil {
		return err
	}
	if area, err = p.instance.bytes(p.instance.area, parserabi.AreaBytes); err != nil {
		return err
	}
	p.held = int(min(number(area, parserabi.AreaHeldBytes), maxHeld))
	return p.takeInjected(area)
}

// maxHeld is the most that a parser may ask its host to hold, in bytes.
const maxHeld = 64 << 20

// open opens the connection of the instance.
func (i *instance) open(c *parserabi.Connection) error {
	text := c.Append(nil)
	if err := i.give(text); err != nil {
		return err
	}
	n, err := i.run(parserabi.ExportOpen, uint64(len(text)))
	result := uint32(n)
	switch {
	case err != nil:
		return err
	case result == parserabi.OK:
		return nil
	case result == parserabi.PolicyDrop:
		return proxylib.POLICY_DROP
	case result == parserabi.ParserError:
		return proxylib.PARSER_ERROR
	}
	return ErrResult
}

func number(area []byte, at int) uint32 { return binary.LittleEndian.Uint32(area[at:]) }

func setNumber(area []byte, at int, n uint32) { binary.LittleEndian.PutUint32(area[at:], n) }

// HeldBytes implements [proxylib.Holder].
func (p *parser) HeldBytes() int { return p.held }

// OnData implements [proxylib.Parser]. The framework calls Judge in its place.
func (p *parser) OnData(bool, bool, [][]byte) (proxylib.OpType, int) {
	return p.conn.Fail("a loaded parser was called as one of the library", proxylib.ERROR_INVALID_FRAME_TYPE)
}

// writeArea writes what the parser needs to know of the host.
func (p *parser) writeArea(area []byte, state *hostlink.State, maxOps int) {
	bits := uint32(0)
	for i, set := range [...]bool{state.CanWait, state.Flushes, state.InTurns, state.CanStartTLS, state.StartTLS} {
		if set {
			bits |= 1 << i
		}
	}
	setNumber(area, parserabi.AreaHost, bits)
	setNumber(area, parserabi.AreaHeldLimit, uint32(state.HeldLimit))
	setNumber(area, parserabi.AreaMaxOps, uint32(maxOps))
	for i, buffer := range []*[]byte{p.conn.OrigBuf, p.conn.ReplyBuf} {
		used, capacity := 0, parserabi.MaxInjected
		if buffer != nil && *buffer != nil {
			used, capacity = len(*buffer), min(cap(*buffer), parserabi.MaxInjected)
		}
		setNumber(area, parserabi.AreaInjected+4*i, uint32(min(used, capacity)))
		setNumber(area, parserabi.AreaCapacity+4*i, uint32(capacity))
	}
}

// Judge implements the interface of a parser with a framework of its own.
func (p *parser) Judge(state *hostlink.State, reply, endStream bool, data [][]byte, ops []host.FilterOp,
) ([]host.FilterOp, proxylib.FilterResult, hostlink.Report) {
	before := ops
	size, err := p.giveInput(data)
	var result uint64
	if err == nil {
		result, err = p.callData(state, reply, endStream, size, cap(ops)-len(ops))
	}
	var report hostlink.Report
	if err == nil {
		ops, report, err = p.takeResult(state, reply, size, result, ops)
	}
	switch {
	case err != nil:
		return before, proxylib.PARSER_ERROR, p.fail(state, err)
	case result == parserabi.ParserError:
		return ops, proxylib.PARSER_ERROR, report
	}
	return ops, proxylib.OK, report
}

// giveInput copies the input into the memory of the parser, and returns its length.
func (p *parser) giveInput(data [][]byte) (size int, err error) {
	for _, chunk := range data {
		size += len(chunk)
	}
	into, err := p.instance.reserve(size)
	if err != nil {
		return 0, err
	}
	for _, chunk := range data {
		into = into[copy(into, chunk):]
	}
	return size, nil
}

// callData has the parser judge the input.
func (p *parser) callData(state *hostlink.State, reply, endStream bool, size, maxOps int) (result uint64, err error) {
	i := p.instance
	area, err := i.bytes(i.area, parserabi.AreaBytes)
	if err != nil {
		return 0, err
	}
	p.writeArea(area, state, min(maxOps, parserabi.MaxOps))
	flags := uint64(0)
	if reply {
		flags |= parserabi.Reply
	}
	if endStream {
		flags |= parserabi.EndStream
	}
	i.stack[0], i.stack[1] = flags, uint64(size)
	err = i.call(i.onData, i.stack[:])
	// Of a number of 32 bits, the upper half of what is on the stack has no meaning.
	return uint64(uint32(i.stack[0])), err
}

// takeResult takes over what the parser has written.
func (p *parser) takeResult(state *hostlink.State, reply bool, size int, result uint64, ops []host.FilterOp,
) ([]host.FilterOp, hostlink.Report, error) {
	area, err := p.instance.bytes(p.instance.area, parserabi.AreaBytes)
	if err == nil {
		err = p.takeInjected(area)
	}
	if err != nil {
		return ops, hostlink.Report{}, err
	}
	report, err := p.takeState(area, state)
	switch {
	case err != nil:
		return ops, report, err
	case result == parserabi.ParserError && state.Failure() != "":
		return ops, report, nil
	case result != parserabi.OK:
		return ops, report, ErrResult
	}
	ops, err = takeOps(area, ops, size, p.injected(reply))
	return ops, report, err
}

// injected returns how many bytes wait in the inject buffer of a direction.
func (p *parser) injected(reply bool) int {
	buffer := p.conn.OrigBuf
	if reply {
		buffer = p.conn.ReplyBuf
	}
	if buffer == nil {
		return 0
	}
	return len(*buffer)
}

// takeInjected takes over what the parser has injected.
func (p *parser) takeInjected(area []byte) error {
	for i := range 2 {
		reply := i == 1
		before, now := p.injected(reply), int(number(area, parserabi.AreaInjected+4*i))
		if now < before || now > parserabi.MaxInjected {
			return fmt.Errorf("%w: %d bytes in an inject buffer", ErrOperations, now)
		}
		if now == before {
			continue
		}
		added := area[parserabi.AreaBuffers+i*parserabi.MaxInjected:][before:now]
		if n := p.conn.Inject(reply, added); n < len(added) {
			return fmt.Errorf("%w: more was injected than the buffer takes", ErrOperations)
		}
	}
	return nil
}

// takeState takes over the state of the connection.
func (p *parser) takeState(area []byte, state *hostlink.State) (report hostlink.Report, err error) {
	bits := number(area, parserabi.AreaState)
	state.Waiting = bits&parserabi.Waiting != 0
	state.StartTLS = bits&parserabi.StartTLS != 0
	if state.Waiting && !state.CanWait || state.StartTLS && !state.CanStartTLS {
		return report, fmt.Errorf("%w: the host cannot wait, or begin TLS", ErrOperations)
	}
	now := hostCounts{
		binary.LittleEndian.Uint64(area[parserabi.AreaPassed:]), binary.LittleEndian.Uint64(area[parserabi.AreaAudited:]),
		binary.LittleEndian.Uint64(area[parserabi.AreaDenied:]),
	}
	if now.passed < p.counts.passed || now.audited < p.counts.audited || now.denied < p.counts.denied {
		return report, fmt.Errorf("%w: a count has become less", ErrOperations)
	}
	state.Passed += now.passed - p.counts.passed
	state.Audited += now.audited - p.counts.audited
	state.Denied += now.denied - p.counts.denied
	p.counts = now
	n := number(area, parserabi.AreaFailure)
	if n > parserabi.MaxFailure || n == 0 && bits&parserabi.Failed != 0 {
		return report, fmt.Errorf("%w: no reason why the connection is closed", ErrOperations)
	}
	reason := ""
	if n > 0 {
		reason = printable(string(area[parserabi.AreaFailureText:][:n]))
	}
	if bits&parserabi.Closing != 0 {
		state.End().Closing = true
		state.End().Reason = reason
	}
	if words := int(number(area, parserabi.AreaLastWords)); words > 0 {
		state.End().LastWordsSent = words
	}
	if bits&parserabi.Failed != 0 {
		state.End().Failure = reason
	}
	report.Closed = bits&parserabi.ClosedLogged != 0
	if bits&parserabi.Panicked != 0 {
		report.Panicked, report.Cause = true, "it has panicked: "+printable(string(p.instance.words))
	}
	return report, nil
}

// takeOps takes over operations, after it has checked that a host can carry them out.
func takeOps(area []byte, ops []host.FilterOp, size, injected int) ([]host.FilterOp, error) {
	n := int(number(area, parserabi.AreaOps))
	if n > parserabi.MaxOps || n > cap(ops)-len(ops) {
		return ops, fmt.Errorf("%w: %d operations", ErrOperations, n)
	}
	left, last := int64(size), false
	for k := range n {
		at := area[parserabi.AreaList+16*k:]
		op := host.FilterOp{Op: proxylib.OpType(binary.LittleEndian.Uint64(at)), N: int64(binary.LittleEndian.Uint64(at[8:]))}
		if op.N <= 0 || last {
			return ops, fmt.Errorf("%w: %s with %d bytes", ErrOperations, op.Op, op.N)
		}
		switch op.Op {
		case proxylib.PASS, proxylib.DROP:
			last = op.N > left
			left -= min(left, op.N)
		case proxylib.INJECT:
			if op.N > int64(injected) {
				return ops, fmt.Errorf("%w: INJECT of more than is in the buffer", ErrOperations)
			}
			injected -= int(op.N)
		case proxylib.MORE, proxylib.ERROR:
			last = true
		default:
			return ops, fmt.Errorf("%w: %s", ErrOperations, op.Op)
		}
		ops = append(ops, op)
	}
	return ops, nil
}

// PromptServer implements the interface of a parser with a framework of its own.
func (p *parser) PromptServer(state *hostlink.State) (proxylib.OpType, int, hostlink.Report) {
	op, n, report, err := p.prompt(state)
	if err != nil {
		return proxylib.ERROR, int(proxylib.ERROR_INVALID_FRAME_TYPE), p.fail(state, err)
	}
	return op, n, report
}

func (p *parser) prompt(state *hostlink.State) (op proxylib.OpType, n int, report hostlink.Report, err error) {
	i := p.instance
	if i.export(parserabi.ExportPrompt) == nil {
		return proxylib.ERROR, int(proxylib.ERROR_INVALID_FRAME_TYPE), report, nil
	}
	area, err := i.bytes(i.area, parserabi.AreaBytes)
	if err != nil {
		return op, n, report, err
	}
	p.writeArea(area, state, parserabi.MaxOps)
	result, err := i.run(parserabi.ExportPrompt)
	if err != nil {
		return op, n, report, err
	}
	if area, err = i.bytes(i.area, parserabi.AreaBytes); err != nil {
		return op, n, report, err
	}
	if err = p.takeInjected(area); err != nil {
		return op, n, report, err
	}
	if report, err = p.takeState(area, state); err != nil {
		return op, n, report, err
	}
	op, n = proxylib.OpType(result>>32), int(uint32(result))
	switch op {
	case proxylib.INJECT:
		if n != p.injected(false) {
			return op, n, report, fmt.Errorf("%w: INJECT of %d bytes", ErrOperations, n)
		}
	case proxylib.MORE, proxylib.NOP, proxylib.ERROR:
	default:
		return op, n, report, fmt.Errorf("%w: %s", ErrOperations, op)
	}
	return op, n, report, nil
}

// fail ends the instance, and says why the connection has to be closed.
func (p *parser) fail(state *hostlink.State, err error) hostlink.Report {
	state.End().Failure = p.conn.ParserName + ": " + failureOf(err)
	if !settingsOf(p.conn.Instance).Observe {
		state.Denied++
	}
	p.release()
	return hostlink.Report{Panicked: true, Cause: err.Error()}
}

// failureOf returns what an error is, in a few words without what the parser said.
func failureOf(err error) string {
	for _, known := range []error{ErrWork, ErrMemory, ErrOperations, ErrResult, parserabi.ErrSubject, parserabi.ErrEntry} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "the parser has failed"
}

// Close implements [proxylib.Closer].
func (p *parser) Close() {
	if !p.released {
		_, _ = p.instance.run(parserabi.ExportClose)
	}
	p.release()
}

// release gives back what the connection has.
func (p *parser) release() {
	if p.released {
		return
	}
	p.released = true
	p.instance.version.free(p.instance)
	p.instance.version.limits.instances.Give(1)
}

// Functions of the library, which a parser calls. A panic in one of them ends the instance.

// view returns a part of the memory.
func (i *instance) view(at, n uint64) []byte {
	b, err := i.bytes(uint32(at), uint32(n))
	if err != nil {
		panic(err)
	}
	i.spend(int64(len(b) >> costOfByte))
	return b
}

// decide decides about a request.
func (i *instance) decide(_ api.Memory, stack []uint64) {
	p := i.serves
	if p == nil {
		stack[0] = 0
		return
	}
	p.subject.Set(i.view(stack[0], stack[1]))
	v := p.conn.Decide(&p.subject)
	area := i.view(uint64(i.area), parserabi.AreaBytes)
	texts := area[parserabi.AreaTexts:][:parserabi.MaxTexts]
	rule := copy(texts, v.Rule)
	reason := copy(texts[rule:], v.Reason)
	setNumber(area, parserabi.AreaRule, uint32(rule))
	setNumber(area, parserabi.AreaReason, uint32(reason))
	bits := uint64(0)
	if v.Allowed {
		bits |= parserabi.Allowed
	}
	if v.Audited {
		bits |= parserabi.Audited
	}
	stack[0] = bits
}

// ask returns what the policy says of the connection.
func (i *instance) ask(_ api.Memory, stack []uint64) {
	question, yes := uint32(stack[0]), false
	switch {
	case i.serves == nil:
	case question == parserabi.AskConcerned:
		yes = i.serves.conn.Concerned()
	case question == parserabi.AskUnrestricted:
		yes = i.serves.conn.Unrestricted()
	default:
		panic(ErrResult)
	}
	stack[0] = 0
	if yes {
		stack[0] = 1
	}
}

// log writes an entry of the access log.
func (i *instance) log(_ api.Memory, stack []uint64) {
	p := i.serves
	if p == nil {
		return
	}
	if err := p.entry.Decode(i.view(stack[0], stack[1])); err != nil {
		panic(err)
	}
	logEntry(p.conn, p.entry.Entry, p.entry.User)
}

// setUser notes as whom the client has logged in.
func (i *instance) setUser(_ api.Memory, stack []uint64) {
	if i.serves != nil {
		i.serves.conn.SetUser(i.view(stack[0], uint64(min(uint32(stack[1]), proxylib.MaxUser+1))))
	}
}
