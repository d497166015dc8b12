//go:build !wasip1

package service

import "google.golang.org/grpc"

// LogStream is the path of the method by which a library sends entries of its access log to its policy server.
const LogStream = "/" + LogService + "/" + logStream

// LogService is the full name of its service, in api/logs.
const LogService = "proxylib.logs.LogService"

const logStream = "Stream"

// LogStreamDesc describes the method. handler is that of a server; a client needs none.
func LogStreamDesc(handler grpc.StreamHandler) grpc.StreamDesc {
	return grpc.StreamDesc{StreamName: logStream, Handler: handler, ServerStreams: true, ClientStreams: true}
}
