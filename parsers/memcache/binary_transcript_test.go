package memcache_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/memcache"
	"github.com/proxylib/proxylib/parsertest"
)

// packet makes a frame; vbucket is the status of a reply.
func packet(magic, op byte, vbucket uint16, opaque uint32, extras, key, value string) string {
	b := []byte{magic, op}
	b = binary.BigEndian.AppendUint16(b, uint16(len(key)))
	b = append(b, byte(len(extras)), 0)
	b = binary.BigEndian.AppendUint16(b, vbucket)
	b = binary.BigEndian.AppendUint32(b, uint32(len(extras)+len(key)+len(value)))
	b = binary.BigEndian.AppendUint32(b, opaque)
	b = binary.BigEndian.AppendUint64(b, 0)
	return string(b) + extras + key + value
}

func ask(op byte, opaque uint32, extras, key, value string) string {
	return packet(0x80, op, 0, opaque, extras, key, value)
}

func reply(op byte, opaque uint32, status uint16, extras, key, value string) string {
	return packet(0x81, op, status, opaque, extras, key, value)
}

// refused is our reply to a request that is denied.
func refused(op byte, opaque uint32) string { return reply(op, opaque, 8, "", "", "access denied") }

// binaryEntries makes log entries of "Request opcode=0 key=a".
func binaryEntries(lines ...string) []string {
	list := entries(lines...)
	for i := range list {
		list[i] = strings.Replace(list[i], " textmemcached ", " binarymemcached ", 1)
	}
	return list
}

const (
	get, set, del, incr, quit, flush, getq, noop, version, getk, getkq = 0, 1, 4, 5, 7, 8, 9, 0xa, 0xb, 0xc, 0xd

	stat, setq, deleteq, quitq, touch, gat = 0x10, 0x11, 0x14, 0x17, 0x1c, 0x1d

	saslList, saslAuth, saslStep = 0x20, 0x21, 0x22

	setExtras = "\x00\x00\x00\x00\x00\x00\x00\x3c"
	flags     = "\x00\x00\x00\x00"
)

// fence is a noop of ours, and fenceReply the answer to it.
var fence, fenceReply = ask(noop, 0x70784c42, "", "", ""), reply(noop, 0x70784c42, 0, "", "", "")

// probeAsk is the version that we ask an unknown server for: its last byte is LF, so that text servers answer.
var probeAsk, probeReply = ask(version, 0x70784c42, "", "", "")[:23] + "\n", reply(version, 0x70784c42, 0, "", "", "1.6.18")

func TestBinaryTranscripts(t *testing.T) { parsertest.Run(t, binaryTranscripts()...) }

