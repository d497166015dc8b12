package address

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// scheme may stand before the path of a Unix socket.
const scheme = "unix://"

// errForm is the reason for which an address is refused.
var errForm = errors.New("want the absolute path of a Unix socket, or host:port")

// Address is an address to connect to.
type Address struct {
	// Network is "unix" or "tcp", as for [net.Dial], and Text the path or host:port.
	Network, Text string
}

// Parse reads an address to connect to.
func Parse(text string) (Address, error) {
	if path, unix := Unix(text); unix {
		return Address{"unix", path}, nil
	}
	if host, port, err := net.SplitHostPort(text); err == nil && host != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			return Address{"tcp", text}, nil
		}
	}
	return Address{}, errForm
}

// Local reports whether what is sent to the address cannot leave this machine.
func (a Address) Local() bool { return a.Network == "unix" || Local(a.Text) }

// Unix returns the path of a Unix socket, and whether a text is the address of one.
func Unix(text string) (path string, unix bool) {
	path = strings.TrimPrefix(text, scheme)
	return path, strings.HasPrefix(path, "/")
}

// Local reports whether a host, with or without a port, is this machine.
func Local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && addr.IsLoopback()
}
