package monitor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/api/cilium"
)

const (
	// maxSenders is how many libraries may be connected to a socket at once; further ones wait.
	maxSenders = 256
	// socketMode lets the owner and the group of the socket send to it.
	socketMode = 0o660
)

// Socket receives entries as the log socket of a Cilium agent does: it listens on a Unix socket of type SOCK_SEQPACKET, and
// each packet is a cilium.LogEntry.
type Socket struct{ Path string }

// Name implements [Source].
func (s Socket) Name() string { return s.Path }

// Run implements [Source]. A packet that is not an entry ends the connection on which it came.
func (s Socket) Run(ctx context.Context, into *Inlet) error {
	listener, err := s.listen()
	if err != nil {
		return err
	}
	var open sync.WaitGroup
	defer open.Wait()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	into.Present()
	free := make(chan struct{}, maxSenders)
	for {
		free <- struct{}{}
		conn, err := listener.AcceptUnix()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		open.Go(func() {
			receive(ctx, conn, into)
			<-free
		})
	}
}

// listen opens the socket. One that an earlier receiver left is replaced.
func (s Socket) listen() (*net.UnixListener, error) {
	address := &net.UnixAddr{Name: s.Path, Net: "unixpacket"}
	if conn, err := net.DialUnix("unixpacket", nil, address); err == nil {
		return nil, errors.Join(fmt.Errorf("socket %s: another receiver listens there", s.Path), conn.Close())
	}
	switch info, err := os.Lstat(s.Path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("socket: %w", err)
	case info.Mode()&fs.ModeSocket == 0:
		return nil, fmt.Errorf("socket %s: the file is there and is not a socket", s.Path)
	default:
		if err := os.Remove(s.Path); err != nil {
			return nil, fmt.Errorf("socket: %w", err)
		}
	}
	listener, err := net.ListenUnix("unixpacket", address)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	if err := os.Chmod(s.Path, socketMode); err != nil {
		return nil, errors.Join(fmt.Errorf("socket: %w", err), listener.Close())
	}
	return listener, nil
}

// receive reads the packets of a library until it closes the connection.
func receive(ctx context.Context, conn *net.UnixConn, into *Inlet) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	// One byte more makes a packet visible that is too long.
	packet := make([]byte, accesslog.MaxEntry+1)
	for {
		n, err := conn.Read(packet)
		entry := new(cilium.LogEntry)
		if err != nil || n == 0 || n > accesslog.MaxEntry || proto.Unmarshal(packet[:n], entry) != nil {
			return
		}
		if !into.Put(traffic.Of(entry, "")) {
			return
		}
	}
}
