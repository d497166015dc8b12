package listen

import (
	"fmt"
	"net"
)

// unixListener makes connections whose remote address says which process is at the other end.
type unixListener struct{ net.Listener }

func (l unixListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if unix, ok := conn.(*net.UnixConn); ok {
		if address, ok := peerOf(unix); ok {
			return unixConn{unix, address}, nil
		}
	}
	return conn, nil
}

type unixConn struct {
	*net.UnixConn
	peer peerAddress
}

func (c unixConn) RemoteAddr() net.Addr { return c.peer }

// peerAddress is the process at the other end of a Unix socket, as it was when it connected.
type peerAddress struct {
	user    uint32
	process int32
}

func (peerAddress) Network() string { return "unix" }
func (p peerAddress) String() string {
	return fmt.Sprintf("unix user %d process %d", p.user, p.process)
}
