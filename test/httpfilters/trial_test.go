//go:build e2e

package httpfilters

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proxylib/proxylib/internal/eventually"
)

func TestActionsDoWhatTheySay(t *testing.T) {
	o := serve(t, nil)
	p := start(t, t.TempDir(), trial(t, map[string]any{"timeout": "300ms"}, ""), map[string]string{"8001": o.port()})
	for _, http2 := range []bool{false, true} {
		c := client(t, http2)
		for do, want := range map[string]int{
			"": 200, "deny": 418, "panic": 500, "nothing": 500, "frame": 500, "wait 1ms": 200, "wait 10s": 504, "wait-panic": 500, "wait-deny": 403,
			"abandon": 500, "pin": 200, "path /elsewhere": 200,
			"response-deny": 418, "response-panic": 500, "response-nothing": 500, "response-frame": 500, "response-wait 1ms": 200,
			"response-wait 10s": 504, "response-wait-panic": 500, "response-wait-deny": 403, "response-abandon": 500, "response-pin": 200,
		} {
			before := o.served()
			got, err := p.ask(c, "POST", "/x", strings.NewReader(strings.Repeat("b", 100_000)), "X-Do", do)
			reached := strings.HasPrefix(do, "response-") || want == 200
			if err != nil || got.code != want || (o.served() > before) != reached {
				t.Errorf("http2 %v: %q: got %d %q, %v, want %d; the server was asked %d times", http2, do, got.code, got.body, err, want, o.served()-before)
				continue
			}
			switch do {
			case "deny", "response-deny":
				if got.body != "denied\n" || got.header.Get("X-Denied") != "yes" {
					t.Errorf("%q: got %+v", do, got)
				}
			case "pin":
				if o.last().Header.Get("X-Done") != "pin posted" {
					t.Errorf("pin: the server got %q", o.last().Header)
				}
			case "response-pin":
				if got.header.Get("X-Done") != "response-pin posted" {
					t.Errorf("pin: got %q", got.header)
				}
			case "path /elsewhere":
				if r := o.last(); r.URL.Path != "/elsewhere" || r.Method != "PUT" || r.Host != "other.example" {
					t.Errorf("the server got %s %s of %s", r.Method, r.URL, r.Host)
				}
			}
			if want == 200 && len(o.last().body) != 100_000 {
				t.Errorf("%q: the server got %d bytes", do, len(o.last().body))
			}
		}
	}
	p.leavesNothing()
}

// leavesNothing requires that no stream, function or goroutine is left.
func (p *proxy) leavesNothing() {
	p.t.Helper()
	p.leavesNothingFor(client(p.t, false))
}

// leavesNothingFor is leavesNothing as a client sees it.
func (p *proxy) leavesNothingFor(c *http.Client) {
	p.t.Helper()
	state := ""
	if !eventually.Within(patience, func() bool {
		state = p.mustAsk(c, "GET", "/state", nil).body
		var open, waiting, goroutines int
		fmt.Sscanf(state, "open %d waiting %d goroutines %d", &open, &waiting, &goroutines)
		return open == 0 && waiting == 0 && goroutines < 20
	}) {
		p.t.Errorf("left: %s", state)
	}
}

// trickle is a body that comes in pieces, without a length.
type trickle struct {
	pieces []string
	pause  time.Duration
}

func (r *trickle) Read(b []byte) (int, error) {
	if len(r.pieces) == 0 {
		return 0, io.EOF
	}
	time.Sleep(r.pause)
	n := copy(b, r.pieces[0])
	if r.pieces[0] = r.pieces[0][n:]; r.pieces[0] == "" {
		r.pieces = r.pieces[1:]
	}
	return n, nil
}

