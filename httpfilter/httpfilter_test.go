package httpfilter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/proxylib/proxylib/httpfilter"
	"github.com/proxylib/proxylib/httpfilter/httpfiltertest"
	"github.com/proxylib/proxylib/internal/eventually"
)

// current is the filter of the test that runs, under the name "test".
var current func(*httpfilter.Config) (*httpfilter.Filter, error)

func init() {
	httpfilter.Register("test", func(c *httpfilter.Config) (*httpfilter.Filter, error) { return current(c) })
	httpfilter.RegisterRoute("test", func(config []byte) (any, error) {
		if len(config) == 0 {
			return nil, errors.New("is empty")
		}
		return string(config), nil
	})
}

// handler is a handler of functions; nil ones let pass.
type handler struct {
	httpfilter.Base
	request  func(*httpfilter.Request) httpfilter.Action
	response func(*httpfilter.Response) httpfilter.Action
	piece    func(*httpfilter.Chunk) httpfilter.Action
	trailers func(*httpfilter.Trailers) httpfilter.Action
	complete func(*httpfilter.Summary)
}

func (h *handler) OnRequest(r *httpfilter.Request) httpfilter.Action {
	if h.request == nil {
		return httpfilter.Continue()
	}
	return h.request(r)
}

func (h *handler) OnResponse(r *httpfilter.Response) httpfilter.Action {
	if h.response == nil {
		return httpfilter.Continue()
	}
	return h.response(r)
}

func (h *handler) OnRequestBody(c *httpfilter.Chunk) httpfilter.Action {
	if h.piece == nil {
		return httpfilter.Continue()
	}
	return h.piece(c)
}

func (h *handler) OnRequestTrailers(t *httpfilter.Trailers) httpfilter.Action {
	if h.trailers == nil {
		return httpfilter.Continue()
	}
	return h.trailers(t)
}

func (h *handler) OnComplete(s *httpfilter.Summary) {
	if h.complete != nil {
		h.complete(s)
	}
}

// open opens a configuration whose streams have a handler.
// leavesNoGoroutine is called before configurations are opened, which are closed before it looks.
func leavesNoGoroutine(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
}

func open(t *testing.T, f httpfilter.Filter, h *handler) *httpfiltertest.Config {
	t.Helper()
	f.New = func(*httpfilter.Stream) httpfilter.Handler { return h }
	current = func(*httpfilter.Config) (*httpfilter.Filter, error) { return &f, nil }
	return httpfiltertest.Open(t, "test", "")
}

func after(a httpfilter.Action) httpfilter.Action {
	return httpfilter.Wait(func(context.Context) httpfilter.Action { return a })
}

