package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
)

// Listener is an open listener.
type Listener struct {
	net.Listener
	// Local: only this machine can reach it.
	Local bool
	// Unix: it is a Unix socket, and its file's permissions say who may come in.
	Unix bool
}

// IsUnix reports whether an address is that of a Unix socket.
func IsUnix(address string) bool {
	_, unix := unixPath(address)
	return unix
}

// Open opens a listener: a Unix socket, by its absolute path or as "unix:///path", or host:port. One that can be
// reached from beyond this machine needs TLS, and a token or certificates of clients.
func Open(address string, d *Door) (*Listener, error) {
	if path, unix := unixPath(address); unix {
		return openUnix(path)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	if addr, ok := l.Addr().(*net.TCPAddr); ok && addr.IP.IsLoopback() {
		return &Listener{Listener: l, Local: true}, nil
	}
	if d.certificate == "" || !d.Asks() {
		return nil, errors.Join(fmt.Errorf("listen on %q: it can be reached from elsewhere, so it needs TLS, and a token or "+
			"certificates of clients; or listen on a Unix socket or on 127.0.0.1", address), l.Close())
	}
	return &Listener{Listener: l}, nil
}

func unixPath(address string) (string, bool) {
	if strings.HasPrefix(address, "/") {
		return address, true
	}
	path, found := strings.CutPrefix(address, "unix://")
	return path, found && strings.HasPrefix(path, "/")
}

// openUnix opens a socket for its owner and group. A socket that a server left behind when it ended is replaced.
func openUnix(path string) (*Listener, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: another server listens there", path), conn.Close())
	}
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.Mode()&fs.ModeSocket == 0:
		return nil, fmt.Errorf("listen on %s: the file is there and is not a socket", path)
	case err == nil:
		err = os.Remove(path)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %w", path, err), l.Close())
	}
	return &Listener{Listener: unixListener{l}, Local: true, Unix: true}, nil
}
