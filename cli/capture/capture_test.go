package capture

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/capturetest"
)

const (
	clientAddr = "10.0.0.1:40000"
	serverAddr = "10.0.0.2:11211"
)

// talk writes down what happens in connections.
type talk struct{ lines []string }

func (t *talk) Data(_ time.Time, reply, end bool, data []byte) {
	mark := ">"
	if reply {
		mark = "<"
	}
	if end {
		mark += "."
	}
	t.lines = append(t.lines, mark+string(data))
}

func (t *talk) Close(missing string) { t.lines = append(t.lines, "closed "+missing) }

// read returns what happens in the connections of a capture, one after the other.
func read(t *testing.T, capture []byte, o Options) ([]string, Stats) {
	t.Helper()
	var talks []*talk
	o.Open = func(f Flow) Conversation {
		talks = append(talks, &talk{lines: []string{f.Client.String() + " " + f.Server.String()}})
		return talks[len(talks)-1]
	}
	stats, err := Read(bytes.NewReader(capture), o)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, talk := range talks {
		lines = append(lines, strings.Join(talk.lines, "|"))
	}
	return lines, stats
}

// spoken is a connection in which the client asks twice.
func spoken(t *testing.T) *capturetest.Connection {
	return capturetest.New(t, clientAddr, serverAddr).
		Send(capturetest.Client, "get a\r\n").Send(capturetest.Server, "END\r\n").
		Send(capturetest.Client, "get b\r\n").Send(capturetest.Server, "END\r\n").
		End(capturetest.Client).End(capturetest.Server).Confirm(capturetest.Client)
}

const (
	whole = clientAddr + " " + serverAddr + "|>get a\r\n|<END\r\n|>get b\r\n|<END\r\n|>.|<.|closed "
	// The packets of spoken.
	firstRequest, firstReply, secondRequest, secondReply = 3, 4, 5, 6
)

func TestConnectionsAreReadFromBothKindsOfFiles(t *testing.T) {
	packets := spoken(t).Packets
	for _, capture := range [][]byte{packets.Pcap(t), packets.PcapNG(t)} {
		got, stats := read(t, capture, Options{})
		if want := []string{whole}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if want := (Stats{Packets: uint64(len(packets)), Connections: 1}); stats != want {
			t.Errorf("got %+v, want %+v", stats, want)
		}
	}
	six := capturetest.New(t, "[fd00::1]:1", "[fd00::2]:2").Send(capturetest.Client, "a").Packets
	if got, _ := read(t, six.Pcap(t), Options{}); !slices.Equal(got, []string{"[fd00::1]:1 [fd00::2]:2|>a|closed "}) {
		t.Errorf("got %q", got)
	}
}

