//go:build !wasip1

package service

import "google.golang.org/grpc"

// LogStreamDesc describes the method. handler is that of a server; a client needs none.
func LogStreamDesc(handler grpc.StreamHandler) grpc.StreamDesc {
	return grpc.StreamDesc{StreamName: LogMethod, Handler: handler, ServerStreams: true, ClientStreams: true}
}