func TestActionsAreCarriedOutAtOnceAndLater(t *testing.T) {
	leavesNoGoroutine(t)
	for name, test := range map[string]struct {
		action httpfilter.Action
		status int
	}{
		"continue": {httpfilter.Continue(httpfilter.SetHeader("X-A", "1"), httpfilter.AddHeader("x-b", ""), httpfilter.RemoveHeader("x-c"), httpfilter.SetPath("/y")), 0},
		"deny":     {httpfilter.Deny(401, "no", "a reason", httpfilter.Header{Name: "WWW-Authenticate", Value: "x"}), 401},
		"nothing":  {httpfilter.Action{}, 500}, "no pin": {httpfilter.Pause(), 500}, "status": {httpfilter.Deny(99, "", ""), 500},
		"header of denial": {httpfilter.Deny(403, "", "", httpfilter.Header{Name: "content-length", Value: "1"}), 500},
		"framing":          {httpfilter.Continue(httpfilter.SetHeader("Transfer-Encoding", "chunked")), 500},
		"host":             {httpfilter.Continue(httpfilter.SetHeader("Host", "a")), 500},
		"name":             {httpfilter.Continue(httpfilter.SetHeader("x a", "1")), 500},
		"value":            {httpfilter.Continue(httpfilter.SetHeader("x-a", "1\r\nx-b: 2")), 500},
		"no path":          {httpfilter.Continue(httpfilter.SetPath("y")), 500}, "path": {httpfilter.Continue(httpfilter.SetPath("/y z")), 500},
		"removed path": {httpfilter.Continue(httpfilter.RemoveHeader(":path")), 500}, "method": {httpfilter.Continue(httpfilter.SetMethod("CONNECT")), 500},
		"authority":          {httpfilter.Continue(httpfilter.SetAuthority("a,b")), 500},
		"body without one":   {httpfilter.Continue(httpfilter.ReplaceBody([]byte("x"))), 500},
		"status of response": {httpfilter.Continue(httpfilter.SetStatus("200")), 500},
	} {
		for _, a := range []httpfilter.Action{test.action, after(test.action)} {
			c := open(t, httpfilter.Filter{}, &handler{request: func(*httpfilter.Request) httpfilter.Action { return a }})
			s := c.Stream()
			got := s.Request(httpfiltertest.Get("/x", "x-a", "0", "x-a", "0", "x-c", "0"))
			switch {
			case test.status == 0:
				if got.Denied != nil || !slices.Equal(got.Headers.Values("x-a"), []string{"1"}) || !got.Headers.Has("x-b") || got.Headers.Has("x-c") || got.Headers.Get(":path") != "/y" {
					t.Errorf("%s: got %+v", name, got)
				}
			case got.Denied == nil || got.Denied.Status != test.status:
				t.Errorf("%s: got %+v, want %d", name, got, test.status)
			case test.status == 500 && c.Log() == "":
				t.Errorf("%s: nothing is logged", name)
			case test.status == 401:
				if got.Denied.Body != "no" || got.Denied.Details != "a_reason" || got.Denied.Headers.Get("www-authenticate") != "x" {
					t.Errorf("got %+v", got.Denied)
				}
			}
			s.End(200)
			eventually.Holds(t, name+": no scheduler is left", func() bool { return s.Schedulers() == 0 })
		}
	}
}

func TestAPanicDeniesItsRequestAlone(t *testing.T) {
	defect := func(*httpfilter.Request) httpfilter.Action { panic("a defect") }
	for name, f := range map[string]func(*httpfilter.Request) httpfilter.Action{
		"at once": defect,
		"later": func(*httpfilter.Request) httpfilter.Action {
			return httpfilter.Wait(func(context.Context) httpfilter.Action { panic("a defect") })
		},
		"posted": func(r *httpfilter.Request) httpfilter.Action {
			pin := r.Pin()
			go pin.Post(func() { panic("a defect") })
			return httpfilter.Pause()
		},
	} {
		c := open(t, httpfilter.Filter{}, &handler{request: f, complete: func(*httpfilter.Summary) { panic("another") }})
		s := c.Stream()
		if got := s.Request(httpfiltertest.Get("/")); got.Denied == nil || got.Denied.Status != 500 || got.Denied.Details != "httpfilter_panic" || !strings.Contains(c.Log(), "test: panic: a defect") {
			t.Errorf("%s: got %+v, log %s", name, got.Denied, c.Log())
		}
		s.End(500)
	}
	current = func(*httpfilter.Config) (*httpfilter.Filter, error) {
		return &httpfilter.Filter{New: func(*httpfilter.Stream) httpfilter.Handler { panic("a defect") }}, nil
	}
	if got := httpfiltertest.Open(t, "test", "").Stream().Request(httpfiltertest.Get("/")); got.Denied == nil || got.Denied.Status != 500 {
		t.Errorf("New: got %+v", got)
	}
	current = func(*httpfilter.Config) (*httpfilter.Filter, error) { panic("a defect") }
	if _, err := httpfiltertest.TryOpen(t, "test", ""); err == nil || !strings.Contains(err.Error(), "panic: a defect") {
		t.Errorf("configure: %v", err)
	}
}

func TestWhatWaitsTooLongIsDeniedWhateverTheFunctionSays(t *testing.T) {
	leavesNoGoroutine(t)
	c := open(t, httpfilter.Filter{Timeout: time.Millisecond}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		if r.Path() == "/pin" {
			pin := r.Pin()
			go func() {
				<-pin.Context().Done()
				pin.Resume(httpfilter.Continue())
			}()
			return httpfilter.Pause()
		}
		return httpfilter.Wait(func(ctx context.Context) httpfilter.Action {
			<-ctx.Done()
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Errorf("the context ends with %v", ctx.Err())
			}
			return httpfilter.Continue()
		})
	}})
	for i := range 200 {
		s := c.Stream()
		if got := s.Request(httpfiltertest.Get([]string{"/", "/pin"}[i%2])); got.Denied == nil || got.Denied.Status != 504 || got.Denied.Details != "httpfilter_timeout" {
			t.Fatalf("%d: got %+v", i, got)
		}
		s.End(504)
	}
}

