package faults

import (
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// Receiver listens on the socket of the access log as a Cilium agent does, and counts the entries. It can be made slow,
// hang, and be killed.
type Receiver struct {
	tb       testing.TB
	listener *net.UnixListener
	// hung: nothing is read. delay, in nanoseconds, is waited before each packet.
	hung  atomic.Bool
	delay atomic.Int64

	running sync.WaitGroup
	mu      sync.Mutex
	conns   []*net.UnixConn
	entries Entries
}

// Receive listens until the receiver is killed or the test ends.
func Receive(tb testing.TB, socket string) *Receiver {
	tb.Helper()
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: socket, Net: "unixpacket"})
	if err != nil {
		tb.Fatal(err)
	}
	r := &Receiver{tb: tb, listener: listener}
	r.running.Go(r.accept)
	tb.Cleanup(func() { r.Kill() })
	return r
}

// Hang makes it read nothing until Resume.
func (r *Receiver) Hang() { r.hung.Store(true) }

// Resume ends Hang.
func (r *Receiver) Resume() { r.hung.Store(false) }

// Slow makes it wait before each packet.
func (r *Receiver) Slow(delay time.Duration) { r.delay.Store(int64(delay)) }

// Entries counts what has come.
func (r *Receiver) Entries() Entries {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.entries
}

// Kill ends the receiver as the end of its process would, but for one thing: what the kernel has taken for it is
// counted, so that nothing is missing in the account. It returns all that has come. It may be called again.
func (r *Receiver) Kill() Entries {
	r.listener.Close()
	r.delay.Store(0)
	r.hung.Store(false)
	r.mu.Lock()
	for _, conn := range r.conns {
		// The sender gets an error from now on. What it has sent before can still be read.
		conn.CloseRead()
	}
	r.conns = nil
	r.mu.Unlock()
	r.running.Wait()
	return r.Entries()
}

func (r *Receiver) accept() {
	for {
		conn, err := r.listener.AcceptUnix()
		if err != nil {
			return
		}
		r.mu.Lock()
		r.conns = append(r.conns, conn)
		r.mu.Unlock()
		r.running.Go(func() { r.read(conn) })
	}
}

func (r *Receiver) read(conn *net.UnixConn) {
	defer conn.Close()
	packet := make([]byte, accesslog.MaxEntry+1)
	for {
		for time.Sleep(time.Duration(r.delay.Load())); r.hung.Load(); {
			time.Sleep(time.Millisecond)
		}
		n, err := conn.Read(packet)
		if err != nil {
			return
		}
		r.count(packet[:n])
	}
}

func (r *Receiver) count(packet []byte) {
	var entry cilium.LogEntry
	if err := proto.Unmarshal(packet, &entry); err != nil {
		r.tb.Errorf("a packet is not an entry: %v", err)
		return
	}
	lost, _ := strconv.Atoi(entry.GetGenericL7().GetFields()["lost"])
	r.mu.Lock()
	defer r.mu.Unlock()
	if entry.GetClosed() != nil {
		r.entries.Lost += lost
		return
	}
	r.entries.count(entry.GetEntryType(), lost)
}
