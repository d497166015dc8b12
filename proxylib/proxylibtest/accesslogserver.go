package proxylibtest

import (
	"google.golang.org/protobuf/proto"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/api/cilium"
)

// AccessLogServer is an access log that keeps the types of its entries. It is in the process: there is no socket, so that
// an entry is there as soon as it is written. It may be used from several threads at once.
type AccessLogServer struct {
	// Path is the name that the server was started with.
	Path string
	// Logs has the types of the entries that have come.
	Logs chan cilium.EntryType
}

// StartAccessLogServer returns an access log with space for n entries; those beyond are dropped.
func StartAccessLogServer(name string, n int) *AccessLogServer {
	return &AccessLogServer{Path: name, Logs: make(chan cilium.EntryType, n)}
}

// Log implements [accesslog.Logger]. The entry takes the way over its wire form, as it does to a server.
func (s *AccessLogServer) Log(e accesslog.Entry) {
	entry := new(cilium.LogEntry)
	if err := proto.Unmarshal(e.Append(nil), entry); err != nil {
		return
	}
	select {
	case s.Logs <- entry.GetEntryType():
	default:
	}
}

// Clear takes all entries out and returns how many were of requests and replies, and how many of denials.
func (s *AccessLogServer) Clear() (passed, denied int) {
	for {
		select {
		case kind := <-s.Logs:
			if kind == cilium.EntryType_Denied {
				denied++
			} else {
				passed++
			}
		default:
			return passed, denied
		}
	}
}

// Close does nothing: there is no socket to remove.
func (s *AccessLogServer) Close() {}
