package capturetest

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Packet is a packet of a capture.
type Packet struct {
	At   time.Time
	Data []byte
	// Kept is the number of bytes that the capture has of it; 0 is all.
	Kept int
}

// Packets are those of a capture, in their order.
type Packets []Packet

// Start is when the first packet is captured; the others follow at a millisecond each.
var Start = time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)

// Connection writes the packets of one connection.
type Connection struct {
	tb             testing.TB
	client, server netip.AddrPort
	// next are the sequence numbers of client and server.
	next [2]uint32
	// Packets are those so far. A test may change their order, and add and remove some.
	Packets Packets
}

// Side is one side of a connection.
type Side bool

// The sides of a connection.
const (
	Client Side = false
	Server Side = true
)

func (s Side) index() int {
	if s == Server {
		return 1
	}
	return 0
}

// New returns a connection whose three first packets are written. The addresses are of one family.
func New(tb testing.TB, client, server string) *Connection {
	tb.Helper()
	// The numbers run over in the middle of longer tests.
	return NewAt(tb, client, server, 1<<32-20)
}

// NewAt is [New] with the sequence number of the client's first packet.
func NewAt(tb testing.TB, client, server string, sequence uint32) *Connection {
	tb.Helper()
	c := &Connection{tb: tb, client: netip.MustParseAddrPort(client), server: netip.MustParseAddrPort(server)}
	c.next = [2]uint32{sequence, sequence + 10}
	c.add(Client, layers.TCP{SYN: true}, nil)
	c.add(Server, layers.TCP{SYN: true, ACK: true}, nil)
	c.add(Client, layers.TCP{ACK: true}, nil)
	return c
}

// Send writes a packet with bytes.
func (c *Connection) Send(from Side, data string) *Connection {
	c.tb.Helper()
	c.add(from, layers.TCP{ACK: true, PSH: true}, []byte(data))
	return c
}

// End writes the end of the stream of a side.
func (c *Connection) End(from Side) *Connection {
	c.tb.Helper()
	c.add(from, layers.TCP{FIN: true, ACK: true}, nil)
	return c
}

// Confirm writes a packet without bytes, which confirms those of the other side.
func (c *Connection) Confirm(from Side) *Connection {
	c.tb.Helper()
	c.add(from, layers.TCP{ACK: true}, nil)
	return c
}

// Reset writes that a side breaks the connection off.
func (c *Connection) Reset(from Side) *Connection {
	c.tb.Helper()
	c.add(from, layers.TCP{RST: true, ACK: true}, nil)
	return c
}

func (c *Connection) add(from Side, tcp layers.TCP, data []byte) {
	c.tb.Helper()
	source, destination := c.client, c.server
	if from == Server {
		source, destination = destination, source
	}
	tcp.SrcPort, tcp.DstPort = layers.TCPPort(source.Port()), layers.TCPPort(destination.Port())
	tcp.Seq, tcp.Window = c.next[from.index()], 1<<15
	if tcp.ACK {
		tcp.Ack = c.next[1-from.index()]
	}
	c.next[from.index()] += uint32(len(data))
	if tcp.SYN || tcp.FIN {
		c.next[from.index()]++
	}
	ethernet := &layers.Ethernet{
		SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4,
	}
	var ip interface {
		gopacket.NetworkLayer
		gopacket.SerializableLayer
	} = &layers.IPv4{
		Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: source.Addr().AsSlice(), DstIP: destination.Addr().AsSlice(),
	}
	if source.Addr().Is6() {
		ethernet.EthernetType = layers.EthernetTypeIPv6
		ip = &layers.IPv6{
			Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: source.Addr().AsSlice(), DstIP: destination.Addr().AsSlice(),
		}
	}
	buf := gopacket.NewSerializeBuffer()
	err := tcp.SetNetworkLayerForChecksum(ip)
	if err == nil {
		err = gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
			ethernet, ip, &tcp, gopacket.Payload(data))
	}
	if err != nil {
		c.tb.Fatal(err)
	}
	at := Start.Add(time.Duration(len(c.Packets)) * time.Millisecond)
	c.Packets = append(c.Packets, Packet{At: at, Data: slices.Clone(buf.Bytes())})
}

// info is what a capture says of a packet.
func (p Packet) info() (gopacket.CaptureInfo, []byte) {
	kept := p.Data
	if p.Kept > 0 {
		kept = kept[:p.Kept]
	}
	return gopacket.CaptureInfo{Timestamp: p.At, CaptureLength: len(kept), Length: len(p.Data)}, kept
}

// Pcap is the capture as a pcap file.
func (p Packets) Pcap(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(1<<16, layers.LinkTypeEthernet); err != nil {
		tb.Fatal(err)
	}
	for _, packet := range p {
		if err := w.WritePacket(packet.info()); err != nil {
			tb.Fatal(err)
		}
	}
	return b.Bytes()
}

// PcapNG is the capture as a pcapng file.
func (p Packets) PcapNG(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet)
	if err != nil {
		tb.Fatal(err)
	}
	for _, packet := range p {
		if err := w.WritePacket(packet.info()); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
