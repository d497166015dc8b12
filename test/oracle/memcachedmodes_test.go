//go:build e2e

package oracle

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/test/envoy"
)

var oldMemcached = flag.String("old-memcached", "", "program of a memcached before 1.6.10; empty leaves it out")

// publicPolicy allows what begins with public/.
const publicPolicy = `
	command=get keyPrefix=public/
	command=set keyPrefix=public/
	command=add keyPrefix=public/
`

// frame makes a request of the binary protocol without opaque.
func frame(op byte, extras, key, value string) string {
	b := binary.BigEndian.AppendUint16([]byte{0x80, op}, uint16(len(key)))
	b = append(b, byte(len(extras)), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(extras)+len(key)+len(value)))
	return string(append(b, make([]byte, 12)...)) + extras + key + value
}

// hiding hides commands in a payload of the length that it has.
func hiding(line, payload string) string {
	return strings.Replace(line, "N", fmt.Sprint(len(payload)), 1) + "\r\n" + payload + "\r\n"
}

const (
	writeSecret = "set secret/x 0 0 1\r\n1\r\nflush_all 100\r\n"
	login       = "set a 0 0 7\r\nfoo bar\r\n"
)

// smuggles are streams that hide commands from a parser which takes the server for another one than it is. None of them
// may have an effect on any server.
var smuggles = map[string]string{
	"meta set":               hiding("ms public/a N", "get secret/plan\r\n"+writeSecret) + "get public/a\r\n",
	"meta set without reply": "mg public/a q\r\n" + hiding("ms public/a N q", writeSecret) + "mn\r\n",
	"add with a login": hiding("add public/x 0 0 N", login+writeSecret+"get secret/plan") +
		"set public/y 0 0 1\r\n1\r\nget public/z\r\n",
	"long set with a login": hiding("set public/x 0 0 N", strings.Repeat("x", 70_000)+"\r\n"+login+writeSecret+"get secret/plan"),
	"set with a login for a payload, then commands": hiding("set public/x 0 0 N", "foo bar") +
		hiding("add public/x 0 0 N", writeSecret),
	"failed login":            hiding("set public/x 0 0 N", "foo baz") + hiding("add public/x 0 0 N", login+writeSecret),
	"login without reply":     hiding("set public/x 0 0 N noreply", "foo baz") + hiding("add public/x 0 0 N noreply", login+writeSecret),
	"binary set":              frame(1, "\x00\x00\x00\x00\x00\x00\x00\x00", "public/a", "\r\n"+writeSecret),
	"binary set after frames": frame(0, "", "public/a", "") + frame(1, "\x00\x00\x00\x00\x00\x00\x00\x00", "public/a", "\r\n"+writeSecret),
	"binary key":              frame(0, "", "public/\nflush_all\n", ""),
	"HTTP":                    "POST /x HTTP/1.1\r\nHost: h\r\n\r\nset public/x 0 0 1\r\n1\r\n" + writeSecret,
	"keys after line feeds":   "get public/a\nget secret/plan\nflush_all\n",
}

// modes are the ways in which a server may be started.
var modes = map[string][]string{
	"usual": nil, "text alone": {"-B", "ascii"}, "binary alone": {"-B", "binary"}, "login": {"-Y", "AUTH"},
}

func TestWhatIsHiddenFromTheParserIsRunByNoServer(t *testing.T) {
	programs := map[string]string{"memcached": *memcachedBinary}
	if *oldMemcached != "" {
		programs["old memcached"] = *oldMemcached
	}
	f, err := newFilter("memcache", publicPolicy)
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range programs {
		for mode, args := range modes {
			t.Run(name+", "+mode, func(t *testing.T) {
				s := startGuarded(t, program, args)
				for what, stream := range smuggles {
					for seed := range uint64(2) {
						reply, err := f.pass([]byte(stream), rand.New(rand.NewPCG(seed, 1)), s.addr)
						if err != nil {
							t.Errorf("%s: %v", what, err)
						}
						if bytes.Contains(reply, []byte(secretValue)) {
							t.Errorf("%s: the client got the secret: %.200q", what, reply)
						}
						s.check(t, what)
					}
				}
			})
		}
	}
}

// guarded is a server with a secret, and a way to ask it that the mode of the test's connections does not matter to.
type guarded struct {
	addr          string
	login, binary bool
}

func startGuarded(t *testing.T, program string, args []string) *guarded {
	t.Helper()
	dir := t.TempDir()
	auth := filepath.Join(dir, "auth")
	if err := os.WriteFile(auth, []byte("foo:bar\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &guarded{}
	var final []string
	for _, arg := range args {
		s.login = s.login || arg == "-Y"
		s.binary = s.binary || arg == "binary"
		final = append(final, strings.Replace(arg, "AUTH", auth, 1))
	}
	server, err := envoy.StartMemcachedAt(dir, program, append(final, "-m", "64")...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	s.addr = server.Addr
	if got := s.ask(t, "set secret/plan 0 0 11\r\n"+secretValue+"\r\n", frame(1, strings.Repeat("\x00", 8), "secret/plan", secretValue)); got == "" {
		t.Fatal("the secret was not stored")
	}
	return s
}

// ask sends a request past the parser, as text or as a frame, and returns what comes until the server is quiet.
func (s *guarded) ask(t *testing.T, text, binary string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request := text
	switch {
	case s.binary:
		request = binary
	case s.login:
		request = login + text
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var reply []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		if reply = append(reply, buffer[:n]...); err != nil {
			return string(reply)
		}
	}
}

// stored reports whether secret/x is there.
func (s *guarded) stored(t *testing.T) bool {
	t.Helper()
	got := s.ask(t, "get secret/x\r\n", frame(0, "", "secret/x", ""))
	return strings.Contains(got, "VALUE") || s.binary && !strings.Contains(got, "Not found")
}

// check fails if a forbidden command has run: secret/x is there, or a flush was counted.
func (s *guarded) check(t *testing.T, what string) {
	t.Helper()
	if s.stored(t) {
		t.Errorf("%s: secret/x was stored", what)
	}
	if got := s.ask(t, "stats\r\n", frame(0x10, "", "", "")); !s.binary && !strings.Contains(got, "STAT cmd_flush 0\r\n") {
		t.Errorf("%s: the server was flushed", what)
	}
}

// With a parser that takes the server for another one than it is, smuggled commands have to be noticed.
func TestWhatRunsOnAServerIsNoticed(t *testing.T) {
	f, err := newFilter("memcache", publicPolicy)
	if err != nil {
		t.Fatal(err)
	}
	f.factory, err = proxylib.Configured("memcache", []byte(`{"protocols": ["text", "binary"], "meta": true, "auth": "none"}`))
	if err != nil {
		t.Fatal(err)
	}
	for mode, what := range map[string]string{"login": "add with a login", "text alone": "binary set"} {
		s := startGuarded(t, *memcachedBinary, modes[mode])
		if _, err := f.pass([]byte(smuggles[what]), rand.New(rand.NewPCG(1, 1)), s.addr); err != nil {
			t.Fatal(err)
		}
		if !s.stored(t) {
			t.Errorf("%s, to a server with %s, has gone unnoticed", what, mode)
		}
	}
}
