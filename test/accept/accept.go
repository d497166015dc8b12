// Package accept runs servers of tests that do something with each connection.
package accept

import (
	"net"
	"testing"
)

// Each listens until the test ends and calls each, in a goroutine, with every connection, which is closed at the end of
// the test at the latest.
func Each(tb testing.TB, network, address string, each func(net.Conn)) net.Listener {
	tb.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			tb.Cleanup(func() { conn.Close() })
			go each(conn)
		}
	}()
	return listener
}
