package kv_test

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/examples/kv"
	"github.com/proxylib/proxylib/parsertest"
)

const (
	get = iota + 1
	put
	remove
)

const (
	ok     = 0
	denied = 3
)

// message is a message with a tag, a code and a body.
func message(tag uint32, code byte, body string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(5+len(body)))
	return string(append(binary.BigEndian.AppendUint32(b, tag), code)) + body
}

// request is a request for a key with a value.
func request(tag uint32, op byte, key, value string) string {
	return message(tag, op, string([]byte{byte(len(key) >> 8), byte(len(key))})+key+value)
}

const policy = "op=get key=public/\nop=put key=public/ max_bytes=2000\naccess=write key=scratch/"

func client(messages ...string) parsertest.Step { return parsertest.Client(strings.Join(messages, "")) }
func server(messages ...string) parsertest.Step { return parsertest.Server(strings.Join(messages, "")) }

func transcripts() []parsertest.Case {
	long := strings.Repeat("v", 2000)
	get1, get2, get3 := request(1, get, "public/a", ""), request(2, get, "secret", ""), request(3, get, "public/b", "")
	cases := []parsertest.Case{
		{
			Name:     "a request and its reply pass",
			Steps:    []parsertest.Step{client(get1), server(message(1, ok, "one"))},
			ToServer: get1, ToClient: message(1, ok, "one"),
			Log: []string{"Request kv op=get key=public/a tag=1"},
		},
		{
			Name:     "replies come in any order, and a denial when it can",
			Steps:    []parsertest.Step{client(get1, get2, get3), server(message(3, ok, "three"), message(1, ok, "one"))},
			ToServer: get1 + get3, ToClient: message(2, denied, "") + message(3, ok, "three") + message(1, ok, "one"),
			Log: []string{"Request kv op=get key=public/a tag=1", "Denied kv op=get key=secret tag=2", "Request kv op=get key=public/b tag=3"},
		},
		{
			Name: "long values pass and are dropped without being held",
			Steps: []parsertest.Step{
				client(request(1, put, "public/a", long), request(2, put, "public/a", long+"v"), request(3, remove, "public/a", ""),
					request(4, remove, "scratch/a", "")), server(message(4, ok, ""), message(1, ok, "")),
			},
			ToServer: request(1, put, "public/a", long) + request(4, remove, "scratch/a", ""),
			ToClient: message(2, denied, "") + message(3, denied, "") + message(4, ok, "") + message(1, ok, ""),
			Log: []string{"Request kv op=put key=public/a tag=1", "Denied kv op=put key=public/a tag=2",
				"Denied kv op=delete key=public/a tag=3", "Request kv op=delete key=scratch/a tag=4"},
		},
		{
			Name:     "a denial waits for the end of a reply that has begun",
			Steps:    []parsertest.Step{client(get1), server(message(1, ok, long)[:1000]), client(get2), server(message(1, ok, long)[1000:])},
			ToServer: get1, ToClient: message(1, ok, long) + message(2, denied, ""),
			Log: []string{"Request kv op=get key=public/a tag=1", "Denied kv op=get key=secret tag=2"},
		},
		{
			Name:     "a tag that is in use closes the connection, after the replies that are owed",
			Steps:    []parsertest.Step{client(get1, get1), server(message(1, ok, ""))},
			ToServer: get1, ToClient: message(1, ok, ""), Closed: "in use",
			Log: []string{"Request kv op=get key=public/a tag=1"},
		},
		{
			Name:   "a request with an unknown code closes the connection",
			Steps:  []parsertest.Step{client(request(1, 9, "public/a", ""))},
			Closed: "malformed request",
		},
		{
			Name:   "a key that is longer than its message closes the connection",
			Steps:  []parsertest.Step{client(message(1, get, "\x00\x09public/"), get1)},
			Closed: "malformed request",
		},
		{
			Name:   "a reply that nobody asked for closes the connection",
			Steps:  []parsertest.Step{server(message(1, ok, ""))},
			Closed: "reply without a request",
		},
	}
	for i := range cases {
		cases[i].Protocol, cases[i].Policy = &kv.Protocol, policy
	}
	return cases
}

func TestTranscripts(t *testing.T) { parsertest.Run(t, transcripts()...) }

func TestItKeepsWhatAllParsersKeep(t *testing.T) { parsertest.Conform(t, transcripts()...) }

func FuzzParser(f *testing.F) { parsertest.FuzzTranscripts(f, transcripts()...) }

func BenchmarkRequestAndReply(b *testing.B) { parsertest.Bench(b, transcripts()[0]) }

// read reads a message.
func read(from io.Reader) (tag uint32, code byte, body string, err error) {
	var head [9]byte
	if _, err = io.ReadFull(from, head[:]); err != nil {
		return 0, 0, "", err
	}
	rest := make([]byte, binary.BigEndian.Uint32(head[:])-5)
	_, err = io.ReadFull(from, rest)
	return binary.BigEndian.Uint32(head[4:]), head[8], string(rest), err
}

// serve is a server that returns what it has got, for each two requests in the opposite order.
func serve(conn net.Conn) {
	for first := ""; ; {
		tag, _, body, err := read(conn)
		if err != nil {
			return
		}
		if reply := message(tag, ok, body); first == "" {
			first = reply
		} else {
			io.WriteString(conn, reply+first)
			first = ""
		}
	}
}

func TestAClientAndAServerTalkThroughIt(t *testing.T) {
	conn := parsertest.Dial(t, parsertest.Case{Protocol: &kv.Protocol, Policy: policy}, serve)
	long := strings.Repeat("v", 2000)
	for _, request := range []string{
		request(1, put, "public/a", long), request(2, get, "secret", ""), request(3, get, "public/a", ""),
	} {
		io.WriteString(conn, request)
	}
	for _, want := range []struct {
		tag  uint32
		code byte
		body string
	}{{2, denied, ""}, {3, ok, "\x00\x08public/a"}, {1, ok, "\x00\x08public/a" + long}} {
		tag, code, body, err := read(conn)
		if tag != want.tag || code != want.code || body != want.body || err != nil {
			t.Fatalf("got tag %d, code %d, body %.20q, error %v, want %d, %d, %.20q", tag, code, body, err, want.tag, want.code, want.body)
		}
	}
}
