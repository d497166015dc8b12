//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// replies reads the replies to requests that a connection has sent, with their methods.
func (p *peer) replies(methods ...string) (codes []int) {
	p.t.Helper()
	for _, method := range methods {
		reply, err := http.ReadResponse(p.Reader, &http.Request{Method: method})
		if err != nil {
			p.t.Fatalf("after %v: %v", codes, err)
		}
		if _, err := io.Copy(io.Discard, reply.Body); err != nil {
			p.t.Fatal(err)
		}
		codes = append(codes, reply.StatusCode)
	}
	return codes
}

// Envoy itself closes a connection that has more than two replies to be sent, so no more are denied after each other.
func TestEachOfPipelinedRequestsIsDecided(t *testing.T) {
	s, o := web(t, nil)
	for range 20 {
		p, before := s.dial(), o.served()
		p.send("GET /private HTTP/1.1\r\nHost: a\r\n\r\n" +
			"PUT /token HTTP/1.1\r\nHost: a\r\nX-Token: abc\r\nContent-Length: 37\r\n\r\nGET /private HTTP/1.1\r\nHost: body\r\n\r\n" +
			"GET /public/2 HTTP/1.1\r\nHost: a\r\n\r\nGET /public/secret HTTP/1.1\r\nHost: a\r\n\r\n")
		got := fmt.Sprint(p.replies("GET", "PUT", "GET", "GET"))
		if served := o.served() - before; got != "[403 200 200 403]" || served != 2 {
			t.Fatalf("got %s, the origin served %d", got, served)
		}
	}
}

func TestAClientThatWaitsToContinueIsDecided(t *testing.T) {
	s, o := web(t, nil)
	for path, want := range map[string]int{"/token": 200, "/private": 403} {
		p, before := s.dial(), o.served()
		p.send("PUT " + path + " HTTP/1.1\r\nHost: a\r\nX-Token: abc\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
		codes := p.replies("PUT")
		if codes[0] == 100 {
			p.send("hello")
			codes = p.replies("PUT")
		}
		if codes[0] != want || (o.served() > before) != (want == 200) {
			t.Errorf("%s: got %v, the origin served %d", path, codes, o.served()-before)
		}
	}
}

// tunnels accepts connections, reads the head of a request if there is one, replies with what is given, and sends back all bytes.
func tunnels(t *testing.T, reply string) (addr string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				if reply != "" {
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					io.WriteString(conn, reply)
				}
				io.Copy(conn, r)
			}()
		}
	}()
	return listener.Addr().String()
}

func (p *peer) head() (code int) {
	p.t.Helper()
	reply, err := http.ReadResponse(p.Reader, &http.Request{Method: http.MethodConnect})
	if err != nil {
		p.t.Fatal(err)
	}
	return reply.StatusCode
}

func TestWebSocketsAreDecidedAndWork(t *testing.T) {
	s := newFixture(t)
	s.writePolicy(webPolicy)
	s.startHTTP(tunnels(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"), s.httpConfig(), "")
	for path, want := range map[string]int{"/ws": 101, "/private": 403} {
		p := s.dial()
		p.send("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
		if code := p.head(); code != want {
			t.Errorf("%s: got %d, want %d", path, code, want)
			continue
		}
		for n := 0; want == 101 && n < 3; n++ {
			frames := strings.Repeat(fmt.Sprint("GET /private ", n), 5000)
			p.send(frames)
			p.expect(frames)
		}
	}
	for path, want := range map[string]string{"/ws": "200", "/private": "403"} {
		if got := s.rawHTTP2(":method", "CONNECT", ":protocol", "websocket", ":scheme", "http", ":path", path, ":authority", "a"); got != want {
			t.Errorf("HTTP/2, %s: got %s, want %s", path, got, want)
		}
	}
}

func TestTunnelsAreDecidedByTheirHosts(t *testing.T) {
	s := newFixture(t)
	s.startHTTP(tunnels(t, ""), config{"policy": config{"allow": []config{
		{"method": "CONNECT", "host": "shop[.]example:80"}, {"path": ".*", "host": "path[.]example:80"}, {"method": "GET"},
	}}}, "")
	for host, want := range map[string]int{"shop.example:80": 200, "shop.example:81": 403, "SHOP.example:80": 403, "path.example:80": 403} {
		p := s.dial()
		p.send("CONNECT " + host + " HTTP/1.1\r\nHost: shop.example:80\r\n\r\n")
		if code := p.head(); code != want {
			t.Errorf("%s: got %d, want %d", host, code, want)
		} else if want == 200 {
			p.send("bytes of the tunnel")
			p.expect("bytes of the tunnel")
		}
		if got := s.rawHTTP2(":method", "CONNECT", ":authority", host); got != fmt.Sprint(want) {
			t.Errorf("HTTP/2, %s: got %s, want %d", host, got, want)
		}
	}
}

func TestTrailersOfRequestsPass(t *testing.T) {
	s, o := newFixture(t), startOrigin(t)
	s.writePolicy(webPolicy)
	c := s.envoyConfig(o.address(), s.httpConfig())
	c.HTTP, c.HTTP2Upstream = true, true
	s.startEnvoyAs(c)
	for _, path := range []string{"/token", "/private"} {
		p, before := s.dial(), o.served()
		p.send("PUT " + path + " HTTP/1.1\r\nHost: a\r\nX-Token: abc\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5\r\nhello\r\n0\r\nX-T: end\r\n\r\n")
		switch code := p.replies("PUT")[0]; {
		case path == "/private" && (code != 403 || o.served() > before):
			t.Errorf("%s: got %d", path, code)
		case path == "/token" && (code != 200 || o.last().Trailer.Get("X-T") != "end"):
			t.Errorf("%s: got %d, the origin %q", path, code, o.last().Trailer)
		}
	}
}

func TestRequestsUnderWayEndWhenTheFilterIsReplaced(t *testing.T) {
	const requests = 20
	s, release := newFixture(t), make(chan struct{})
	s.writePolicy(webPolicy)
	o := startOrigin(t)
	inner := o.Config.Handler
	o.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-release
		inner.ServeHTTP(w, r)
	})
	c := s.envoyConfig(o.address(), s.httpConfig())
	c.HTTP, c.Watched = true, true
	s.startEnvoyAs(c)
	codes := make(chan int, requests)
	var started sync.WaitGroup
	for i := range requests {
		started.Add(1)
		go func() {
			h := client(t, i%2 == 0)
			started.Done()
			reply, err := h.Get("http://" + s.proxy.Addr + "/public")
			if err != nil {
				t.Error(err)
				codes <- 0
				return
			}
			reply.Body.Close()
			codes <- reply.StatusCode
		}()
	}
	started.Wait()
	s.eventually("all requests are decided", func() bool {
		counters, err := s.proxy.Counters("proxylib.http.passed")
		return err == nil && counters["dynamicmodulescustom.proxylib.http.passed"] == requests
	})
	if err := s.proxy.Reconfigure(`{"policy": {"allow": [{"path": "/new"}]}}`); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { close(release) })
	for range requests {
		if code := <-codes; code != 200 {
			t.Errorf("a request under way: %d", code)
		}
	}
	if code, _, _ := s.ask(client(t, false), "GET", "/public", "a"); code != 403 {
		t.Errorf("a new connection: %d", code)
	}
}
