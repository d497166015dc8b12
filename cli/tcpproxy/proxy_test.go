package tcpproxy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"github.com/proxylib/proxylib/examples/kv"
	"github.com/proxylib/proxylib/examples/mail"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

func init() {
	proxylib.Register(kv.Protocol)
	proxylib.Register(mail.Protocol)
	proxylib.Register(proxylib.Protocol{Name: "test.pausing", New: newPausing, Pauses: true, CheckRule: func(map[string]string) error { return nil }})
}

// pausing has each line pause: one with an a is allowed by a goroutine, one with a d denied, and on others no verdict comes. A
// denied line is replied to.
type pausing struct{ connection *proxylib.Connection }

func newPausing(c *proxylib.Connection) proxylib.Parser { return &pausing{c} }

func (p *pausing) OnData(reply, _ bool, data [][]byte) (proxylib.OpType, int) {
	text := bytes.Join(data, nil)
	line, _, whole := bytes.Cut(text, []byte("\n"))
	v, resumed := p.connection.Resumed()
	switch {
	case len(text) == 0:
		return proxylib.NOP, 0
	case reply:
		return proxylib.PASS, len(text)
	case !whole:
		return proxylib.MORE, 1
	case resumed && v.Allowed:
		return proxylib.PASS, len(line) + 1
	case resumed:
		p.connection.Inject(true, []byte(v.Reason+"\n"))
		return proxylib.DROP, len(line) + 1
	}
	ticket, op, n := p.connection.Pause()
	if verdict := (proxylib.Verdict{Allowed: line[0] == 'a', Reason: "denied"}); line[0] <= 'd' {
		go ticket.Resume(verdict)
	}
	return op, n
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a proxy before a server of the test's own.
type fixture struct {
	*testing.T
	log  bytes.Buffer
	addr string
	stop func()
}

// start runs a proxy with a policy for everybody. serve is the server; nil is one that nobody can connect to.
func start(t *testing.T, parser, allow string, serve func(net.Conn)) *fixture {
	t.Helper()
	upstream := listen(t)
	if serve == nil {
		upstream.Close()
	} else {
		go accept(upstream, serve)
	}
	snapshot, err := npds.CompileInline(map[string]npds.Inline{parser: {Allow: []byte(allow)}}, policy.Registered())
	if err != nil {
		t.Fatal(err)
	}
	store := new(policy.Store)
	store.Replace(snapshot)
	f := &fixture{T: t}
	log := logrus.New()
	log.SetOutput(&f.log)
	listener := listen(t)
	f.addr = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, listener, Config{
			Parser: parser, Upstream: upstream.Addr().String(), PolicyName: "127.0.0.1", Port: 1,
			Instance: host.NewInstance(host.InstanceConfig{ID: 1, Policies: store, Log: log}), Log: log, VerdictTime: 50 * time.Millisecond,
		})
	}()
	stopped := false
	f.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(f.stop)
	return f
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func accept(listener net.Listener, serve func(net.Conn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			serve(conn)
		}()
	}
}

func (f *fixture) dial() net.Conn {
	f.Helper()
	conn, err := net.Dial("tcp", f.addr)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		f.Fatal(err)
	}
	return conn
}

// message is a message of kv.
func message(tag uint32, code byte, body string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(5+len(body)))
	return string(append(binary.BigEndian.AppendUint32(b, tag), code)) + body
}

// echo is a server of kv that returns what it has got.
func echo(conn net.Conn) {
	for {
		var head [9]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		head[8] = 0
		if _, err := conn.Write(head[:]); err != nil {
			return
		}
		if _, err := io.CopyN(conn, conn, int64(binary.BigEndian.Uint32(head[:]))-5); err != nil {
			return
		}
	}
}