func TestPacketsMayComeTwiceAndInAnotherOrder(t *testing.T) {
	for name, change := range map[string]func(capturetest.Packets) capturetest.Packets{
		"a request is repeated": func(p capturetest.Packets) capturetest.Packets {
			return slices.Insert(p, secondReply, p[secondRequest], p[firstRequest])
		},
		"a reply is repeated after the end": func(p capturetest.Packets) capturetest.Packets { return append(p, p[firstReply]) },
		"the first packet is repeated":      func(p capturetest.Packets) capturetest.Packets { return slices.Insert(p, 1, p[0]) },
	} {
		got, stats := read(t, change(slices.Clone(spoken(t).Packets)).Pcap(t), Options{})
		if !slices.Equal(got, []string{whole}) || stats.Broken+stats.InMidstream > 0 {
			t.Errorf("%s: got %q, %+v", name, got, stats)
		}
	}
	c := capturetest.New(t, clientAddr, serverAddr).Send(capturetest.Client, "a").Send(capturetest.Client, "b").
		Send(capturetest.Client, "c").Send(capturetest.Server, "d")
	p := c.Packets
	p[3], p[4], p[5] = p[5], p[3], p[4]
	got, _ := read(t, p.Pcap(t), Options{})
	if want := clientAddr + " " + serverAddr + "|>a|>bc|<d|closed "; !slices.Equal(got, []string{want}) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAConnectionThatLacksBytesEndsThere(t *testing.T) {
	const begin = clientAddr + " " + serverAddr
	for name, c := range map[string]struct {
		change func(capturetest.Packets) capturetest.Packets
		want   string
	}{
		"a request": {func(p capturetest.Packets) capturetest.Packets { return slices.Delete(p, firstRequest, firstRequest+1) },
			begin + "|closed 7 bytes are missing in the capture"},
		"a reply": {func(p capturetest.Packets) capturetest.Packets { return slices.Delete(p, firstReply, firstReply+1) },
			begin + "|>get a\r\n|closed 5 bytes are missing in the capture"},
		"the server's first packet": {func(p capturetest.Packets) capturetest.Packets { return slices.Delete(p, 1, 2) },
			begin + "|>get a\r\n|closed bytes are missing in the capture"},
		"the end of a packet": {func(p capturetest.Packets) capturetest.Packets {
			p[secondRequest].Kept = len(p[secondRequest].Data) - 3
			return p
		}, begin + "|>get a\r\n|<END\r\n|closed " + reasonTruncated},
	} {
		got, stats := read(t, c.change(slices.Clone(spoken(t).Packets)).Pcap(t), Options{})
		if !slices.Equal(got, []string{c.want}) || stats.Broken != 1 || stats.InMidstream != 0 {
			t.Errorf("%s: got %q, %+v, want %q", name, got, stats, c.want)
		}
	}
	lost := capturetest.New(t, clientAddr, serverAddr).Send(capturetest.Client, "ab").Send(capturetest.Client, "cd").Packets
	got, stats := read(t, slices.Delete(lost, 3, 4).Pcap(t), Options{})
	if want := begin + "|closed 2 bytes are missing in the capture"; !slices.Equal(got, []string{want}) || stats.Broken != 1 {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConnectionsThatWereThereBeforeAreCounted(t *testing.T) {
	got, stats := read(t, spoken(t).Packets[3:].Pcap(t), Options{})
	if len(got) > 0 || stats.InMidstream != 1 || stats.Connections != 0 {
		t.Errorf("got %q, %+v", got, stats)
	}
	if _, stats = read(t, spoken(t).Packets[3:].Pcap(t), Options{Port: 1}); stats.InMidstream != 0 {
		t.Errorf("those to other ports are counted: %+v", stats)
	}
}

func TestAddressesMayBeUsedAgain(t *testing.T) {
	first := capturetest.New(t, clientAddr, serverAddr).Send(capturetest.Client, "a").Packets
	again := spoken(t)
	// A capture in which the first connection does not end.
	second := capturetest.New(t, clientAddr, serverAddr)
	second.Send(capturetest.Client, "x").Reset(capturetest.Server)
	all := slices.Concat(again.Packets, second.Packets)
	got, _ := read(t, all.Pcap(t), Options{})
	if want := []string{whole, clientAddr + " " + serverAddr + "|>x|closed "}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	other := capturetest.NewAt(t, clientAddr, serverAddr, 5000).Send(capturetest.Client, "b").Packets
	got, _ = read(t, slices.Concat(first, other).Pcap(t), Options{})
	if want := []string{clientAddr + " " + serverAddr + "|>a|closed ", clientAddr + " " + serverAddr + "|>b|closed "}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyThePortIsRead(t *testing.T) {
	all := slices.Concat(spoken(t).Packets, capturetest.New(t, "10.0.0.1:40001", "10.0.0.2:443").Packets)
	if got, stats := read(t, all.Pcap(t), Options{Port: 11211}); !slices.Equal(got, []string{whole}) || stats.Connections != 1 {
		t.Errorf("got %q, %+v", got, stats)
	}
	ports, err := Ports(bytes.NewReader(all.Pcap(t)))
	if want := map[uint16]int{11211: 1, 443: 1}; err != nil || !maps.Equal(ports, want) {
		t.Errorf("got %v, %v, want %v", ports, err, want)
	}
}

func TestTheNumberOfOpenConnectionsIsBounded(t *testing.T) {
	var all capturetest.Packets
	for i := range 10 {
		all = append(all, capturetest.New(t, fmt.Sprintf("10.0.0.1:%d", 1000+i), serverAddr).Send(capturetest.Client, "a").Packets...)
	}
	got, stats := read(t, all.Pcap(t), Options{MaxOpen: 4})
	if len(got) != 4 || stats.Connections != 4 || stats.Refused != 6 || stats.InMidstream != 0 {
		t.Errorf("got %q, %+v", got, stats)
	}
}

func TestFilesThatAreNotCapturesAreRefused(t *testing.T) {
	for _, text := range []string{"", "get a\r\n", "\x0a\x0d\x0d\x0a", "\xd4\xc3\xb2\xa1"} {
		if _, err := Read(strings.NewReader(text), Options{Open: func(Flow) Conversation { return nil }}); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestACaptureThatEndsInAPacketIsReadUpToIt(t *testing.T) {
	capture := spoken(t).Packets.Pcap(t)
	got, stats := read(t, capture[:len(capture)-10], Options{})
	if !slices.Equal(got, []string{whole}) || !stats.Cut {
		t.Errorf("got %q, %+v", got, stats)
	}
}

func FuzzRead(f *testing.F) {
	c := capturetest.New(f, clientAddr, serverAddr).Send(capturetest.Client, "get a\r\n").Send(capturetest.Server, "END\r\n")
	f.Add(c.Packets.Pcap(f))
	f.Add(c.Packets.PcapNG(f))
	f.Fuzz(func(t *testing.T, capture []byte) {
		// An error or not, it returns, and what has been opened is closed once.
		open := 0
		_, _ = Read(bytes.NewReader(capture), Options{Open: func(Flow) Conversation {
			open++
			return closer(func() { open-- })
		}})
		if open != 0 {
			t.Errorf("%d conversations are not closed, or too often", open)
		}
	})
}

// closer is a conversation that is to be closed.
type closer func()

func (c closer) Data(time.Time, bool, bool, []byte) {}
func (c closer) Close(string)                       { c() }
