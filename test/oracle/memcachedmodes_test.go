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

	"github.com/proxylib/proxylib/proxylib/host"
	"github.com/proxylib/proxylib/test/envoy"
)

var (
	oldMemcached      = flag.String("old-memcached", "", "program of a memcached before 1.6.10; empty leaves it out")
	proxyingMemcached = flag.String("proxying-memcached", "", "program of a memcached that is built with its proxy")
)

// publicPolicy allows what begins with public/, and logins.
const publicPolicy = `
	command=get keyPrefix=public/
	command=set keyPrefix=public/
	command=add keyPrefix=public/
	command=sasl-auth
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
	// noExpiry is the extras of a SET without flags and time.
	noExpiry = "\x00\x00\x00\x00\x00\x00\x00\x00"
)

// saslLogin is a login that a server with SASL takes.
var saslLogin = frame(0x21, "", "PLAIN", "user@test.local\x00user@test.local\x00hush-hush")

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
	"failed login":                 hiding("set public/x 0 0 N", "foo baz") + hiding("add public/x 0 0 N", login+writeSecret),
	"login without reply":          hiding("set public/x 0 0 N noreply", "foo baz") + hiding("add public/x 0 0 N noreply", login+writeSecret),
	"binary set":                   frame(1, noExpiry, "public/a", "\r\n"+writeSecret),
	"binary set after frames":      frame(0, "", "public/a", "") + frame(1, noExpiry, "public/a", "\r\n"+writeSecret),
	"binary key":                   frame(0, "", "public/\nflush_all\n", ""),
	"SASL login with commands":     frame(0x21, "", "PLAIN", "\r\n"+writeSecret),
	"forbidden after a SASL login": saslLogin + frame(1, noExpiry, "secret/x", "1") + frame(0, "", "secret/plan", "") + frame(8, "", "", ""),
	"text after a SASL login":      saslLogin + "get secret/plan\r\n" + writeSecret,
	"HTTP":                         "POST /x HTTP/1.1\r\nHost: h\r\n\r\nset public/x 0 0 1\r\n1\r\n" + writeSecret,
	"keys after line feeds":        "get public/a\nget secret/plan\nflush_all\n",
}

// modes are the ways in which a server may be started.
var modes = map[string][]string{
	"usual": nil, "text alone": {"-B", "ascii"}, "binary alone": {"-B", "binary"}, "login": {"-Y", "AUTH"}, "SASL": {"-S"},
}

// eachServer runs a test with every program in every mode.
func eachServer(t *testing.T, test func(t *testing.T, s *guarded)) {
	t.Helper()
	programs := map[string]string{"memcached": *memcachedBinary}
	if *oldMemcached != "" {
		programs["old memcached"] = *oldMemcached
	}
	for name, program := range programs {
		for mode, args := range modes {
			t.Run(name+", "+mode, func(t *testing.T) { test(t, startGuarded(t, program, args)) })
		}
	}
	t.Run("memcached behind its proxy", func(t *testing.T) {
		if *proxyingMemcached == "" {
			t.Fatal("give -proxying-memcached a program, or leave this test out with -skip /behind_its_proxy")
		}
		test(t, startBehindProxy(t, *proxyingMemcached))
	})
}

func TestServersOfEveryModeRunWhatIsAllowedAndNothingHidden(t *testing.T) {
	f, err := newFilter("memcache", publicPolicy)
	if err != nil {
		t.Fatal(err)
	}
	eachServer(t, func(t *testing.T, s *guarded) {
		allowed := s.request("set public/w 0 0 5\r\nhello\r\nget public/w\r\n",
			frame(1, noExpiry, "public/w", "hello")+frame(0, "", "public/w", ""))
		for seed := range uint64(2) {
			reply, err := f.pass([]byte(allowed), rand.New(rand.NewPCG(seed, 1)), s.addr)
			if err != nil || !bytes.Contains(reply, []byte("hello")) {
				t.Errorf("what is allowed: the client got %q, %v", reply, err)
			}
			for what, stream := range smuggles {
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

// guarded is a server with a secret, and a way to ask it that the mode of the test's connections does not matter to.
type guarded struct {
	// addr is for clients. keeper is where the items are kept: the same, or the server behind a proxy.
	addr, keeper        string
	login, binary, sasl bool
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
		s.sasl = s.sasl || arg == "-S"
		s.binary = s.binary || arg == "binary" || arg == "-S"
		final = append(final, strings.Replace(arg, "AUTH", auth, 1))
	}
	if s.sasl {
		if err := envoy.AddSASLUser(dir); err != nil {
			t.Fatal(err)
		}
		t.Setenv("SASL_CONF_PATH", dir)
	}
	s.addr = start(t, program, append(final, "-m", "64")...)
	s.keeper = s.addr
	s.keepSecret(t)
	return s
}

// startBehindProxy starts a server, and another that hands all that reaches items to it.
func startBehindProxy(t *testing.T, program string) *guarded {
	t.Helper()
	s := &guarded{keeper: start(t, *memcachedBinary, "-m", "64")}
	s.keepSecret(t)
	host, port, err := net.SplitHostPort(s.keeper)
	if err != nil {
		t.Fatal(err)
	}
	routes := filepath.Join(t.TempDir(), "routes.lua")
	if err := os.WriteFile(routes, fmt.Appendf(nil, proxyRoutes, host, port), 0o600); err != nil {
		t.Fatal(err)
	}
	s.addr = start(t, program, "-o", "proxy_config="+routes)
	return s
}

// proxyRoutes is the configuration of a proxy for one server, whose host and port it lacks.
const proxyRoutes = `
function mcp_config_pools()
	return mcp.pool({ mcp.backend("keeper", "%s", %s) })