func TestNoMoreMessagesWaitThanMay(t *testing.T) {
	leavesNoGoroutine(t)
	release := make(chan struct{})
	c := open(t, httpfilter.Filter{MaxWaiting: 2}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		if r.Path() == "/pin" {
			r.Pin()
			return httpfilter.Pause()
		}
		return httpfilter.Wait(func(context.Context) httpfilter.Action {
			<-release
			return httpfilter.Continue()
		})
	}})
	waits, pinned := c.Stream(), c.Stream()
	waits.Begin(false, httpfiltertest.Get("/"))
	pinned.Begin(false, httpfiltertest.Get("/pin"))
	for _, path := range []string{"/", "/pin"} {
		if got := c.Stream().Request(httpfiltertest.Get(path)); got.Denied == nil || got.Denied.Status != 503 || !strings.Contains(c.Log(), "too many messages wait") {
			t.Errorf("%s: got %+v, log %s", path, got, c.Log())
		}
	}
	// A function counts until it returns, even if its stream is gone.
	waits.End(0)
	if got := c.Stream().Request(httpfiltertest.Get("/")); got.Denied == nil {
		t.Errorf("while a function runs: got %+v", got)
	}
	pinned.End(0)
	close(release)
	if got := c.Stream().Request(httpfiltertest.Get("/")); got.Denied != nil {
		t.Errorf("afterwards: got %+v", got.Denied)
	}
}

func TestAPinThatIsReleasedWithoutAWordDenies(t *testing.T) {
	c := open(t, httpfilter.Filter{}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		first, second := r.Pin(), r.Pin()
		go func() {
			first.Unpin()
			first.Unpin()
			second.Unpin()
		}()
		return httpfilter.Pause()
	}})
	s := c.Stream()
	if got := s.Request(httpfiltertest.Get("/")); got.Denied == nil || got.Denied.Details != "httpfilter_abandoned" {
		t.Errorf("got %+v", got)
	}
	s.End(0)
}

// Streams end while goroutines resume, post and release.
func TestPinsAreSafeWhenTheStreamIsGone(t *testing.T) {
	leavesNoGoroutine(t)
	var pins []*httpfilter.Pin
	c := open(t, httpfilter.Filter{}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		pins = append(pins, r.Pin())
		return httpfilter.Pause()
	}})
	for i := range 2000 {
		s := c.Stream()
		s.Begin(false, httpfiltertest.Post("/", []string{"a", "b"}))
		pin := pins[i]
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				pin.Post(func() {})
				pin.Resume(httpfilter.Continue())
				pin.Unpin()
			})
		}
		if i%2 == 0 {
			s.Run()
		}
		s.End(0)
		s.Run()
		wg.Wait()
		if pin.Resume(httpfilter.Continue()) || pin.Post(func() {}) || pin.Context().Err() == nil || s.Schedulers() != 0 {
			t.Fatalf("%d: the stream is not gone, %d schedulers are left", i, s.Schedulers())
		}
	}
}

func TestAPauseIsResumedOnce(t *testing.T) {
	c := open(t, httpfilter.Filter{}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		pin := r.Pin()
		go func() {
			defer pin.Unpin()
			if !pin.Resume(httpfilter.Deny(401, "", "")) || pin.Resume(httpfilter.Continue()) {
				panic("resumed twice, or not at all")
			}
		}()
		return httpfilter.Pause()
	}})
	if got := c.Stream().Request(httpfiltertest.Get("/")); got.Denied == nil || got.Denied.Status != 401 {
		t.Errorf("got %+v", got)
	}
}

