package httpfiltertest

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/proxylib/proxylib/httpfilter"
	"github.com/proxylib/proxylib/internal/httplink"
)

// Message is a request or a response. Names of headers are in lower case; a request has the pseudo headers :method, :path and :authority, a response
// :status.
type Message struct {
	Headers httpfilter.Headers
	// Body are the pieces that a body comes in; nil is none.
	Body     []string
	Trailers httpfilter.Headers
}

// Get is a request for a path, with further headers: names and values in turn.
func Get(path string, headers ...string) Message {
	return withHeaders(Message{Headers: httpfilter.Headers{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: path}, {Name: ":authority", Value: "test"}, {Name: ":scheme", Value: "http"},
	}}, headers)
}

// Post is a request with a body, otherwise as Get.
func Post(path string, body []string, headers ...string) Message {
	m := Get(path, headers...)
	m.Headers[0].Value, m.Body = "POST", body
	return m
}

// Reply is a response, with further headers.
func Reply(status string, body []string, headers ...string) Message {
	return withHeaders(Message{Headers: httpfilter.Headers{{Name: ":status", Value: status}}, Body: body}, headers)
}

func withHeaders(m Message, headers []string) Message {
	for i := 0; i+1 < len(headers); i += 2 {
		m.Headers = append(m.Headers, httpfilter.Header{Name: headers[i], Value: headers[i+1]})
	}
	return m
}

// Result is what has become of a message: it passed, as Message says, with the body in one piece, or Denied is what the client got instead.
type Result struct {
	Message
	Denied *Denial
}

// Denial is a reply of a filter.
type Denial struct {
	Status        int
	Headers       httpfilter.Headers
	Body, Details string
}

// Stream is a request and its response in the simulated proxy. It belongs to one goroutine.
type Stream struct {
	// Route is the configuration of the route, as [Config.Route] returns it.
	Route any
	// Metadata are what the filter has set.
	Metadata map[string]string
	// Tags are what the filter has set of the span.
	Tags map[string]string
	// Spans are those of messages that wait, by their names, and whether they have ended.
	Spans map[string]bool

	config          *Config
	stream          httplink.Stream
	wakes           chan struct{}
	sides           [2]side
	denied          *Denial
	rerouted, ended bool
	callouts        uint64
	results         []func()
	schedulers      atomic.Int32
}

// side is a direction.
type side struct {
	m Message
	// at is the next event: 0 the headers, then the pieces of the body, then the trailers.
	at int
	// stopped: the last event was held. all: no hooks are called until it continues.
	stopped, all bool
	held         string
	received     *string
	passed       Message
	done         bool
	// began: the headers have passed.
	began bool
}

// Stream begins a stream.
func (c *Config) Stream() *Stream {
	s := &Stream{config: c, wakes: make(chan struct{}, 1), Metadata: map[string]string{}, Tags: map[string]string{}, Spans: map[string]bool{}}
	s.stream = c.config.NewStream(streamHost{s})
	return s
}

// Request sends a request through the filter, and returns when it has passed as a whole or was denied.
func (s *Stream) Request(m Message) Result {
	s.config.t.Helper()
	s.Begin(false, m)
	return s.Finish(false)
}

// Response sends a response through the filter, as Request does.
func (s *Stream) Response(m Message) Result {
	s.config.t.Helper()
	s.Begin(true, m)
	return s.Finish(true)
}

// Begin sends as much of a message as the filter takes without waiting.
func (s *Stream) Begin(reply bool, m Message) {
	d := s.side(reply)
	m.Headers, m.Trailers = slices.Clone(m.Headers), slices.Clone(m.Trailers)
	*d = side{m: m}
	s.advance(reply)
}

// Finish waits until a message has passed or was denied.
func (s *Stream) Finish(reply bool) Result {
	s.config.t.Helper()
	d := s.side(reply)
	for limit := time.After(patience); !d.done && s.denied == nil; {
		select {
		case <-s.wakes:
			s.Run()
		case <-limit:
			s.config.t.Fatal("the filter does not go on with a message")
		}
	}
	if s.denied != nil {
		return Result{Denied: s.denied}
	}
	return Result{Message: d.passed}
}

// Run does what the thread of the stream has been asked for.
func (s *Stream) Run() {
	if s.ended {
		return
	}
	for again := true; again && !s.ended; {
		next := s.stream.Scheduled()
		if next&httplink.ContinueRequest != 0 {
			s.goOn(false)
		}
		if next&httplink.ContinueResponse != 0 {
			s.goOn(true)
		}
		again = next&httplink.Again != 0
	}
	results := s.results
	s.results = nil
	for _, result := range results {
		result()
	}
}

// End ends the stream, with the status of its response, or 0.
func (s *Stream) End(status int) {
	if !s.ended {
		s.ended = true
		s.stream.Complete(status)
		s.stream.Gone()
	}
}

// Schedulers returns how many handles of the proxy's the filter has and has not given back.
func (s *Stream) Schedulers() int { return int(s.schedulers.Load()) }

// Rerouted reports whether the filter had the route chosen again.
func (s *Stream) Rerouted() bool { return s.rerouted }

func (s *Stream) side(reply bool) *side {
	if reply {
		return &s.sides[1]
	}
	return &s.sides[0]
}

// last reports whether the event at is the end of the message.
func (d *side) last(at int) bool { return at == len(d.m.Body) && d.m.Trailers == nil }

