package sink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/proxylib/proxylib/api/logs"
	"github.com/proxylib/proxylib/internal/service"
)

// ServerConfig says how entries are sent to a policy server, for people to see.
type ServerConfig struct {
	// Address names the server in the operator's log.
	Address string
	// Connect makes a connection, which the sink closes. It is called again for each attempt.
	Connect func() (*grpc.ClientConn, error)
	// Library says who sends, and Health how it is now. Health may be called from any thread.
	Library *logs.Library
	Health  func() *logs.Health
}

const (
	// maxWaiting is how many bytes of entries wait for the server; further ones are lost.
	maxWaiting = 4 << 20
	// sendAt is how many bytes are sent without waiting for the end of sendEvery, which is the time between two reports.
	sendAt    = 256 << 10
	sendEvery = 100 * time.Millisecond
	// healthEvery is how often the health is reported.
	healthEvery = 5 * time.Second
	// receiptWithin is how long the server may take to receive a report.
	receiptWithin = 10 * time.Second
)

var errServerSlow = errors.New("the policy server does not take entries, or not fast enough")

// server is the client of a policy server. Write puts entries into a buffer, which a goroutine sends, so that nothing waits for
// the network. There is one report at a time without a receipt; what is in it when the stream ends counts as lost.
type server struct {
	config ServerConfig
	cancel context.CancelFunc
	done   chan struct{}
	// wake says that sendAt is reached, or that the sink is closed.
	wake chan struct{}

	mu      sync.Mutex
	stats   Stats
	waiting report
	spare   report
	// unreported are the lost entries of which the server does not know.
	unreported uint64
	closed     bool
}

// report is a number of entries, one after another.
type report struct {
	data []byte
	ends []int
}

func (r *report) entries() [][]byte {
	list, start := make([][]byte, len(r.ends)), 0
	for i, end := range r.ends {
		list[i], start = r.data[start:end], end
	}
	return list
}

func (r *report) reset() { r.data, r.ends = r.data[:0], r.ends[:0] }

func newServer(config ServerConfig) *server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{config: config, cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	go s.run(ctx)
	return s
}

// Name implements [Sink].
func (s *server) Name() string { return "policy server " + s.config.Address }

// Stats implements [Sink].
func (s *server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Discard implements [Sink].
func (s *server) Discard(n uint64, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose(n, cause)
}

func (s *server) lose(n uint64, cause error) {
	if n > 0 {
		s.stats.Lost += n
		s.stats.Cause = cause
		s.unreported += n
	}
}

// Write implements [Sink].
func (s *server) Write(entry []byte, lost uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose(lost, errQueueFull)
	if len(s.waiting.data)+len(entry) > maxWaiting {
		s.lose(1, errServerSlow)
		return
	}
	s.waiting.data = append(s.waiting.data, entry...)
	s.waiting.ends = append(s.waiting.ends, len(s.waiting.data))
}

// Flush implements [Sink]. Few entries are sent at the next time, so that a quiet library wakes nothing for each of them.
func (s *server) Flush() {
	s.mu.Lock()
	due := len(s.waiting.data) >= sendAt
	s.mu.Unlock()
	if due {
		s.nudge()
	}
}

func (s *server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close implements [Sink]. What waits is sent if the server is there and takes it within a part of a second.
func (s *server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.nudge()
	select {
	case <-s.done:
	case <-time.After(writeWithin):
	}
	s.cancel()
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose(uint64(len(s.waiting.ends)), errClosed)
	s.waiting.reset()
	return nil
}

func (s *server) run(ctx context.Context) {
	defer close(s.done)
	for backoff := minBackoff; ; backoff = min(2*backoff, maxBackoff) {
		began := time.Now()
		err := s.stream(ctx)
		if s.ended() || ctx.Err() != nil {
			return
		}
		s.failed(err)
		if time.Since(began) > maxBackoff {
			backoff = minBackoff
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff):
		}
	}
}

func (s *server) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// failed notes why nothing is sent, for the case that entries are lost before it is again.
func (s *server) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Cause = err
}

type logStream = grpc.GenericClientStream[logs.Report, logs.Receipt]

// stream sends reports until one fails, or until the sink is closed and all is sent.
func (s *server) stream(ctx context.Context) error {
	conn, err := s.config.Connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	description := service.LogStreamDesc(nil)
	raw, err := conn.NewStream(ctx, &description, service.LogStream)
	if err != nil {
		return err
	}
	stream := &logStream{ClientStream: raw}
	first := &logs.Report{Library: s.config.Library, Health: s.config.Health()}
	if err := exchange(stream, cancel, first); err != nil {
		return err
	}
	pause, health := time.NewTicker(sendEvery), time.Now()
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-s.wake:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
		last := s.ended()
		next := &logs.Report{}
		if time.Since(health) >= healthEvery {
			next.Health, health = s.config.Health(), time.Now()
		}
		if err := s.send(stream, cancel, next); err != nil || last {
			return err
		}
	}
}

// send sends what waits, if there is anything.
func (s *server) send(stream *logStream, cancel func(), next *logs.Report) error {
	s.mu.Lock()
	batch, lost := s.waiting, s.unreported
	s.waiting, s.spare = s.spare, report{}
	s.mu.Unlock()
	if next.Entries, next.Lost = batch.entries(), lost; len(next.Entries) == 0 && lost == 0 && next.Health == nil {
		s.retain(&batch)
		return nil
	}
	err := exchange(stream, cancel, next)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.lose(uint64(len(batch.ends)), err)
		return err
	}
	s.stats.Delivered += uint64(len(batch.ends))
	s.unreported -= lost
	batch.reset()
	s.spare = batch
	return nil
}

// retain puts the memory of an empty batch back.
func (s *server) retain(batch *report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = *batch
}

// exchange sends a report and waits for its receipt.
func exchange(stream *logStream, cancel func(), next *logs.Report) error {
	late := time.AfterFunc(receiptWithin, cancel)
	defer late.Stop()
	if err := stream.Send(next); err != nil {
		if _, cause := stream.Recv(); cause != nil {
			err = cause
		}
		return fmt.Errorf("policy server: %w", err)
	}
	receipt, err := stream.Recv()
	if err != nil {
		return fmt.Errorf("policy server: %w", err)
	}
	if receipt.GetEntries() != uint64(len(next.GetEntries())) {
		return fmt.Errorf("policy server: it took %d of %d entries", receipt.GetEntries(), len(next.GetEntries()))
	}
	return nil
}