func TestAWholeBodyIsGatheredReplacedAndMeasured(t *testing.T) {
	const limit = 2 << 20
	reply := ""
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/flush" {
			io.WriteString(w, "a ")
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, reply)
	})
	p := start(t, t.TempDir(), trial(t, map[string]any{"body": "whole", "limit": limit}, ""), map[string]string{"8001": o.port()})
	reply = "reply"
	for _, http2 := range []bool{false, true} {
		c := client(t, http2)
		for _, do := range []string{"", "wait 1ms", "pin", "response-wait 1ms"} {
			for path, want := range map[string]string{"/x": "REPLY AND MORE", "/flush": "A REPLY AND MORE"} {
				got := p.mustAsk(c, "POST", path, strings.NewReader("request"), "X-Do", do)
				if got.code != 200 || got.body != want || o.last().body != "REQUEST AND MORE" || o.last().ContentLength != 16 {
					t.Errorf("http2 %v %q %s: got %+v, the server %q of %d", http2, do, path, got, o.last().body, o.last().ContentLength)
				}
				got = p.mustAsk(c, "POST", path, &trickle{[]string{"one ", "two ", "three"}, 2 * time.Millisecond}, "X-Do", do)
				if got.code != 200 || got.body != want || o.last().body != "ONE TWO THREE AND MORE" {
					t.Errorf("http2 %v %q %s: got %+v, the server %q", http2, do, path, got, o.last().body)
				}
			}
			if got := p.mustAsk(c, "GET", "/x", nil, "X-Do", do); got.code != 200 || got.body != "REPLY AND MORE" || o.last().body != "" {
				t.Errorf("http2 %v %q: without a body: %+v, the server %q", http2, do, got, o.last().body)
			}
		}
		served := o.served()
		large := strings.Repeat("x", limit+1)
		for name, body := range map[string]io.Reader{"length": strings.NewReader(large), "pieces": &trickle{strings.Split(strings.Repeat(strings.Repeat("x", 1<<16)+" ", 40), " "), 0}} {
			got, err := p.ask(c, "POST", "/x", body)
			if err == nil && got.code != 413 && !(*version == "1.37.0" && name == "pieces") || o.served() != served {
				t.Errorf("http2 %v: too large a body by %s: %d %q, %v", http2, name, got.code, got.body, err)
			}
		}
		if *version != "1.37.0" {
			exact := p.mustAsk(c, "POST", "/x", strings.NewReader(large[1:]))
			if exact.code != 200 || len(o.last().body) != limit+len(" and more") {
				t.Errorf("http2 %v: a body of the limit: %d %q, the server got %d", http2, exact.code, exact.body, len(o.last().body))
			}
		}
		reply = large
		if got := p.mustAsk(c, "GET", "/x", nil); got.code != 502 && *version != "1.37.0" {
			t.Errorf("http2 %v: too large a response: %d %q", http2, got.code, got.body[:min(len(got.body), 100)])
		}
		reply = "reply"
	}
	if got := p.raw("GET /x HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 403") {
		t.Errorf("a WebSocket with a whole body: %q", got)
	}
	p.leavesNothing()
}

// raw sends bytes on a connection of its own, and returns what comes until the other side closes it, or for a second.
func (p *proxy) raw(request string) string {
	p.t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(p.url, "http://"), patience)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		p.t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(time.Second))
	text, _ := io.ReadAll(conn)
	return string(text)
}

