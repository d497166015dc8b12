package cilium

import (
	"strings"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/hosts/internal/observe"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// observed is a connection that is only watched.
type observed struct {
	engine observe.Engine
	plan   datapath.Plan
}

// observe makes a connection that is only watched. parser is a copy; strings in info are the host's.
func (m *module) observe(i *host.Instance, parser string, info host.ConnectionInfo) proxylib.FilterResult {
	if parser != filterconfig.Auto && info.Protocol == nil && proxylib.Registered(parser) == nil {
		return m.refused(i, parser, proxylib.UNKNOWN_PARSER)
	}
	for _, text := range []*string{&info.SrcAddr, &info.DstAddr, &info.PolicyName} {
		*text = strings.Clone(*text)
	}
	info.OrigBuf, info.ReplyBuf = nil, nil
	o := &observed{engine: observe.Begin(i, parser, info, datapath.Limits{Total: i.HeldBytes()}, func(*host.Connection) {})}
	if m.connections.Get(info.Id) != nil || !m.observed.Put(info.Id, o) {
		o.engine.Close()
		return inUse(i, info.Id)
	}
	return proxylib.OK
}

// observedData has the parser see the bytes, all of which pass.
func (m *module) observedData(id uint64, reply, endStream bool, data [][]byte, ops *[]host.FilterOp) proxylib.FilterResult {
	o := m.observed.Get(id)
	if o == nil {
		return proxylib.UNKNOWN_CONNECTION
	}
	*ops = (*ops)[:0]
	if cap(*ops) == 0 {
		// The host shows the bytes again, as nothing has become of them.
		return proxylib.OK
	}
	n := 0
	for _, chunk := range data {
		n += len(chunk)
	}
	o.engine.Data(reply, endStream, data, &o.plan)
	if n > 0 {
		*ops = append(*ops, host.FilterOp{Op: proxylib.PASS, N: int64(n)})
	}
	return proxylib.OK
}