// advance calls hooks until the message waits or is through.
func (s *Stream) advance(reply bool) {
	d := s.side(reply)
	for s.denied == nil && !d.all && !d.done {
		switch {
		case d.at == 0:
			d.at++
			s.headers(reply, d)
		case d.at <= len(d.m.Body):
			d.at++
			s.body(reply, d, d.m.Body[d.at-2], d.last(d.at-1))
		case d.m.Trailers != nil && d.at == len(d.m.Body)+1:
			d.at++
			d.stopped = s.stream.Trailers(reply, slices.Clone(d.m.Trailers)) != httplink.Continue
			if !d.stopped {
				d.passHeld()
				d.passed.Trailers, d.done = d.m.Trailers, true
			}
		default:
			return
		}
	}
}

func (s *Stream) headers(reply bool, d *side) {
	switch s.stream.Headers(reply, slices.Clone(d.m.Headers), d.last(0)) {
	case httplink.Continue:
		d.passHead()
		d.done = d.last(0)
	case httplink.Gather:
		d.stopped = true
	case httplink.Pause:
		d.stopped, d.all = true, true
	}
}

func (s *Stream) body(reply bool, d *side, piece string, end bool) {
	d.received = &piece
	status := s.stream.Body(reply, end)
	d.received = nil
	switch status {
	case httplink.Continue:
		d.passHead()
		d.passHeld()
		d.pass(piece)
		d.stopped, d.done = false, end
	case httplink.Gather, httplink.Pause:
		d.stopped = true
		d.held += piece
	}
}

func (d *side) passHead() {
	if !d.began {
		d.began, d.passed.Headers = true, d.m.Headers
	}
}

func (d *side) passHeld() {
	d.passHead()
	d.pass(d.held)
	d.held = ""
}

func (d *side) pass(text string) {
	if d.passed.Body == nil {
		d.passed.Body = []string{""}
	}
	d.passed.Body[0] += text
}

// streamHost implements [httplink.StreamHost].
type streamHost struct{ *Stream }

func (streamHost) Facts() httplink.Facts {
	return httplink.Facts{Connection: 1, Protocol: "HTTP/1.1", Source: "127.0.0.1:1", Destination: "127.0.0.1:2", Route: "route"}
}

func (h streamHost) RouteConfig() any { return h.Route }

func (h streamHost) Edit(m httplink.Map, edits []httplink.Edit) {
	d := h.side(m >= httplink.ResponseHeaders)
	headers := &d.m.Headers
	if m == httplink.RequestTrailers || m == httplink.ResponseTrailers {
		headers = &d.m.Trailers
	} else if d.began {
		panic("headers are changed that were sent")
	}
	for _, e := range edits {
		if e.Op != httplink.Add {
			*headers = slices.DeleteFunc(*headers, func(h httpfilter.Header) bool { return h.Name == e.Name })
		}
		if e.Op != httplink.Remove {
			*headers = append(*headers, httpfilter.Header{Name: e.Name, Value: e.Value})
		}
	}
}

func (h streamHost) BodySize(reply bool) (held, received int) {
	a, b := h.Body(reply)
	return len(a), len(b)
}

func (h streamHost) Body(reply bool) (held, received []byte) {
	d := h.side(reply)
	if d.received != nil {
		received = []byte(*d.received)
	}
	return []byte(d.held), received
}

func (h streamHost) SetBody(reply bool, body []byte) {
	d := h.side(reply)
	if d.received != nil {
		d.held, *d.received = "", string(body)
		return
	}
	d.held = string(body)
}

func (streamHost) AllowBuffer(int) {}

func (h streamHost) Reply(status int, headers []httpfilter.Header, body, details string) {
	if h.ended {
		panic("a stream is replied to that has ended")
	}
	if h.denied == nil {
		h.denied = &Denial{status, headers, body, details}
	}
}

// goOn continues a direction that is held.
func (s *Stream) goOn(reply bool) {
	d := s.side(reply)
	if !d.stopped || s.ended {
		panic("a message is continued that is not held")
	}
	d.stopped = false
	if d.all {
		// What waits is shown to the hooks now.
		d.all = false
		d.passHead()
		d.done = d.last(0)
		s.advance(reply)
		return
	}
	d.passHeld()
	if d.at == len(d.m.Body)+1 && d.m.Trailers == nil || d.at > len(d.m.Body)+1 {
		d.passed.Trailers, d.done = d.m.Trailers, true
		return
	}
	s.advance(reply)
}

func (h streamHost) ClearRoute() { h.rerouted = true }

func (h streamHost) SetMetadata(namespace, key, value string) {
	h.Metadata[namespace+":"+key] = value
}

func (h streamHost) SetTag(key, value string) { h.Tags[key] = value }

func (h streamHost) StartSpan(name string) (end func()) {
	h.Spans[name] = false
	return func() { h.Spans[name] = true }
}

func (h streamHost) NewScheduler() httplink.Scheduler {
	h.schedulers.Add(1)
	return &scheduler{wakes: h.wakes, onEnd: func() { h.schedulers.Add(-1) }}
}

func (h streamHost) Record(kind httplink.Kind, id int, labels []string, value uint64) {
	configHost{h.config}.Record(kind, id, labels, value)
}

func (h streamHost) Secret(id int) string { return configHost{h.config}.Secret(id) }

func (h streamHost) Callout(o *httplink.Callout) (uint64, error) {
	m, err := h.config.callout(o)
	if err != nil {
		return 0, err
	}
	h.callouts++
	id := h.callouts
	h.results = append(h.results, func() {
		h.stream.CalloutDone(id, false, m.Headers, []byte(strings.Join(m.Body, "")))
	})
	return id, nil
}
