//go:build e2e

package e2e

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proxylib/proxylib/internal/cparser"
	"github.com/proxylib/proxylib/test/envoy"
)

// compileC compiles an example of a parser in C.
func (s *fixture) compileC(name, path string, flags ...string) {
	s.t.Helper()
	root, err := envoy.Root()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cparser.Compile(s.t.Context(), root, "examples/wasm-c/"+name, path, flags...); err != nil {
		s.t.Fatal(err)
	}
}

// parserInC compiles the example whose requests are lines, with a text for denials, and renames the file to a path.
func (s *fixture) parserInC(path, denial string) {
	s.t.Helper()
	s.compileC("lines.c", path+".new", `-DDENIAL="`+denial+`\n"`)
	if err := os.Rename(path+".new", path); err != nil {
		s.t.Fatal(err)
	}
}

// confirm has a server confirm each line.
func confirm(t *testing.T) string {
	l := listen(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					if _, err := io.WriteString(conn, "ok\n"); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// askLine returns the reply to a line on a connection of its own.
func (s *fixture) askLine(line string) string {
	s.t.Helper()
	p := s.dial()
	defer p.Close()
	p.send(line)
	reply, err := p.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return reply
}

func TestAParserInAFileIsReplacedUnderLoadWithoutALostRequest(t *testing.T) {
	s := newFixture(t)
	path := filepath.Join(s.dir, "lines.wasm")
	s.parserInC(path, "first")
	s.startEnvoy(confirm(t), config{
		"parser": config{"wasm": path}, "policy": config{"allow": []config{{"word": "get"}}}, "access_log": config{"file": s.accessLog},
	})
	const clients, rounds = 4, 50
	old := s.dial()
	old.send("set\nget\n")
	old.expect("first\nok\n")

	stop := make(chan struct{})
	var done atomic.Int64
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := asksLines(s.proxy.Addr, rounds, &done); err != nil {
					t.Errorf("after %d requests: %v", done.Load(), err)
					return
				}
			}
		})
	}
	s.eventually("requests", func() bool { return done.Load() > 1000 })
	s.parserInC(path, "second")
	s.eventually("the second version", func() bool { return s.askLine("set\n") == "second\n" })
	old.send("set\nget\n")
	old.expect("first\nok\n")

	if err := os.WriteFile(path+".new", []byte("no module"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	s.eventually("the refusal", func() bool { return strings.Contains(s.proxy.Log(), "the changed file of a parser is refused") })
	s.requireCounters(map[string]uint64{"parsers_replaced": 1, "parsers_refused": 1})
	before := done.Load()
	s.eventually("further requests", func() bool { return done.Load() > before+1000 })
	if got := s.askLine("set\n"); got != "second\n" {
		t.Errorf("after a refused file: got %q", got)
	}
	close(stop)
	running.Wait()
	t.Logf("%d requests", done.Load())
}

// asksLines sends requests one by one on a connection, each of which has to be confirmed.
func asksLines(addr string, rounds int, done *atomic.Int64) error {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for range rounds {
		if _, err := io.WriteString(conn, "get a\n"); err != nil {
			return err
		}
		if reply, err := in.ReadString('\n'); err != nil || reply != "ok\n" {
			return &net.OpError{Op: "reply " + reply, Err: err}
		}
		done.Add(1)
	}
	return nil
}

func TestAFileThatIsNotAParserRefusesTheConfiguration(t *testing.T) {
	s := newFixture(t)
	path := filepath.Join(s.dir, "broken.wasm")
	if err := os.WriteFile(path, []byte("no module"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := envoy.Start(s.envoyConfig("127.0.0.1:1", config{"parser": config{"wasm": path}, "policy": config{"allow": "all"}}))
	if err == nil || !strings.Contains(err.Error(), "this is not a WebAssembly module") {
		t.Errorf("Envoy says %v", err)
	}
}

func TestAParserOfMemcachedInCServesAClientThatReads(t *testing.T) {
	s := newFixture(t)
	path := filepath.Join(s.dir, "memcache.wasm")
	s.compileC("memcache.c", path)
	server := s.startMemcached()
	direct := dial(t, server)
	direct.send("set public/a 0 0 5\r\nEND\r\n\r\n")
	direct.expect("STORED\r\n")
	filter := s.memcacheConfig()
	filter["parser"] = config{"wasm": path}
	filter["policy"] = config{"allow": []config{{"command": "get", "keyPrefix": "public/"}, {"command": "version"}}}
	s.startEnvoy(server, filter)

	const denied = "CLIENT_ERROR access denied\r\n"
	c := s.dial()
	c.send("get public/a public/b\r\nget secret\r\nget public/a secret\r\ngets public/b\r\nget public/a\n")
	c.expect("VALUE public/a 0 5\r\nEND\r\n\r\nEND\r\n" + denied + denied + "END\r\n" + denied)
	c.send("version\r\n")
	if line, err := c.ReadString('\n'); err != nil || !strings.HasPrefix(line, "VERSION ") {
		t.Errorf("got %q, %v", line, err)
	}
	c.send("set public/a 0 0 1\r\nx\r\n")
	c.expectEnd()
	direct.send("get public/a\r\n")
	direct.expect("VALUE public/a 0 5\r\nEND\r\n\r\nEND\r\n")
}

// The parser of the library, in a file, does in Envoy what it does there.
func TestMemcacheFromAFileDoesWhatItDoesInTheLibrary(t *testing.T) {
	s := newFixture(t)
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, "memcache.wasm")
	build := exec.CommandContext(t.Context(), filepath.Join(root, "build", "proxylib"), "build", "--wasm-parser", "memcache", "--source", root, "-o", path)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	filter := s.memcacheConfig()
	filter["parser"] = config{"wasm": path}
	s.startEnvoy(s.startMemcached(), filter)
	const denied = "CLIENT_ERROR access denied\r\n"
	c := s.dial()
	c.send("set public/a 0 0 1\r\nx\r\nget secret\r\nget public/a\r\n")
	c.expect("STORED\r\n" + denied + "VALUE public/a 0 1\r\nx\r\nEND\r\n")
	c.Close()
	s.requireEntries("request command=set keys=public/a", "denied command=get keys=secret", "request command=get keys=public/a")
}
