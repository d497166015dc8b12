package capture

import (
	"encoding/binary"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"
)

// reasonTruncated says that packets are not there as a whole.
const reasonTruncated = "the capture has only the beginning of packets: capture with tcpdump -s 0"

// stream is a connection. It implements [reassembly.Stream].
type stream struct {
	table        *table
	pair         pair
	number       uint64
	conversation Conversation
	at           time.Time
	// next is the sequence number after what has been handed over, of the client and of the server; begun says whether it
	// is known.
	next  [2]reassembly.Sequence
	begun [2]bool
	ended [2]bool
	// reset: one side has broken the connection off. done: nothing more is handed over.
	reset, done bool
}

// context implements [reassembly.AssemblerContext].
type context gopacket.CaptureInfo

// GetCaptureInfo implements [reassembly.AssemblerContext].
func (c context) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo(c) }

func side(reply bool) int {
	if reply {
		return 1
	}
	return 0
}

// packet takes a packet of the connection.
func (s *stream) packet(reply bool, tcp *layers.TCP, info gopacket.CaptureInfo, truncated bool) {
	own, other := side(reply), side(!reply)
	if tcp.SYN && !s.begun[own] {
		s.next[own], s.begun[own] = reassembly.Sequence(tcp.Seq).Add(1), true
	}
	switch missing := s.next[other].Difference(reassembly.Sequence(tcp.Ack)); {
	case !s.begun[own] && len(tcp.Payload) > 0:
		s.end(missingBytes(0))
		return
	case tcp.ACK && !tcp.RST && s.begun[other] && missing > 0:
		// What one side has confirmed has reached it, and is not in the capture.
		s.end(missingBytes(missing))
		return
	case truncated:
		s.end(reasonTruncated)
		return
	}
	s.reset = s.reset || tcp.RST
	// The assembler knows connections by flows. With the number in it, addresses that are used again make another one.
	s.table.assembler.AssembleWithContext(s.flow(reply), tcp, context(info))
	if tcp.RST {
		s.end("")
	}
}

// flow is the flow by which the assembler knows one direction.
func (s *stream) flow(reply bool) gopacket.Flow {
	var client, server [9]byte
	binary.BigEndian.PutUint64(client[:], s.number)
	binary.BigEndian.PutUint64(server[:], s.number)
	server[8] = 1
	if reply {
		client, server = server, client
	}
	return gopacket.NewFlow(layers.EndpointIPv6, client[:], server[:])
}

// end ends the connection; missing says why, if it is for the capture.
func (s *stream) end(missing string) {
	if s.done {
		return
	}
	s.done = true
	if missing != "" {
		s.table.stats.Broken++
	}
	s.conversation.Close(missing)
	delete(s.table.open, s.pair)
	s.table.forget(s.pair)
}

// Accept implements [reassembly.Stream].
func (s *stream) Accept(
	*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext,
) bool {
	return !s.done
}

// ReassembledSG implements [reassembly.Stream].
func (s *stream) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	if s.done {
		return
	}
	direction, _, end, skip := sg.Info()
	reply := direction == reassembly.TCPDirServerToClient
	end = end && !s.reset
	n, _ := sg.Lengths()
	if skip != 0 {
		s.end(missingBytes(skip))
		return
	}
	s.next[side(reply)] = s.next[side(reply)].Add(n)
	if end {
		s.next[side(reply)] = s.next[side(reply)].Add(1)
		s.ended[side(reply)] = true
	}
	if n > 0 || end {
		s.conversation.Data(s.at, reply, end, sg.Fetch(n))
	}
	if s.ended[0] && s.ended[1] {
		s.end("")
	}
}

// ReassemblyComplete implements [reassembly.Stream].
func (s *stream) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }
