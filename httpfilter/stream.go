package httpfilter

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/proxylib/proxylib/internal/httplink"
)

// Stream is a request and its response. Its methods may be called from any thread.
type Stream struct {
	config  *Config
	host    httplink.StreamHost
	handler Handler
	// facts and route are set before the handler is made.
	facts httplink.Facts
	route any
	// request and response are the two directions.
	request, response side
	grpc              bool
	// refused: a reply has taken the place of what was not sent, replaced: in that of a response. gone: the host is no longer there.
	refused, replaced, gone, completed bool
	callouts                           callouts
	// next is what the host does after the tasks that have run.
	next httplink.Next

	// What authors see, and the first of what there may be several of, are part of the stream: each would cost an allocation.
	requestSeen  Request
	responseSeen Response
	summary      Summary
	firstPause   pauseState
	firstTask    [1]task
	ownWaker     waker
	// pausedBefore: firstPause is in use.
	pausedBefore bool

	// The rest is shared by threads.
	mu    sync.Mutex
	waker *waker
	tasks []task
	ended bool
	// postedBefore: firstTask is in use.
	postedBefore bool
}

// task is what the stream's thread is asked for: a message that was resumed, or a function.
type task struct {
	resumed *pauseState
	f       func()
}

// takePause returns memory for a pause.
func (s *Stream) takePause() *pauseState {
	if s.pausedBefore {
		return &pauseState{}
	}
	s.pausedBefore = true
	return &s.firstPause
}

// Route returns the configuration of the route that the request has taken, as [RegisterRoute] has made it; nil if the route has none.
// It is that of the route when the request arrived, whatever a [Reroute] does later.
func (s *Stream) Route() any { return s.route }

// RouteName returns the name of that route, which may be empty.
func (s *Stream) RouteName() string { return s.facts.Route }

// Source returns the address and the port of the client, as Envoy sees it; its settings decide whether that is the peer of the connection or what
// x-forwarded-for says.
func (s *Stream) Source() string { return s.facts.Source }

// Destination returns the address and the port that the client has connected to.
func (s *Stream) Destination() string { return s.facts.Destination }

// Protocol returns the protocol of the client: HTTP/1.0, HTTP/1.1, HTTP/2 or HTTP/3.
func (s *Stream) Protocol() string { return s.facts.Protocol }

// Connection returns the number of the connection, which is unique in the process.
func (s *Stream) Connection() uint64 { return s.facts.Connection }

// Log returns the log of the configuration; see [Config.Log].
func (s *Stream) Log() *slog.Logger { return s.config.log }

func (c *Config) newStream(host httplink.StreamHost) *Stream {
	s := &Stream{config: c, host: host}
	s.request = side{stream: s, body: c.filter.RequestBody, headersMap: httplink.RequestHeaders, trailersMap: httplink.RequestTrailers}
	s.response = side{
		stream: s, reply: true, body: c.filter.ResponseBody, headersMap: httplink.ResponseHeaders, trailersMap: httplink.ResponseTrailers,
	}
	return s
}

func (s *Stream) side(reply bool) *side {
	if reply {
		return &s.response
	}
	return &s.request
}

// begin makes the handler, at the first hook.
func (s *Stream) begin() {
	if s.handler != nil {
		return
	}
	s.facts = s.host.Facts()
	if s.config.routed {
		s.route = s.host.RouteConfig()
	}
	s.config.refresh(s.host)
	s.handler = brokenHandler{}
	defer func() {
		if r := recover(); r != nil {
			s.panicked(r)
		}
	}()
	if h := s.config.filter.New(s); h != nil {
		s.handler = h
	} else {
		s.Log().Error("the filter has made no handler: its requests are denied")
	}
}

// brokenHandler denies: it stands for one that could not be made.
type brokenHandler struct{ Base }

func (brokenHandler) OnRequest(*Request) Action   { return Action{} }
func (brokenHandler) OnResponse(*Response) Action { return Action{} }

// ask calls an author's function. A panic is the zero action.
func (s *Stream) ask(f func() Action) (a Action) {
	defer func() {
		if r := recover(); r != nil {
			s.panicked(r)
			a = Deny(statusInternal, "", detailsPanic)
		}
	}()
	return f()
}

// panicked logs a panic of an author's.
func (s *Stream) panicked(cause any) {
	s.config.panics.Raise(func(since, total uint64) {
		s.Log().Error(fmt.Sprintf("panic: %v", cause), "since_last_report", since, "total", total, "stack", string(debug.Stack()))
	})
}

// refuse replies in place of what is not sent. The host may end the stream before it returns.
func (s *Stream) refuse(d *side, a Action) httplink.Status {
	a = s.checkedReply(a)
	if s.grpc {
		a.headers = append(a.headers[:len(a.headers):len(a.headers)], Header{Name: "grpc-status", Value: grpcStatus(a.status)})
	}
	s.refused, s.replaced = true, d.reply
	s.request.stop()
	s.response.stop()
	s.host.Reply(a.status, a.headers, a.body, a.details)
	return httplink.Refuse
}