func TestAWholeBodyIsLimited(t *testing.T) {
	upper := &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		return after(httpfilter.Continue(httpfilter.ReplaceBody(bytes.ToUpper(append(r.Body, "!!"...))), httpfilter.SetHeader("x-trailer", r.Trailers.Get("t"))))
	}}
	c := open(t, httpfilter.Filter{RequestBody: httpfilter.Whole(4)}, upper)
	trailers := httpfiltertest.Post("/", []string{"ab", "c"})
	trailers.Trailers = httpfilter.Headers{{Name: "t", Value: "1"}}
	for _, test := range []struct {
		m      httpfiltertest.Message
		want   string
		status int
	}{
		{httpfiltertest.Post("/", []string{"ab", "cd"}, "content-length", "4"), "ABCD!!", 0},
		{httpfiltertest.Post("/", []string{"abcd", ""}), "ABCD!!", 0},
		{trailers, "ABC!!", 0},
		{httpfiltertest.Post("/", []string{"ab", "cde"}), "", 413},
		{httpfiltertest.Post("/", nil, "content-length", "5"), "", 0},
		{httpfiltertest.Post("/", []string{"a"}, "content-length", "5"), "", 413},
		{httpfiltertest.Post("/", []string{"a"}, "upgrade", "websocket"), "", 403},
	} {
		if test.m.Body == nil {
			continue
		}
		got := c.Stream().Request(test.m)
		switch {
		case test.status != 0:
			if got.Denied == nil || got.Denied.Status != test.status {
				t.Errorf("%+v: got %+v, want %d", test.m, got, test.status)
			}
		case got.Denied != nil || strings.Join(got.Body, "") != test.want || got.Headers.Has("content-length") && got.Headers.Get("content-length") != "6" || got.Headers.Get("x-trailer") != got.Trailers.Get("t"):
			t.Errorf("%+v: got %+v", test.m, got)
		}
	}
}

// Whatever pieces a body comes in, and whatever waits, each byte is shown once and in order, and the result is the same.
func TestPiecesAreShownOnceAndInOrder(t *testing.T) {
	leavesNoGoroutine(t)
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 3000 {
		var shown strings.Builder
		ends, trailersSeen := 0, 0
		maybe := func(a httpfilter.Action) httpfilter.Action {
			if random.IntN(2) == 0 {
				return after(a)
			}
			return a
		}
		h := &handler{
			request: func(*httpfilter.Request) httpfilter.Action { return maybe(httpfilter.Continue()) },
			piece: func(c *httpfilter.Chunk) httpfilter.Action {
				shown.Write(c.Data)
				if c.End {
					ends++
				}
				return maybe(httpfilter.Continue(httpfilter.ReplaceBody(bytes.ReplaceAll(c.Data, []byte("a"), []byte("xyz")))))
			},
			trailers: func(*httpfilter.Trailers) httpfilter.Action {
				trailersSeen++
				return maybe(httpfilter.Continue(httpfilter.SetHeader("t", "2")))
			},
		}
		c := open(t, httpfilter.Filter{RequestBody: httpfilter.Rewritten()}, h)
		var pieces []string
		for range 1 + random.IntN(5) {
			pieces = append(pieces, strings.Repeat("ab", random.IntN(3)))
		}
		m := httpfiltertest.Post("/", pieces, "content-length", fmt.Sprint(len(strings.Join(pieces, ""))))
		if random.IntN(2) == 0 {
			m.Trailers = httpfilter.Headers{{Name: "t", Value: "1"}}
		}
		s := c.Stream()
		got := s.Request(m)
		s.End(200)
		body := strings.Join(pieces, "")
		wantEnds, wantTrailers := 1, 0
		if m.Trailers != nil {
			wantEnds, wantTrailers = 0, 1
		}
		if got.Denied != nil || shown.String() != body || strings.Join(got.Body, "") != strings.ReplaceAll(body, "a", "xyz") || ends != wantEnds || trailersSeen != wantTrailers ||
			got.Headers.Has("content-length") || m.Trailers != nil && got.Trailers.Get("t") != "2" {
			t.Fatalf("round %d: %q: shown %q with %d ends and %d trailers, got %+v", round, pieces, shown.String(), ends, trailersSeen, got)
		}
	}
}

