package listen

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerOf returns the process at the other end of a connection.
func peerOf(conn *net.UnixConn) (address peerAddress, ok bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return address, false
	}
	err = raw.Control(func(fd uintptr) {
		if c, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			address, ok = peerAddress{c.Uid, c.Pid}, true
		}
	})
	return address, ok && err == nil
}