end

function mcp_config_routes(pool)
	local route = mcp.funcgen_new()
	local keeper = route:new_handle(pool)
	route:ready({ f = function(context)
		return function(request) return context:enqueue_and_wait(request, keeper) end
	end })
	mcp.attach(mcp.CMD_ANY_STORAGE, route)
end
`

// start runs a server until the test ends, and returns its address.
func start(t *testing.T, program string, args ...string) string {
	t.Helper()
	server, err := envoy.StartMemcachedAt(t.TempDir(), program, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	return server.Addr
}

func (s *guarded) keepSecret(t *testing.T) {
	t.Helper()
	got := s.ask(t, "set secret/plan 0 0 11\r\n"+secretValue+"\r\nget secret/plan\r\n",
		frame(1, noExpiry, "secret/plan", secretValue)+frame(0, "", "secret/plan", ""))
	if !strings.Contains(got, secretValue) {
		t.Fatalf("the secret was not stored: %q", got)
	}
}

// request returns the text or the frames, as the server takes them, after a login where it wants one.
func (s *guarded) request(text, frames string) string {
	switch {
	case s.sasl:
		return saslLogin + frames
	case s.binary:
		return frames
	case s.login:
		return strings.Replace(login, "set a ", "set public/a ", 1) + text
	}
	return text
}

// ask sends a request past the parser, as text or as a frame, and returns what comes until the server is quiet.
func (s *guarded) ask(t *testing.T, text, binary string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.keeper, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(s.request(text, binary))); err != nil {
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

// state reports whether secret/x is there, and whether the server has been flushed.
func (s *guarded) state(t *testing.T) (stored, flushed bool) {
	t.Helper()
	got := s.ask(t, "get secret/x\r\nstats\r\n", frame(0, "", "secret/x", "")+frame(0x10, "", "", ""))
	stored = strings.Contains(got, "VALUE") || s.binary && !strings.Contains(got, "Not found")
	never := strings.Contains(got, "STAT cmd_flush 0\r\n") || strings.Contains(got, "cmd_flush0\x81")
	return stored, !never
}

// check fails if a forbidden command has run.
func (s *guarded) check(t *testing.T, what string) {
	t.Helper()
	stored, flushed := s.state(t)
	if stored {
		t.Errorf("%s: secret/x was stored", what)
	}
	if flushed {
		t.Errorf("%s: the server was flushed", what)
	}
}

// With a parser that takes the server for another one than it is, smuggled commands have to be noticed.
func TestWhatRunsOnAServerIsNoticed(t *testing.T) {
	f, err := newFilter("memcache", publicPolicy)
	if err != nil {
		t.Fatal(err)
	}
	f.newParser, err = host.Configured("memcache", []byte(`{"protocols": ["text", "binary"], "meta": true, "auth": "none"}`))
	if err != nil {
		t.Fatal(err)
	}
	notices := func(s *guarded, what string) {
		if _, err := f.pass([]byte(smuggles[what]), rand.New(rand.NewPCG(1, 1)), s.addr); err != nil {
			t.Fatal(err)
		}
		if stored, _ := s.state(t); !stored {
			t.Errorf("%s has gone unnoticed", what)
		}
	}
	notices(startGuarded(t, *memcachedBinary, modes["login"]), "add with a login")
	notices(startGuarded(t, *memcachedBinary, modes["text alone"]), "binary set")
	notices(startGuarded(t, *memcachedBinary, modes["text alone"]), "SASL login with commands")
}
