//go:build e2e

package cassandra

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

const opOptions = 5

// message is a request of any version and with any flags.
func message(version, flags byte, stream int, opcode byte, body string) []byte {
	b := []byte{version, flags, byte(stream >> 8), byte(stream), opcode}
	return append(binary.BigEndian.AppendUint32(b, uint32(len(body))), body...)
}

const (
	localRow     = "SELECT key FROM system.local"
	cqlVersion   = "\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0"
	consistency1 = "\x00\x01"
)

// step is what a client writes at once, and how many answers it waits for before the next step.
type step struct {
	write   []byte
	answers int
}

// scripts are what a client sends on a new connection. What servers take, answer with an error or ignore, they must get,
// or have answered, the same way.
var scripts = func() map[string][]step {
	start := step{message(4, 0, 0, opStartup, cqlVersion), 1}
	query4 := longString(localRow) + consistency1 + "\x00"
	all := map[string][]step{
		"OPTIONS and STARTUP at once": {{slices.Concat(message(4, 0, 1, opOptions, ""), message(4, 0, 2, opStartup, cqlVersion)), 2}},
		"STARTUP with bytes after it": {{message(4, 0, 1, opStartup, cqlVersion+"x"), 1}},
		"unknown compression":         {{message(4, 0, 1, opStartup, "\x00\x01\x00\x0bCOMPRESSION\x00\x03zst"), 1}, start},
		"a payload in version 3": {
			{message(3, 0, 0, opStartup, cqlVersion), 1}, {message(3, 4, 1, opQuery, "\x00\x00"+query4), 1},
		},
		"the beta flag before segments": {
			{message(5, 0x10, 1, opStartup, cqlVersion), 1}, {segment(message(5, 0x10, 2, opOptions, "")), 1},
		},
	}
	for name, request := range map[string][]byte{
		"second STARTUP":            message(4, 0, 1, opStartup, cqlVersion),
		"bytes after a query":       message(4, 0, 1, opQuery, query4+"xxxx"),
		"bytes after a PREPARE":     message(4, 0, 1, opPrepare, longString(localRow)+"xxxx"),
		"OPTIONS with a body":       message(4, 0, 1, opOptions, "xxx"),
		"unknown consistency":       message(4, 0, 1, opQuery, longString(localRow)+"\x00\x63\x00"),
		"a body that is too short":  message(4, 0, 1, opQuery, "\x00\x00\x00\xffSELECT"),
		"another version":           message(3, 0, 1, opOptions, ""),
		"a login nobody asked for":  message(4, 0, 1, 15, "\xff\xff\xff\xff"),
		"REGISTER of an unknown":    message(4, 0, 1, 11, "\x00\x01\x00\x01X"),
		"a payload that is missing": message(4, 4, 1, opQuery, query4),
		"a negative stream":         message(4, 0, -50, opOptions, ""),
		"a query on stream -1":      message(4, 0, -1, opQuery, query4),
		"a payload":                 message(4, 4, 1, opQuery, "\x00\x01\x00\x0arequest-id\x00\x00\x00\x01a"+query4),
	} {
		all[name] = []step{start, {request, 1}, {message(4, 0, 2, opOptions, ""), 1}}
	}
	for _, flag := range []byte{1, 8, 0x10, 0x20, 0x40, 0x80} {
		all[fmt.Sprintf("flag %#x", flag)] = []step{start, {message(4, flag, 1, opQuery, query4), 1}}
	}
	begin := step{message(5, 0, 0, opStartup, cqlVersion), 1}
	query5 := longString(localRow) + consistency1 + "\x00\x00\x00\x00"
	last := step{segment(message(5, 0, 9, opOptions, "")), 1}
	for name, s := range map[string]step{
		"an empty segment":    {segment(nil), 0},
		"second STARTUP":      {segment(message(5, 0, 1, opStartup, cqlVersion)), 1},
		"unknown consistency": {segment(message(5, 0, 1, opQuery, longString(localRow)+"\x00\x63\x00\x00\x00\x00")), 1},
		"another version":     {segment(message(4, 0, 1, opOptions, "")), 1},
		"unknown opcode":      {segment(message(5, 0, 1, 0x33, "")), 1},
		"a wrong and a right": {segment(slices.Concat(message(5, 0, 1, 0x33, ""), message(5, 0, 2, opQuery, query5))), 2},
	} {
		all["version 5: "+name] = []step{begin, s, last}
	}
	for _, flag := range []byte{1, 8, 0x10, 0x20, 0x80} {
		all[fmt.Sprintf("version 5: flag %#x", flag)] = []step{begin, {segment(message(5, flag, 1, opQuery, query5)), 1}, last}
	}
	return all
}()

