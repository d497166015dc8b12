package sink

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/api/cilium"
)

// Receiver is the other end of an access-log socket: it takes the entries of any number of clients.
type Receiver struct {
	listener net.Listener
	entries  chan *cilium.LogEntry
	done     chan struct{}
	wg       sync.WaitGroup
	mu       sync.Mutex
	conns    []net.Conn
}

// Listen makes a unixpacket socket, which only its owner may use, and receives on it.
func Listen(path string) (*Receiver, error) {
	l, err := net.Listen("unixpacket", path)
	if err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("access log: %w", err)
	}
	r := &Receiver{listener: l, entries: make(chan *cilium.LogEntry, 1024), done: make(chan struct{})}
	r.wg.Go(r.accept)
	return r, nil
}

// Next returns the next entry, or an error when none has come in time.
func (r *Receiver) Next(timeout time.Duration) (*cilium.LogEntry, error) {
	select {
	case e := <-r.entries:
		return e, nil
	case <-time.After(timeout):
		return nil, errors.New("access log: no entry has come in time")
	}
}

// Close stops receiving and removes the socket.
func (r *Receiver) Close() error {
	close(r.done)
	err := r.listener.Close()
	r.mu.Lock()
	for _, c := range r.conns {
		c.Close()
	}
	r.mu.Unlock()
	r.wg.Wait()
	return err
}

func (r *Receiver) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		r.conns = append(r.conns, conn)
		r.mu.Unlock()
		r.wg.Go(func() { r.receive(conn) })
	}
}

func (r *Receiver) receive(conn net.Conn) {
	defer conn.Close()
	packet := make([]byte, MaxPacket)
	for {
		n, err := conn.Read(packet)
		if err != nil || n == 0 {
			return
		}
		entry := &cilium.LogEntry{}
		if proto.Unmarshal(packet[:n], entry) != nil {
			continue
		}
		select {
		case r.entries <- entry:
		case <-r.done:
			return
		}
	}
}
