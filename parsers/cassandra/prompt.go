package cassandra

import "github.com/proxylib/proxylib/proxylib"

var _ proxylib.Prompter = (*parser)(nil)

// Prompt implements [proxylib.Prompter]: it sends OPTIONS on the stream of the request that was denied last. The client does
// not use that stream before it has the denial. During a login the server replies by an error, and may close the connection.
func (p *parser) Prompt() (proxylib.OpType, int) {
	if p.requests.rest > 0 && !p.requests.drop {
		return proxylib.MORE, 1
	}
	if p.streams.Get(p.refusedStream) != nil || p.state == stateStarting {
		return proxylib.NOP, 0
	}
	version := p.version
	if version == 0 {
		version = refusalVersion
	}
	h := header{version: version, stream: p.refusedStream, opcode: opOptions}
	frame := h.append(nil)
	if p.framed {
		frame = appendSegment(nil, frame, p.compressesSegments())
	}
	n := p.connection.Inject(false, frame)
	if n < len(frame) {
		return p.fail(errQueued)
	}
	p.forward(p.refusedStream, opOptions).prompt = true
	return proxylib.INJECT, n
}