func TestAResponseIsReplacedBeforeItsHeadersAreSent(t *testing.T) {
	var summary httpfilter.Summary
	h := &handler{
		response: func(r *httpfilter.Response) httpfilter.Action {
			if r.Status() == "200" {
				return httpfilter.Continue(httpfilter.SetStatus("201"))
			}
			return httpfilter.Deny(502, "", "")
		},
		complete: func(s *httpfilter.Summary) { summary = *s },
	}
	c := open(t, httpfilter.Filter{}, h)
	s := c.Stream()
	s.Request(httpfiltertest.Get("/"))
	if got := s.Response(httpfiltertest.Reply("200", []string{"x"})); got.Denied != nil || got.Headers.Get(":status") != "201" {
		t.Errorf("got %+v", got)
	}
	s.End(201)
	if summary.Status != 201 {
		t.Errorf("summary %+v", summary)
	}
	// Without a request: another filter has replied.
	if got := c.Stream().Response(httpfiltertest.Reply("404", nil)); got.Denied == nil || got.Denied.Status != 502 {
		t.Errorf("got %+v", got)
	}
}

func TestADenialOfGRPCHasItsStatus(t *testing.T) {
	for status, want := range map[int]string{200: "2", 401: "16", 403: "7", 413: "8", 503: "14", 500: "2"} {
		c := open(t, httpfilter.Filter{}, &handler{request: func(*httpfilter.Request) httpfilter.Action { return httpfilter.Deny(status, "", "") }})
		for kind, is := range map[string]bool{"application/grpc": true, "application/grpc+proto": true, "application/grpc-web": false, "text/plain": false} {
			got := c.Stream().Request(httpfiltertest.Post("/", []string{"x"}, "content-type", kind)).Denied.Headers
			if got.Has("grpc-status") != is || is && got.Get("grpc-status") != want {
				t.Errorf("%d %s: got %q", status, kind, got)
			}
		}
	}
}

func TestRoutesHaveConfigurations(t *testing.T) {
	c := open(t, httpfilter.Filter{}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		route, _ := r.Stream().Route().(string)
		return httpfilter.Continue(httpfilter.SetHeader("x-route", route), httpfilter.Metadata("route", route), httpfilter.Tag("route", route), httpfilter.Reroute())
	}})
	s := c.Stream()
	var err error
	if s.Route, err = c.Route("a route"); err != nil {
		t.Fatal(err)
	}
	if got := s.Request(httpfiltertest.Get("/")); got.Headers.Get("x-route") != "a route" || s.Metadata["test:route"] != "a route" || s.Tags["route"] != "a route" || !s.Rerouted() {
		t.Errorf("got %+v, metadata %v", got, s.Metadata)
	}
	if _, err := c.Route(""); err == nil || err.Error() != "filter_config: is empty" {
		t.Errorf("a wrong route: %v", err)
	}
}

func TestASpanOfAWaitEndsWithIt(t *testing.T) {
	leavesNoGoroutine(t)
	c := open(t, httpfilter.Filter{Timeout: time.Second}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		if r.Path() == "/pin" {
			pin := r.Pin()
			go pin.Unpin()
			return httpfilter.Pause().Span("ask")
		}
		return httpfilter.Wait(func(ctx context.Context) httpfilter.Action {
			if r.Path() == "/late" {
				<-ctx.Done()
			}
			return httpfilter.Continue()
		}).Span("ask")
	}})
	for _, path := range []string{"/", "/pin", "/late"} {
		s := c.Stream()
		s.Request(httpfiltertest.Get(path))
		if ended, started := s.Spans["ask"]; !started || !ended {
			t.Errorf("%s: the span has started: %v, and ended: %v", path, started, ended)
		}
	}
}

