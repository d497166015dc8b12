// Package observe begins connections that are only watched, for hosts in mode observe.
package observe

import (
	"fmt"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/proxylib/host"
)

// Engine is what a host hands the bytes of a connection to.
type Engine interface {
	Data(reply, endStream bool, chunks [][]byte, plan *datapath.Plan)
	Skipped(reply bool, n uint64)
	Close()
}

// Begin begins a connection, all of whose bytes pass. parser may be [filterconfig.Auto]. Where the connection cannot be read,
// such as beyond a limit, it passes without being observed. opened is called, on the thread of the connection, once it has a
// parser.
func Begin(
	instance *host.Instance, parser string, info host.ConnectionInfo, limits datapath.Limits, opened func(*host.Connection),
) Engine {
	open := func(parser string) (*datapath.Observer, error) {
		conn, err := host.NewConnection(instance, parser, info)
		if err != nil {
			return nil, fmt.Errorf("%s: connection refused: %w", parser, err)
		}
		opened(conn)
		return datapath.NewObserver(conn, limits), nil
	}
	if parser == filterconfig.Auto {
		return datapath.NewDetector(open, instance.PassUnread)
	}
	observer, err := open(parser)
	if err != nil {
		return Pass(instance, err)
	}
	return observer
}

// Pass returns the engine of a connection that passes without being observed, and notes why.
func Pass(instance *host.Instance, err error) Engine {
	instance.PassUnread(err)
	return new(datapath.Observer)
}