// fail refuses because of what the author has asked for.
func (s *Stream) fail(d *side, reason string) httplink.Status {
	s.Log().Error(reason + ": the request is denied")
	return s.refuse(d, Deny(statusInternal, "", detailsInternal))
}

// complete ends the stream for the author.
func (s *Stream) complete(status int) {
	if s.completed {
		return
	}
	s.completed = true
	if s.handler != nil {
		func() {
			defer func() {
				if r := recover(); r != nil {
					s.panicked(r)
				}
			}()
			s.summary.Status = status
			s.handler.OnComplete(&s.summary)
		}()
	}
	if !s.gone {
		s.config.flush(s.host)
	}
	s.gone = true
	s.end()
}

// end lets goroutines know that the stream is gone.
func (s *Stream) end() {
	s.request.stop()
	s.response.stop()
	s.mu.Lock()
	s.ended, s.tasks = true, nil
	w := s.waker
	s.waker = nil
	s.mu.Unlock()
	w.release()
}

// reachable has other threads reach the stream from now on. It belongs to the stream's thread.
func (s *Stream) reachable() {
	s.mu.Lock()
	has := s.waker != nil || s.ended
	s.mu.Unlock()
	if has {
		return
	}
	s.ownWaker.begin(s.host.NewScheduler())
	s.mu.Lock()
	s.waker = &s.ownWaker
	s.mu.Unlock()
}

// post has a function called on the stream's thread, unless the stream is gone. It may be called from any thread.
func (s *Stream) post(f func()) bool { return s.postTask(task{f: f}) }

func (s *Stream) postTask(t task) bool {
	s.mu.Lock()
	if s.ended || s.waker == nil {
		s.mu.Unlock()
		return false
	}
	if !s.postedBefore {
		s.postedBefore, s.tasks = true, s.firstTask[:0]
	}
	s.tasks = append(s.tasks, t)
	first, w := len(s.tasks) == 1, s.waker
	s.mu.Unlock()
	if first {
		w.wake()
	}
	return true
}

// scheduled runs what was posted, until the host has something to do.
func (s *Stream) scheduled() httplink.Next {
	s.mu.Lock()
	tasks := s.tasks
	s.tasks = nil
	s.mu.Unlock()
	s.next = httplink.Nothing
	for i := range tasks {
		if s.gone {
			return httplink.Nothing
		}
		if s.next != httplink.Nothing {
			s.putBack(tasks[i:])
			return s.next | httplink.Again
		}
		s.run(tasks[i])
	}
	return s.next
}

// putBack has tasks run before those that were posted meanwhile.
func (s *Stream) putBack(tasks []task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.tasks = append(tasks, s.tasks...)
	}
}

// goOn has the host continue a direction.
func (s *Stream) goOn(reply bool) {
	if s.next = httplink.ContinueRequest; reply {
		s.next = httplink.ContinueResponse
	}
}

func (s *Stream) run(t task) {
	defer func() {
		if r := recover(); r != nil {
			s.panicked(r)
			if !s.gone && !s.refused {
				s.refuse(&s.request, Deny(statusInternal, "", detailsPanic))
			}
		}
	}()
	if t.resumed != nil {
		t.resumed.side.resume(t.resumed, t.resumed.action)
		return
	}
	t.f()
}

func (s *Stream) timeout() time.Duration {
	if s.config.filter.Timeout > 0 {
		return s.config.filter.Timeout
	}
	return DefaultTimeout
}

// afterwards is the status for what follows a refusal. What a refused request gets as response is the refusal itself.
func (s *Stream) afterwards(reply bool) httplink.Status {
	if reply && !s.replaced {
		return httplink.Continue
	}
	return httplink.Refuse
}

// hooks implements [httplink.Stream].
type hooks struct{ *Stream }

func (h hooks) Headers(reply bool, headers []Header, end bool) httplink.Status {
	if h.refused {
		return h.afterwards(reply)
	}
	if !reply {
		h.grpc = speaksGRPC(headers)
	}
	h.begin()
	return h.side(reply).onHeaders(headers, end)
}

func (h hooks) Body(reply, end bool) httplink.Status {
	if h.refused {
		return h.afterwards(reply)
	}
	h.begin()
	return h.side(reply).onBody(end)
}

func (h hooks) Trailers(reply bool, headers []Header) httplink.Status {
	if h.refused {
		return h.afterwards(reply)
	}
	h.begin()
	return h.side(reply).onTrailers(headers)
}

func (h hooks) Scheduled() httplink.Next { return h.scheduled() }

func (h hooks) CalloutDone(id uint64, failed bool, headers []Header, body []byte) {
	h.callouts.done(id, failed, headers, body)
}

func (h hooks) Complete(status int) { h.complete(status) }

func (h hooks) Gone() {
	h.gone = true
	h.complete(0)
}