func TestConfigurationsAreRefusedWithTheReason(t *testing.T) {
	var into struct{ A int }
	for config, want := range map[string]string{
		`{"b": 1}`: `filter_config: is not as wanted: json: unknown field "b"`, `{"a": 1} 2`: "leave out what follows", `{`: "is not as wanted",
	} {
		current = func(c *httpfilter.Config) (*httpfilter.Filter, error) { return nil, c.Decode(&into) }
		if _, err := httpfiltertest.TryOpen(t, "test", config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
		}
	}
	for want, configure := range map[string]func(c *httpfilter.Config) (*httpfilter.Filter, error){
		"no filter with New": func(*httpfilter.Config) (*httpfilter.Filter, error) { return nil, nil },
		"interval of 0s": func(c *httpfilter.Config) (*httpfilter.Filter, error) {
			c.Tick(0, nil)
			return &httpfilter.Filter{}, nil
		},
		"a limit above 0": func(*httpfilter.Config) (*httpfilter.Filter, error) {
			return &httpfilter.Filter{RequestBody: httpfilter.Whole(0), New: func(*httpfilter.Stream) httpfilter.Handler { return nil }}, nil
		},
		"give one of them": func(c *httpfilter.Config) (*httpfilter.Filter, error) {
			_, err := c.Secret(httpfilter.SecretSource{})
			return nil, err
		},
	} {
		current = configure
		if _, err := httpfiltertest.TryOpen(t, "test", ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := httpfiltertest.TryOpen(t, "unknown", ""); err == nil || !strings.Contains(err.Error(), `filter_name: "unknown" is unknown: give "proxylib" or one of test`) {
		t.Errorf("an unknown name: %v", err)
	}
	if name := httpfilter.Package("test"); name != "github.com/proxylib/proxylib/httpfilter_test" {
		t.Errorf("package %q", name)
	}
}

func TestClustersAreReachedFromRequestsAndTicks(t *testing.T) {
	fetch := func(ctx context.Context, cluster string) string {
		r, _ := http.NewRequestWithContext(ctx, "POST", "http://host.example/path?q", strings.NewReader("body"))
		r.Header.Set("X-A", "1")
		response, err := (&http.Client{Transport: httpfilter.Cluster(cluster)}).Do(r)
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.Status + " " + response.Header.Get("X-B") + " " + string(text)
	}
	ticks := make(chan string, 1)
	current = func(c *httpfilter.Config) (*httpfilter.Filter, error) {
		c.Tick(time.Hour, func(ctx context.Context) { ticks <- fetch(ctx, "known") })
		return &httpfilter.Filter{New: func(*httpfilter.Stream) httpfilter.Handler {
			return &handler{request: func(r *httpfilter.Request) httpfilter.Action {
				cluster := r.Headers.Get("x-cluster")
				return httpfilter.Wait(func(ctx context.Context) httpfilter.Action { return httpfilter.Deny(200, fetch(ctx, cluster), "") })
			}}
		}}, nil
	}
	c := httpfiltertest.Open(t, "test", "")
	c.Clusters = map[string]func(httpfiltertest.Message) httpfiltertest.Message{"known": func(m httpfiltertest.Message) httpfiltertest.Message {
		return httpfiltertest.Reply("201", []string{m.Headers.Get(":method") + m.Headers.Get(":path") + m.Headers.Get("host") + m.Headers.Get("x-a") + m.Body[0]}, "x-b", "2")
	}}
	const want = "201 Created 2 POST/path?qhost.example1body"
	if got := c.Stream().Request(httpfiltertest.Get("/", "x-cluster", "known")); got.Denied.Body != want {
		t.Errorf("got %+v", got.Denied)
	}
	if got := c.Stream().Request(httpfiltertest.Get("/", "x-cluster", "other")); !strings.Contains(got.Denied.Body, "cluster other: is unknown") {
		t.Errorf("got %+v", got.Denied)
	}
	c.Until(func() bool { return len(ticks) > 0 })
	if got := <-ticks; got != want {
		t.Errorf("a tick: %s", got)
	}
	if got := fetch(t.Context(), "known"); !strings.Contains(got, "no context of a filter") {
		t.Errorf("without a filter: %s", got)
	}
}

func TestSecretsHaveTheValueOfNow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var file, sds, missing *httpfilter.Secret
	current = func(c *httpfilter.Config) (*httpfilter.Filter, error) {
		file, _ = c.Secret(httpfilter.SecretSource{File: path})
		sds, _ = c.Secret(httpfilter.SecretSource{SDS: "name"})
		missing, _ = c.Secret(httpfilter.SecretSource{File: path + "x"})
		return &httpfilter.Filter{New: func(*httpfilter.Stream) httpfilter.Handler { return &handler{} }}, nil
	}
	c := httpfiltertest.Open(t, "test", "")
	if v, ok := file.Value(); v != "one" || !ok {
		t.Errorf("file: %q %v", v, ok)
	}
	if v, ok := missing.Value(); v != "" || ok || !strings.Contains(c.Log(), "a secret cannot be read") {
		t.Errorf("missing: %q %v", v, ok)
	}
	if v, ok := sds.Value(); v != "" || ok {
		t.Errorf("sds before: %q %v", v, ok)
	}
	for _, value := range []string{"two", "three"} {
		c.Secrets = map[string]string{"name": value}
		c.Stream().Request(httpfiltertest.Get("/"))
		if v, ok := sds.Value(); v != value || !ok {
			t.Errorf("sds: %q %v", v, ok)
		}
	}
}

func TestAnEmptySecretIsNone(t *testing.T) {
	for _, text := range []string{"", "\n"} {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var s *httpfilter.Secret
		current = func(c *httpfilter.Config) (f *httpfilter.Filter, err error) {
			s, err = c.Secret(httpfilter.SecretSource{File: path})
			return &httpfilter.Filter{New: func(*httpfilter.Stream) httpfilter.Handler { return &handler{} }}, err
		}
		httpfiltertest.Open(t, "test", "")
		if v, ok := s.Value(); v != "" || ok {
			t.Errorf("a file with %q: %q, %v", text, v, ok)
		}
	}
}

func TestMetricsAreShownFromStreamsAndGoroutines(t *testing.T) {
	var counter *httpfilter.Counter
	var gauge *httpfilter.Gauge
	var histogram *httpfilter.Histogram
	current = func(c *httpfilter.Config) (*httpfilter.Filter, error) {
		counter, gauge, histogram = c.Counter("c", "a", "b"), c.Gauge("g"), c.Histogram("h")
		return &httpfilter.Filter{New: func(*httpfilter.Stream) httpfilter.Handler { return &handler{} }}, nil
	}
	c := httpfiltertest.Open(t, "test", "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				counter.Add(2, "x", fmt.Sprint(i%2))
				gauge.Add(1)
				gauge.Add(-1)
				histogram.Record(uint64(i))
			}
		})
	}
	for range 100 {
		s := c.Stream()
		s.Request(httpfiltertest.Get("/"))
		s.End(200)
	}
	wg.Wait()
	gauge.Set(7)
	c.Until(func() bool {
		return c.Metric("c", "x", "0") == 8000 && c.Metric("c", "x", "1") == 8000 && c.Metric("g") == 7
	})
	if n := c.Metric("h"); n == 0 || n > 8000 {
		t.Errorf("histogram of %d", n)
	}
	for i := range 1100 {
		counter.Add(1, "y", fmt.Sprint(i))
	}
	counter.Add(1, "y")
	c.Until(func() bool { return c.Metric("c", "overflow", "overflow") == 102 })
	if !strings.Contains(c.Log(), "a value is dropped") {
		t.Errorf("log: %s", c.Log())
	}
}