func binaryTranscripts() []parsertest.Case {
	smuggle := ask(get, 9, "", "secret", "")
	cases := []parsertest.Case{
		{
			Name: "allowed requests and their replies pass", Policy: public,
			Steps: []parsertest.Step{
				client(ask(set, 1, setExtras, "pub1", "hello")), server(reply(set, 1, 0, "", "", "")),
				client(ask(get, 2, "", "pub1", "")), server(reply(get, 2, 0, flags, "", "hello")),
				client(ask(getk, 3, "", "pub2", "")), server(reply(getk, 3, 1, "", "pub2", "")),
			},
			ToServer: ask(set, 1, setExtras, "pub1", "hello") + ask(get, 2, "", "pub1", "") + ask(getk, 3, "", "pub2", ""),
			ToClient: reply(set, 1, 0, "", "", "") + reply(get, 2, 0, flags, "", "hello") + reply(getk, 3, 1, "", "pub2", ""),
			Log: binaryEntries("Request opcode=1 key=pub1 bytes=5", "Response opcode=1 status=stored",
				"Request opcode=0 key=pub1", "Response opcode=0 status=hit bytes=5",
				"Request opcode=12 key=pub2", "Response opcode=12 key=pub2 status=miss"),
		},
		{
			Name: "a denied request is answered with its opcode and opaque, and dropped with its value", Policy: public,
			Steps: []parsertest.Step{
				client(ask(set, 0xdeadbeef, setExtras, "secret", smuggle) + ask(flush, 2, "", "", "") + ask(get, 3, "", "pub", "")),
				server(reply(get, 3, 1, "", "", "Not found")),
			},
			ToServer: ask(get, 3, "", "pub", ""),
			ToClient: refused(set, 0xdeadbeef) + refused(flush, 2) + reply(get, 3, 1, "", "", "Not found"),
			Log: binaryEntries("Denied opcode=1 key=secret bytes=30", "Denied opcode=8",
				"Request opcode=0 key=pub", "Response opcode=0 status=miss"),
		},
		{
			Name: "a value is not a request", Policy: public,
			Steps: []parsertest.Step{
				client(ask(set, 1, setExtras, "pub", smuggle) + ask(get, 2, "", "secret", "")),
				server(reply(set, 1, 0, "", "", "")),
			},
			ToServer: ask(set, 1, setExtras, "pub", smuggle), ToClient: reply(set, 1, 0, "", "", "") + refused(get, 2),
			Log: binaryEntries("Request opcode=1 key=pub bytes=30", "Denied opcode=0 key=secret",
				"Response opcode=1 status=stored"),
		},
		{
			Name: "quiet requests may be answered or not", Policy: "",
			Steps: []parsertest.Step{
				client(ask(getq, 1, "", "a", "") + ask(getkq, 2, "", "b", "") + ask(setq, 3, setExtras, "c", "x") +
					ask(deleteq, 4, "", "d", "") + ask(noop, 5, "", "", "")),
				server(reply(getkq, 2, 0, flags, "b", "vv") + reply(deleteq, 4, 1, "", "", "Not found") +
					reply(noop, 5, 0, "", "", "")),
			},
			ToServer: ask(getq, 1, "", "a", "") + ask(getkq, 2, "", "b", "") + ask(setq, 3, setExtras, "c", "x") +
				ask(deleteq, 4, "", "d", "") + ask(noop, 5, "", "", ""),
			ToClient: reply(getkq, 2, 0, flags, "b", "vv") + reply(deleteq, 4, 1, "", "", "Not found") +
				reply(noop, 5, 0, "", "", ""),
			Log: binaryEntries("Request opcode=9 key=a", "Request opcode=13 key=b", "Request opcode=17 key=c bytes=1",
				"Request opcode=20 key=d", "Request opcode=10", "Response opcode=13 key=b status=hit bytes=2",
				"Response opcode=20 status=not_found", "Response opcode=10 status=ok"),
		},
		{
			Name:   "a denial behind quiet requests takes the place of the answer to a noop of ours",
			Policy: public + "\ncommand=noop",
			Steps: []parsertest.Step{
				client(ask(getq, 0, "", "pub1", "") + ask(getq, 0, "", "secret", "") + ask(get, 0, "", "secret", "") +
					ask(getq, 0, "", "pub2", "") + ask(noop, 0, "", "", "")),
				server(fenceReply + reply(getq, 0, 0, flags, "", "x") + reply(noop, 0, 0, "", "", "")),
			},
			ToServer: ask(getq, 0, "", "pub1", "") + fence + ask(getq, 0, "", "pub2", "") + ask(noop, 0, "", "", ""),
			ToClient: refused(getq, 0) + refused(get, 0) + reply(getq, 0, 0, flags, "", "x") + reply(noop, 0, 0, "", "", ""),
			Log: binaryEntries("Request opcode=9 key=pub1", "Denied opcode=9 key=secret", "Denied opcode=0 key=secret",
				"Request opcode=9 key=pub2", "Request opcode=10", "Response opcode=9 status=hit bytes=1",
				"Response opcode=10 status=ok"),
		},
		{
			Name: "a noop of the client with the opaque of ours is distinguished from it", Policy: "deny command=get keyPrefix=x\nallow",
			Steps: []parsertest.Step{
				client(ask(getq, 0, "", "a", "") + fence + ask(getq, 0, "", "b", "") + ask(get, 1, "", "x", "") + fence),
				server(fenceReply + fenceReply + fenceReply),
			},
			ToServer: ask(getq, 0, "", "a", "") + fence + ask(getq, 0, "", "b", "") + fence + fence,
			ToClient: fenceReply + refused(get, 1) + fenceReply,
			Log: binaryEntries("Request opcode=9 key=a", "Request opcode=10", "Request opcode=9 key=b", `Denied opcode=0 key=x reason="deny rule"`,
				"Request opcode=10", "Response opcode=10 status=ok", "Response opcode=10 status=ok"),
		},
		{
			Name: "statistics are one reply of many frames", Policy: "deny command=get\nallow",
			Steps: []parsertest.Step{
				client(ask(stat, 1, "", "", "") + ask(get, 2, "", "a", "") + ask(stat, 3, "", "nosuch", "")),
				server(reply(stat, 1, 0, "", "pid", "12") + reply(stat, 1, 0, "", "x", "") + reply(stat, 1, 0, "", "", "") +
					reply(stat, 3, 1, "", "", "Not found")),
			},
			ToServer: ask(stat, 1, "", "", "") + ask(stat, 3, "", "nosuch", ""),
			ToClient: reply(stat, 1, 0, "", "pid", "12") + reply(stat, 1, 0, "", "x", "") + reply(stat, 1, 0, "", "", "") +
				refused(get, 2) + reply(stat, 3, 1, "", "", "Not found"),
			Log: binaryEntries("Request opcode=16", `Denied opcode=0 key=a reason="deny rule"`, "Request opcode=16 key=nosuch",
				"Response opcode=16 status=ok", "Response opcode=16 status=not_found"),
		},
		{
			Name: "authentication passes, and what it holds is never logged", Policy: "",
			Steps: []parsertest.Step{
				client(ask(saslList, 1, "", "", "")), server(reply(saslList, 1, 0, "", "", "PLAIN")),
				client(ask(saslAuth, 2, "", "PLAIN", "\x00user\x00password")), server(reply(saslAuth, 2, 0x21, "", "", "go on")),
				client(ask(saslStep, 3, "", "PLAIN", "more")), server(reply(saslStep, 3, 0x20, "", "", "Auth failure.")),
			},
			ToServer: ask(saslList, 1, "", "", "") + ask(saslAuth, 2, "", "PLAIN", "\x00user\x00password") +
				ask(saslStep, 3, "", "PLAIN", "more"),
			ToClient: reply(saslList, 1, 0, "", "", "PLAIN") + reply(saslAuth, 2, 0x21, "", "", "go on") +
				reply(saslStep, 3, 0x20, "", "", "Auth failure."),
			Log: binaryEntries("Request opcode=32", "Response opcode=32 status=ok", "Request opcode=33 key=PLAIN",
				"Response opcode=33 status=auth_continue", "Request opcode=34 key=PLAIN", "Response opcode=34 status=auth_error"),
		},
		{
			Name: "what follows quit is dropped", Policy: "",
			Steps:    []parsertest.Step{client(ask(quit, 1, "", "", "") + "anything"), server(reply(quit, 1, 0, "", "", ""))},
			ToServer: ask(quit, 1, "", "", ""), ToClient: reply(quit, 1, 0, "", "", ""),
			Log: binaryEntries("Request opcode=7", "Response opcode=7 status=ok"),
		},
		{
			Name: "a quiet quit owes nothing", Policy: "",
			Steps:    []parsertest.Step{client(ask(quitq, 1, "", "", "") + ask(flush, 2, "", "", "")), parsertest.ServerEnd()},
			ToServer: ask(quitq, 1, "", "", ""), Log: binaryEntries("Request opcode=23"),
		},
		{
			Name: "a server that has too many connections says so in text", Policy: "",
			Steps: []parsertest.Step{client(ask(get, 1, "", "a", "")), server("ERROR Too many open connections\r\n"),
				parsertest.ServerEnd()},
			ToServer: ask(get, 1, "", "a", ""), ToClient: "ERROR Too many open connections\r\n",
			Log: binaryEntries("Request opcode=0 key=a"),
		},
		{
			Name: "times beyond the limit are denied", Policy: "command=touch ttlMax=60\ncommand=gat ttlMax=60",
			Steps: []parsertest.Step{
				client(ask(touch, 1, "\x00\x00\x00\x3d", "a", "") + ask(gat, 2, flags, "a", "") +
					ask(touch, 3, "\x00\x00\x00\x3c", "a", "")),
				server(reply(touch, 3, 0, flags, "", "")),
			},
			ToServer: ask(touch, 3, "\x00\x00\x00\x3c", "a", ""),
			ToClient: refused(touch, 1) + refused(gat, 2) + reply(touch, 3, 0, flags, "", ""),
			Log: binaryEntries("Denied opcode=28 key=a", "Denied opcode=29 key=a", "Request opcode=28 key=a",
				"Response opcode=28 status=touched"),
		},
	}
	for i := range cases {
		cases[i].Parser, cases[i].Config = memcache.Name, known
	}
	return cases
}

