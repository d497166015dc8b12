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
	// subscribe notes what a request asks for, and tells whether that is something new.
	subscribe(Request) bool
	// next makes the answer for a state; ok is false where there is nothing to say.
	next(s *state, nonce string) (response Response, ok bool)
	// answered tells whether the client has accepted the last answer.
	answered(accepted bool)
}

// stream is the side of a gRPC stream that both forms need.
type stream[Request request, Response any] interface {
	Context() context.Context
	Recv() (Request, error)
	Send(Response) error
}

// serve runs one stream until it ends. There is at most one answer that the client has not answered yet.
func serve[Request request, Response any](
	c *Cache, stream stream[Request, Response], talk conversation[Request, Response], delta bool,
) error {
	record := &clientRecord{client: Client{Delta: delta, Since: time.Now()}}
	if p, ok := peer.FromContext(stream.Context()); ok {
		record.client.Address = p.Addr.String()
	}
	defer c.leave(record)

	requests, failed := receive(stream)
	s := session{record: record}
	now := uint64(0)
	var changed <-chan struct{}
	for {
		select {
		case r := <-requests:
			if url := r.GetTypeUrl(); url != "" && url != c.typeURL {
				return status.Errorf(codes.InvalidArgument, "type %q is not served here, want %q", url, c.typeURL)
			}
			c.enter(record)
			record.node(r.GetNode().GetId())
			if s.takes(r) {
				talk.answered(s.refusal == "")
			}
			s.due = talk.subscribe(r) || s.due
		case <-changed:
		case err := <-failed:
			return err
		}
		before := now
		now, changed = c.get()
		s.due = s.due || now != before
		if s.due && !s.waiting && now != 0 {
			s.due = false
			s.serial++
			var response Response
			c.read(func(current *state) {
				response, s.waiting = talk.next(current, s.nonce())
				now, s.version = current.serial, current.version
			})
			if s.waiting {
				if err := stream.Send(response); err != nil {
					return err
				}
			}
		}
		if !s.due && !s.waiting {
			c.settled(record, now)
		}
	}
}

// session is where a stream stands.
type session struct {
	record *clientRecord
	// due: there may be something to say. waiting: the client has not answered the last answer.
	due, waiting bool
	// serial counts the answers; version is that of the last.
	serial           uint64
	version, refusal string
}

func (s *session) nonce() string { return strconv.FormatUint(s.serial, 10) }

// takes tells whether a request answers the last answer, and notes what it says.
func (s *session) takes(r request) bool {
	if !s.waiting || r.GetResponseNonce() != s.nonce() {
		return false
	}
	s.waiting, s.refusal = false, ""
	if detail := r.GetErrorDetail(); detail != nil {
		if s.refusal = detail.GetMessage(); s.refusal == "" {
			s.refusal = "refused without a reason"
		}
	}
	s.record.answered(s.version, s.refusal)
	return true
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
