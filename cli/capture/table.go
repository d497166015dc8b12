package capture

import (
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"
)

// Bounds of the bytes that wait because earlier ones have not come yet, in pages of about 1,900 bytes.
const (
	maxPages           = 1 << 15
	maxPagesConnection = 1 << 10
)

// maxEnded is the number of connections that have ended, or are left out, of which further packets are recognized.
const maxEnded = 1 << 16

// pair names a connection by the addresses of both sides.
type pair struct{ client, server netip.AddrPort }

// table has the connections of a capture. It implements [reassembly.StreamFactory].
type table struct {
	options   Options
	stats     Stats
	assembler *reassembly.Assembler
	open      map[pair]*stream
	// ended are those that have ended or are left out; order is that in which they are forgotten.
	ended map[pair]bool
	order []pair
	// number is that of the last connection.
	number uint64
	// current is the connection of the packet that is being read.
	current *stream
}

func newTable(o Options) *table {
	t := &table{options: o, open: map[pair]*stream{}, ended: map[pair]bool{}}
	t.assembler = reassembly.NewAssembler(reassembly.NewStreamPool(t))
	t.assembler.MaxBufferedPagesTotal = maxPages
	t.assembler.MaxBufferedPagesPerConnection = maxPagesConnection
	return t
}

// packet takes a packet.
func (t *table) packet(p gopacket.Packet, info gopacket.CaptureInfo) {
	tcp, ok := p.TransportLayer().(*layers.TCP)
	if !ok {
		if p.Layer(gopacket.LayerTypeFragment) != nil || p.Layer(layers.LayerTypeIPv6Fragment) != nil {
			t.stats.Fragments++
		}
		return
	}
	from, to, ok := addresses(p.NetworkLayer(), tcp)
	if !ok {
		return
	}
	s, reply := t.find(from, to, tcp, info)
	if s == nil {
		return
	}
	t.current = s
	s.at = info.Timestamp
	s.packet(reply, tcp, info, p.Metadata().Truncated)
}

// addresses returns those of a packet.
func addresses(network gopacket.NetworkLayer, tcp *layers.TCP) (from, to netip.AddrPort, ok bool) {
	if network == nil {
		return from, to, false
	}
	flow := network.NetworkFlow()
	source, ok1 := netip.AddrFromSlice(flow.Src().Raw())
	destination, ok2 := netip.AddrFromSlice(flow.Dst().Raw())
	return netip.AddrPortFrom(source, uint16(tcp.SrcPort)), netip.AddrPortFrom(destination, uint16(tcp.DstPort)), ok1 && ok2
}

// find returns the connection of a packet, and whether the packet is of the server; nil for one that is left out.
func (t *table) find(from, to netip.AddrPort, tcp *layers.TCP, info gopacket.CaptureInfo) (s *stream, reply bool) {
	request, response := pair{from, to}, pair{to, from}
	if tcp.SYN && !tcp.ACK {
		if t.options.Port != 0 && to.Port() != t.options.Port {
			return nil, false
		}
		return t.begin(request, tcp, info), false
	}
	if s := t.open[request]; s != nil {
		return s, false
	}
	if s := t.open[response]; s != nil {
		return s, true
	}
	wanted := t.options.Port == 0 || from.Port() == t.options.Port || to.Port() == t.options.Port
	if wanted && !tcp.RST && len(tcp.Payload) > 0 && !t.ended[request] && !t.ended[response] {
		t.stats.InMidstream++
		t.forget(request)
	}
	return nil, false
}

// begin returns a new connection, or the one whose client repeats its first packet.
func (t *table) begin(p pair, tcp *layers.TCP, info gopacket.CaptureInfo) *stream {
	if s := t.open[p]; s != nil {
		if s.next[0] == reassembly.Sequence(tcp.Seq).Add(1) {
			return s
		}
		// The addresses are used again.
		s.end("")
	}
	delete(t.ended, p)
	if len(t.open) >= t.options.MaxOpen {
		t.stats.Refused++
		t.forget(p)
		return nil
	}
	t.number++
	s := &stream{table: t, pair: p, number: t.number}
	s.conversation = t.options.Open(Flow{Client: p.client, Server: p.server, Start: info.Timestamp})
	if s.conversation == nil {
		t.forget(p)
		return nil
	}
	t.stats.Connections++
	t.open[p] = s
	return s
}

// forget notes that packets of a connection mean nothing any more.
func (t *table) forget(p pair) {
	if !t.ended[p] {
		t.ended[p] = true
		t.order = append(t.order, p)
	}
	if len(t.order) > maxEnded {
		delete(t.ended, t.order[0])
		t.order = t.order[1:]
	}
}

// finish ends what is open where the capture ends.
func (t *table) finish() {
	t.assembler.FlushAll()
	for _, s := range t.open {
		s.end("")
	}
}

// New implements [reassembly.StreamFactory].
func (t *table) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return t.current
}

// missingBytes says that a capture lacks bytes.
func missingBytes(n int) string {
	if n <= 0 {
		return "bytes are missing in the capture"
	}
	return fmt.Sprintf("%d bytes are missing in the capture", n)
}
