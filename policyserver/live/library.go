package live

import (
	"strings"
	"sync"
	"time"
	"unicode"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/api/cilium"
	"github.com/proxylib/proxylib/api/logs"
	"github.com/proxylib/proxylib/internal/service"
	"github.com/proxylib/proxylib/policy"
)

const (
	// maxText is the length, in bytes, to which what a library says of itself is cut, and maxParsers the number of its parsers.
	maxText, maxParsers = 256, 64
	// silence is how long a library may be silent until its stream is ended. It reports more often if it has nothing to say.
	silence = time.Minute
)

// Library is a library that is connected.
type Library struct {
	mu    sync.Mutex
	state State
}

func (l *Library) get() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

type stream = grpc.GenericServerStream[logs.Report, logs.Receipt]

// Register makes a gRPC server take what libraries send.
func (h *Hub) Register(registrar grpc.ServiceRegistrar) {
	registrar.RegisterService(&grpc.ServiceDesc{
		ServiceName: service.LogService, HandlerType: (*any)(nil),
		Streams: []grpc.StreamDesc{service.LogStreamDesc(func(_ any, s grpc.ServerStream) error {
			return h.serve(&stream{ServerStream: s}, silence)
		})},
	}, h)
}

// serve takes the reports of a library until its stream ends.
func (h *Hub) serve(s *stream, silence time.Duration) error {
	l := &Library{state: State{Since: time.Now(), Parsers: []string{}}}
	if p, ok := peer.FromContext(s.Context()); ok {
		l.state.Address = p.Addr.String()
	}
	h.enter(l)
	defer h.leave(l)
	reports, failed := make(chan *logs.Report), make(chan error, 1)
	go receive(s, reports, failed)
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		select {
		case report := <-reports:
			quiet.Reset(silence)
			if err := h.take(l, report); err != nil {
				return err
			}
			if err := s.Send(&logs.Receipt{Entries: uint64(len(report.GetEntries()))}); err != nil {
				return err
			}
		case err := <-failed:
			return err
		case <-quiet.C:
			return status.Errorf(codes.DeadlineExceeded, "no report within %v", silence)
		}
	}
}

// receive reads reports until the stream ends, which it does at the latest when its handler returns.
func receive(s *stream, reports chan<- *logs.Report, failed chan<- error) {
	for {
		report, err := s.Recv()
		if err != nil {
			failed <- err
			return
		}
		select {
		case reports <- report:
		case <-s.Context().Done():
			return
		}
	}
}

func (h *Hub) enter(l *Library) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.libraries[l] = true
}

func (h *Hub) leave(l *Library) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.libraries, l)
}

// take takes a report.
func (h *Hub) take(l *Library, report *logs.Report) error {
	node := l.update(report)
	if len(report.GetEntries()) == 0 {
		h.Metrics.Lose(report.GetLost())
	}
	for i, text := range report.GetEntries() {
		message := new(cilium.LogEntry)
		if len(text) > accesslog.MaxEntry || proto.Unmarshal(text, message) != nil {
			return status.Errorf(codes.InvalidArgument, "entry %d of the report is not a cilium.LogEntry of at most %d bytes", i, accesslog.MaxEntry)
		}
		e := traffic.Of(message, node)
		if i == 0 {
			e.Lost += report.GetLost()
		}
		h.Add(e)
	}
	l.received(report)
	return nil
}

// received counts what came with a report, once it can be read.
func (l *Library) received(report *logs.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Entries += uint64(len(report.GetEntries()))
	l.state.Lost += report.GetLost()
}

// update notes what a report says of the library, and returns the name of its node.
func (l *Library) update(report *logs.Report) (node string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.state
	s.Seen = time.Now()
	if who := report.GetLibrary(); who != nil {
		s.Node, s.Version, s.Revision = plain(who.GetNodeId()), plain(who.GetVersion()), plain(who.GetRevision())
		s.Modified, s.Go = who.GetModified(), plain(who.GetGo())
		s.Parsers = make([]string, 0, len(who.GetParsers()))
		for _, name := range who.GetParsers()[:min(len(who.GetParsers()), maxParsers)] {
			s.Parsers = append(s.Parsers, plain(name))
		}
	}
	if now := report.GetHealth(); now != nil {
		s.Health = healthOf(now)
	}
	return s.Node
}

func healthOf(h *logs.Health) Health {
	health := Health{
		PolicySources: h.PolicySources, PolicySourcesConnected: h.PolicySourcesConnected, PolicyWarnings: h.PolicyWarnings,
		PolicyResourcesRefused: h.PolicyResourcesRefused, PolicyUpdates: h.PolicyUpdates, PolicyUpdatesRefused: h.PolicyUpdatesRefused,
		OpenConnections: h.OpenConnections, HeldBytes: h.HeldBytes, LogEntriesLost: h.LogEntriesLost, Panics: h.Panics,
		LimitConnections: h.LimitConnections, LimitTotalHeldBytes: h.LimitTotalHeldBytes, Unobserved: h.Unobserved,
		ParsersReplaced: h.ParsersReplaced, ParsersRefused: h.ParsersRefused,
	}
	for _, parser := range h.GetLoadedParsers()[:min(len(h.GetLoadedParsers()), maxParsers)] {
		health.LoadedParsers = append(health.LoadedParsers, plain(parser))
	}
	if at := h.PolicyLastUpdate; at > 0 && at < maxTime {
		health.PolicyLastUpdate = time.Unix(int64(at), 0)
	}
	return health
}

// maxTime is the end of the year 9999, after which a time has no JSON form, in seconds since 1970.
const maxTime = 253402300799

// plain returns a text of a library within bounds, and so that a terminal which shows it does nothing else.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, policy.Cut(text, maxText))
}