func TestClientsThatSendMuchBeforeTheyReadAreServed(t *testing.T) {
	f := start(t, "kv", `[{"op": "put", "key": "public/"}]`, echo)
	client := f.dial()
	const requests = 16
	value := strings.Repeat("v", 1<<20)
	sent := make(chan error, 1)
	go func() {
		for tag := range uint32(requests) {
			key := []string{"public/a", "secret/b"}[tag%2]
			if _, err := io.WriteString(client, message(tag, 2, "\x00\x08"+key+value)); err != nil {
				sent <- err
				return
			}
		}
		sent <- client.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(client)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	allowed, denied := 0, 0
	for len(got) > 0 {
		length := 4 + int(binary.BigEndian.Uint32(got))
		if got[8] == 3 {
			denied++
		} else if allowed++; length != 9+10+len(value) {
			t.Errorf("a reply of %d bytes", length)
		}
		got = got[length:]
	}
	if allowed != requests/2 || denied != requests/2 {
		t.Errorf("%d requests are allowed, %d denied", allowed, denied)
	}
}

func TestRequestsWaitForTheReplyThatTheyDependOn(t *testing.T) {
	f := start(t, "mail", `[{"command": "DATA"}]`, func(conn net.Conn) {
		fmt.Fprint(conn, "220 hello\r\n")
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			fmt.Fprint(conn, map[string]string{"DATA": "354 go on\r\n", ".": "250 sent\r\n"}[lines.Text()])
		}
	})
	client := f.dial()
	if _, err := io.WriteString(client, "DATA\r\nRCPT TO:<eve>\r\n.\r\nRCPT TO:<eve>\r\nDATA\r\n.\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := client.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(client)
	want := "220 hello\r\n354 go on\r\n250 sent\r\n550 denied by policy\r\n354 go on\r\n250 sent\r\n"
	if string(got) != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestRequestsWaitForVerdictsFromElsewhere(t *testing.T) {
	// The first reply comes at once, and each one is alone.
	f := start(t, "test.pausing", `"all"`, func(conn net.Conn) {
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			fmt.Fprintln(conn, lines.Text())
		}
	})
	client := f.dial()
	for request, want := range map[string]string{"a\n": "a\n", "d\n": "denied\n", "late\n": proxylib.NoVerdictInTime + "\n", "a\nab\n": "a\nab\n"} {
		got := make([]byte, len(want))
		if _, err := io.WriteString(client, request); err != nil {
			t.Fatal(err)
		}
		if n, err := io.ReadFull(client, got); string(got) != want {
			t.Errorf("to %q: %q, %v", request, got[:n], err)
		}
	}
	// The end of the stream follows the last of them.
	if _, err := io.WriteString(client, "late\na\n"); err != nil {
		t.Fatal(err)
	}
	if err := client.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(client); string(got) != proxylib.NoVerdictInTime+"\na\n" {
		t.Errorf("at the end %q, %v", got, err)
	}
	// Nobody is there when time is up.
	gone := f.dial()
	if _, err := io.WriteString(gone, "late\n"); err != nil {
		t.Fatal(err)
	}
	gone.Close()
}

func TestWhatIsNotTheProtocolClosesTheConnectionWithAReason(t *testing.T) {
	f := start(t, "kv", `"all"`, echo)
	client := f.dial()
	if _, err := io.WriteString(client, message(1, 9, "x")); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(client); len(got) > 0 || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	f.stop()
	if !strings.Contains(f.log.String(), "connection closed: kv: malformed request") {
		t.Errorf("log %s", &f.log)
	}
}

func TestWithoutAServerTheClientIsClosed(t *testing.T) {
	f := start(t, "kv", `"all"`, nil)
	if _, err := io.ReadAll(f.dial()); err != nil {
		t.Error(err)
	}
	f.stop()
	if !strings.Contains(f.log.String(), "connection refused") {
		t.Errorf("log %s", &f.log)
	}
}

func TestTheServersEndIsTheClients(t *testing.T) {
	f := start(t, "mail", `"all"`, func(conn net.Conn) { fmt.Fprint(conn, "421 busy\r\n") })
	got, err := io.ReadAll(f.dial())
	if string(got) != "421 busy\r\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheEndClosesOpenConnections(t *testing.T) {
	served := make(chan bool)
	f := start(t, "kv", `"all"`, func(conn net.Conn) {
		close(served)
		echo(conn)
	})
	client := f.dial()
	<-served
	f.stop()
	if _, err := client.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
}