// answer is what one reply says: on which stream, of which kind, and the code of an error.
type answer struct {
	stream int
	opcode byte
	code   uint32
}

// play plays a script on a connection and returns the answers of each step, in the order of their streams.
func play(t *testing.T, to string, script []step) []answer {
	t.Helper()
	conn, err := net.DialTimeout("tcp", to, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var all []answer
	framed := false
	for _, s := range script {
		if _, err := conn.Write(s.write); err != nil {
			t.Fatal(err)
		}
		var got []answer
		for len(got) < s.answers {
			if framed {
				got = append(got, nextSegment(t, conn)...)
				continue
			}
			version, a := next(t, conn)
			got = append(got, a)
			framed = version == 5 && a.opcode == opReady
		}
		slices.SortFunc(got, func(a, b answer) int { return a.stream - b.stream })
		all = append(all, got...)
	}
	return all
}

// next reads a frame and returns its version.
func next(t *testing.T, from io.Reader) (version byte, a answer) {
	t.Helper()
	header := make([]byte, 9)
	if _, err := io.ReadFull(from, header); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, binary.BigEndian.Uint32(header[5:]))
	if _, err := io.ReadFull(from, body); err != nil {
		t.Fatal(err)
	}
	return header[0] &^ 0x80, answerOf(header, body)
}

func answerOf(header, body []byte) answer {
	a := answer{stream: int(binary.BigEndian.Uint16(header[2:])), opcode: header[4]}
	if a.opcode == opError {
		a.code = binary.BigEndian.Uint32(body)
	}
	return a
}

// nextSegment reads the answers in a segment.
func nextSegment(t *testing.T, from io.Reader) (all []answer) {
	t.Helper()
	header := make([]byte, 6)
	if _, err := io.ReadFull(from, header); err != nil {
		t.Fatal(err)
	}
	length := (int(header[0]) | int(header[1])<<8 | int(header[2])<<16) & (1<<17 - 1)
	payload := make([]byte, length+4)
	if _, err := io.ReadFull(from, payload); err != nil {
		t.Fatal(err)
	}
	for payload = payload[:length]; len(payload) > 0; {
		n := 9 + int(binary.BigEndian.Uint32(payload[5:]))
		all = append(all, answerOf(payload[:9], payload[9:n]))
		payload = payload[n:]
	}
	return all
}

func TestWhatServersTakeOrAnswerIsTakenOrAnsweredTheSame(t *testing.T) {
	s := newStage(t, allowAll)
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			want := play(t, address, script)
			if got := play(t, s.proxy.Addr, script); !slices.Equal(got, want) {
				t.Errorf("answers %+v, without the filter %+v", got, want)
			}
		})
	}
}

// Versions 1 and 2 have a header of eight bytes, and the error has the form of theirs.
func TestVersionsOneAndTwoGetTheServersAnswer(t *testing.T) {
	s := newStage(t, allowAll)
	for version := byte(1); version <= 2; version++ {
		conn, err := net.DialTimeout("tcp", s.proxy.Addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		if _, err := conn.Write([]byte{version, 0, 7, opOptions, 0, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		header := make([]byte, 12)
		if _, err := io.ReadFull(conn, header); err != nil {
			t.Fatal(err)
		}
		if string(header[:4]) != string([]byte{0x80 | version, 0, 7, opError}) || binary.BigEndian.Uint32(header[8:]) != 0xa {
			t.Errorf("version %d gets % x", version, header)
		}
	}
}
