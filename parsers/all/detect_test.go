package all_test

import (
	"strings"
	"testing"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// firstBytes are those of connections, by the protocol that they are to be taken for; "" is none of ours.
var firstBytes = map[string][]string{
	"cassandra": {
		"\x04\x00\x00\x00\x05\x00\x00\x00\x00", "\x05\x10\x00\x01\x05\x00\x00\x00\x00",
		"\x03\x00\x00\x00\x01\x00\x00\x00\x16\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0",
	},
	"memcache": {
		"get a\r\n", "set a 0 0 1\r\nA\r\n", "version\r\n", "stats\n", "mg a v\r\n", "cache_memlimit 64\r\n",
		"\x80\x0b" + strings.Repeat("\x00", 22), "\x80\x20" + strings.Repeat("\x00", 22),
	},
	"postgres": {
		"\x00\x00\x00\x08\x04\xd2\x16\x2f", "\x00\x00\x00\x08\x04\xd2\x16\x30",
		"\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x02",
		"\x00\x00\x00\x12\x00\x03\x00\x00user\x00me\x00\x00", "\x00\x00\x00\x12\x00\x03\x00\x02user\x00me\x00\x00",
	},
	"r2d2":  {"READ xyz\r\n", "HALT\r\n"},
	"redis": {"*1\r\n$4\r\nPING\r\n", "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"},
	"": {
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"SSH-2.0-OpenSSH_9.6\r\n", "EHLO a\r\n", "\x10\x1a\x00\x04MQTT\x04\x02\x00\x3c", "AMQP\x00\x00\x09\x01",
		"CONNECT {}\r\n", "\x00\x00\x00\x23\x00\x12\x00\x04\x00\x00\x00\x01", "\x80\xff" + strings.Repeat("\x00", 22),
		"*1\r\n:1\r\n", "getting on\r\n", "READ\r\n", "\x04\x00\x00\x00\x07\x00\x00\x00\x00", strings.Repeat("a", 512),
	},
}

// Whatever of the first bytes has come, they are taken for their protocol or for none.
func TestAProtocolIsDetectedByTheFirstBytesAndTakenForNoOther(t *testing.T) {
	for parser, texts := range firstBytes {
		for _, text := range texts {
			for n := range len(text) {
				if got, more := host.Detect([]byte(text[:n]), nil); got != "" && got != parser || got == "" && !more && parser != "" {
					t.Errorf("%s: the first %d bytes of %q are taken for %q, more %v", parser, n, text, got, more)
				}
			}
			if got, _ := host.Detect([]byte(text), nil); got != parser {
				t.Errorf("%q is taken for %q: it is of %q", text, got, parser)
			}
		}
	}
}

func TestEveryProtocolCanBeDetected(t *testing.T) {
	for _, name := range proxylib.ParserNames() {
		if proxylib.Registered(name).Detect == nil || len(firstBytes[name]) == 0 {
			t.Errorf("%s cannot be detected, or no test shows it", name)
		}
	}
}
