package httpfilter

import "strings"

// Headers are the lines of a head or of trailers, in their order.
type Headers []Header

// Get returns the value of the first line of a name, in lower case; empty if there is none.
func (h Headers) Get(name string) string {
	for i := range h {
		if h[i].Name == name {
			return h[i].Value
		}
	}
	return ""
}

// Values returns the values of all lines of a name, in lower case.
func (h Headers) Values(name string) (values []string) {
	for i := range h {
		if h[i].Name == name {
			values = append(values, h[i].Value)
		}
	}
	return values
}

// Has reports whether there is a line of a name, in lower case.
func (h Headers) Has(name string) bool {
	for i := range h {
		if h[i].Name == name {
			return true
		}
	}
	return false
}

// event is what a method of a handler is called for.
type event struct {
	stream *Stream
	side   *side
}

// Stream returns the stream.
func (e *event) Stream() *Stream { return e.stream }

// Request is a request. The path of CONNECT is empty.
type Request struct {
	event
	// Headers are those of the request, with the pseudo headers :method, :path, :authority and :scheme.
	Headers Headers
	// Body is the body, and Trailers the trailers, if the body is [Whole].
	Body     []byte
	Trailers Headers
	// End reports whether the request has neither body nor trailers.
	End bool
}

// Method returns the method. HTTP/2 and HTTP/3 have no list of methods: it may be any word.
func (r *Request) Method() string { return r.Headers.Get(":method") }

// Path returns the path and the query. They are as the client has sent them unless Envoy is configured to normalise paths: a decision by
// path must consider dot segments, doubled slashes and escapes.
func (r *Request) Path() string { return r.Headers.Get(":path") }

// Authority returns the host, with the port if the client has sent one. It may be empty, and it may be two with a comma between them.
func (r *Request) Authority() string { return r.Headers.Get(":authority") }

// Response is a response, from the server, from Envoy itself, or from another filter.
type Response struct {
	event
	// Headers are those of the response, with the pseudo header :status.
	Headers Headers
	// Body is the body, and Trailers the trailers, if the body is [Whole].
	Body     []byte
	Trailers Headers
	// End reports whether the response has neither body nor trailers.
	End bool
}

// Status returns the status, which has three digits.
func (r *Response) Status() string { return r.Headers.Get(":status") }

// Chunk is a piece of a body.
type Chunk struct {
	event
	Data []byte
	// End reports whether it is the last one, and no trailers follow.
	End bool
}

// Trailers follow a body.
type Trailers struct {
	event
	Headers Headers
}

// Summary is what is known at the end of a stream.
type Summary struct {
	// Status is that of the response; 0 if there was none.
	Status int
}

// speaksGRPC reports whether the client of a request reads the status of gRPC.
func speaksGRPC(h Headers) bool {
	kind := h.Get("content-type")
	return strings.HasPrefix(kind, "application/grpc") && !strings.HasPrefix(kind, "application/grpc-web")
}

// grpcStatus is the status of gRPC for a denial, by the table "HTTP to gRPC Status Code Mapping" of gRPC. A denial is never a success.
func grpcStatus(status int) string {
	switch status {
	case 400:
		return "13"
	case 401:
		return "16"
	case 403:
		return "7"
	case 404:
		return "12"
	case 413:
		return "8"
	case 429, 502, 503, 504:
		return "14"
	}
	return "2"
}