func TestFramesThatCanNotBeReadSafelyCloseTheConnection(t *testing.T) {
	const (
		magic     = "malformed frame: wrong magic byte"
		operation = "malformed frame: operation that memcached does not know"
		shape     = "malformed frame: extras, key or value that do not belong to the operation"
		body      = "malformed frame: body longer than 1 GiB, or shorter than its parts"
	)
	// An allowed set whose value is a frame that the server would read next.
	hidden := ask(set, 2, setExtras, "allowed", ask(get, 3, "", "secret", ""))
	short := []byte(ask(get, 1, "", "a", ""))
	short[11] = 0
	for _, c := range []struct{ name, request, answer, reason, opcode string }{
		{"range operation that hides a frame", ask(0x30, 1, "", strings.Repeat("k", 39), "") + hidden,
			reply(0x30, 1, 0x81, "", "", "Unknown command"), operation, ""},
		{"verbosity", ask(0x1b, 1, flags, "", ""), reply(0x1b, 1, 0x81, "", "", "Unknown command"), operation, ""},
		{"get with extras", ask(get, 1, flags, "a", ""), reply(get, 1, 4, "", "", "Invalid arguments"), shape, " opcode=0"},
		{"body shorter than the key", string(short), "", body, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			parsertest.Check(t, parsertest.Case{
				Parser: memcache.Name, Config: known, Steps: []parsertest.Step{client(c.request)}, ToClient: c.answer, Closed: c.reason,
				Log: binaryEntries(fmt.Sprintf("Denied status=%q", c.reason) + c.opcode),
			})
		})
	}
	t.Run("another first byte later", func(t *testing.T) {
		first := ask(noop, 1, "", "", "")
		parsertest.Check(t, parsertest.Case{
			Parser: memcache.Name, Config: known, Closed: magic,
			Steps:    []parsertest.Step{client(first + strings.Repeat("get pub\r\n", 3)), server(reply(noop, 1, 0, "", "", ""))},
			ToServer: first, ToClient: reply(noop, 1, 0, "", "", ""),
			Log: binaryEntries("Request opcode=10", fmt.Sprintf("Denied status=%q", magic), "Response opcode=10 status=ok"),
		})
	})
	t.Run("end of stream in a frame", func(t *testing.T) {
		parsertest.Check(t, parsertest.Case{
			Parser: memcache.Name, Config: known, Closed: "end of stream inside a message",
			Steps: []parsertest.Step{client(ask(get, 1, "", "a", "")[:24]), parsertest.ClientEnd()},
		})
	})
}

