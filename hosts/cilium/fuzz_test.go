package cilium

import (
	"io"
	"testing"

	_ "github.com/proxylib/proxylib/parsers/all"
	"github.com/proxylib/proxylib/parsertest"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
	_ "github.com/proxylib/proxylib/testparsers"
)

// The calls of a proxy, by the first byte of each in the fuzzer's script.
const (
	callOpen = iota
	callCloseModule
	callConnect
	callData
	callClose
	calls
)

var (
	fuzzedParams = [][][2]string{
		nil, {{"node-id", "b"}}, {{"max-connections", "2"}}, {{"max-connections", "0"}}, {{"unknown", ""}},
		{{"node-id", "a"}, {"node-id", "a"}},
	}
	fuzzedParsers = []string{"r2d2", "memcache", "test.blockparser", "test.lineparser", "cassandra", "nobody"}
)

// proxy plays a proxy that calls the functions in any order, and keeps account of what they have to answer.
type proxy struct {
	t      *testing.T
	module *module
	// script says what to call; payload is what peers send.
	script, payload []byte
	policies        *policy.Snapshot
	// opened counts, for each instance, the opens that no close has matched. connections are those that are open.
	opened      map[uint64]int
	instances   map[uint64]*host.Instance
	connections map[uint64]*fuzzed
}

// fuzzed is a connection as the proxy knows it.
type fuzzed struct {
	instance *host.Instance
	// inject are the inject buffers of the two directions, waiting the bytes that wait for a verdict.
	inject  [2][]byte
	waiting [2][]byte
	refused bool
}

func (p *proxy) next() byte {
	if len(p.script) == 0 {
		return 0
	}
	b := p.script[0]
	p.script = p.script[1:]
	return b
}

func (p *proxy) bytes(n int) []byte {
	n = min(n, len(p.payload))
	b := p.payload[:n:n]
	p.payload = p.payload[n:]
	return b
}

func (p *proxy) call() {
	switch p.next() % calls {
	case callOpen:
		p.open()
	case callCloseModule:
		p.closeModule(uint64(p.next() % 8))
	case callConnect:
		p.connect(uint64(p.next()%8), fuzzedParsers[int(p.next())%len(fuzzedParsers)], uint64(p.next()%8), p.next())
	case callData:
		p.data(uint64(p.next()%8), p.next())
	case callClose:
		p.close(uint64(p.next() % 8))
	}
}

func (p *proxy) open() {
	n := int(p.next()) % len(fuzzedParams)
	id := p.module.open(fuzzedParams[n], false)
	if (id == 0) != (n > 2) {
		p.t.Fatalf("open with %v: instance %d", fuzzedParams[n], id)
	}
	if id == 0 {
		return
	}
	p.opened[id]++
	p.instances[id] = p.module.instances.Get(id)
	p.instances[id].Policies().Replace(p.policies)
}

func (p *proxy) closeModule(id uint64) {
	if closed := p.module.instances.Close(id); closed != (p.opened[id] > 0) {
		p.t.Fatalf("close of instance %d, which is open %d times: %v", id, p.opened[id], closed)
	}
	p.opened[id] = max(0, p.opened[id]-1)
}

func (p *proxy) connect(instance uint64, parser string, id uint64, flags byte) {
	c := &fuzzed{}
	info := host.ConnectionInfo{
		Id: id, Ingress: true, SrcId: parsertest.ClientID, DstId: parsertest.ServerID, SrcAddr: "192.0.2.1:1",
		DstAddr: "192.0.2.2:2", PolicyName: parsertest.Endpoint, Port: parsertest.Port,
	}
	room := []int{proxylib.InjectBufSize, proxylib.InjectBufSize, 16, 0}[flags%4]
	c.inject = [2][]byte{make([]byte, 0, room), make([]byte, 0, room)}
	info.OrigBuf, info.ReplyBuf = &c.inject[0], &c.inject[1]
	if flags >= 240 {
		info.ReplyBuf = nil
	}
	old, want := p.connections[id], proxylib.OK
	switch {
	case p.opened[instance] == 0:
		want = proxylib.INVALID_INSTANCE
	case info.ReplyBuf == nil:
		want = proxylib.UNKNOWN_ERROR
	case parser == "nobody":
		want = proxylib.UNKNOWN_PARSER
	case p.full(p.instances[instance]):
		want = proxylib.POLICY_DROP
	case old != nil:
		want = proxylib.UNKNOWN_ERROR
	}
	if got := p.module.connect(instance, parser, info); got != want {
		p.t.Fatalf("connect %d of instance %d to %s: %v, want %v", id, instance, parser, got, want)
	}
	if want == proxylib.OK {
		c.instance = p.instances[instance]
		p.connections[id] = c
	}
}

// full reports whether the connection limit of an instance is reached, and compares its count with ours.
func (p *proxy) full(i *host.Instance) bool {
	n := 0
	for _, c := range p.connections {
		if c.instance == i {
			n++
		}
	}
	if got := i.Connections().Used(); got != int64(n) {
		p.t.Fatalf("instance %d counts %d connections, %d are open", i.ID(), got, n)
	}
	spare := i.Connections().Take(1)
	if spare {
		i.Connections().Give(1)
	}
	return !spare
}

