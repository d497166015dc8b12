package xds

import (
	"context"
	"strconv"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// request is what the requests of both forms have in common.
type request interface {
	GetNode() *core.Node
	GetTypeUrl() string
	GetResponseNonce() string
	GetErrorDetail() *rpc.Status
}

// conversation is what differs between the forms. All of it is called from one goroutine.
type conversation[Request request, Response any] interface {
	// stale reports whether a request with a nonce must be ignored after a response with the last nonce, which is empty
	// before the first response.
	stale(nonce, last string) bool
	// subscribe notes what a request asks for, and reports whether that is something new.
	subscribe(Request) bool
	// next makes the response for a state; ok is false where there is nothing to say.
	next(s *state, nonce string) (response Response, ok bool)
	// sent returns the name of a resource by its place in the last response, and nothing where there is none.
	sent(place int) string
	// accepted notes that the client has accepted the last response.
	accepted()
	// refused notes that the client has refused resources of the last response, or all of it where there are none.
	refused([]Refused)
}

// stream is the side of a gRPC stream that both forms need.
type stream[Request request, Response any] interface {
	Context() context.Context
	Recv() (Request, error)
	Send(Response) error
}

// serve runs one stream until it ends. There is at most one response without a reply.
func serve[Request request, Response any](
	c *Cache, stream stream[Request, Response], talk conversation[Request, Response], delta bool,
) error {
	s := session[Request, Response]{cache: c, stream: stream, talk: talk, record: newRecord(stream.Context(), delta)}
	defer c.leave(s.record)
	requests, failed := receive(stream)
	silent := time.NewTimer(c.firstRequest)
	defer silent.Stop()
	var changed <-chan struct{}
	for {
		select {
		case r := <-requests:
			if err := c.serves(r.GetTypeUrl()); err != nil {
				return err
			}
			silent.Stop()
			s.take(r)
		case <-changed:
		case <-silent.C:
			return status.Errorf(codes.DeadlineExceeded, "no request within %v", c.firstRequest)
		case err := <-failed:
			return err
		case <-stream.Context().Done():
			// The request that came last may have been lost with the stream, and with it the reason to go on.
			return status.FromContextError(stream.Context().Err()).Err()
		}
		before := s.now
		s.now, changed = c.get()
		s.due = s.due || s.now != before
		if err := s.respond(); err != nil {
			return err
		}
		if !s.due && !s.waiting {
			c.settled(s.record, s.now)
		}
	}
}

// serves returns an error unless a request is for resources of the cache; one without a type is.
func (c *Cache) serves(typeURL string) error {
	if typeURL == "" || typeURL == c.typeURL {
		return nil
	}
	return status.Errorf(codes.InvalidArgument, "type %.100q is not served here, want %q", typeURL, c.typeURL)
}

func newRecord(ctx context.Context, delta bool) *clientRecord {
	record := &clientRecord{client: Client{Delta: delta, Since: time.Now()}}
	if p, ok := peer.FromContext(ctx); ok {
		record.client.Address = p.Addr.String()
	}
	return record
}

// session is one stream and its state.
type session[Request request, Response any] struct {
	cache  *Cache
	stream stream[Request, Response]
	talk   conversation[Request, Response]
	record *clientRecord
	// due: there may be something to say. waiting: the client has not replied to the last response.
	due, waiting bool
	// now is the serial of the state that was seen last.
	now uint64
	// responses counts those that were sent; nonce and version are those of the last.
	responses      uint64
	nonce, version string
}

// take takes a request in.
func (s *session[Request, Response]) take(r Request) {
	s.cache.enter(s.record)
	s.record.node(r.GetNode())
	nonce := r.GetResponseNonce()
	if s.talk.stale(nonce, s.nonce) {
		return
	}
	if s.waiting && nonce == s.nonce {
		s.waiting = false
		s.cache.answered(s.record)
		s.answered(r.GetErrorDetail())
	}
	s.due = s.talk.subscribe(r) || s.due
}

// answered takes the reply of the client to the last response; without a refusal it accepts it.
func (s *session[Request, Response]) answered(refusal *rpc.Status) {
	if refusal == nil {
		s.record.accepted(s.version)
		s.talk.accepted()
		return
	}
	named, all := refusedOf(refusal, s.talk.sent)
	s.record.refused(refusal.GetMessage(), named)
	if !all {
		named = nil
	}
	s.talk.refused(named)
}

// respond sends a response where one is due and none is unanswered.
func (s *session[Request, Response]) respond() error {
	if !s.due || s.waiting || s.now == 0 {
		return nil
	}
	s.due = false
	nonce := strconv.FormatUint(s.responses+1, 10)
	var response Response
	s.cache.read(func(current *state) {
		response, s.waiting = s.talk.next(current, nonce)
		s.now, s.version = current.serial, current.version
	})
	if !s.waiting {
		return nil
	}
	s.responses++
	s.nonce = nonce
	s.cache.asked(s.record)
	return s.stream.Send(response)
}

// receive reads requests until the stream ends, which it does at the latest when its handler returns.
func receive[Request request, Response any](s stream[Request, Response]) (<-chan Request, <-chan error) {
	requests, failed := make(chan Request), make(chan error, 1)
	go func() {
		for {
			r, err := s.Recv()
			if err != nil {
				failed <- err
				return
			}
			select {
			case requests <- r:
			case <-s.Context().Done():
				return
			}
		}
	}()
	return requests, failed
}
