package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/proxylib/proxylib/internal/address"
)

// Listener is an open listener.
type Listener struct {
	net.Listener
	// Local: only this machine can reach it.
	Local bool
	// Unix: it is a Unix socket, and its file's permissions say who may connect.
	Unix bool
}

// IsUnix reports whether a text is that of a Unix socket.
func IsUnix(text string) bool {
	_, unix := address.Unix(text)
	return unix
}

// Open opens a listener: a Unix socket, by its absolute path or as "unix:///path", or host:port. One that can be
// reached from beyond this machine needs TLS, and a token or certificates of clients.
func Open(text string, d *Door) (*Listener, error) {
	if path, unix := address.Unix(text); unix {
		return openUnix(path)
	}
	l, err := net.Listen("tcp", text)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", text, err)
	}
	if addr, ok := l.Addr().(*net.TCPAddr); ok && addr.IP.IsLoopback() {
		return &Listener{Listener: l, Local: true}, nil
	}
	if d.certificate == "" || !d.Asks() {
		return nil, errors.Join(fmt.Errorf("listen on %q: it can be reached from elsewhere, so it needs TLS, and a token or "+
			"certificates of clients; or listen on a Unix socket or on 127.0.0.1", text), l.Close())
	}
	return &Listener{Listener: l}, nil
}

// openUnix opens a socket for its owner and group. A socket that an earlier server left is replaced.
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