func TestReplyFramesThatDoNotFitCloseTheConnection(t *testing.T) {
	request := ask(get, 1, "", "a", "")
	for name, c := range map[string]struct{ reply, reason string }{
		"another opaque":              {reply(get, 2, 1, "", "", ""), "reply does not fit"},
		"another opcode":              {reply(getk, 1, 1, "", "", ""), "reply does not fit"},
		"text":                        {"END\r\n" + strings.Repeat(" ", 24), "does not speak the binary protocol"},
		"the first byte of a request": {request, "does not speak the binary protocol"},
		"a key that is too long":      {reply(get, 1, 0, "", strings.Repeat("k", 251), ""), "malformed frame in a reply"},
	} {
		t.Run(name, func(t *testing.T) {
			parsertest.Check(t, parsertest.Case{
				Parser: memcache.Name, Config: known, Steps: []parsertest.Step{client(request), server(c.reply)},
				ToServer: request, Closed: c.reason, Log: binaryEntries("Request opcode=0 key=a"),
			})
		})
	}
	once, twice := reply(get, 1, 1, "", "", ""), strings.Repeat(reply(get, 1, 1, "", "", ""), 2)
	parsertest.Check(t, parsertest.Case{
		Parser: memcache.Name, Config: known, Steps: []parsertest.Step{client(request), server(twice)},
		ToServer: request, ToClient: once, Closed: "reply without a request",
		Log: binaryEntries("Request opcode=0 key=a", "Response opcode=0 status=miss"),
	})
}

func TestTheFirstByteDecidesAsTheServerDoes(t *testing.T) {
	// All but 0x80 is text: the server would run the line in the "value".
	frame := "\xff" + ask(get, 1, "", "a", "\r\nflush_all\r\n")[1:]
	parsertest.Check(t, parsertest.Case{
		Parser: memcache.Name, Config: known, Steps: []parsertest.Step{client(frame)},
		ToClient: "CLIENT_ERROR bad command line format\r\n", Closed: "CR or NUL",
		Log: entries(`Denied status="malformed command line: CR or NUL in it, or a line end other than CR LF"`),
	})
}