func TestPiecesAreRewrittenWhateverTheyWaitFor(t *testing.T) {
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "200000")
		io.WriteString(w, strings.Repeat("a", 200_000))
	})
	p := start(t, t.TempDir(), trial(t, map[string]any{"body": "rewritten"}, ""), map[string]string{"8001": o.port()})
	want := strings.Repeat("bc", 200_000)
	for _, http2 := range []bool{false, true} {
		c := client(t, http2)
		for _, do := range []string{"", "piece-wait", "response-piece-wait", "wait 1ms", "response-wait 1ms"} {
			for name, body := range map[string]io.Reader{
				"length": strings.NewReader(strings.Repeat("a", 200_000)),
				"pieces": &trickle{strings.Split(strings.Repeat(strings.Repeat("a", 2_000)+" ", 100), " "), 100 * time.Microsecond},
			} {
				got := p.mustAsk(c, "POST", "/x", body, "X-Do", do)
				if got.code != 200 || got.body != want || o.last().body != want || o.last().ContentLength >= 0 {
					t.Errorf("http2 %v %q %s: got %d with %d bytes, the server %d of %d", http2, do, name, got.code, len(got.body), len(o.last().body), o.last().ContentLength)
				}
			}
		}
	}
	// What follows on the connection is a request of its own.
	if got := p.raw("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\naaaPUT /y HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na"); strings.Count(got, "200 OK") != 2 || o.last().URL.Path != "/y" || o.last().body != "bc" {
		t.Errorf("two requests: the server got %s with %q, the client %d", o.last().URL.Path, o.last().body, len(got))
	}
	p.leavesNothing()
}

func TestTrailersPassAndAreChanged(t *testing.T) {
	for _, body := range []string{"none", "streamed", "rewritten", "whole"} {
		o := serve(t, nil)
		config := trial(t, map[string]any{"body": body}, "")
		config = strings.Replace(config, "    connect_timeout: 1s\n", `    connect_timeout: 1s
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
`, 1)
		p := start(t, t.TempDir(), config, map[string]string{"8001": o.port()})
		for _, do := range []string{"", "wait 1ms", "piece-wait", "body-wait 2ms"} {
			r, err := http.NewRequest("POST", p.url+"/x", io.NopCloser(strings.NewReader("body")))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Do", do)
			r.Trailer = http.Header{"X-Trailer": []string{"end"}}
			answer, err := client(t, true).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != 200 || o.last().Trailer.Get("X-Trailer") != "end seen" {
				t.Errorf("%s %q: got %d, the server %q", body, do, answer.StatusCode, o.last().Trailer)
			}
		}
		p.leavesNothing()
	}
}

// tracing has Envoy send spans to the server.
const tracing = `          tracing:
            provider:
              name: envoy.tracers.zipkin
              typed_config:
                "@type": type.googleapis.com/envoy.config.trace.v3.ZipkinConfig
                collector_cluster: server
                collector_endpoint: /spans
                collector_endpoint_version: HTTP_JSON
`

func TestTagsAndSpansAreInTheTracesOfEnvoy(t *testing.T) {
	var spans sync.Map
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	o.Config.Handler = func(inner http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/spans" {
				inner.ServeHTTP(w, r)
				return
			}
			var list []struct {
				Name, ParentID string
				Tags           map[string]string
			}
			if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
				t.Error(err)
			}
			for _, span := range list {
				spans.Store(span.Tags["trial"], true)
				if span.ParentID != "" {
					spans.Store("below: "+span.Name, true)
				}
			}
			w.WriteHeader(202)
		}
	}(o.Config.Handler)
	p := start(t, t.TempDir(), trial(t, nil, tracing), map[string]string{"8001": o.port()})
	c := client(t, false)
	eventually.Holds(t, "the spans have come", func() bool {
		for range 5 {
			for _, do := range []string{"tag seen", "wait-span asking"} {
				if got := p.mustAsk(c, "GET", "/x", nil, "X-Do", do); got.code != 200 {
					t.Fatalf("got %+v", got)
				}
			}
		}
		_, tagged := spans.Load("seen")
		_, untagged := spans.Load("")
		_, below := spans.Load("below: asking")
		return tagged && below || untagged && *version == "1.37.0"
	})
	_, tagged := spans.Load("seen")
	if _, below := spans.Load("below: asking"); tagged == (*version == "1.37.0") || below == (*version == "1.37.0") {
		t.Errorf("tagged: %v, a span below: %v", tagged, below)
	}
	p.leavesNothing()
}

