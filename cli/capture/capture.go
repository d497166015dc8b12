package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Flow says between whom a connection is.
type Flow struct {
	Client, Server netip.AddrPort
	// Start is when the client opened it.
	Start time.Time
}

// Conversation takes what happens in a connection. Its methods are called from one goroutine.
type Conversation interface {
	// Data takes bytes of the server, or of the client, and the end of its stream. data lives for the call.
	Data(at time.Time, reply, end bool, data []byte)
	// Close says that no more comes. missing says why, if it is for the capture; empty if the connection has ended, or is
	// open where the capture ends.
	Close(missing string)
}

// Options say what is read of a capture.
type Options struct {
	// Port is that of the servers; 0 takes connections to all ports.
	Port uint16
	// Open is called for each connection that is read from its beginning. nil in place of a conversation leaves it out.
	Open func(Flow) Conversation
	// MaxOpen is the number of connections that may be open at once; others are counted and left out. 0 means 65536.
	MaxOpen int
}

// Stats count what has been read.
type Stats struct {
	Packets uint64 `json:"packets"`
	// Connections are those that have been opened. Of them Broken lack bytes: what comes after these is left out.
	Connections uint64 `json:"connections"`
	Broken      uint64 `json:"broken"`
	// InMidstream are connections that were there before the capture: they are left out, for nobody knows where in them a
	// message begins. Refused are those beyond MaxOpen.
	InMidstream uint64 `json:"inMidstream"`
	Refused     uint64 `json:"refused"`
	// Fragments are packets that are parts of an IP datagram, which are not put together.
	Fragments uint64 `json:"fragments"`
	// Cut reports that the capture ends in the middle of a packet.
	Cut bool `json:"cut"`
}

// defaultMaxOpen is the default of [Options.MaxOpen].
const defaultMaxOpen = 1 << 16

// source is what a capture is read from.
type source interface {
	// next returns a packet, which lives until the next call, and the type of its first header.
	next() ([]byte, gopacket.CaptureInfo, layers.LinkType, error)
}

// Is reports whether a file that begins with these bytes, of which four are needed, is a capture.
func Is(beginning []byte) bool {
	if len(beginning) < 4 {
		return false
	}
	switch string(beginning[:4]) {
	case "\x0a\x0d\x0d\x0a", "\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d":
		return true
	}
	return false
}

// Read reads a capture. Memory is bounded by the number of open connections and what [Options.Open] makes for each.
func Read(from io.Reader, o Options) (Stats, error) {
	if o.MaxOpen == 0 {
		o.MaxOpen = defaultMaxOpen
	}
	t := newTable(o)
	err := packets(from, &t.stats, t.packet)
	t.finish()
	return t.stats, err
}

// Ports counts the connections in a capture that begin in it, by the port of the server.
func Ports(from io.Reader) (map[uint16]int, error) {
	ports := map[uint16]int{}
	var ignored Stats
	err := packets(from, &ignored, func(p gopacket.Packet, _ gopacket.CaptureInfo) {
		if tcp, ok := p.TransportLayer().(*layers.TCP); ok && tcp.SYN && !tcp.ACK {
			ports[uint16(tcp.DstPort)]++
		}
	})
	return ports, err
}

// packets calls each for every packet of a capture.
func packets(from io.Reader, stats *Stats, each func(gopacket.Packet, gopacket.CaptureInfo)) error {
	s, err := open(from)
	if err != nil {
		return err
	}
	for {
		data, info, link, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			stats.Cut = true
			return nil
		case err != nil:
			return fmt.Errorf("packet %d: %w", stats.Packets+1, err)
		}
		stats.Packets++
		each(gopacket.NewPacket(data, link, gopacket.DecodeOptions{Lazy: true, NoCopy: true}), info)
	}
}

func open(from io.Reader) (source, error) {
	in := bufio.NewReaderSize(from, 1<<16)
	beginning, err := in.Peek(4)
	if err != nil || !Is(beginning) {
		return nil, errors.New("it is neither pcap nor pcapng: capture with tcpdump -s 0 -w FILE")
	}
	if beginning[0] == '\n' {
		r, err := pcapgo.NewNgReader(in, pcapgo.NgReaderOptions{WantMixedLinkType: true})
		return ng{r}, err
	}
	r, err := pcapgo.NewReader(in)
	return classic{r}, err
}

// classic is a pcap file.
type classic struct{ r *pcapgo.Reader }

func (c classic) next() ([]byte, gopacket.CaptureInfo, layers.LinkType, error) {
	data, info, err := c.r.ReadPacketData()
	return data, info, c.r.LinkType(), err
}

// ng is a pcapng file, of which each interface has a type of its own.
type ng struct{ r *pcapgo.NgReader }

func (n ng) next() ([]byte, gopacket.CaptureInfo, layers.LinkType, error) {
	data, info, err := n.r.ReadPacketData()
	link := n.r.LinkType()
	for _, more := range info.AncillaryData {
		if l, ok := more.(layers.LinkType); ok {
			link = l
		}
	}
	return data, info, link, err
}