func (p *proxy) data(id uint64, flags byte) {
	c := p.connections[id]
	reply, end, room := flags&1 > 0, flags&2 > 0, int(flags>>2)%(host.MaxOps+1)
	list := make([]host.FilterOp, 0, room)
	if c == nil {
		if got := p.module.data(id, reply, end, [][]byte{p.bytes(3)}, &list); got != proxylib.UNKNOWN_CONNECTION || len(list) > 0 {
			p.t.Fatalf("data of no connection: %v, %v", got, list)
		}
		return
	}
	dir := 0
	if reply {
		dir = 1
	}
	waiting := append(c.waiting[dir], p.bytes(int(p.next()))...)
	cut := min(int(p.next()), len(waiting))
	var chunks [][]byte
	for _, chunk := range [][]byte{waiting[:cut], waiting[cut:]} {
		if len(chunk) > 0 {
			chunks = append(chunks, chunk)
		}
	}
	result := p.module.data(id, reply, end, chunks, &list)
	if c.refused && (result != proxylib.PARSER_ERROR || len(list) > 0) {
		p.t.Fatalf("after a refusal: %v, %v", result, list)
	}
	if result != proxylib.OK && result != proxylib.PARSER_ERROR || len(list) > room {
		p.t.Fatalf("%v, and %d operations where there is room for %d", result, len(list), room)
	}
	c.waiting[dir] = p.carryOut(c, dir, waiting, list)
	c.refused = c.refused || result != proxylib.OK
	c.inject[1-dir] = c.inject[1-dir][:0]
}

// carryOut does what a proxy does with operations, and returns what is left of the input.
func (p *proxy) carryOut(c *fuzzed, dir int, waiting []byte, list []host.FilterOp) []byte {
	for i, op := range list {
		if op.N <= 0 {
			p.t.Fatalf("%v", list)
		}
		switch op.Op {
		case proxylib.PASS, proxylib.DROP:
			waiting = waiting[min(op.N, int64(len(waiting))):]
		case proxylib.INJECT:
			if op.N > int64(len(c.inject[dir])) {
				p.t.Fatalf("INJECT %d of %d bytes", op.N, len(c.inject[dir]))
			}
			c.inject[dir] = c.inject[dir][:copy(c.inject[dir], c.inject[dir][op.N:])]
		case proxylib.MORE, proxylib.ERROR:
			if i < len(list)-1 {
				p.t.Fatalf("operations behind the last: %v", list)
			}
			c.refused = c.refused || op.Op == proxylib.ERROR
		default:
			p.t.Fatalf("%v", list)
		}
	}
	return waiting
}

func (p *proxy) close(id uint64) {
	p.module.close(id)
	delete(p.connections, id)
}

// FuzzCalls calls the functions in any order, with any bytes of the peers. None may panic; each must answer what the
// calls before it entail; operations must be such as a proxy can carry out; once refused, a connection stays so; and at
// the end nothing is left.
func FuzzCalls(f *testing.F) {
	snapshot, err := parsertest.CompilePolicy("r2d2", "cmd=READ file=^public/")
	if err != nil {
		f.Fatal(err)
	}
	open, connect, send := []byte{callOpen, 0}, []byte{callConnect, 1, 0, 3, 0}, []byte{callData, 3, 64, 255, 5}
	script := func(parts ...[]byte) (all []byte) {
		for _, part := range parts {
			all = append(all, part...)
		}
		return all
	}
	f.Add(script(open, connect, send, send, []byte{callClose, 3}, []byte{callCloseModule, 1}),
		[]byte("READ public/a\r\nREAD secret/b\r\nHALT\r\n"))
	f.Add(script(open, connect, []byte{callCloseModule, 1}, send, []byte{callData, 3, 65, 255, 0}, connect), []byte("READ public/a\r\nOK\r\n"))
	f.Add(script([]byte{callOpen, 2}, []byte{callConnect, 1, 1, 0, 2}, []byte{callConnect, 1, 1, 1, 3}, []byte{callConnect, 1, 1, 2, 1},
		[]byte{callData, 0, 8, 200, 9}), []byte("get a\r\nset b 0 0 1\r\nx\r\n\x80\x00\x00\x01"))
	f.Add(script(open, []byte{callConnect, 1, 2, 5, 0}, []byte{callData, 5, 255, 255, 1}, []byte{callData, 5, 255, 255, 1}),
		[]byte("8:PASSxx12:INJECTxxxx8:DROPxx99:ERROR"))
	f.Fuzz(func(t *testing.T, script, payload []byte) {
		p := &proxy{
			t: t, module: newModule(io.Discard), script: script[:min(len(script), 400)], payload: payload, policies: snapshot,
			opened: map[uint64]int{}, instances: map[uint64]*host.Instance{}, connections: map[uint64]*fuzzed{},
		}
		for len(p.script) > 0 {
			p.call()
		}
		for id := range p.connections {
			p.close(id)
		}
		for id, i := range p.instances {
			if i.Connections().Used() != 0 || i.Panics() != 0 {
				t.Errorf("instance %d: %d connections are left, %d panics", id, i.Connections().Used(), i.Panics())
			}
			for p.opened[id] > 0 {
				p.closeModule(id)
			}
		}
		if p.module.connections.Len() != 0 || p.module.instances.Panics.Count() != 0 {
			t.Errorf("%d connections are left, %d panics", p.module.connections.Len(), p.module.instances.Panics.Count())
		}
	})
}