func TestADenialOfGRPCIsOne(t *testing.T) {
	o := serve(t, nil)
	p := start(t, t.TempDir(), trial(t, nil, ""), map[string]string{"8001": o.port()})
	for do, want := range map[string]string{"wait-deny": "7", "deny": "2", "panic": "2"} {
		got := p.mustAsk(client(t, true), "POST", "/x", nil, "X-Do", do, "Content-Type", "application/grpc")
		if got.code != 200 || got.header.Get("Grpc-Status") != want {
			t.Errorf("%s: got %d with status %q, want %s", do, got.code, got.header.Get("Grpc-Status"), want)
		}
	}
}

// TestClientsThatGoAwayWhilePausedLeaveNothing also compares memory in use with that after a quarter of the clients. What is resident
// says less: it depends on how much was under way at once.
func TestClientsThatGoAwayWhilePausedLeaveNothing(t *testing.T) {
	const clients = 16
	o := serve(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(5 * time.Millisecond) })
	p := start(t, t.TempDir(), trial(t, nil, ""), map[string]string{"8001": o.port()})
	p.goAway(clients, *departures/4)
	usual := p.inUse()
	p.goAway(clients, *departures-*departures/4)
	if now := p.inUse(); now.library > usual.library+2<<20 || now.envoy > usual.envoy+12<<20 {
		t.Errorf("bytes in use: %+v, after %+v at first", now, usual)
	}
	if got := p.mustAsk(client(t, false), "GET", "/x", nil); got.code != 200 {
		t.Errorf("afterwards: %+v", got)
	}
}

// goAway has clients send requests that wait and close their connections meanwhile, in every way, and requires that nothing is left.
func (p *proxy) goAway(clients, requests int) {
	p.t.Helper()
	does := []string{"wait 10s", "wait 1ms", "response-wait 10s", "pin", "wait 3ms", "response-wait 1ms", "abandon"}
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() {
			for i := n; i < requests; i += clients {
				conn, err := net.DialTimeout("tcp", strings.TrimPrefix(p.url, "http://"), patience)
				if err != nil {
					p.t.Error(err)
					return
				}
				fmt.Fprintf(conn, "POST /x HTTP/1.1\r\nHost: a\r\nX-Do: %s\r\nContent-Length: 10\r\n\r\n12345%s", does[i%len(does)], []string{"", "67890"}[i/clients%2])
				time.Sleep(time.Duration(i%5) * time.Millisecond)
				if i%3 == 0 {
					conn.(*net.TCPConn).SetLinger(0)
				}
				conn.Close()
			}
		})
	}
	wg.Wait()
	p.leavesNothing()
}

// memory is what is in use, in bytes, of the library's heap, after a collection, and of Envoy's.
type memory struct{ library, envoy int }

func (p *proxy) inUse() (m memory) {
	p.t.Helper()
	if _, err := fmt.Sscan(p.mustAsk(client(p.t, false), "GET", "/heap", nil).body, &m.library); err != nil {
		p.t.Fatal(err)
	}
	body, err := p.admin.Get("/memory")
	if err != nil {
		p.t.Fatal(err)
	}
	var state struct {
		Allocated int `json:"allocated,string"`
	}
	if err := json.Unmarshal(body, &state); err != nil {
		p.t.Fatal(err)
	}
	m.envoy = state.Allocated
	return m
}

func TestAConfigurationIsRefusedWithTheReason(t *testing.T) {
	for config, want := range map[string]string{
		trial(t, map[string]any{"bodi": "none"}, ""):                                                                  `filter_config: is not as wanted: json: unknown field "bodi"`,
		trial(t, map[string]any{"body": "whole", "limit": -1}, ""):                                                    "give a limit above 0",
		strings.Replace(example(t, "counter"), "filter_name: counter", "filter_name: x", 1):                           `filter_name: "x" is unknown: give "proxylib" or one of casbin, counter, getheader, security, test.trial, token`,
		strings.Replace(example(t, "security"), "{provider: partner}", "{provide: a}", 1):                             `configuration of a route refused: filter_config: is not as wanted: json: unknown field "provide"`,
		strings.Replace(example(t, "security"), "per_route_config_name: security", "per_route_config_name: token", 1): "the filter token takes no configuration of a route",
	} {
		dir := t.TempDir()
		p, err := launch(t, dir, config, map[string]string{"8001": "1"})
		if err == nil {
			p.process.Stop()
			t.Errorf("accepted, in place of: %s", want)
		} else if !strings.Contains(p.process.Log(), want) {
			t.Errorf("want %s in\n%s", want, p.process.Log())
		}
	}
}