func TestAFunctionThatBlocksHoldsUpNoOther(t *testing.T) {
	leavesNoGoroutine(t)
	release := make(chan struct{})
	c := open(t, httpfilter.Filter{}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		return httpfilter.Wait(func(context.Context) httpfilter.Action {
			if r.Path() == "/blocks" {
				<-release
			}
			return httpfilter.Continue()
		})
	}})
	var blocked []*httpfiltertest.Stream
	for range 3 {
		// Those after the first find goroutines of earlier functions.
		for range 20 {
			s := c.Stream()
			s.Begin(false, httpfiltertest.Get("/blocks"))
			blocked = append(blocked, s)
			other := c.Stream()
			if got := other.Request(httpfiltertest.Get("/")); got.Denied != nil {
				t.Fatalf("got %+v", got.Denied)
			}
			other.End(200)
		}
	}
	close(release)
	for _, s := range blocked {
		if got := s.Finish(false); got.Denied != nil {
			t.Fatalf("got %+v", got.Denied)
		}
		s.End(200)
	}
}

func TestWhatIsPostedAfterAResumptionRunsAfterTheMessageHasGoneOn(t *testing.T) {
	var pin *httpfilter.Pin
	c := open(t, httpfilter.Filter{}, &handler{request: func(r *httpfilter.Request) httpfilter.Action {
		pin = r.Pin()
		return httpfilter.Pause()
	}})
	s := c.Stream()
	s.Begin(false, httpfiltertest.Get("/"))
	posted := 0
	if !pin.Resume(httpfilter.Continue()) || !pin.Post(func() { posted++ }) || !pin.Post(func() { posted++ }) {
		t.Fatal("the stream is gone")
	}
	if s.Run(); posted != 2 {
		t.Errorf("%d of 2 functions have run", posted)
	}
	if got := s.Finish(false); got.Denied != nil {
		t.Errorf("got %+v", got.Denied)
	}
	pin.Unpin()
	s.End(200)
}
