//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

func TestBytesThatAreNoRequestEndTheConnectionWithAReason(t *testing.T) {
	for _, c := range []struct{ name, bytes, reply, reason string }{
		{"unknown binary operation", "\x80\x30" + strings.Repeat("\x00", 22),
			"\x81\x30\x00\x00\x00\x00\x00\x81\x00\x00\x00\x0f" + strings.Repeat("\x00", 12) + "Unknown command", ""},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "", ""},
		{"line without its end", strings.Repeat("x", 70_000), "CLIENT_ERROR bad command line format\r\n", ""},
		{"control character", "get public/a\x00b\r\n", "CLIENT_ERROR bad command line format\r\n", ""},
		{"carriage return alone", "get public/a\rflush_all\r\n", "CLIENT_ERROR bad command line format\r\n", ""},
		{"payload longer than told", "set public/a 0 0 1\r\nAflush_all\r\n", "CLIENT_ERROR bad data chunk\r\n", ""},
		{"negative length", "set public/a 0 0 -1\r\n", "CLIENT_ERROR bad command line format\r\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := memcached(t)
			direct := s.dial()
			direct.send("set public/kept 0 0 1\r\nK\r\n")
			direct.expect("STORED\r\n")

			p := s.dial()
			p.send(c.bytes)
			p.expect(c.reply)
			p.expectEnd()
			termination, metadata := s.connectionEnd()
			if !strings.HasPrefix(termination, "proxylib: ") || !strings.Contains(termination, c.reason) {
				t.Errorf("termination details %q", termination)
			}
			if metadata["last"] != "closed" || metadata["failure"] != termination {
				t.Errorf("metadata %v, termination %q", metadata, termination)
			}
			s.requireCounters(map[string]uint64{"closed": 1, "parse_errors": 1})

			direct.send("get public/kept\r\n")
			direct.expect("VALUE public/kept 0 1\r\nK\r\nEND\r\n")
		})
	}
}

func TestRepliesThatNobodyAskedForEndTheConnection(t *testing.T) {
	s := newFixture(t)
	server := listen(t)
	s.startEnvoy(server.Addr().String(), s.memcacheConfig())
	c := s.dial()
	c.send("get public/a\r\n")
	upstream := server.accept()
	upstream.expect("get public/a\r\n")
	upstream.send("END\r\nVALUE public/b 0 1\r\nB\r\nEND\r\n")
	c.expect("END\r\n")
	c.expectEnd()
	if termination, _ := s.connectionEnd(); !strings.HasPrefix(termination, "proxylib: ") {
		t.Errorf("termination details %q", termination)
	}
}

func TestAClientThatEndsInsideARequestIsNotForwarded(t *testing.T) {
	s := newFixture(t)
	server := listen(t)
	s.startEnvoy(server.Addr().String(), s.memcacheConfig())
	c := s.dial()
	c.send("get public/a\r\nget public/b")
	upstream := server.accept()
	upstream.expect("get public/a\r\n")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	upstream.expectEnd()
}