func TestRequestsUnderWayEndWithTheirConfiguration(t *testing.T) {
	o := serve(t, nil)
	dir := t.TempDir()
	first := trial(t, map[string]any{"body": "whole"}, "")
	bootstrap, replace := watched(t, dir, first)
	p := start(t, dir, bootstrap, map[string]string{"8001": o.port()})
	type result struct {
		reply
		err error
	}
	const requests = 50
	results := make(chan result, requests)
	for i := range requests {
		go func() {
			r, err := p.ask(client(t, i%2 == 0), "POST", "/x", strings.NewReader("request"), "X-Do", "wait 1500ms")
			results <- result{r, err}
		}()
	}
	c := client(t, false)
	eventually.Holds(t, "all requests wait", func() bool {
		return strings.Contains(p.mustAsk(c, "GET", "/state", nil).body, fmt.Sprintf("waiting %d ", requests))
	})
	for i := range 3 {
		replace(strings.Replace(first, "stat_prefix: http", fmt.Sprintf("stat_prefix: http%d", i), 1))
		eventually.Holds(t, "the listener is replaced", func() bool { return p.stat("listener_manager.lds.update_success") == uint64(i)+2 })
	}
	for range requests {
		if r := <-results; r.err != nil || r.code != 200 || r.body != "BANANA /X AND MORE" {
			t.Fatalf("a request under way: %+v", r)
		}
	}
	p.leavesNothing()
}

func TestAnEnvoyEndsWhileRequestsWait(t *testing.T) {
	o := serve(t, nil)
	p := start(t, t.TempDir(), trial(t, nil, ""), map[string]string{"8001": o.port()})
	for i := range 30 {
		go p.ask(client(t, i%2 == 0), "POST", "/x", strings.NewReader("request"), "X-Do", []string{"wait 10s", "wait 3s", "response-wait 10s"}[i%3])
	}
	c := client(t, false)
	eventually.Holds(t, "all requests wait", func() bool {
		return strings.Contains(p.mustAsk(c, "GET", "/state", nil).body, "waiting 30 ")
	})
	// The end of the test requires that it ends as asked.
}

func TestStreamsOfHTTP2ThatAreResetLeaveNothing(t *testing.T) {
	o := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(3 * time.Millisecond) })
	p := start(t, t.TempDir(), trial(t, map[string]any{"body": "rewritten"}, ""), map[string]string{"8001": o.port()})
	p.resetStreams(func() *http.Client { return client(t, true) }, 150, 50_000,
		"wait 10s", "wait 1ms", "response-wait 10s", "pin", "piece-wait", "response-piece-wait")
	p.leavesNothing()
}

// resetStreams has several clients send requests, a number each with bodies of a length, and reset them after a few milliseconds.
// does are what the filter does with them.
func (p *proxy) resetStreams(newClient func() *http.Client, each, length int, does ...string) {
	const clients = 8
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() {
			c := newClient()
			for i := range each {
				ctx, cancel := context.WithTimeout(p.t.Context(), time.Duration(1+i%7)*time.Millisecond)
				r, err := http.NewRequestWithContext(ctx, "POST", p.url+"/x", strings.NewReader(strings.Repeat("a", length)))
				if err != nil {
					p.t.Error(err)
				}
				r.Header.Set("X-Do", does[(n+i)%len(does)])
				if answer, err := c.Do(r); err == nil {
					io.Copy(io.Discard, answer.Body)
					answer.Body.Close()
				}
				cancel()
			}
		})
	}
	wg.Wait()
}
