// Package httpfilter is for authors of HTTP filters: code in Go that Envoy runs for each request, in HTTP/1.1, HTTP/2 and gRPC
// alike, as Envoy's codecs parse.
//
// A package registers a filter in an init function by [Register]. Envoy's configuration names it as filter_name of
// envoy.filters.http.dynamic_modules and gives it a filter_config. A [Filter] makes a [Handler] for each stream, whose methods return an
// [Action]: [Continue] with edits, [Deny], or [Wait] for a function that runs in a goroutine of its own while the message is held.
//
// Methods of a handler run on the thread of their stream, one at a time, so that its fields need no lock. They must not block: that is what
// Wait is for. A panic in them, or in a function of Wait, denies the request with status 500, and so does what the library cannot carry
// out. Goroutines that a filter starts by itself must not panic.
//
// Everything that the methods get, such as headers and bodies, is a copy that may be kept.
package httpfilter
