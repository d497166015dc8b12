// Package seen compares the requests that clients have sent through Envoy with what all readers of its access log have got, at
// the same time and one by one: the OpenTelemetry Collector's receiver over HTTP and over gRPC, a file, the stream of the policy
// server, and proxylib monitor at a terminal.
package seen
