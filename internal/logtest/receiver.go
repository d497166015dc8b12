package logtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// ErrTimeout is the error of [Receiver.Next] when no entry arrived in time.
var ErrTimeout = errors.New("no access log entry arrived in time")

// receiverQueue is how many entries a receiver holds for Next; then it stops reading from its sockets.
const receiverQueue = 1024

// Receiver is the other end of the socket that an access log is sent to: it listens as Cilium's does, for several connections at once, and
// decodes one cilium.LogEntry a packet. Its methods may be called from several threads at once.
type Receiver struct {
	listener  *net.UnixListener
	entries   chan *cilium.LogEntry
	discarded atomic.Uint64

	stop    chan struct{}
	close   sync.Once
	running sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// Listen makes a receiver on a Unix socket of type SOCK_SEQPACKET, open to this user only. Nothing may be at the path;
// Close removes it again.
func Listen(path string) (*Receiver, error) {
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		return nil, fmt.Errorf("access log receiver: %w; if nothing listens there, remove the file", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("access log receiver: %w", err), listener.Close())
	}
	r := &Receiver{
		listener: listener, entries: make(chan *cilium.LogEntry, receiverQueue),
		stop: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
	r.running.Go(r.accept)
	return r, nil
}

// Next returns the next entry, those of one connection in their order. The error is [ErrTimeout] if none arrived in time,
// or [net.ErrClosed] after Close.
func (r *Receiver) Next(timeout time.Duration) (*cilium.LogEntry, error) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case e := <-r.entries:
		return e, nil
	case <-r.stop:
		return nil, net.ErrClosed
	case <-timer.C:
		return nil, ErrTimeout
	}
}

// Entries is the channel that Next reads from. It is not closed.
func (r *Receiver) Entries() <-chan *cilium.LogEntry { return r.entries }

// Discarded returns the number of packets that were too long or were not a cilium.LogEntry.
func (r *Receiver) Discarded() uint64 { return r.discarded.Load() }

// Close ends all connections and returns when nothing of the receiver runs any more. Entries that Next has not returned
// are gone. It may be called again.
func (r *Receiver) Close() error {
	var err error
	r.close.Do(func() {
		close(r.stop)
		err = r.listener.Close()
		r.mu.Lock()
		for conn := range r.conns {
			_ = conn.Close()
		}
		r.mu.Unlock()
		r.running.Wait()
	})
	return err
}

func (r *Receiver) accept() {
	for {
		conn, err := r.listener.AcceptUnix()
		if err != nil {
			return
		}
		if !r.add(conn) {
			_ = conn.Close()
			return
		}
		r.running.Go(func() { r.receive(conn) })
	}
}

// add notes a connection, unless the receiver is being closed.
func (r *Receiver) add(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.stop:
		return false
	default:
		r.conns[conn] = struct{}{}
		return true
	}
}

func (r *Receiver) receive(conn *net.UnixConn) {
	defer func() {
		r.mu.Lock()
		delete(r.conns, conn)
		r.mu.Unlock()
		_ = conn.Close()
	}()
	// One byte more makes a packet that is too long visible.
	packet := make([]byte, accesslog.MaxEntry+1)
	for {
		n, err := conn.Read(packet)
		if err != nil || n == 0 {
			return
		}
		entry := new(cilium.LogEntry)
		if n > accesslog.MaxEntry || proto.Unmarshal(packet[:n], entry) != nil {
			r.discarded.Add(1)
			continue
		}
		select {
		case r.entries <- entry:
		case <-r.stop:
			return
		}
	}
}
