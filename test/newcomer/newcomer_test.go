//go:build e2e

package newcomer

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/proxylib/proxylib/internal/eventually"
	"github.com/proxylib/proxylib/test/envoy"
)

var version = flag.String("envoy", "1.40.0", "release of Envoy to test in")

// patience is how long a command may take, of which some compile all that the library consists of.
const patience = 10 * time.Minute

// newcomer is somebody in an empty folder outside of the repository.
type newcomer struct {
	*testing.T
	// root is the checkout, dir the folder.
	root, dir string
}

func newNewcomer(t *testing.T) *newcomer {
	t.Helper()
	root, err := envoy.Root()
	if err != nil {
		t.Fatal(err)
	}
	return &newcomer{t, root, t.TempDir()}
}

// run runs a command in the folder, or below it, without a network for the go command, and returns its output.
func (n *newcomer) run(below, program string, args ...string) string {
	n.Helper()
	ctx, cancel := context.WithTimeout(n.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = filepath.Join(n.dir, below)
	command.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "PROXYLIB_ENVOY="+filepath.Join(n.root, "build", "envoy", *version, "envoy"))
	out, err := command.CombinedOutput()
	if err != nil {
		n.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
	return string(out)
}

// proxylib runs the command line of the checkout.
func (n *newcomer) proxylib(args ...string) string {
	n.Helper()
	return n.run("", filepath.Join(n.root, "build", "proxylib"), args...)
}

func (n *newcomer) expect(text string, parts ...string) {
	n.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			n.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func TestANewParserIsTestedAndShownInEnvoyWithOneCommandEach(t *testing.T) {
	n := newNewcomer(t)
	n.proxylib("new", "acme", "--template", "login")
	n.expect(n.run("acme", "make", "test"), "ok")
	n.expect(n.run("acme", "make", "demo"), "READ bob/c", "ERR denied: READ bob/c", "denied ", `acme command="READ" path="bob/c" user="alice"`,
		`rule=inline`, "Every verdict was the expected one.")
	n.expect(n.run("acme", "build/proxylib", "policy", "validate", "policy.yaml", "envoy.yaml"), "2 inline policies are valid")
}

func TestTwoParsersOfTwoModulesRefuseRequestsInOneEnvoy(t *testing.T) {
	n := newNewcomer(t)
	n.proxylib("new", "letter")
	n.proxylib("new", "shelf", "--template", "tagged")
	n.run("letter", "make", "test")
	n.run("shelf", "make", "test")
	n.expect(n.proxylib("build", "--with", "example.com/letter@v0.3.0=letter", "--with", "example.com/shelf=./shelf", "--without", "r2d2,redis",
		"-o", "out/libproxylib.so", "--cli", "out/proxylib"), "letter", "v0.3.0+local", "example.com/shelf")

	list := n.run("out", "./proxylib", "parsers", "--so", "libproxylib.so")
	n.expect(list, "letter", "v0.3.0+local", "command,address", "shelf", "op,key,max_bytes,access", "memcache")
	if strings.Contains(list, "r2d2") || strings.Contains(list, "redis") {
		t.Errorf("what is left out is there:\n%s", list)
	}
	n.expect(n.run("out", "./proxylib", "parsers", "shelf", "--so", "libproxylib.so"), "its key begins with this")

	bootstrap, ports := n.joined("letter", "shelf")
	e := n.startEnvoy(bootstrap)
	letters := n.dial(ports["letter"])
	n.exchange(letters, "", "220 mail.example.com\r\n")
	n.exchange(letters, "RCPT TO:<eve@elsewhere.example>\r\n", "550 denied by policy\r\n")
	n.exchange(letters, "RCPT TO:<bob@example.com>\r\n", "250 RCPT TO:<bob@example.com>\r\n")
	books := n.dial(ports["shelf"])
	n.exchange(books, message(1, 1, "\x00\x08secret/a"), message(1, 3, ""))
	n.exchange(books, message(2, 1, "\x00\x08public/a"), message(2, 0, "\x00\x08public/a"))
	n.expect(e.stop(), `"type":"denied"`, `"proto":"letter"`, `"proto":"shelf"`, "letter@v0.3.0+local", "shelf@v0.0.0+local")
}

// message is a message of the template tagged.
func message(tag uint32, code byte, body string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(5+len(body)))
	return string(append(binary.BigEndian.AppendUint32(b, tag), code)) + body
}

// joined is a bootstrap with the listeners and clusters of the configurations that the modules came with, each with the
// server of its module. It returns the ports of the listeners.
func (n *newcomer) joined(modules ...string) (path string, ports map[string]int) {
	n.Helper()
	var all map[string]any
	ports = map[string]int{}
	for _, module := range modules {
		text, err := os.ReadFile(filepath.Join(n.dir, module, "envoy.yaml"))
		if err != nil {
			n.Fatal(err)
		}
		listen, serve := n.freePort(), n.freePort()
		ports[module] = listen
		text = bytes.ReplaceAll(text, []byte("port_value: 10000"), fmt.Appendf(nil, "port_value: %d", listen))
		text = bytes.ReplaceAll(text, []byte("port_value: 10001"), fmt.Appendf(nil, "port_value: %d", serve))
		text = bytes.ReplaceAll(text, []byte("port_value: 9901"), []byte("port_value: 0"))
		n.serve(module, serve)
		var one map[string]any
		if err := yaml.Unmarshal(text, &one); err != nil {
			n.Fatal(err)
		}
		if all == nil {
			all = one
			continue
		}
		into, from := all["static_resources"].(map[string]any), one["static_resources"].(map[string]any)
		for _, list := range []string{"listeners", "clusters"} {
			into[list] = append(into[list].([]any), from[list].([]any)...)
		}
	}
	text, err := yaml.Marshal(all)
	if err != nil {
		n.Fatal(err)
	}
	path = filepath.Join(n.dir, "envoy.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		n.Fatal(err)
	}
	return path, ports
}

func (n *newcomer) freePort() int {
	n.Helper()
	port, err := envoy.FreePort()
	if err != nil {
		n.Fatal(err)
	}
	return port
}

// serve runs the server of a module until the test ends.
func (n *newcomer) serve(module string, port int) {
	n.Helper()
	program := filepath.Join(n.dir, module, "build", "demo")
	n.run(module, "go", "build", "-o", program, "./demo")
	server := exec.Command(program, "-serve", fmt.Sprintf("127.0.0.1:%d", port))
	if err := server.Start(); err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	n.until("the server listens", func() bool { return listens(port) })
}

func listens(port int) bool {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func (n *newcomer) until(what string, holds func() bool) {
	n.Helper()
	if !eventually.Within(30*time.Second, holds) {
		n.Fatalf("%s: not within 30 seconds", what)
	}
}

// running is an Envoy.
type running struct {
	n       *newcomer
	command *exec.Cmd
	said    string
}

// startEnvoy runs Envoy as an operator would, and returns when all ports of its configuration are open.
func (n *newcomer) startEnvoy(bootstrap string) *running {
	n.Helper()
	e := &running{n: n, said: filepath.Join(n.dir, "envoy.log")}
	log, err := os.Create(e.said)
	if err != nil {
		n.Fatal(err)
	}
	defer log.Close()
	e.command = exec.Command(filepath.Join(n.root, "build", "envoy", *version, "envoy"), "-c", bootstrap, "--use-dynamic-base-id")
	e.command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+filepath.Join(n.dir, "out"))
	e.command.Stdout, e.command.Stderr = log, log
	if err := e.command.Start(); err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() { e.command.Process.Kill() })
	n.until("Envoy serves", func() bool {
		text, err := os.ReadFile(e.said)
		return err == nil && bytes.Contains(text, []byte("starting main dispatch loop"))
	})
	return e
}

// stop ends Envoy and returns what it has said.
func (e *running) stop() string {
	e.n.Helper()
	err := e.command.Process.Signal(syscall.SIGTERM)
	if err = errors.Join(err, e.command.Wait()); err != nil {
		e.n.Error(err)
	}
	text, err := os.ReadFile(e.said)
	if err != nil {
		e.n.Fatal(err)
	}
	return string(text)
}

func (n *newcomer) dial(port int) net.Conn {
	n.Helper()
	var conn net.Conn
	n.until("Envoy listens", func() bool {
		var err error
		conn, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		return err == nil
	})
	n.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		n.Fatal(err)
	}
	return conn
}

// exchange sends a request and requires the reply.
func (n *newcomer) exchange(conn net.Conn, request, reply string) {
	n.Helper()
	if _, err := io.WriteString(conn, request); err != nil {
		n.Fatal(err)
	}
	got := make([]byte, len(reply))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != reply {
		n.Fatalf("%q: got %q, %v, want %q", request, got, err, reply)
	}
}
