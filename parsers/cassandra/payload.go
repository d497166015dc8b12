package cassandra

import "github.com/proxylib/proxylib/proxylib/wire"

// tracingKeys are the keys of custom payloads that say who asks, and nothing of what: servers hand them to those who trace
// requests.
var tracingKeys = map[string]bool{
	"request-id": true, "zipkin": true, "traceparent": true, "tracestate": true, "baggage": true, "b3": true,
	"uber-trace-id": true,
}

// customPayload goes past the custom payload of a request, a [bytes map], and reports whether it has a key that is not
// allowed.
func skipCustomPayload(in *wire.Reader, allowed map[string]bool) (refused bool) {
	for n := in.Uint16(); n > 0 && in.OK(); n-- {
		if key := in.Bytes16(); !allowed[string(key)] && !allowed[anyPayload] {
			refused = true
		}
		in.Nullable32()
	}
	return refused
}
